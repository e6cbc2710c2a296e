"""What the other engine makes of the same files, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import mrrc
from tests.roundtrip.carrying import TARGETS
from tests.roundtrip.trips import convert
from tests.shared import ROOT

PROGRAM = """
import json, sys
sys.path.append(sys.argv[1])
from pathlib import Path
from tests.roundtrip.engines import outcomes
json.dump(outcomes([Path(line) for line in sys.stdin.read().splitlines()]), sys.stdout)
"""

Outcomes = dict[str, list[str]]


def outcomes(paths: list[Path]) -> Outcomes:
    """What a conversion of each file into each format wrote and said, as digests."""
    return {str(path): [outcome(path, target) for target in TARGETS] for path in paths}


def outcome(path: Path, target: str) -> str:
    trip = convert(path, None, target)
    account = repr((trip.conversion, sorted(trip.problems.items(), key=repr)))
    return f"{_digest(trip.data)} {_digest(account.encode('utf-8', 'backslashreplace'))}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def outcomes_of_other_engine(paths: list[Path], directory: Path) -> Outcomes:
    """The same by the engine that this process does not use."""
    engine = "python" if mrrc.engine == "rust" else "rust"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT)],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
        cwd=directory,
        env={
            **os.environ,
            "MRRC_ENGINE": engine,
            "PYTHONPATH": str(Path(mrrc.__file__).parent.parent),
        },
    )
    found: Outcomes = json.loads(done.stdout)
    return found
