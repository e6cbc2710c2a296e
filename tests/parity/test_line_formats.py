"""mrk, YAZ's line format and Aleph sequential: both engines find, read and write the same."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrrc import MARCReader, Record
from mrrc._formats import mrk_writing
from mrrc._formats.reader import READERS
from mrrc._pure.mrk import record_as_mrk
from mrrc._pure.text_records import BETWEEN, RECORD, RUN, UNCLEAR, UNREAD
from tests.line_texts import SNIPPETS, aleph_text, line_text
from tests.parity.comparing import Engines, shown
from tests.property.strategies import FAST, PLAIN_RECORDS
from tests.shared import needs_shared, real_iso2709_files

FORMATS = ["mrk", "line", "aleph"]
LENGTHS = [1, 2, 3, 5, 7, 24, 26, 61, 1000, 1 << 20]

# Records are slow to generate.
FEW = settings(FAST, max_examples=40)

Item = tuple[int, int, Any, bytes]


def items(
    engine: ModuleType,
    format: str,
    data: bytes,
    length: int,
    threads: int = 0,
    target: str | None = None,
) -> list[Item]:
    """What an engine makes of a file in blocks of some length."""
    records = engine.TextRecords(format, target, threads)
    found = []
    for start in range(0, len(data), length):
        found += records.feed(data[start : start + length], False)
    return found + records.feed(b"", True)


def frames(found: list[Item]) -> list[tuple[int, int]]:
    """Kinds and lengths; a record is one whether it was read or not."""
    return [(UNCLEAR if kind == RECORD else kind, length) for kind, length, _, _ in found]


def reference(format: str, span: bytes) -> tuple[Record | None, list[str]]:
    """The record that the reference reads, and the codes of what it reports."""
    codes: list[str] = []

    def report(code: str, offset: int, **facts: Any) -> None:
        assert 0 <= offset <= offset + facts.get("length", 0) <= len(span)
        codes.append(code)

    record = import_module(READERS[format]).read(span, b"", report)
    return record, codes


def compare(engines: Engines, format: str, data: bytes, length: int) -> int:
    """Hold the engines against each other; the number of records that the extension read."""
    pure, extension = engines
    whole = items(pure, format, data, len(data) or 1)
    assert sum(size for _, size in frames(whole)) == len(data)
    for engine in engines:
        assert frames(items(engine, format, data, length)) == frames(whole)
    count = 0
    start = 0
    for kind, size, content, context in items(extension, format, data, length):
        span = data[start : start + size]
        start += size
        assert context == b""
        if kind == RECORD:
            count += 1
            record, codes = reference(format, span)
            assert codes == []
            assert shown(content) == shown(record)
        else:
            assert content == span
            if kind == UNCLEAR:
                reference(format, span)
    return count


def documents(format: str) -> st.SearchStrategy[bytes]:
    pieces = st.sampled_from(SNIPPETS[format])
    return st.lists(pieces, max_size=20).map(b"".join)


@pytest.mark.parametrize("format", FORMATS)
def test_each_snippet_is_the_same_in_blocks_of_every_length(engines: Engines, format: str) -> None:
    whole = b"".join(SNIPPETS[format])
    read = [compare(engines, format, whole, length) for length in LENGTHS]
    assert len(set(read)) == 1
    assert read[0] >= 2


@pytest.mark.parametrize("format", FORMATS)
def test_pieces_in_any_order_are_the_same(engines: Engines, format: str) -> None:
    @settings(FAST)
    @given(documents(format), st.integers(1, 70))
    def check(data: bytes, length: int) -> None:
        compare(engines, format, data, length)

    check()


@pytest.mark.parametrize("format", FORMATS)
def test_any_bytes_are_the_same(engines: Engines, format: str) -> None:
    symbols = st.sampled_from([b"\n", b"\r\n", b" ", b"=", b"$", b"L", b"LDR", b"000000001 ", b"("])

    @settings(FAST)
    @given(st.lists(st.one_of(symbols, st.binary(max_size=4)), max_size=30), st.integers(1, 9))
    def check(pieces: list[bytes], length: int) -> None:
        compare(engines, format, b"".join(pieces), length)

    check()


@pytest.mark.parametrize("format", FORMATS)
def test_plain_records_are_read_as_the_reference_reads_them(engines: Engines, format: str) -> None:
    write = {"mrk": mrk_of, "line": line_text, "aleph": aleph_text}[format]

    @settings(FEW)
    @given(st.lists(PLAIN_RECORDS, min_size=1, max_size=3), st.integers(20, 300))
    def check(raws: list[bytes], length: int) -> None:
        compare(engines, format, b"".join(map(write, raws)), length)

    check()


def mrk_of(raw: bytes) -> bytes:
    (record,) = MARCReader(raw)
    assert record is not None
    return mrk_writing.formatted(record, lambda *_, **__: None) + b"\n"


def formatted_by(extension: ModuleType, raw: bytes) -> bytes | None:
    """What the extension writes for the record that it reads from what the reference writes."""
    ((kind, _, content, _),) = items(extension, "mrk", mrk_of(raw), 1 << 20, target="mrk")
    if kind != RUN:
        return None
    count, text = content
    assert count == 1
    return bytes(text)


def test_the_extension_writes_what_the_reference_writes(engines: Engines) -> None:
    @settings(FEW)
    @given(PLAIN_RECORDS)
    def check(raw: bytes) -> None:
        (record,) = MARCReader(raw)
        assert record is not None
        changes: list[Any] = []
        text = mrk_writing.formatted(record, lambda *each, **_: changes.append(each))
        leader = str(record.leader)
        pure = record_as_mrk(raw, leader)
        if pure is not None:
            assert changes == []
            assert pure == text
        written = formatted_by(engines[1], raw)
        if written is not None:
            assert written == text

    check()


def real_texts(format: str) -> Iterator[tuple[str, bytes]]:
    """Real records in this format, file by file; a few of each."""
    write = {"mrk": mrk_of, "line": line_text, "aleph": aleph_text}[format]
    for path in real_iso2709_files()[::4]:
        raws = []
        for record in MARCReader(path, recovery="salvage"):
            if record is not None and record._raw is not None:
                raws.append(record._raw)
            if len(raws) == 10:
                break
        yield path.name, b"".join(map(write, raws))


@needs_shared
@pytest.mark.parametrize("format", FORMATS)
def test_real_records_are_the_same(engines: Engines, format: str) -> None:
    records = read = 0
    for _, data in real_texts(format):
        read += compare(engines, format, data, 4096)
        records += sum(kind == UNCLEAR for kind, _ in frames(items(engines[0], format, data, 4096)))
    assert records > 200
    # What the extension leaves to the reference costs ten times as much.
    assert read / records > {"mrk": 0.99, "line": 0.9, "aleph": 0.9}[format]


@pytest.mark.parametrize("format", FORMATS)
def test_threads_read_the_same(engines: Engines, format: str) -> None:
    data = b"".join(SNIPPETS[format]) * 100
    extension = engines[1]
    without = items(extension, format, data, 5000)
    with_threads = items(extension, format, data, 5000, threads=2)
    assert shown(with_threads) == shown(without)
    assert {kind for kind, *_ in without} >= {RECORD, UNCLEAR, BETWEEN, UNREAD}
