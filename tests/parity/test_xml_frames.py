"""MARCXML in both engines: the same frames in all blocks, and records as the reference reads."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrrc import Record
from mrrc._formats.xml_reading import read
from mrrc._pure.text_records import RECORD, UNCLEAR
from tests.parity.comparing import Engines
from tests.property.strategies import FAST
from tests.shared import needs_shared, real_files
from tests.xml_documents import DOCUMENTS, NAMESPACE, PLAIN

Item = tuple[int, int, Any, bytes]

# Pieces of documents: put together in any order, they are wrong in most ways there are.
PIECES = [
    b"<record>",
    b"</record>",
    f"<record xmlns='{NAMESPACE}'>".encode(),
    b"<m:record xmlns:m='info:lc/xmlns/marcxchange-v1' id=\"a>b\">",
    b"</m:record>",
    b"<record",
    b"</record",
    b"<records>",
    b"</records>",
    b"<record/>",
    b"<record xmlns='urn:x'><a>",
    b"<record><!-- c --><leader>",
    PLAIN.encode(),
    b"<leader>00060nam a2200049 a 4500</leader>",
    b"<datafield tag='245' ind1='1' ind2='0'>",
    b"<subfield code='a'>x</subfield></datafield>",
    b"<m:leader>",
    b"<collection xmlns:m='http://www.loc.gov/MARC21/slim'>",
    b"</collection>",
    b"<x:collection xmlns:x='a' xmlns:y=\"b&c\" xmlns='&lt;'>",
    b"</x:collection >",
    b"<metadata>",
    b"</metadata>",
    b"<?xml version='1.0'?>",
    b"<?xml ",
    b"<?p",
    b"?>",
    b"<!--",
    b"-->",
    b"--",
    b"<![CDATA[",
    b"]]>",
    b"<!DOCTYPE a [<!ENTITY e 'x'> <!-- ' --> <?p \"?>]>",
    b'<!DOCTYPE a SYSTEM "b>c">',
    b"<!DOCTYPE",
    b"<!DOCTYPE a [",
    b"<!ENTITY e '",
    b"<!",
    b"<",
    b">",
    b"'",
    b'"',
    b"<a b='<c>'>",
    b'<a b="',
    b"<\xc3\xa9:x/>",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\0",
    b" \r\n\t",
    b"&amp;",
    b"text",
]
DOCUMENT = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)


def items(engine: ModuleType, data: bytes, length: int, threads: int = 0) -> list[Item]:
    """The items of a document in blocks of some length."""
    records = engine.TextRecords("marcxml", None, threads)
    found: list[Item] = []
    for start in range(0, len(data), length):
        found += records.feed(data[start : start + length], False)
    found += records.feed(b"", True)
    assert sum(item[1] for item in found) == len(data)
    return found


def frames(found: list[Item]) -> list[tuple[int, int]]:
    return [(max(kind, UNCLEAR), length) for kind, length, _, _ in found]


def same(engines: Engines, data: bytes, *lengths: int) -> int:
    """Both engines find the same; return how many records the extension has read."""
    pure, extension = engines
    expected = items(pure, data, max(len(data), 1))
    known = {}
    at = 0
    for kind, length, content, context in expected:
        if kind == UNCLEAR:
            assert content == data[at : at + length]
            known[at] = (content, context)
        at += length
    taken = 0
    for length in lengths:
        assert frames(items(pure, data, length)) == frames(expected), length
    for length in (max(len(data), 1), *lengths):
        found = items(extension, data, length)
        assert frames(found) == frames(expected), length
        at = 0
        for kind, size, content, context in found:
            if kind == RECORD:
                taken += 1
                reads_as(content, *known[at])
            elif kind == UNCLEAR:
                assert (content, context) == known[at]
            else:
                assert content == data[at : at + size]
            at += size
    return taken


def reads_as(record: Record, span: bytes, context: bytes) -> None:
    """The record is what the reference reader makes of the span, without a word."""
    reported: list[Any] = []
    expected = read(span, context, lambda *facts, **more: reported.append((facts, more)))
    assert expected is not None
    assert reported == []
    assert record._raw == expected._raw is not None
    assert str(record.leader) == str(expected.leader)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(engines: Engines, name: str) -> None:
    data = DOCUMENTS[name]
    same(engines, data, *((1, 3, 64) if len(data) < 2000 else (4096,)))


def test_most_of_what_is_sound_is_read_by_the_extension(engines: Engines) -> None:
    taken = sum(same(engines, data) > 0 for data in DOCUMENTS.values())
    assert taken > len(DOCUMENTS) / 3


@needs_shared
def test_real_files(engines: Engines) -> None:
    taken = 0
    for path in real_files(".xml"):
        data = path.read_bytes()
        taken += same(engines, data, 4093)
    assert taken > 2000


@settings(FAST, max_examples=400)
@given(DOCUMENT, st.integers(1, 40))
def test_pieces(engines: Engines, data: bytes, length: int) -> None:
    same(engines, data, length)


@settings(FAST, max_examples=150)
@given(st.randoms(use_true_random=False), st.sampled_from(sorted(DOCUMENTS)))
def test_damage(engines: Engines, chance: random.Random, name: str) -> None:
    data = bytearray(DOCUMENTS[name][:3000])
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice((0, 0, 1, 9))] = chance.choice((*PIECES, b"", b"\x1f"))
    same(engines, bytes(data), chance.randrange(1, 60))


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(engines: Engines, threads: int) -> None:
    _, extension = engines
    data = b"<c>" + b"".join(DOCUMENTS.values()) * 3
    whole = items(extension, data, 1 << 16)
    assert frames(items(extension, data, 1 << 16, threads)) == frames(whole)


LONG = {
    "comment": b"<a><!--" + b"<record>" * 9000 + b"-->" + PLAIN.encode() + b"</a>",
    "text": b"<a>" + b"x" * 200_000 + PLAIN.encode() + b"</a>",
    "no element": b"x" * 200_000 + PLAIN.encode(),
    "tag": b"<a " + b"x='' " * 10_000 + b">" + PLAIN.encode(),
    "tag of a record": b"<record " + b"x='' " * 10_000 + b">" + PLAIN.encode(),
    "deep": b"<a>" * 3000 + PLAIN.encode() + b"</a>" * 3000 + PLAIN.encode(),
    "deep and open": b"<a>x" * 17_000,
    "declarations": b"".join(b"<a xmlns:p%d='u%d'>" % (n, n) for n in range(100)) + PLAIN.encode(),
    "far child": b"<record>" + b" " * 70_000 + b"<leader/></record>",
    "wrappers": b"<a><b>text</b></a>" * 4_000 + PLAIN.encode(),
    "signs": b"< " * 35_000,
    "comments without end": b"<!--" * 30_000 + PLAIN.encode(),
    "records without end": b"<record><leader/>" * 5_000,
    "doctype": b"<!DOCTYPE a [" + b"<!ENTITY e 'x'>" * 6000 + b"]>" + PLAIN.encode(),
    "doctypes": b"<!DOCTYPE[--><!--" * 3000 + PLAIN.encode(),
}


@pytest.mark.parametrize("name", LONG)
def test_long_and_deep(engines: Engines, name: str) -> None:
    same(engines, LONG[name], 50_001)


@settings(FAST)
@given(st.lists(st.sampled_from([b"\n", b"a\r", b"\n" * 40, b"x" * 33])).map(b"".join))
def test_lines_are_counted(engines: Engines, data: bytes) -> None:
    pure, extension = engines
    assert extension.count_lines(data) == pure.count_lines(data) == data.count(b"\n")
