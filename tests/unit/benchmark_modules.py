"""The benchmark's modules for its tests, under names that are nobody else's."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import mrrc
from tests.shared import ROOT

BENCHMARKS = ROOT / "benchmarks"
PROGRAM = BENCHMARKS / "python"
SAMPLE = ROOT / "examples" / "sample.mrc"


@contextmanager
def importable(directory: Path) -> Iterator[None]:
    """Let the benchmark's modules find each other, and leave no trace of their common names."""
    before = set(sys.modules)
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))
        for name in set(sys.modules) - before:
            # Only their own: what they import from the standard library stays.
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(BENCHMARKS):
                del sys.modules[name]


def load(directory: Path, *names: str) -> dict[str, ModuleType]:
    with importable(directory):
        return {name: importlib.import_module(name) for name in names}


MODULES = load(
    PROGRAM,
    *("tasks", "generate", "kinds", "bars", "chart", "data", "peers", "programs", "report", "run"),
    *("sections", "parallel", "parallel_worker", "page", "conversions"),
)
INSTRUCTIONS = load(BENCHMARKS / "instructions", "counts")["counts"]


def work(library: str, engine: str | None, *arguments: str) -> Any:
    """Run the benchmark's worker and return what it answers."""
    environment = {key: value for key, value in os.environ.items() if key != "MRRC_ENGINE"}
    environment["PYTHONPATH"] = str(Path(mrrc.__file__).parents[1])
    if engine is not None:
        environment["MRRC_ENGINE"] = engine
    done = subprocess.run(
        [sys.executable, str(PROGRAM / "worker.py"), library, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
