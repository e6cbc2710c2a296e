"""Finding and building the fields of a record that is still bytes.

The engine's view of a Record: `_raw` is its bytes, `_fields` is None or a list with one place for
each directory entry, holding the Field that was handed out for it or None. A Field that is out
may have been given another tag since, so its own tag counts, not the directory's.

Threads that share a record may ask for its fields at the same time: the steps that change its state
take turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import RLock
from typing import TYPE_CHECKING

from mrrc._pure.classes import Classes
from mrrc._pure.fields import pieces

if TYPE_CHECKING:
    from mrrc.field import Field, Indicators
    from mrrc.record import Record

changing_state = RLock()
"""Held while a record's bytes give way to objects, one at a time or all."""

_indicators: dict[bytes, Indicators] = {}
"""Indicator pairs by their two bytes: immutable, few, and most fields of a file share them."""


def directory_entry(raw: bytes, index: int) -> tuple[bytes, bytes]:
    """Return the tag and the field of the directory entry `index`, terminator included."""
    entry = raw[24 + 12 * index : 36 + 12 * index]
    start = int(raw[12:17]) + int(entry[7:])
    return entry[:3], raw[start : start + int(entry[3:7])]


def entry_count(raw: bytes) -> int:
    """Return the number of directory entries."""
    return (int(raw[12:17]) - 25) // 12


def build_field(tag: bytes, data: bytes) -> Field:
    """Make the Field for a directory entry's tag and the bytes it points to."""
    field: Field = object.__new__(Classes.field)
    field.tag = tag.decode()
    if tag < b"010" and tag.isdigit():
        field.control_field = True
        field.data = data[:-1].decode()
        field._indicators = None
        field._raw = None
        field._subfields = []
        return field
    field.control_field = False
    field.data = None
    pair = _indicators.get(data[:2])
    if pair is None:
        pair = _indicators[data[:2]] = Classes.indicators(chr(data[0]), chr(data[1]))
    field._indicators = pair
    field._raw = data
    return field


def _field_at(record: Record, raw: bytes, index: int) -> Field:
    """Return the Field of an entry: the one that is out, or a new one that is out from now on."""
    fields = record._fields
    if fields is None:
        fields = record._fields = [None] * entry_count(raw)
    field: Field | None = fields[index]
    if field is None:
        field = fields[index] = build_field(*directory_entry(raw, index))
    return field


def _matching(record: Record, tags: Sequence[object]) -> list[Field]:
    """Return the fields with one of the tags in a record that another thread made objects of."""
    return [field for field in record._fields if field.tag in tags]


def _indexes(record: Record, raw: bytes, tags: Sequence[object]) -> Iterator[int]:
    """Give the entries whose field has one of the tags, in the record's order."""
    fields = record._fields
    if fields is None and len(tags) == 1:
        tag = tags[0]
        if isinstance(tag, str) and len(tag) == 3 and tag.isascii():
            wanted = tag.encode()
            end = int(raw[12:17]) - 1
            position = raw.find(wanted, 24, end)
            while position != -1:
                if position % 12 == 0:
                    yield position // 12 - 2
                position = raw.find(wanted, position + 1, end)
        return
    directory = raw[24 : int(raw[12:17]) - 1].decode()
    for index in range(len(directory) // 12):
        field = None if fields is None else fields[index]
        tag = directory[12 * index : 12 * index + 3] if field is None else field.tag
        if tag in tags:
            yield index


def get_field(record: Record, tag: object) -> Field | None:
    """Return the record's first field with this tag, None when it has none."""
    with changing_state:
        raw = record._raw
        if raw is None:
            return next(iter(_matching(record, (tag,))), None)
        for index in _indexes(record, raw, (tag,)):
            return _field_at(record, raw, index)
        return None


def get_fields(record: Record, tags: Sequence[object]) -> list[Field]:
    """Return the record's fields whose tag is among `tags`, in the record's order."""
    with changing_state:
        raw = record._raw
        if raw is None:
            return _matching(record, tags)
        return [_field_at(record, raw, index) for index in list(_indexes(record, raw, tags))]


def has_tag(record: Record, tag: object) -> bool:
    """Say whether the record has a field with this tag."""
    with changing_state:
        raw = record._raw
        if raw is None:
            return bool(_matching(record, (tag,)))
        return any(True for _ in _indexes(record, raw, (tag,)))


def materialise(record: Record) -> list[Field]:
    """Turn the record's bytes into its list of fields and its leader, for good.

    Fields that are out keep their place in the list; afterwards `_raw` is None.
    """
    with changing_state:
        raw = record._raw
        held: list[Field] = record._fields
        if raw is None:
            return held
        if held is None:
            fields = []
            base = int(raw[12:17])
            position, start = 24, base
            while position < base - 1:
                end = start + int(raw[position + 3 : position + 7])
                fields.append(build_field(raw[position : position + 3], raw[start:end]))
                position, start = position + 12, end
            record._fields = fields
        else:
            fields = held
            for index, field in enumerate(held):
                if field is None:
                    held[index] = build_field(*directory_entry(raw, index))
        leader = Classes.leader(raw[:24].decode())
        # `Record.leader` does the same without the lock; no call stands between look and leap.
        if record._leader is None:
            record._leader = leader
        record._raw = None
        return fields


def first_subfields(raw: bytes, tag: str, codes: str) -> list[str | None] | None:
    """Return the first value of each code in the first field with this tag.

    `raw` is the whole record, no field of which is out; None when it has no such field.
    """
    wanted = tag.encode()
    end = int(raw[12:17]) - 1
    position = raw.find(wanted, 24, end)
    while position % 12 and position != -1:
        position = raw.find(wanted, position + 1, end)
    if position == -1:
        return None
    found = pieces(directory_entry(raw, position // 12 - 2)[1])
    return [next((piece[1:] for piece in found if piece[0] == code), None) for code in codes]
