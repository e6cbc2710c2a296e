"""Damaged data for the tests of scanning and salvaging: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.property.strategies import PlainField, encode
from tests.shared import DATA

# Bytes that mean something in the format are worth more tries than others.
_TELLING = b"\x1d\x1e\x1f0019a \x00\x7f\x80\xc3\xff"
_WORDS = ["", "x", "Titel", "Émile Zola", "日本語", "a b c " * 9, "12345", "245001200000"]


def files() -> list[bytes]:
    """The files of the tests' data, from the shortest on."""
    paths = sorted((DATA / "iso2709").glob("*.mrc"))
    return sorted((path.read_bytes() for path in paths), key=len)


def sound_record(dice: random.Random) -> bytes:
    """A record of a few fields."""
    fields = [PlainField("001", f"id{dice.randrange(10_000)}")]
    fields += [PlainField("008", "x" * 40)] * dice.randrange(2)
    for _ in range(dice.randrange(12)):
        codes = dice.choices("abcz9", k=dice.randrange(4))
        subfields = tuple((code, dice.choice(_WORDS)) for code in codes)
        fields.append(PlainField(str(dice.randrange(100, 999)), None, ("1", " "), subfields))
    return encode(fields)


def _byte(dice: random.Random) -> int:
    return dice.choice(_TELLING) if dice.random() < 0.7 else dice.randrange(256)


def _replace(data: bytearray, at: int, dice: random.Random) -> None:
    data[at] = _byte(dice)


def _insert(data: bytearray, at: int, dice: random.Random) -> None:
    data[at:at] = bytes(_byte(dice) for _ in range(dice.choice([1, 1, 2, 5, 12, 30])))


def _delete(data: bytearray, at: int, dice: random.Random) -> None:
    del data[at : at + dice.choice([1, 1, 2, 5, 12, 13, 24, 60])]


def _number(data: bytearray, at: int, dice: random.Random) -> None:
    size = dice.choice([4, 5])
    data[at : at + size] = b"%0*d" % (
        size,
        dice.choice([0, 1, 24, 25, 37, 99_99, dice.randrange(999)]),
    )


def _move(data: bytearray, at: int, dice: random.Random) -> None:
    piece = data[at : at + dice.choice([1, 12, 40])]
    del data[at : at + len(piece)]
    to = dice.randrange(len(data) + 1)
    data[to:to] = piece


def _cut(data: bytearray, at: int, dice: random.Random) -> None:
    del data[at:]


_KINDS: list[Callable[[bytearray, int, random.Random], None]] = [
    _replace, _replace, _replace, _insert, _delete, _number, _move, _cut,
]  # fmt: skip


def damaged(sound: bytes, dice: random.Random) -> bytes:
    """The bytes with one to four injuries; every other one in leader or directory."""
    data = bytearray(sound)
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        if not data:
            break
        front = len(data) if dice.random() < 0.5 else min(len(data), 120)
        dice.choice(_KINDS)(data, dice.randrange(front), dice)
    return bytes(data)


def damaged_file(dice: random.Random) -> bytes:
    """A few records, most of them damaged, with something in between now and then."""
    between = [
        b"",
        b"",
        b"",
        b"\n",
        b"\r\n",
        b"   ",
        b"\x1a",
        b"\xef\xbb\xbf",
        b"\x1d\x1d",
        b"junk",
    ]
    parts = [dice.choice(between)]
    for _ in range(dice.randrange(1, 6)):
        record = sound_record(dice)
        parts += [damaged(record, dice) if dice.random() < 0.6 else record, dice.choice(between)]
    data = b"".join(parts)
    return damaged(data, dice) if dice.random() < 0.2 else data


def random_bytes(dice: random.Random) -> bytes:
    """Bytes that are no record, more or less like one."""
    data = bytearray(_byte(dice) for _ in range(dice.choice([0, 1, 5, 24, 25, 26, 60, 150])))
    if dice.random() < 0.5 and len(data) > 24:
        data[10:24] = b"220003700 4500"[: len(data) - 10]
    if dice.random() < 0.5:
        data[24:24] = b"001000300000245000500003"[: dice.choice([12, 24, 24, 23])] + b"\x1e"
    return bytes(data)
