"""Writers that several Python threads share: whole records, each of them once."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mrrc import Field, MARCReader, MARCWriter, Record, Subfield, XMLWriter, parse_xml_to_array
from tests.unit.concurrency import Switching, chunks, in_threads, number_of

THREADS = 4
EACH = 250


class SwitchingSink(Switching):
    """A file object whose `write` lets other threads run, and takes some of what it is given."""

    def __init__(self) -> None:
        super().__init__(b"")

    def write(self, data: Any) -> int:
        super().read(0)
        count = self._file.write(bytes(data[: len(data) // 2 + 1]))
        super().read(0)
        return count

    def getvalue(self) -> bytes:
        return self._file.getvalue()


def write_own(writer: Any, thread: int, *, touch: bool) -> None:
    for number, record in enumerate(MARCReader(b"".join(chunks(EACH, first=1000 * thread)))):
        assert record is not None
        if touch:
            record.add_field(Field("999", subfields=[Subfield("t", f"{thread}-{number}")]))
        writer.write(record)


def check(records: list[Record | None], *, touch: bool) -> None:
    numbers = [number_of(record) for record in records if record is not None]
    assert len(numbers) == len(records) == THREADS * EACH
    for thread in range(THREADS):
        # Those of a thread are in the order in which it wrote them.
        own = [number for number in numbers if number // 1000 == thread]
        assert own == list(range(1000 * thread, 1000 * thread + EACH))
    if touch:
        for record, number in zip(records, numbers, strict=True):
            assert record is not None
            assert record["999"]["t"] == f"{number // 1000}-{number % 1000}"


TARGETS: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "file": lambda path: path.open("wb"),
    "raw file": lambda path: path.open("wb", buffering=0),
    "switching": lambda path: SwitchingSink(),
}


@pytest.mark.parametrize("touch", [False, True], ids=["untouched", "edited"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_shared_writer_writes_whole_records(target: str, touch: bool, tmp_path: Path) -> None:
    path = tmp_path / "written.mrc"
    sink = TARGETS[target](path)
    writer = MARCWriter(sink)
    parts = in_threads(
        *[lambda thread=thread: write_own(writer, thread, touch=touch) for thread in range(THREADS)]
    )
    assert parts == [None] * THREADS
    assert writer.records_written == THREADS * EACH
    writer.close(close_fh=target != "switching")
    data = sink.getvalue() if target == "switching" else path.read_bytes()
    check(list(MARCReader(data, recovery="strict")), touch=touch)


def test_a_shared_path_gets_whole_records_though_it_takes_them_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_some(file: io.RawIOBase, data: memoryview) -> int:
        time.sleep(1e-5)
        return file.write(data[:50]) or 0

    # As if a record were written at once, by a system that takes no more than 50 bytes.
    monkeypatch.setattr("mrrc._writing.target._PORTION", 1)
    monkeypatch.setattr("mrrc._writing.target.write_some", write_some)
    path = tmp_path / "written.mrc"
    with MARCWriter(path) as writer:
        parts = in_threads(
            *[
                lambda thread=thread: write_own(writer, thread, touch=False)
                for thread in range(THREADS)
            ]
        )
    assert parts == [None] * THREADS
    check(list(MARCReader(path, recovery="strict")), touch=False)


@pytest.mark.parametrize("options", [{"append": True}, {"atomic": True}], ids=str)
def test_a_shared_writer_appends_and_replaces(options: dict[str, bool], tmp_path: Path) -> None:
    path = tmp_path / "written.mrc"
    path.write_bytes(b"")
    with MARCWriter(path, **options) as writer:
        parts = in_threads(
            *[
                lambda thread=thread: write_own(writer, thread, touch=False)
                for thread in range(THREADS)
            ]
        )
        assert parts == [None] * THREADS
    assert writer.records_written == THREADS * EACH
    check(list(MARCReader(path, recovery="strict")), touch=False)


def test_problems_of_a_shared_writer_are_counted_once() -> None:
    def write() -> None:
        for _ in range(50):
            record = Record()
            record.add_field(Field("245", subfields=[Subfield("a", "one\x1ftwo")]))
            writer.write(record)

    writer = MARCWriter(io.BytesIO())
    assert in_threads(*[write] * THREADS) == [None] * THREADS
    assert sum(writer.problem_counts.values()) == len(writer.problems) == THREADS * 50


def test_a_writer_for_each_thread(tmp_path: Path) -> None:
    def write(thread: int) -> bytes:
        path = tmp_path / f"{thread}.mrc"
        with MARCWriter(path) as writer:
            write_own(writer, thread, touch=False)
        return path.read_bytes()

    written = in_threads(*[lambda thread=thread: write(thread) for thread in range(THREADS)])
    assert written == [b"".join(chunks(EACH, first=1000 * thread)) for thread in range(THREADS)]


def test_an_xml_writer_for_each_thread() -> None:
    def write(thread: int) -> list[int]:
        file = io.BytesIO()
        writer = XMLWriter(file)
        write_own(writer, thread, touch=False)
        writer.close(close_fh=False)
        return [number_of(record) for record in parse_xml_to_array(io.BytesIO(file.getvalue()))]

    numbers = in_threads(*[lambda thread=thread: write(thread) for thread in range(2)])
    assert numbers == [list(range(EACH)), list(range(1000, 1000 + EACH))]
