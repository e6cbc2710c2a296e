"""How much memory a program takes, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

# The peak of a process is that of its parent at first, where the parent was larger; so the
# anonymous memory is looked at by a thread, often, and reported beside the answer.
PROLOGUE = """
import json, sys, threading

def memory():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024

class Peak(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.before = self.peak = memory()
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            self.look()

    def look(self):
        self.peak = max(self.peak, memory())

def measured(function):
    peak = Peak()
    peak.start()
    answer = function()
    peak.look()
    peak.over.set()
    print(json.dumps({"peak": peak.peak - peak.before, "answer": answer}))

import mrrc
from mrrc import _engine
"""


class Measured(NamedTuple):
    """What a program answered, and by how many bytes its memory grew at most."""

    peak: int
    answer: Any


def measure(program: str, *arguments: str | Path, seconds: int = 120) -> Measured:
    """Run a program that calls `measured` with a function; what that returns has to suit JSON.

    A program that is not through after so many seconds fails the test.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROLOGUE + program, *map(str, arguments)],
        cwd=Path(sys.prefix),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Measured(**json.loads(done.stdout))


def has_proc() -> bool:
    """Whether this system says how much memory a process has."""
    return Path("/proc/self/status").exists()
