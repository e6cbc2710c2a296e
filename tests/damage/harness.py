"""The benchmark of damage as the tests use it: its modules, small files, mrrc in this process."""

from __future__ import annotations

import importlib
import io
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import mrrc
from tests.shared import ROOT

PROGRAM = ROOT / "benchmarks" / "damage"
NAMES = ("sound", "inject", "inject_more", "bases", "score", "read_worker")


@contextmanager
def importable(*directories: Path) -> Iterator[None]:
    """Let modules of these directories be imported, and leave no trace of their common names."""
    before = dict(sys.modules)
    sys.path[:0] = map(str, directories)
    try:
        yield
    finally:
        del sys.path[: len(directories)]
        for name in set(sys.modules) - set(before):
            # Only their own: what they import from the standard library stays.
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).parent in directories:
                del sys.modules[name]


def load() -> dict[str, ModuleType]:
    with importable(PROGRAM, ROOT / "benchmarks" / "python"):
        return {name: importlib.import_module(name) for name in NAMES}


MODULES = load()
sound = MODULES["sound"]
inject = MODULES["inject"]
bases = MODULES["bases"]
score = MODULES["score"]
read_worker = MODULES["read_worker"]
KINDS = MODULES["inject_more"].KINDS


def generated(marc8: bool) -> list[bytes]:
    found: list[bytes] = sound.sound_records(bases.generate.generate(120, marc8=marc8))
    return found


POOLS: dict[str, tuple[int, Callable[[], list[bytes]]]] = {
    "scripts": (14, lambda: generated(False)),
    "marc8": (14, lambda: generated(True)),
    "small": (25, bases.small),
    "big": (3, lambda: [record for record in bases.big() if len(record) < 40_000]),
}


def sound_file(name: str, seed: int = 0) -> Any:
    """A small sound file of one of the pools, mapped."""
    size, pool = POOLS[name]
    dice = random.Random(f"{name}/{seed}")
    return sound.map_file(b"".join(dice.sample(pool(), size)))


FILES = {name: sound_file(name) for name in POOLS}


class Pipe(io.RawIOBase):
    """A file object that cannot seek and gives a few bytes at a time, as a socket does."""

    def __init__(self, data: bytes) -> None:
        self._left = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._left.read(min(size, 700) if size >= 0 else -1)


def answer(target: Any) -> dict[str, Any]:
    """What mrrc makes of a file in salvage mode, in the words of the benchmark's worker."""
    reader = mrrc.MARCReader(target, recovery="salvage")
    records = [[*read_worker.form(record), len(record.problems)] for record in reader]
    return {
        "records": records,
        "errors": 0,
        "seen": [
            (problem.offset, problem.length)
            for problem in reader.problems
            if problem.offset is not None
        ],
        "accounting": list(reader.accounting),
    }
