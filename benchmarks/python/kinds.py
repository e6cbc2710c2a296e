"""Files of records of one kind each: what a general sample has too little of to be seen.

    python benchmarks/python/kinds.py KIND RECORDS FILE

Same seed, same bytes, on every machine and Python; sizes are 1000, 10000 or 100000 records, or any
other number. Every record is valid, however odd.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from generate import (
    FIELD_TERMINATOR,
    RECORD_TERMINATOR,
    SCRIPTS,
    SEED,
    SUBFIELD_DELIMITER,
    Maker,
)

MOST_BYTES = 99_999
"""What five digits of a record's length can say."""
CHINESE = next(script for script in SCRIPTS if script.language == "chi")
ODD_CODES = b" !\"#$%&'()*+,-./:;<=>?@ABCXYZ[\\]^_`{|}~"


class Kind(NamedTuple):
    """A kind of records; `share` of the records asked for are made, where they are large."""

    name: str
    label: str
    records: Callable[[int, int], Iterator[bytes]]
    share: int = 1


KINDS: list[Kind] = []


def kind(
    label: str, share: int = 1
) -> Callable[[Callable[[int, int], Iterator[bytes]]], Callable[[int, int], Iterator[bytes]]]:
    """Enter a generator of records in the list of kinds."""

    def enter(
        records: Callable[[int, int], Iterator[bytes]],
    ) -> Callable[[int, int], Iterator[bytes]]:
        KINDS.append(Kind(records.__name__, label, records, share))
        return records

    return enter


def number(source: random.Random, first: int, last: int) -> int:
    # `random()` alone is promised to be the same in every version of Python.
    return first + int(source.random() * (last - first + 1))


def data_field(*subfields: tuple[bytes, bytes], indicators: bytes = b"  ") -> bytes:
    return indicators + b"".join(SUBFIELD_DELIMITER + code + text for code, text in subfields)


def assembled(fields: list[tuple[str, bytes]], order: list[int] | None = None) -> bytes:
    """Put a record in UTF-8 together; `order` is that of the fields' data, the directory's rest."""
    offsets, offset = {}, 0
    places = range(len(fields)) if order is None else order
    for place in places:
        offsets[place] = offset
        offset += len(fields[place][1]) + 1
    directory = "".join(
        f"{tag}{len(content) + 1:04}{offsets[place]:05}"
        for place, (tag, content) in enumerate(fields)
    )
    base_address = 24 + len(directory) + 1
    length = base_address + offset + 1
    leader = f"{length:05}cam a22{base_address:05} a 4500"
    content = b"".join(fields[place][1] + FIELD_TERMINATOR for place in places)
    return (leader + directory).encode() + FIELD_TERMINATOR + content + RECORD_TERMINATOR


@kind("mixed scripts, UTF-8")
def utf8(count: int, seed: int) -> Iterator[bytes]:
    maker = Maker(marc8=False, seed=seed)
    yield from (maker.record(index) for index in range(count))


@kind("mixed scripts, MARC-8")
def marc8(count: int, seed: int) -> Iterator[bytes]:
    maker = Maker(marc8=True, seed=seed)
    yield from (maker.record(index) for index in range(count))


@kind("Chinese and Japanese, UTF-8")
def cjk(count: int, seed: int) -> Iterator[bytes]:
    maker = Maker(marc8=False, seed=seed)
    for index in range(count):
        fields = [("001", b"%012d" % index), ("008", b"850101s1985    cc            000 0 chi  ")]
        fields.append(("245", maker.field("10", ("a", maker.phrase(CHINESE, 12)))))
        for place in range(maker.number(8, 16)):
            text = maker.phrase(CHINESE, maker.number(2, 20))
            fields.append(("880", maker.field("10", ("6", b"500-%02d" % place), ("a", text))))
        yield assembled(fields)


@kind("tiny: two fields")
def tiny(count: int, seed: int) -> Iterator[bytes]:
    source = random.Random(seed)
    for index in range(count):
        title = b"T%d" % number(source, 0, 999)
        yield assembled([("001", b"%d" % index), ("245", data_field((b"a", title)))])


@kind("very large: up to 99,999 bytes", share=50)
def large(count: int, seed: int) -> Iterator[bytes]:
    maker = Maker(marc8=False, seed=seed)
    for index in range(count):
        fields = [
            ("001", b"%012d" % index),
            ("245", maker.field("10", ("a", maker.phrase(CHINESE, 3)))),
        ]
        left = MOST_BYTES - len(assembled(fields))
        while left > 200:
            # Its directory entry, indicators, delimiter, code and terminator take 17 bytes.
            length = min(maker.number(20, 9_000), left - 17)
            script = SCRIPTS[maker.number(0, len(SCRIPTS) - 1)]
            text = maker.phrase(script, length // 6 + 1)[:length]
            text = text.decode("utf-8", "ignore").encode()
            fields.append(("520", maker.field("  ", ("a", text))))
            left -= len(text) + 17
        yield assembled(fields)


@kind("fields and directory unsorted")
def unsorted(count: int, seed: int) -> Iterator[bytes]:
    maker = Maker(marc8=False, seed=seed)
    for index in range(count):
        fields = [("001", b"%012d" % index)]
        for _ in range(maker.number(8, 24)):
            tag = f"{maker.number(100, 899):03}"
            fields.append((tag, maker.field("  ", ("a", maker.phrase(SCRIPTS[0], 4)))))
        fields.append(("245", maker.field("10", ("a", maker.phrase(SCRIPTS[1], 3)))))
        shuffled = sorted(fields, key=lambda _: maker.random.random())
        order = sorted(range(len(fields)), key=lambda _: maker.random.random())
        yield assembled(shuffled, order)


def many_fields(source: random.Random) -> list[tuple[str, bytes]]:
    return [(f"{number(source, 500, 599)}", data_field((b"a", b"x"))) for _ in range(900)]


def many_subfields(source: random.Random) -> list[tuple[str, bytes]]:
    codes = [b"%c" % number(source, 97, 122) for _ in range(2_000)]
    return [("505", data_field(*((code, b"y") for code in codes)))]


def empty_fields(source: random.Random) -> list[tuple[str, bytes]]:
    contents = [b"  ", b"1 \x1fa", data_field((b"a", b""), (b"b", b"")), b"00\x1f\x1fa\x1f\x1f"]
    return [("500", contents[number(source, 0, len(contents) - 1)]) for _ in range(60)]


def odd_codes(source: random.Random) -> list[tuple[str, bytes]]:
    fields = []
    for _ in range(40):
        places = [number(source, 0, len(ODD_CODES) - 1) for _ in range(12)]
        fields.append(("9XX", data_field(*((ODD_CODES[at : at + 1], b"odd") for at in places))))
    return fields


@kind("pathological", share=10)
def pathological(count: int, seed: int) -> Iterator[bytes]:
    source = random.Random(seed)
    makers = (many_fields, many_subfields, empty_fields, odd_codes)
    for index in range(count):
        fields = [("001", b"%d" % index), ("245", data_field((b"a", b"Odd"), indicators=b"10"))]
        yield assembled(fields + makers[index % len(makers)](source))


BY_NAME = {each.name: each for each in KINDS}


def generate(name: str, count: int, seed: int = SEED) -> bytes:
    """Return a file of a kind for `count` records (a share of them where they are large)."""
    chosen = BY_NAME[name]
    return b"".join(chosen.records(max(count // chosen.share, 1), seed))


if __name__ == "__main__":
    Path(sys.argv[3]).write_bytes(generate(sys.argv[1], int(sys.argv[2])))
