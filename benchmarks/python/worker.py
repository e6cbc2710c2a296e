"""The process that does the work: one library, and nothing else of the benchmark but the tasks.

    worker.py MODULE check TASK FILE|PATH SOURCE ...      (three arguments for each task)
    worker.py MODULE time TASK FILE|PATH SOURCE WARM_UP_SOURCE
    worker.py MODULE import
    worker.py MODULE about

It prints one line of JSON. SOURCE is a path, or a number for a task that reads nothing.
"""

from __future__ import annotations

import sys
from time import perf_counter, process_time

if sys.argv[2] == "import":
    # First of all, before anything that the library imports as well.
    wall, cpu = perf_counter(), process_time()
    __import__(sys.argv[1])
    cpu, wall = process_time() - cpu, perf_counter() - wall
    print(f'{{"cpu": {cpu!r}, "wall": {wall!r}}}')
    sys.exit()

import importlib
import importlib.metadata
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import tasks

# Seconds. The best of several short times is luckier than the best of long ones, so a fast library
# repeats the task and its mean counts.
LEAST = 0.2

BY_NAME = {task.name: task for task in tasks.TASKS}


def peak_memory() -> int | None:
    """Return the most memory that this process ever held, in bytes; None where nobody says."""
    # On Linux ru_maxrss survives exec: it would never be less than what the parent held.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def once(m: Any, name: str, kind: str, source: str, keep: tasks.Keep) -> None:
    """Do a task once, from opening its file to the last answer."""
    task = BY_NAME[name]
    if task.data is None:
        task.run(m, int(source), keep)
        return
    with open(source, "rb") if kind == "file" else nullcontext(source) as target:
        task.run(m, target, keep)


def main(module: str, action: str, *arguments: str) -> dict[str, Any]:
    m = importlib.import_module(module)
    if action == "about":
        engine = getattr(m, "engine", None)
        # A source tree has no metadata, but says its version; pymarc is the other way round.
        version = getattr(m, "__version__", None) or importlib.metadata.version(module)
        return {"version": version, "engine": engine}
    if action == "check":
        answers = {}
        for index in range(0, len(arguments), 3):
            digest = tasks.Digest()
            name, kind, source = arguments[index : index + 3]
            once(m, name, kind, source, digest)
            answers[name] = digest.result()
        return answers
    name, kind, source, warm_up = arguments
    once(m, name, kind, warm_up, tasks.forget())
    keep = tasks.forget()
    repeats = 0
    wall, cpu = perf_counter(), process_time()
    while not repeats or process_time() - cpu < LEAST:
        once(m, name, kind, source, keep)
        repeats += 1
    cpu, wall = process_time() - cpu, perf_counter() - wall
    return {"cpu": cpu / repeats, "wall": wall / repeats, "memory": peak_memory()}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
