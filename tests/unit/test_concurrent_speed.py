"""Two Python threads over two files take no longer than one file after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mrrc import MARCReader
from tests.unit.concurrency import chunks

RECORDS = 4000
AT_MOST = 1.10
# A machine with other things to do makes a round longer, now of this kind and now of that.
ROUNDS = 40
# Python's own file objects let go of the GIL whenever they fill their buffer, which is 8 KiB
# otherwise: then two threads that do little else hand it to each other every twelve records.
BUFFER = 1 << 17
SECONDS = 60.0


def count(source: Any) -> int:
    return sum(len(record["245"]["a"]) for record in MARCReader(source) if record is not None)


def wall_time(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@pytest.mark.slow
@pytest.mark.parametrize("opened", [False, True], ids=["path", "file"])
def test_two_threads_are_not_slower_than_one(opened: bool, tmp_path: Path) -> None:
    paths = [tmp_path / "0.mrc", tmp_path / "1.mrc"]
    data = b"".join(chunks(200)) * (RECORDS // 200)
    for path in paths:
        path.write_bytes(data)
    counts: list[int] = []

    def read(path: Path) -> None:
        if opened:
            with path.open("rb", buffering=BUFFER) as file:
                counts.append(count(file))
        else:
            counts.append(count(path))

    def one_after_the_other() -> None:
        for path in paths:
            read(path)

    def both_at_once() -> None:
        threads = [threading.Thread(target=read, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    alone: list[float] = []
    together: list[float] = []
    end = time.monotonic() + SECONDS
    while len(alone) < 3 or (
        min(together) > AT_MOST * min(alone) and len(alone) < ROUNDS and time.monotonic() < end
    ):
        alone.append(wall_time(one_after_the_other))
        together.append(wall_time(both_at_once))
    assert len(set(counts)) == 1
    assert min(together) <= AT_MOST * min(alone), (sorted(alone), sorted(together))
