"""Readers and Python threads: one reader for several of them, and one reader for each."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import MARCReader
from tests.unit.concurrency import PATIENCE, Switching, chunks, in_threads, number_of

THREADS = 4
RECORDS = 400
RECOVERIES = ["pymarc", "salvage", "strict"]

Opener = Callable[[bytes, Path], Any]


def as_path(data: bytes, path: Path) -> Path:
    path.write_bytes(data)
    return path


def as_pipe(data: bytes, path: Path) -> io.BufferedReader:
    """The reading end of a pipe, with somebody who fills it slowly."""
    source, sink = os.pipe()

    def fill() -> None:
        with open(sink, "wb", buffering=0) as file:
            for start in range(0, len(data), 777):
                file.write(data[start : start + 777])

    threading.Thread(target=fill, daemon=True).start()
    return open(source, "rb")


SOURCES: dict[str, Opener] = {
    "bytes": lambda data, path: data,
    "path": as_path,
    "file": lambda data, path: as_path(data, path).open("rb"),
    "raw file": lambda data, path: as_path(data, path).open("rb", buffering=0),
    "pipe": as_pipe,
    "switching": lambda data, path: Switching(data),
}


def drain(reader: Iterator[mrrc.Record | None]) -> list[int | None]:
    """The numbers of all records that a thread gets, None for a bad one."""
    return [None if record is None else number_of(record) for record in reader]


# -- one reader for several threads ---------------------------------------------------------------


@pytest.mark.parametrize("recovery", RECOVERIES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_shared_reader_hands_each_record_to_one_thread(
    source: str, recovery: str, tmp_path: Path
) -> None:
    data = b"".join(chunks(RECORDS))
    with MARCReader(SOURCES[source](data, tmp_path / "a.mrc"), recovery=recovery) as reader:
        parts = in_threads(*[lambda: drain(reader)] * THREADS)
        assert [part for part in parts if isinstance(part, BaseException)] == []
        assert sorted(number for part in parts for number in part) == list(range(RECORDS))
        # Whoever waits longest still gets them in the order of the file.
        assert all(part == sorted(part) for part in parts)
        assert list(reader) == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_shared_reader_counts_bad_records_once(source: str, tmp_path: Path) -> None:
    records = chunks(RECORDS)
    bad = range(3, RECORDS, 7)
    for number in bad:
        # The directory is no longer a multiple of 12 long.
        records[number] = records[number][:12] + b"00030" + records[number][17:]
    with MARCReader(SOURCES[source](b"".join(records), tmp_path / "a.mrc")) as reader:
        parts = in_threads(*[lambda: drain(reader)] * THREADS)
        assert [part for part in parts if isinstance(part, BaseException)] == []
        numbers = [number for part in parts for number in part]
        assert numbers.count(None) == len(bad)
        good = sorted(number for number in numbers if number is not None)
        assert good == [number for number in range(RECORDS) if number not in bad]


def test_a_strict_reader_ends_with_one_exception() -> None:
    records = chunks(RECORDS)
    records[RECORDS // 2] = records[RECORDS // 2].replace(b"\x1fa", b"\x1f\xff", 1)
    reader = MARCReader(Switching(b"".join(records)), recovery="strict")
    parts = in_threads(*[lambda: drain(reader)] * THREADS)
    raised = [part for part in parts if isinstance(part, BaseException)]
    assert [type(error) for error in raised] == [mrrc.DamagedRecord]


class Failing(Switching):
    """A file object that cannot be read once, in the middle."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.reads == 101:
            raise OSError("no answer")
        return super().read(size)


def test_an_error_of_the_file_reaches_one_thread_and_the_others_go_on() -> None:
    reader = MARCReader(Failing(b"".join(chunks(RECORDS))))
    got: list[int | None] = []

    def take() -> None:
        for record in reader:
            got.append(None if record is None else number_of(record))

    parts = in_threads(*[take] * THREADS)
    raised = [part for part in parts if part is not None]
    assert [type(error) for error in raised] == [OSError]
    # The 101st read asks for the first bytes of a record, so nothing is lost.
    assert sorted(number for number in got if number is not None) == list(range(RECORDS))


def test_on_problem_may_ask_the_reader_that_calls_it() -> None:
    records = chunks(20)
    for number in range(0, 20, 2):
        records[number] = records[number].replace(b"\x1fa", b"\x1f\xff", 1)
    seen: list[int] = []

    def on_problem(problem: object) -> None:
        seen.append(sum(reader.problem_counts.values()) + len(reader.problems))
        assert reader.current_exception is None

    reader = MARCReader(Switching(b"".join(records)), recovery="salvage", on_problem=on_problem)
    parts = in_threads(*[lambda: len(list(reader))] * THREADS)
    assert sum(parts) == 20
    assert len(seen) == len(reader.problems) >= 10


# -- a reader for each thread ---------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Eight files, of 50, 60, ... records."""
    paths = []
    for number in range(8):
        path = tmp_path / f"{number}.mrc"
        path.write_bytes(b"".join(chunks(50 + 10 * number, first=1000 * number)))
        paths.append(path)
    return paths


def read_path(path: Path) -> list[int | None]:
    with MARCReader(path) as reader:
        return drain(reader)


def read_file(path: Path) -> list[int | None]:
    with path.open("rb") as file:
        return drain(MARCReader(file))


def read_bytes(path: Path) -> list[int | None]:
    return drain(MARCReader(path.read_bytes()))


def read_strictly(path: Path) -> list[int | None]:
    with MARCReader(path, recovery="strict") as reader:
        return drain(reader)


READ = [read_path, read_file, read_bytes, read_strictly]


@pytest.mark.parametrize("read", READ, ids=lambda read: read.__name__)
@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_readers_in_a_pool_read_all_of_their_files(
    threads: int, read: Callable[[Path], list[int]], files: list[Path]
) -> None:
    pool = ThreadPoolExecutor(threads)
    try:
        results = list(pool.map(read, files * 2, timeout=PATIENCE))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    expected = [list(range(1000 * number, 1000 * number + 50 + 10 * number)) for number in range(8)]
    assert results == expected * 2


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_an_exception_reaches_its_own_future(threads: int, files: list[Path]) -> None:
    missing = files[0].with_name("missing.mrc")
    damaged = files[2]
    damaged.write_bytes(damaged.read_bytes().replace(b"\x1fa", b"\x1f\xff", 1))
    paths = [files[0], missing, files[1], damaged, files[3], files[0].parent, *files[4:]]
    pool = ThreadPoolExecutor(threads)
    try:
        futures: list[Future[list[int | None]]] = [
            pool.submit(read_strictly, path) for path in paths
        ]
        raised = {
            path: type(error)
            for path, future in zip(paths, futures, strict=True)
            if (error := future.exception(PATIENCE)) is not None
        }
        assert raised.pop(files[0].parent) in (IsADirectoryError, PermissionError)
        assert raised == {missing: FileNotFoundError, damaged: mrrc.DamagedRecord}
        error = futures[1].exception()
        assert isinstance(error, FileNotFoundError)
        assert Path(error.filename) == missing
        counts = [len(future.result()) for future in futures if future.exception() is None]
        assert counts == [50, 60, 80, 90, 100, 110, 120]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def test_current_exception_and_chunk_are_each_readers_own(files: list[Path]) -> None:
    """Every second file has bad records, which its reader alone knows about."""
    expected = {}
    for number, path in enumerate(files):
        records = chunks(50, first=1000 * number)
        if number % 2:
            records[::5] = [chunk[:12] + b"00030" + chunk[17:] for chunk in records[::5]]
        path.write_bytes(b"".join(records))
        expected[path] = [chunk for chunk in records if chunk[12:17] == b"00030"]

    def bad(path: Path) -> list[bytes]:
        found = []
        with MARCReader(path) as reader:
            for record in reader:
                assert (record is None) == (reader.current_exception is not None)
                if record is None:
                    assert isinstance(reader.current_exception, mrrc.RecordDirectoryInvalid)
                    found.append(reader.current_chunk)
        return found

    results = in_threads(*[lambda path=path: bad(path) for path in files])
    assert results == [expected[path] for path in files]
