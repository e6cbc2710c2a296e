"""Sound ISO 2709 files as maps of their bytes, and edits of them, so that all damage is known.

Every kind of damage is a list of edits of a sound file. Which records, leader bytes, tags and
fields a list of edits touches follows from where they are, so the truth is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

RECORD_TERMINATOR = 0x1D
FIELD_TERMINATOR = 0x1E
DELIMITER = 0x1F
LEADER_LENGTH = 24
ENTRY_LENGTH = 12
RECORD_LIMIT = 99_999
FIELD_LIMIT = 9_999

# The bytes of the leader that say how the record is cut, not what it is about.
STRUCTURE = {*range(5), *range(12, 17)}

Fields = tuple[tuple[str, str], ...]
"""Tag and content of each field in order; a data field's content begins with its indicators."""


class Edit(NamedTuple):
    """Bytes `start` to `end` of the sound file become `new`; an insertion where both are equal."""

    start: int
    end: int
    new: bytes


class Entry(NamedTuple):
    """A directory entry and its field: offsets in the file."""

    start: int
    field_start: int
    field_end: int
    """Behind the field terminator."""


class RecordMap(NamedTuple):
    """Where the parts of a sound record are: offsets in the file."""

    number: int
    start: int
    end: int
    """Behind the record terminator."""
    directory_end: int
    """Behind the directory's field terminator; also where the first field starts."""
    entries: tuple[Entry, ...]


class Sound(NamedTuple):
    """A sound file."""

    data: bytes
    records: tuple[RecordMap, ...]

    def bytes_of(self, record: RecordMap) -> bytes:
        return self.data[record.start : record.end]


class Truth(NamedTuple):
    """One record of the sound file, and what became of it."""

    record: int | None
    """Index in the sound file; None for one that no sound file can hold (see `fields`)."""
    touched: bool
    touched_fields: frozenset[int]
    """Indexes of the fields of which a byte of content, terminator or tag was damaged."""
    touched_leader: frozenset[int]
    """Positions of the leader that were damaged."""
    span: tuple[int, int]
    """Where the record, or what is left of it, is in the damaged file."""
    detectable: bool
    """What is left is no sound record, so a reader can know that something happened."""
    copies: int = 0
    """How many further copies, whole or in part, the damage made of it."""
    fields: Fields | None = None
    """The content where it cannot be read from the sound file."""


def directory_map(raw: bytes, start: int) -> tuple[int, list[tuple[int, int, int]]] | None:
    """Return length and entries (entry, field start, field end) of a well-built record."""
    length, base = raw[start : start + 5], raw[start + 12 : start + 17]
    if not (len(length) == len(base) == 5 and length.isdigit() and base.isdigit()):
        return None
    size, base_address = int(length), int(base)
    record = raw[start : start + size]
    if size < LEADER_LENGTH + 2 or len(record) < size or record[-1] != RECORD_TERMINATOR:
        return None
    if base_address > size - 1 or (base_address - LEADER_LENGTH - 1) % ENTRY_LENGTH:
        return None
    if record[base_address - 1] != FIELD_TERMINATOR:
        return None
    entries = []
    sum_of_lengths = 0
    for place in range(LEADER_LENGTH, base_address - 1, ENTRY_LENGTH):
        numbers = record[place + 3 : place + ENTRY_LENGTH]
        if not numbers.isdigit() or not record[place : place + 3].isalnum():
            return None
        field_length, offset = int(numbers[:4]), int(numbers[4:])
        field_end = base_address + offset + field_length
        if offset != sum_of_lengths or field_length < 1 or field_end > size - 1:
            return None
        if record[field_end - 1] != FIELD_TERMINATOR:
            return None
        entries.append((place, base_address + offset, field_end))
        sum_of_lengths += field_length
    if base_address + sum_of_lengths + 1 != size:
        return None
    return size, entries


def is_control(tag: bytes) -> bool:
    return tag.isdigit() and tag < b"010"


def is_sound(raw: bytes) -> bool:
    """Tell whether the bytes are one record in which nobody could find a fault."""
    found = directory_map(raw, 0)
    if found is None or found[0] != len(raw) or not found[1]:
        return False
    if not all(0x20 <= byte < 0x7F for byte in raw[:LEADER_LENGTH]):
        return False
    base = found[1][0][1]
    data = raw[base:]
    if data.count(FIELD_TERMINATOR) != len(found[1]) or data.count(RECORD_TERMINATOR) != 1:
        return False
    if raw[9:10] == b"a":
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
    for place, start, end in found[1]:
        if is_control(raw[place : place + 3]):
            if DELIMITER in raw[start:end]:
                return False
            continue
        indicators, delimiter = raw[start : start + 2], raw[start + 2 : start + 3]
        if len(indicators) != 2 or not all(0x20 <= byte < 0x7F for byte in indicators):
            return False
        if delimiter != b"\x1f" or end - start < 5:
            return False
        codes = raw[start + 3 : end].split(b"\x1f")
        if not all(code and 0x20 < code[0] < 0x7F for code in codes):
            return False
    return True


def map_file(data: bytes) -> Sound:
    """Return the map of a sound file.

    Raises ValueError: it is not sound.
    """
    records: list[RecordMap] = []
    start = 0
    while start < len(data):
        found = directory_map(data, start)
        if found is None or not is_sound(data[start : start + found[0]]):
            raise ValueError(f"no sound record at {start}")
        size, entries = found
        base = entries[0][1]
        places = tuple(Entry(*(start + each for each in entry)) for entry in entries)
        records.append(RecordMap(len(records), start, start + size, start + base, places))
        start += size
    return Sound(data, tuple(records))


def sound_records(data: bytes) -> list[bytes]:
    """Return the sound records among those that lengths and terminators show."""
    found, start = [], 0
    while start < len(data):
        seen = directory_map(data, start)
        if seen is None:
            start = data.find(b"\x1d", start) + 1
            if not start:
                break
            continue
        record = data[start : start + seen[0]]
        if is_sound(record):
            found.append(record)
        start += seen[0]
    return found


def build(leader: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a record of fields (content without terminator); lengths are cut to their digits."""
    directory, data = b"", b""
    for tag, content in fields:
        length = len(content) + 1
        directory += tag + b"%04d%05d" % (length % 10_000, len(data) % 100_000)
        data += content + b"\x1e"
    base = LEADER_LENGTH + len(directory) + 1
    size = base + len(data) + 1
    head = b"%05d" % (size % 100_000) + leader[5:12] + b"%05d" % base + leader[17:24]
    return head + directory + b"\x1e" + data + b"\x1d"


def fields_of(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Return tag and content of each field of a sound record, without the terminator."""
    found = directory_map(raw, 0)
    assert found is not None
    return [(raw[place : place + 3], raw[start : end - 1]) for place, start, end in found[1]]


def as_text(fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """Return fields as a reader of UTF-8 is to show them."""
    return tuple(
        (tag.decode("ascii", "replace"), content.decode("utf-8", "surrogateescape"))
        for tag, content in fields
    )


def normalised(data: bytes, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits in order, without bytes that stay what they are.

    Raises ValueError: two of them concern the same bytes.
    """
    result = []
    for start, end, new in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        old = data[start:end]
        if len(old) == len(new):
            # Byte for byte, so that an unchanged digit between two changed ones is untouched.
            result += [
                Edit(start + index, start + index + 1, new[index : index + 1])
                for index in range(len(old))
                if old[index] != new[index]
            ]
            continue
        while old and new and old[0] == new[0]:
            start, old, new = start + 1, old[1:], new[1:]
        while old and new and old[-1] == new[-1]:
            end, old, new = end - 1, old[:-1], new[:-1]
        result.append(Edit(start, end, new))
    for one, other in pairwise(result):
        if other.start < one.end:
            raise ValueError(f"edits overlap at {other.start}")
    return result


def apply(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Return the file with normalised edits done."""
    parts, place = [], 0
    for start, end, new in edits:
        parts += [data[place:start], new]
        place = end
    return b"".join([*parts, data[place:]])


def touches(edit: Edit, start: int, end: int) -> bool:
    """Tell whether an edit concerns these bytes; an insertion only if it tears them apart."""
    if edit.start == edit.end:
        return start < edit.start < end
    return max(edit.start, start) < min(edit.end, end)


def moved(edits: Sequence[Edit], place: int, ends: bool) -> int:
    """Return where a place of the sound file is in the damaged one.

    What is inserted right there lies before it, or behind it if something `ends` there.
    """
    shift = 0
    for start, end, new in edits:
        if start >= place and (ends or start > place or end > start):
            break
        if end > place:
            return start + shift + (0 if ends else len(new))
        shift += len(new) - (end - start)
    return place + shift


def truth_of(sound: Sound, edits: Sequence[Edit], damaged: bytes) -> list[Truth]:
    """Return what normalised edits did to each record."""
    truths = []
    for record in sound.records:
        here = [edit for edit in edits if touches(edit, record.start, record.end)]
        span = (moved(edits, record.start, False), moved(edits, record.end, True))
        fields = [
            index
            for index, entry in enumerate(record.entries)
            if any(
                touches(edit, entry.field_start, entry.field_end)
                or touches(edit, entry.start, entry.start + 3)
                for edit in here
            )
        ]
        leader = [
            place - record.start
            for place in range(record.start, record.start + LEADER_LENGTH)
            if any(
                touches(edit, place, place + 1)
                # Behind an insertion or a loss the leader's positions are other bytes.
                or (edit.start <= place and len(edit.new) != edit.end - edit.start)
                for edit in here
            )
        ]
        truths.append(
            Truth(
                record.number,
                bool(here),
                frozenset(fields),
                frozenset(leader),
                (span[0], max(span)),
                bool(here) and not is_sound(damaged[span[0] : max(span)]),
            )
        )
    return truths
