"""XML made to exhaust memory or time ends in problems, quickly."""

from __future__ import annotations

import io
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from mrrc._formats.xml_reader import MARCXMLReader
from tests.xml_documents import LEADER, PLAIN

MEGABYTE = 1 << 20
HEAD = f"<record><leader>{LEADER}</leader>".encode()
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 30))


def inside(content: bytes) -> bytes:
    """A record with a subfield of this content."""
    field = b'<datafield tag="245" ind1="1" ind2="0"><subfield code="a">%b</subfield></datafield>'
    return HEAD + field % content + b"</record>"


BOMBS: dict[str, Callable[[], Iterator[bytes]]] = {
    # Each gives its pieces; no piece is large, so what takes memory is the reader.
    "billion laughs": lambda: iter(
        [b'<!DOCTYPE a [<!ENTITY l0 "lol">%b]><a>' % LAUGHS, inside(b"&l29;"), b"</a>"]
    ),
    "quadratic blow-up": lambda: iter(
        [
            b'<!DOCTYPE a [<!ENTITY e "%b">]><a>' % (b"x" * 50_000),
            inside(b"&e;" * 50_000),
            b"</a>",
        ]
    ),
    "entity of a file": lambda: iter(
        [b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///dev/zero">]>', inside(b"&e;")]
    ),
    "parameter entities": lambda: iter(
        [b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>', inside(b"&e;")]
    ),
    "elements around records": lambda: (
        b"<a>" * 20_000 if n else b"<r>" + PLAIN.encode() for n in range(3)
    ),
    "elements in a record": lambda: iter([HEAD, *[b"<a>" * 30_000] * 4, b"</record>"]),
    "attributes": lambda: iter(
        [
            b"<record><datafield tag='245' ",
            *(b"".join(b"a%d='' " % (n * 10_000 + m) for m in range(10_000)) for n in range(40)),
            b"><subfield code='a'>x</subfield></datafield></record>",
        ]
    ),
    "attributes of a record": lambda: iter(
        [b"<record ", *[b"a='' " * 20_000] * 20, b">x</record>"]
    ),
    "comments without end": lambda: iter([b"<a>", *[b"<!--" * 50_000] * 4, PLAIN.encode()]),
    "sections without end": lambda: iter([HEAD, *[b"<![CDATA[" * 20_000] * 4, b"</record>"]),
    "records without end": lambda: iter([b"<record><leader/>" * 4_000]),
    "ampersands": lambda: iter([HEAD, b"<x>" + b"&" * 200_000, b"</record>"]),
    "signs": lambda: iter([HEAD, b"<" * 200_000, b"</record>"]),
    "headers without end": lambda: iter([b"<a>", *[b"<header>" * 20_000] * 4]),
}
# In many of them there is nothing else than what is wrong.
SOUND = {"billion laughs", "quadratic blow-up", "entity of a file", "parameter entities"}


class Pieces(io.RawIOBase):
    """A file of pieces that are made as they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.length = 0

    def read(self, size: int = -1) -> bytes:
        piece = next(self._pieces, b"")
        self.length += len(piece)
        return piece


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_reported(name: str) -> None:
    file = Pieces(BOMBS[name]())
    reader = MARCXMLReader(file)
    began = time.process_time()
    count = sum(1 for _ in reader)
    assert time.process_time() - began < 10
    assert reader.problem_counts
    assert sum(reader.problem_counts.values()) < 100_000
    assert sum(reader.accounting) == file.length
    if name in SOUND:
        assert count == 1


@pytest.mark.parametrize("name", ["billion laughs", "quadratic blow-up", "elements around records"])
def test_a_bomb_takes_little_memory(name: str) -> None:
    pieces = list(BOMBS[name]())
    tracemalloc.start()
    try:
        for record in MARCXMLReader(Pieces(iter(pieces))):
            assert sum(len(field.value()) for field in record.fields) < 3 * MEGABYTE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30 * MEGABYTE


@pytest.mark.slow
def test_a_text_of_a_hundred_megabytes() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<c>" + HEAD + b"<controlfield tag='001'>"
        for _ in range(100):
            yield b"x" * MEGABYTE
        yield b"</controlfield></record>" + PLAIN.encode() + b"</c>"

    tracemalloc.start()
    try:
        reader = MARCXMLReader(Pieces(pieces()))
        (record,) = reader
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert record["001"].data == "id1"
    assert set(reader.problem_counts) == {"bytes-unread"}
    assert peak < 600 * MEGABYTE
