"""An interrupt in the middle of reading: no block is lost, or it is said that one may be."""

from __future__ import annotations

import bz2
import gc
import gzip
import io
import signal
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import mrrc
from mrrc import Record
from mrrc._formats.unpacking import Ahead
from tests.unit.writing import data, record

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer"),
    pytest.mark.skipif(
        sys.version_info < (3, 11) or mrrc.engine != "rust",
        reason="an interrupt may be met in the middle of a step",
    ),
]

COUNT = 4_000
MOST_INTERRUPTS = 300


class Interrupted(BaseException):
    """What Ctrl-C raises could come from somewhere else."""


def made(number: int) -> Record:
    return record(f"{number:07d}", data("245", ("a", f"Grüße {number}"), ("b", "ein Titel")))


RECORDS = [made(number) for number in range(COUNT)]
NUMBERS = [each["001"].data for each in RECORDS]
MARC = b"".join(each.as_marc() for each in RECORDS)
MRK = "\n".join(each.as_mrk() for each in RECORDS)
JSONL = "".join(f"{each.as_jsonl()}\n" for each in RECORDS).encode()


def zipped(method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("a.mrc", MARC)
    return target.getvalue()


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        entry = tarfile.TarInfo("a.mrc")
        entry.size = len(MARC)
        archive.addfile(entry, io.BytesIO(MARC))
    return target.getvalue()


class Interrupts:
    """Interrupts that come every so often, if they are `due`; one that came is not followed."""

    def __init__(self) -> None:
        self.due = False

    def __call__(self, *_: object) -> None:
        if self.due:
            self.due = False
            raise Interrupted


@contextmanager
def interrupting(every: float) -> Iterator[Interrupts]:
    interrupts = Interrupts()
    before = signal.signal(signal.SIGALRM, interrupts)
    # Hypothesis has the collector call a function of its own, where exceptions are lost.
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    try:
        signal.setitimer(signal.ITIMER_REAL, every, every)
        yield interrupts
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.callbacks.extend(callbacks)


def read_interrupted(reader: Any, every: float) -> tuple[list[Record], int]:
    """Return the records, and how many interrupts came."""
    records: list[Record] = []
    count = 0
    with interrupting(every) as interrupts:
        while True:
            try:
                # On a slow machine there must be an end to it.
                interrupts.due = count < MOST_INTERRUPTS
                # In one call, and after an interrupt the next one goes on.
                records.extend(reader)
                interrupts.due = False
            except Interrupted:
                count += 1
            else:
                return records, count


SOURCES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: MARC,
    "BytesIO": lambda: io.BytesIO(MARC),
    "mrk": lambda: MRK.encode(),
    "mrk in UTF-16": lambda: MRK.encode("utf-16"),
    "JSON Lines": lambda: io.BytesIO(JSONL),
}


@pytest.mark.parametrize("source", SOURCES)
def test_no_block_is_lost(source: str) -> None:
    interrupts = 0
    for every in (0.0005, 0.0007, 0.0009, 0.0011, 0.0031):
        with mrrc.open(SOURCES[source]()) as reader:
            records, count = read_interrupted(reader, every)
        interrupts += count
        numbers = [str(each["001"].data) for each in records]
        assert numbers == sorted(set(numbers))
        # An interrupt can take the record along that is just being handed over, as of any iterator.
        assert len(numbers) >= COUNT - count
        assert not reader.problems
    assert interrupts


PACKED: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(MARC),
    "bzip2": lambda: bz2.compress(MARC),
    "zip": lambda: zipped(zipfile.ZIP_STORED),
    "deflated zip": lambda: zipped(zipfile.ZIP_DEFLATED),
    "tar": tarred,
}


@pytest.mark.parametrize("packing", PACKED)
def test_nothing_packed_is_lost_without_a_word(packing: str) -> None:
    source = PACKED[packing]()
    interrupts = 0
    for every in (0.0005, 0.001, 0.002, 0.004):
        for given in (source, io.BytesIO(source)):
            with mrrc.open(given) as reader:
                try:
                    records, count = read_interrupted(reader, every)
                except InterruptedError:
                    interrupts += 1
                    continue
            interrupts += count
            if len(records) < COUNT - count:
                assert {each.code for each in reader.problems} >= {"source-damaged"}
            numbers = [str(each["001"].data) for each in records]
            assert numbers == sorted(set(numbers))
    assert interrupts


@pytest.mark.parametrize("size", [-1, 100, 1 << 17])
def test_what_is_seen_ahead_is_read_whatever_comes_between(size: int) -> None:
    file = Ahead(io.BytesIO(MARC))
    read: list[bytes] = []
    attempts = 0

    while file.tell() < len(MARC) // 2:
        with suppress(Interrupted), interrupting(0.0003) as interrupts:
            attempts += 1
            interrupts.due = attempts % 10 != 0
            file.head(300)
            read.extend(map(file.read, (size,)))
            interrupts.due = False
    assert b"".join(read) == MARC[: file.tell()]
