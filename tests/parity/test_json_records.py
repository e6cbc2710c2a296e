"""MARC-in-JSON in both engines: the same frames in blocks of every size, the same records."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from mrrc._formats.json_reading import read
from mrrc._pure.text_records import BETWEEN, RECORD, RUN, UNCLEAR
from tests.json_documents import DOCUMENTS, damaged
from tests.parity.comparing import Engines, shown

FORMATS = ("json", "jsonl")


def items(engine: ModuleType, format: str, data: bytes, size: int, **options: Any) -> list[Any]:
    """All items of a file that comes in blocks of this size."""
    records = engine.TextRecords(format, **options)
    found = []
    for start in range(0, len(data), size):
        found += records.feed(data[start : start + size], False)
    return [*found, *records.feed(b"", True)]


def frames(found: list[Any]) -> list[tuple[int, int]]:
    """Kind and length of each item; a record is a frame like one that is unclear."""
    return [(UNCLEAR if kind == RECORD else kind, length) for kind, length, _, _ in found]


def compare(engines: Engines, format: str, data: bytes, sizes: list[int]) -> None:
    """All must be the same, with these sizes of blocks."""
    pure, extension = engines
    expected = items(pure, format, data, len(data) + 1)
    assert b"".join(content for _, _, content, _ in expected) == data
    assert all(length for _, length, _, _ in expected[:-1])
    for size in sizes:
        assert items(pure, format, data, size) == expected, (size, data)
        found = items(extension, format, data, size)
        assert frames(found) == frames(expected), (size, data)
        for mine, theirs in zip(expected, found, strict=True):
            if theirs[0] == RECORD:
                compare_records(mine[2], theirs[2])
            else:
                assert theirs == mine


def compare_records(span: bytes, record: Any) -> None:
    """What the extension reads is what the reference reads, without a problem."""
    told: list[Any] = []
    expected = read(span, b"", lambda *arguments, **facts: told.append((arguments, facts)))
    assert told == [], span
    assert shown(record) == shown(expected), span


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_the_same_frames_and_records(engines: Engines, format: str, document: str) -> None:
    data = document.encode()
    sizes = [1, 2, 3, 7, 64, len(data) + 1] if len(data) < 2_000 else [1_000, len(data) + 1]
    compare(engines, format, data, sizes)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_frames_and_records_of_damaged_documents(engines: Engines, format: str) -> None:
    for number, data in enumerate(damaged(1, 150)):
        compare(engines, format, data, [number % 13 + 1, 100])


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_the_same_frames_and_records_of_many_damaged_documents(
    engines: Engines, format: str
) -> None:
    for number, data in enumerate(damaged(2, 10_000)):
        compare(engines, format, data, [number % 97 + 1])


SMALL = '{"leader":"00000nam a2200000 a 4500","fields":[{"001":"%s"}]}'


def test_the_extension_reads_what_is_usual(engines: Engines) -> None:
    """Else it would be right, and slow."""
    usual = [
        SMALL % "x",
        SMALL % r"\"\\\/\b\f\n\r\té€😀",
        ' { "fields" : [ { "001" : "x" } ] , "leader" : "00000nam a2200000 a 4500" } ',
        SMALL % 'x"},{"245":{"ind2":"1","ind1":"0","subfields":[]}},{"00A":{"ind1":" ","ind2":"|",'
        '"subfields":[{"0":""},{"~":"y"}]}},{"009":"',
    ]
    folio = '{"id":"é","n":[1.5e-3,true,{"a":{}},[]],"parsedRecord":{"content":%s,"f":"\\u001e"}}'
    usual.append(folio % (SMALL % "x"))
    usual.append('{"parsedRecord":%s}' % (SMALL % "x"))
    usual.append((SMALL % "x").replace("{", '{"a":"\\\\",', 1))
    for document in usual:
        (item,) = items(engines[1], "jsonl", document.encode().strip(), 1_000)
        assert item[0] == RECORD, document
        compare(engines, "jsonl", document.encode(), [1_000])


UNUSUAL = [
    SMALL % "a\x1fb",
    SMALL % r"a\u001eb",
    SMALL % r"\ud800",
    SMALL % r"\udc00\ud800",
    SMALL % r"\ud800\u0041",
    SMALL % r"\q",
    SMALL % r"\u12g4",
    SMALL % "a\nb",
    SMALL % ("x" * 9_999),
    SMALL % 'x"},{"001":5},{"001":"',
    SMALL % 'x"},{"245":"y"},{"001":"',
    SMALL % 'x"},{"24 ":"y"},{"001":"',
    SMALL % 'x"},{"2450":"y"},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"1","subfields":[{"a":"x"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"","ind2":"1","subfields":[{"a":"x"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"12","ind2":"1","subfields":[{"a":"x"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"1","ind1":"1","subfields":[{"a":"x"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"1","ind2":"1","subfields":[{"a":"x","b":"y"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"1","ind2":"1","subfields":[{" ":"x"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"1","ind2":"1","subfields":[{"":"x"}]}},{"001":"',
    SMALL % 'x"},{"245":{"ind1":"1","ind2":"1","subfields":[{"a":null}]}},{"001":"',
    SMALL % 'x","002":"y',
    SMALL.replace("4500", "450") % "x",
    SMALL.replace("nam", "n\\u0061m") % "x",
    SMALL.replace("nam", "n\x7fm") % "x",
    SMALL.replace('{"001":"%s"}', ""),
    SMALL % "x" + "x",
    SMALL % "x" + SMALL % "x",
    (SMALL % "x")[:-1],
    (SMALL % "x").replace("{", '{"a":"\\q",', 1),
    (SMALL % "x").replace("{", '{"a":"\\ud800",', 1),
    (SMALL % "x").replace("{", '{"a":[1,],', 1),
    (SMALL % "x").replace("{", '{"a":;,', 1),
    (SMALL % "x").replace("{", '{"controlfield":[],', 1),
    (SMALL % "x").replace("{", '{"parsedRecord":{},', 1),
    '{"parsedRecord":{"content":%s,"leader":""}}' % (SMALL % "x"),
    '{"parsedRecord":{"content":"{}"}}',
    (SMALL % "x").replace("{", '{"a":' + "[" * 40 + "]" * 40 + ",", 1),
    '{"leader":"00000nam a2200000 a 4500"}',
    '{"leader":"00000nam a2200000 a 4500","leader":"00000nam a2200000 a 4500","fields":[]}',
]


@pytest.mark.parametrize("document", UNUSUAL)
def test_the_extension_leaves_the_unusual_to_the_reference(engines: Engines, document: str) -> None:
    data = document.encode()
    if "\n" in document:
        (item,) = items(engines[1], "json", data, len(data))
    else:
        (item,) = items(engines[1], "jsonl", data, len(data))
    assert item == (UNCLEAR, len(data), data, b"")


def test_bytes_that_are_no_utf_8_are_for_the_reference(engines: Engines) -> None:
    data = (SMALL % "x?").encode().replace(b"?", b"\xff")
    assert items(engines[1], "jsonl", data, 1_000) == [(UNCLEAR, len(data), data, b"")]


SEPARATORS = {None: b"", "": b"", "json": b",\n", "marc": b""}


@pytest.mark.parametrize("target", SEPARATORS)
@pytest.mark.parametrize("format", FORMATS)
def test_threads_give_the_same(engines: Engines, format: str, target: str | None) -> None:
    lines = [SMALL % number if number % 1_000 else "{}" for number in range(8_000)]
    data = "\n".join(lines).encode()
    separator = SEPARATORS[target]
    expected = joined(items(engines[1], format, data, 20_000, target=target), separator)
    assert sum(length for length, _, _ in expected) == len(data)
    for threads in (1, 3):
        found = items(engines[1], format, data, 20_000, target=target, threads=threads)
        assert joined(found, separator) == expected


def joined(found: list[Any], separator: bytes) -> list[tuple[int, int, Any]]:
    """Length, number of records and content of the items.

    Runs, which are cut where the blocks end, are put together with what stands between them.
    """
    result: list[tuple[int, int, Any]] = []
    is_run = False
    for kind, length, content, _ in found:
        if is_run and kind in (BETWEEN, RUN):
            before, count, data = result.pop()
            if kind == RUN:
                count, data = count + content[0], data + separator + content[1]
            result.append((before + length, count, data))
        elif kind == RUN:
            result.append((length, *content))
            is_run = True
        else:
            result.append((length, int(kind != BETWEEN), shown(content)))
            is_run = False
    return result


def test_a_name_that_is_none(engines: Engines) -> None:
    for engine in engines:
        with pytest.raises(ValueError, match="no text format: 'marc'"):
            engine.TextRecords("marc")
        with pytest.raises(ValueError, match="no target: 'line'"):
            engine.TextRecords("json", "line")


def test_behind_the_end_there_is_nothing(engines: Engines) -> None:
    for engine in engines:
        records = engine.TextRecords("jsonl")
        assert len(records.feed(b"{}\n{}", True)) == 3
        assert records.feed(b"{}\n", True) == []
