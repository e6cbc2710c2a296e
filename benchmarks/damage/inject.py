"""Damage: every kind of it, under its name, made of a sound file and a seed.

An operator returns edits, or None where the record has nothing that it could damage. What they
touch is worked out in `sound.truth_of`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from sound import (
    ENTRY_LENGTH,
    LEADER_LENGTH,
    Edit,
    Entry,
    RecordMap,
    Sound,
    Truth,
    apply,
    normalised,
    truth_of,
)

Dice = random.Random
OnRecord = Callable[[Sound, RecordMap, Dice], "list[Edit] | None"]


class Damaged(NamedTuple):
    """A damaged file with the truth about it."""

    sound: bytes
    """What it was made of; libraries read it too, so that their own way to decode is no damage."""
    data: bytes
    truths: list[Truth]


OnFile = Callable[[Sound, Dice], Damaged]


class Kind(NamedTuple):
    """A kind of damage."""

    group: str
    name: str
    make: OnFile


KINDS: list[Kind] = []
OPERATORS: list[OnRecord] = []
"""Those of the kinds that damage single records."""

RATE = 0.15
"""Share of the records that an operator on records damages; one at least."""


def damaged(sound: Sound, edits: list[Edit], copies: dict[int, int] | None = None) -> Damaged:
    """Return a file with these edits; `copies` counts what they repeat of which record."""
    wanted = normalised(sound.data, edits)
    data = apply(sound.data, wanted)
    truths = truth_of(sound, wanted, data)
    for index, count in (copies or {}).items():
        truths[index] = truths[index]._replace(copies=count)
    return Damaged(sound.data, data, truths)


def without_overlap(sound: Sound, edits: list[Edit], more: list[Edit]) -> bool:
    try:
        normalised(sound.data, [*edits, *more])
    except ValueError:
        return False
    return True


def damage_records(sound: Sound, dice: Dice, operator: OnRecord, last: bool = False) -> Damaged:
    """Apply an operator to some of the records, or to the last one only."""
    edits: list[Edit] = []
    order = list(sound.records)
    dice.shuffle(order)
    wanted = 1 if last else max(1, round(RATE * len(order)))
    for record in sound.records[-1:] if last else order:
        made = operator(sound, record, dice)
        if made and normalised(sound.data, made) and without_overlap(sound, edits, made):
            edits += made
            wanted -= 1
            if not wanted:
                break
    return damaged(sound, edits)


def on_records(group: str, name: str, last: bool = False) -> Callable[[OnRecord], OnRecord]:
    """Enter an operator that damages one record."""

    def enter(operator: OnRecord) -> OnRecord:
        OPERATORS.append(operator)
        KINDS.append(
            Kind(group, name, lambda sound, dice: damage_records(sound, dice, operator, last))
        )
        return operator

    return enter


def on_file(group: str, name: str) -> Callable[[OnFile], OnFile]:
    """Enter an operator that damages a file as a whole."""

    def enter(operator: OnFile) -> OnFile:
        KINDS.append(Kind(group, name, operator))
        return operator

    return enter


def inject(kind: Kind, sound: Sound, seed: str) -> Damaged | None:
    """Damage a file; None where this kind does not apply to it."""
    made = kind.make(sound, random.Random(f"{kind.group}/{kind.name}/{seed}"))
    return None if made.data == made.sound else made


def length_of(record: RecordMap) -> int:
    return record.end - record.start


def put_length(record: RecordMap, text: bytes) -> list[Edit]:
    return [Edit(record.start, record.start + 5, text)]


def put_number(record: RecordMap, number: int) -> list[Edit] | None:
    return put_length(record, b"%05d" % number) if 0 <= number <= 99_999 else None


def put_base(record: RecordMap, text: bytes) -> list[Edit]:
    return [Edit(record.start + 12, record.start + 17, text)]


def put_entry(entry: Entry, length: int | bytes, offset: int | bytes) -> Edit:
    """Return the edit that gives an entry other numbers."""
    new = b"".join(
        number if isinstance(number, bytes) else b"%0*d" % (width, number % 10**width)
        for number, width in ((length, 4), (offset, 5))
    )
    return Edit(entry.start + 3, entry.start + ENTRY_LENGTH, new)


def numbers(record: RecordMap, entry: Entry) -> tuple[int, int]:
    """Return length and offset as the entry has them."""
    return entry.field_end - entry.field_start, entry.field_start - record.directory_end


def some(dice: Dice, alphabet: bytes, low: int, high: int) -> bytes:
    return bytes(dice.choices(alphabet, k=dice.randint(low, high)))


ANY = bytes(range(256))
NO_DIGITS = b" -+_.xXoOlI\x00\xff/:abc"


# ---------------------------------------------------------------- record length


@on_records("record length", "too short")
def length_short(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_number(record, dice.randint(LEADER_LENGTH, length_of(record) - 1))


@on_records("record length", "too short for a leader")
def length_tiny(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_number(record, dice.randint(1, 23))


@on_records("record length", "too short by a few")
def length_little_short(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_number(record, length_of(record) - dice.randint(1, 9))


@on_records("record length", "too long")
def length_long(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_number(record, length_of(record) + dice.randint(1, 5_000))


@on_records("record length", "too long by a few")
def length_little_long(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_number(record, length_of(record) + dice.randint(1, 9))


@on_records("record length", "ends with another record")
def length_to_terminator(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    later = sound.records[record.number + 1 : record.number + 6]
    return put_number(record, dice.choice(later).end - record.start) if later else None


@on_records("record length", "in characters")
def length_in_characters(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    text = sound.bytes_of(record).decode("utf-8", "replace")
    if "\ufffd" in text or len(text) == length_of(record):
        return None
    return put_number(record, len(text))


@on_records("record length", "00000")
def length_zero(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_length(record, b"00000")


@on_records("record length", "99999")
def length_nines(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_length(record, b"99999")


@on_records("record length", "spaces")
def length_spaces(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_length(record, b"     ")


@on_records("record length", "no digits")
def length_no_digits(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    new = bytearray(sound.data[record.start : record.start + 5])
    for place in dice.sample(range(5), dice.randint(1, 5)):
        new[place] = dice.choice(NO_DIGITS)
    return put_length(record, bytes(new))


# ---------------------------------------------------------------- terminators


def at_terminator(record: RecordMap, dice: Dice, which: str) -> int:
    """Return the offset of a terminator."""
    if which == "record":
        return record.end - 1
    if which == "directory":
        return record.directory_end - 1
    if which == "last":
        return record.end - 2
    return dice.choice(record.entries).field_end - 1


for _which, _label in (
    ("record", "record terminator"),
    ("field", "field terminator"),
    ("last", "last field terminator"),
    ("directory", "directory's terminator"),
):

    def missing(sound: Sound, record: RecordMap, dice: Dice, which: str = _which) -> list[Edit]:
        place = at_terminator(record, dice, which)
        return [Edit(place, place + 1, b"")]

    def doubled(sound: Sound, record: RecordMap, dice: Dice, which: str = _which) -> list[Edit]:
        place = at_terminator(record, dice, which)
        return [Edit(place + 1, place + 1, sound.data[place : place + 1])]

    def overwritten(sound: Sound, record: RecordMap, dice: Dice, which: str = _which) -> list[Edit]:
        place = at_terminator(record, dice, which)
        return [Edit(place, place + 1, bytes([dice.choice(b" \x00\x0a?x0\x1f\x1e\xff")]))]

    on_records("terminators", f"{_label} missing")(missing)
    on_records("terminators", f"{_label} doubled")(doubled)
    on_records("terminators", f"{_label} overwritten")(overwritten)


@on_records("terminators", "both at the end missing")
def both_missing(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return [Edit(record.end - 2, record.end, b"")]


# ---------------------------------------------------------------- base address of data


@on_records("base address", "off by a few")
def base_off(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    base = record.directory_end - record.start
    return put_base(record, b"%05d" % max(0, base + dice.choice((-13, -12, -3, -1, 1, 2, 12, 40))))


@on_records("base address", "zeros")
def base_zeros(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_base(record, b"00000")


@on_records("base address", "beyond the record")
def base_beyond(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_base(record, b"%05d" % min(99_999, length_of(record) + dice.randint(0, 9_000)))


@on_records("base address", "no digits")
def base_no_digits(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return put_base(record, some(dice, NO_DIGITS, 5, 5))


# ---------------------------------------------------------------- directory


@on_records("directory", "offsets off by a constant")
def directory_off(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    by = dice.choice((-24, -5, -1, 1, 2, 3, 12, 24, record.directory_end - record.start))
    return [
        put_entry(entry, length, max(0, offset + by))
        for entry in record.entries
        for length, offset in [numbers(record, entry)]
    ]


@on_records("directory", "numbers in characters")
def directory_in_characters(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    edits, offset = [], 0
    for entry in record.entries:
        text = sound.data[entry.field_start : entry.field_end].decode("utf-8", "replace")
        if "\ufffd" in text:
            return None
        edits.append(put_entry(entry, len(text), offset))
        offset += len(text)
    return edits


@on_records("directory", "lengths in characters")
def lengths_in_characters(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    edits = []
    for entry in record.entries:
        text = sound.data[entry.field_start : entry.field_end].decode("utf-8", "replace")
        if "\ufffd" in text:
            return None
        edits.append(put_entry(entry, len(text), numbers(record, entry)[1]))
    return edits


@on_records("directory", "last entries lost")
def directory_truncated(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    if len(record.entries) < 2:
        return None
    first = dice.choice(record.entries[1:])
    return [Edit(first.start, record.directory_end - 1, b"")]


@on_records("directory", "cut inside an entry")
def directory_cut(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = dice.choice(record.entries).start + dice.randint(1, ENTRY_LENGTH - 1)
    return [Edit(place, record.directory_end - 1, b"")]


@on_records("directory", "bytes inserted in an entry")
def entry_longer(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = dice.choice(record.entries).start + dice.randint(3, ENTRY_LENGTH)
    return [Edit(place, place, some(dice, b"0123456789 x\x00", 1, 5))]


@on_records("directory", "bytes of an entry lost")
def entry_shorter(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    entry = dice.choice(record.entries)
    start = dice.randint(0, ENTRY_LENGTH - 1)
    return [Edit(entry.start + start, entry.start + dice.randint(start + 1, ENTRY_LENGTH), b"")]


@on_records("directory", "no digits in an entry")
def entry_no_digits(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = dice.choice(record.entries).start + dice.randint(3, ENTRY_LENGTH - 1)
    return [Edit(place, place + 1, bytes([dice.choice(NO_DIGITS)]))]


@on_records("directory", "wrong numbers in an entry")
def entry_wrong(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    entry = dice.choice(record.entries)
    length, offset = numbers(record, entry)
    if dice.random() < 0.5:
        return [put_entry(entry, dice.randint(0, 9_999), offset)]
    return [put_entry(entry, length, dice.randint(0, length_of(record)))]


@on_records("directory", "offsets past the end")
def offsets_past(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    chosen = dice.sample(record.entries, dice.randint(1, len(record.entries)))
    size = length_of(record)
    return [
        put_entry(entry, numbers(record, entry)[0], dice.randint(min(size, 99_999), 99_999))
        for entry in chosen
    ]


@on_records("directory", "zeros")
def directory_zeros(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return [put_entry(entry, 0, 0) for entry in record.entries]


@on_records("directory", "a tag overwritten")
def tag_overwritten(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = dice.choice(record.entries).start + dice.randint(0, 2)
    return [Edit(place, place + 1, bytes([dice.choice(b" \x00?\xff-x\x1d\x1e\x1f")]))]
