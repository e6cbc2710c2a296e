"""MARCXML by the scanners of both engines, held against each other and against xml.sax."""

from __future__ import annotations

import io
import random
from functools import cache
from types import ModuleType
from typing import Any
from xml.sax import make_parser
from xml.sax.handler import feature_namespaces

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrrc import Record, XmlHandler, record_to_xml
from mrrc._xml_records import finished
from tests.parity.comparing import Engines, shown
from tests.property.strategies import FAST, PLAIN_RECORDS
from tests.shared import needs_shared, real_files
from tests.xml_documents import ALLOWED, DOCUMENTS, FORBIDDEN, PLAIN, RECORDS

# What an engine may leave to xml.sax though the other does not: names that are not ASCII, prefixes
# and namespaces that look alike.
LEFT_BY_THE_EXTENSION = {
    f"{kind}-{number}"
    for kind, texts in [("allowed", ALLOWED), ("allowed-between", ALLOWED)]
    for number, text in enumerate(texts)
    if "xml:i" in text or "é/" in text or "é=" in text or "p\u0301" in text
    or "q:x" in text or "a&amp;b'" in text
} | {"named-3", "named:m-3"}  # fmt: skip


def fed(engine: ModuleType, data: bytes, strict: bool, length: int) -> list[Any] | None:
    """What a scanner gives for a document in blocks of some length."""
    feed = engine.xml_scanner(strict, False)
    records = []
    for start in range(0, len(data) + length, length):
        found = feed(data[start : start + length], start >= len(data))
        if found is None:
            assert feed(b"", False) is None
            return None
        records += found
    return records


def both(engines: Engines, data: bytes, strict: bool = False, length: int = 1 << 20) -> Any:
    """The answers of both engines."""
    return [fed(engine, data, strict, length) for engine in engines]


def contents(record: Record) -> Any:
    """What a record says; bytes that it has are those of its fields."""
    written = record._raw
    leader = str(record.leader)
    fields = [
        (each.tag, each.control_field, each.indicators, each.data, list(each.subfields))
        for each in record.fields
    ]
    if written is not None:
        assert record.as_marc() == written
    return leader, fields, record.pos, record.force_utf8, record.to_unicode


def by_sax(data: bytes, strict: bool) -> list[Record] | None:
    """The records that xml.sax gives; None for an error."""
    handler = XmlHandler(strict)
    parser = make_parser()
    parser.setContentHandler(handler)
    parser.setFeature(feature_namespaces, True)
    try:
        parser.parse(io.BytesIO(data))
    except Exception:
        return None
    return handler.records


def same_as_sax(found: list[Any] | None, data: bytes, strict: bool) -> None:
    """What a scanner gives is what xml.sax gives."""
    if found is None:
        return
    try:
        records = [finished(each, None) for each in found]
    except ValueError:
        assert by_sax(data, strict) is None
        return
    expected = by_sax(data, strict)
    assert expected is not None, "the scanner takes what xml.sax refuses"
    assert [contents(each) for each in records] == [contents(each) for each in expected]


@pytest.mark.parametrize("strict", [False, True], ids=["any", "strict"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(engines: Engines, name: str, strict: bool) -> None:
    data = DOCUMENTS[name]
    pure, extension = both(engines, data, strict)
    same_as_sax(both(engines, data, strict)[1], data, strict)
    same_as_sax(both(engines, data, strict)[0], data, strict)
    if name in LEFT_BY_THE_EXTENSION:
        assert extension is None
        return
    assert shown(extension) == shown(pure)
    for length in (1, 2, 3, 5, 64) if len(data) < 2000 else (4096,):
        for again in both(engines, data, strict, length):
            assert shown(again) == shown(pure), length


def test_what_is_left_is_little(engines: Engines) -> None:
    taken = [name for name, data in DOCUMENTS.items() if both(engines, data)[1] is not None]
    assert {"single-0", "single-1", "single-2", "declared-2", "declared-marked-4"} <= set(taken)
    assert sum(name.startswith("allowed-") for name in taken) > 1.6 * len(ALLOWED) - 30
    assert sum(name.startswith("record-") for name in taken) > len(RECORDS) * 0.7
    refused = [name for name in taken if name.startswith(("forbidden", "junk", "typed", "utf-16"))]
    assert [name for name in refused if by_sax(DOCUMENTS[name], False) is None] == []
    assert not any(name.startswith(("typed", "utf-16")) for name in refused)


@pytest.mark.parametrize("decoded", [False, True])
def test_text_says_nothing_of_its_encoding(engines: Engines, decoded: bool) -> None:
    document = f"<?xml version='1.0' encoding='latin-1'?>{PLAIN}".encode()
    for engine in engines:
        found = engine.xml_scanner(False, decoded)(document, True)
        assert (found is not None) == decoded


def test_arguments_of_a_wrong_type(engines: Engines) -> None:
    for engine in engines:
        for arguments in [(), (b"",), ("", True), (None, True), (b"", True, 1)]:
            with pytest.raises((TypeError, ValueError)):
                engine.xml_scanner(False, False)(*arguments)


PIECES = [
    *ALLOWED,
    *FORBIDDEN,
    *RECORDS[:40],
    PLAIN,
    "<",
    ">",
    "/",
    "&",
    ";",
    "'",
    '"',
    "=",
    "!",
    "?",
    "-",
    "]",
    "[",
    ":",
    "xmlns",
    " ",
    "\r",
    "\n",
    "é",
    "\ud7ff",
    "x",
    "code",
    "tag",
    "1",
    "</subfield>",
    "<record>",
]


@cache
def sound() -> list[bytes]:
    """The documents that are short and well-formed."""
    short = [each for each in DOCUMENTS.values() if len(each) < 1000]
    return [each for each in short if by_sax(each, False) is not None]


def mutated(choice: random.Random) -> bytes:
    """A document with a few places changed."""
    data = choice.choice(sound())
    for _ in range(choice.choice([1, 1, 2, 3])):
        start = choice.randrange(len(data) + 1)
        between = data.find(b">", start) + 1
        if between and choice.random() < 0.6:
            data = data[:between] + choice.choice(PIECES).encode() + data[between:]
            continue
        end = min(len(data), start + choice.choice([0, 0, 1, 1, 2, 5, 30]))
        piece = choice.choice(PIECES).encode() if choice.random() < 0.7 else b""
        if choice.random() < 0.2:
            other = choice.choice(sound())
            cut = choice.randrange(len(other) + 1)
            piece = other[cut : cut + choice.randrange(40)]
        data = data[:start] + piece + data[end:]
    return data


def check_any(engines: Engines, data: bytes, strict: bool, length: int) -> bool:
    pure, extension = both(engines, data, strict)
    pieces = fed(engines[1], data, strict, length)
    assert shown(pieces) == shown(extension)
    if extension is not None:
        assert shown(extension) == shown(pure), data
    # This asks the records for their fields.
    same_as_sax(pure, data, strict)
    return extension is not None


@settings(FAST, max_examples=600)
@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([1, 7, 50, 1000]))
def test_mutations(engines: Engines, choice: random.Random, strict: bool, length: int) -> None:
    check_any(engines, mutated(choice), strict, length)


@pytest.mark.slow
def test_many_mutations(engines: Engines) -> None:
    choice = random.Random(5)
    taken = 0
    for _ in range(60_000):
        data = mutated(choice)
        taken += check_any(engines, data, choice.random() < 0.5, choice.choice([1, 7, 50, 1000]))
    assert taken > 5_000


@FAST
@given(st.lists(PLAIN_RECORDS, max_size=3))
def test_records_written_and_read(engines: Engines, raws: list[bytes]) -> None:
    written = b"".join(record_to_xml(Record(raw)) for raw in raws)
    data = b"<collection>" + written + b"</collection>"
    check_any(engines, data, False, 100)
    if "\ufffd" in data.decode() or b"&#65533;" in data or b"\r" in b"".join(raws):
        return
    for found, raw in zip(fed(engines[1], data, False, 1 << 20) or [], raws, strict=True):
        assert not isinstance(found, Record) or found.as_marc() == raw


@needs_shared
@pytest.mark.parametrize("path", real_files(".xml", ".xml~old.xml"), ids=lambda path: path.name)
def test_real_files(engines: Engines, path: Any) -> None:
    data = path.read_bytes()
    if len(data) > 3_000_000:
        pytest.skip("large")
    for strict in (False, True):
        pure, extension = both(engines, data, strict)
        assert shown(extension) == shown(pure)
        assert shown(fed(engines[1], data, strict, 1021)) == shown(pure)
        same_as_sax(pure, data, strict)
