"""Finding and building the fields of a record that is still bytes.

The engine's view of a Record: `_raw` is its bytes, `_fields` is None or a list with one place for
each directory entry, holding the Field that was handed out for it or None. A Field that is out
may have been given another tag since, so its own tag counts, not the directory's.

Threads that share a record may ask for its fields at the same time: the steps that change its state
take turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import compress
from struct import unpack
from threading import RLock
from typing import TYPE_CHECKING

from mrrc._pure.classes import Classes
from mrrc._pure.fields import field_subfields, subfield_value

if TYPE_CHECKING:
    from mrrc.field import Field, Indicators, Subfield
    from mrrc.leader import Leader
    from mrrc.record import Record

changing_state = RLock()
"""Held while a record's bytes give way to objects, one at a time or all."""

_CONTROL_TAGS = frozenset(b"00%d" % number for number in range(10))
_EVERY_FIELD = re.compile(rb"[^\x1e]*\x1e")
_MANY_TAGS = 4_096


class _Tags(dict[bytes, str]):
    """Tags by their three bytes: few, and most fields of a file share them."""

    def __missing__(self, tag: bytes) -> str:
        if len(self) >= _MANY_TAGS:
            self.clear()
        text = self[tag] = tag.decode()
        return text


class _IndicatorPairs(dict[bytes, "Indicators"]):
    """Indicators by their two bytes, which are graphic ASCII or blanks: immutable and few."""

    def __missing__(self, pair: bytes) -> Indicators:
        indicators = self[pair] = Classes.indicators(chr(pair[0]), chr(pair[1]))
        return indicators


_tags = _Tags()
_indicators = _IndicatorPairs()


def directory_entry(raw: bytes, index: int) -> tuple[bytes, bytes]:
    """Return the tag and the field of the directory entry `index`, terminator included."""
    position = 24 + 12 * index
    length, offset = divmod(int(raw[position + 3 : position + 12]), 100_000)
    start = int(raw[12:17]) + offset
    return raw[position : position + 3], raw[start : start + length]


def entry_count(raw: bytes) -> int:
    """Return the number of directory entries."""
    return (int(raw[12:17]) - 25) // 12


def _build_fields(tags: Iterable[bytes], contents: Iterable[bytes]) -> list[Field]:
    """Make the Fields for tags and the bytes that their directory entries point to."""
    fields = []
    cls, new = Classes.field, object.__new__
    for tag, content in zip(tags, contents, strict=True):
        field: Field = new(cls)
        field.tag = _tags[tag]
        if tag in _CONTROL_TAGS:
            field.control_field = True
            field.data = content[:-1].decode()
            field._indicators = None
            field._raw = None
            field._subfields = []
        else:
            field.control_field = False
            field.data = None
            field._indicators = _indicators[content[:2]]
            field._raw = content
        fields.append(field)
    return fields


def _field_at(record: Record, raw: bytes, index: int) -> Field:
    """Return the Field of an entry: the one that is out, or a new one that is out from now on."""
    fields = record._fields
    if fields is None:
        fields = record._fields = [None] * entry_count(raw)
    field: Field | None = fields[index]
    if field is None:
        tag, content = directory_entry(raw, index)
        (field,) = _build_fields((tag,), (content,))
        fields[index] = field
    return field


def _matching(record: Record, tags: Sequence[object]) -> list[Field]:
    """Return the fields with one of the tags in a record that another thread made objects of."""
    return [field for field in record._fields if field.tag in tags]


def _find_entry(raw: bytes, tag: bytes) -> int:
    """Return where the first directory entry with this tag is in `raw`, -1 if there is none."""
    end = int(raw[12:17]) - 1
    position = raw.find(tag, 24, end)
    while position % 12 and position != -1:
        position = raw.find(tag, position + 1, end)
    return position


def _indexes(record: Record, raw: bytes, tags: Sequence[object]) -> list[int]:
    """Return the entries whose field has one of the tags, in the record's order."""
    fields = record._fields
    count = entry_count(raw)
    in_directory = unpack("3s9x" * count, raw[24 : 24 + 12 * count])
    if fields is None:
        try:
            wanted = frozenset(map(str.encode, tags))  # type: ignore[arg-type]
        except (TypeError, UnicodeEncodeError):
            pass  # what is not str may yet be equal to one
        else:
            return list(compress(range(count), map(wanted.__contains__, in_directory)))
        fields = [None] * count
    return [
        index
        for index, (tag, field) in enumerate(zip(in_directory, fields, strict=True))
        if (_tags[tag] if field is None else field.tag) in tags
    ]


def get_field(record: Record, tag: object) -> Field | None:
    """Return the record's first field with this tag, None when it has none."""
    with changing_state:
        raw = record._raw
        if raw is None:
            return next(iter(_matching(record, (tag,))), None)
        if record._fields is None and type(tag) is str and len(tag) == 3 and tag.isascii():
            # The most frequent question of all; this is `_field_at` without a detour.
            name = tag.encode()
            position = _find_entry(raw, name)
            if position < 0:
                return None
            base = int(raw[12:17])
            length, offset = divmod(int(raw[position + 3 : position + 12]), 100_000)
            start = base + offset
            (field,) = _build_fields((name,), (raw[start : start + length],))
            record._fields = [None] * ((base - 25) // 12)
            record._fields[position // 12 - 2] = field
            return field
        for index in _indexes(record, raw, (tag,)):
            return _field_at(record, raw, index)
        return None


def get_fields(record: Record, tags: Sequence[object]) -> list[Field]:
    """Return the record's fields whose tag is among `tags`, in the record's order."""
    with changing_state:
        raw = record._raw
        if raw is None:
            return _matching(record, tags)
        return [_field_at(record, raw, index) for index in _indexes(record, raw, tags)]


def has_tag(record: Record, tag: object) -> bool:
    """Say whether the record has a field with this tag."""
    with changing_state:
        raw = record._raw
        if raw is None:
            return bool(_matching(record, (tag,)))
        if record._fields is None and type(tag) is str and len(tag) == 3 and tag.isascii():
            return _find_entry(raw, tag.encode()) >= 0
        return bool(_indexes(record, raw, (tag,)))


def materialise(record: Record) -> list[Field]:
    """Turn the record's bytes into its list of fields and its leader, for good.

    Fields that are out keep their place in the list; afterwards `_raw` is None.
    """
    with changing_state:
        raw = record._raw
        held: list[Field] = record._fields
        if raw is None:
            return held
        base = int(raw[12:17])
        tags = unpack("3s9x" * entry_count(raw), raw[24 : base - 1])
        fields = _build_fields(tags, _EVERY_FIELD.findall(raw, base))
        if held is None:
            record._fields = fields
        else:
            for index, field in enumerate(held):
                if field is None:
                    held[index] = fields[index]
            fields = held
        leader_of(record)
        record._raw = None
        return fields


def leader_of(record: Record) -> Leader:
    """Return the record's leader, made of its bytes when it is asked for the first time."""
    with changing_state:
        raw = record._raw
        if record._leader is None and raw is not None:
            record._leader = Classes.leader(raw[:24].decode())
        leader: Leader = record._leader
        return leader


def subfields_of(field: Field) -> list[Subfield]:
    """Turn the field's bytes into its list of subfields, for good."""
    raw = field._raw
    if raw is not None:
        subfields = field_subfields(raw)
        with changing_state:
            # Another thread may have been here meanwhile.
            if field._raw is raw:
                field._subfields = subfields
                field._raw = None
    return field._subfields


def first_subfields(raw: bytes, tag: str, codes: str) -> list[str | None] | None:
    """Return the first value of each code in the first field with this tag.

    `raw` is the whole record, no field of which is out; None when it has no such field.
    """
    position = _find_entry(raw, tag.encode())
    if position < 0:
        return None
    content = directory_entry(raw, position // 12 - 2)[1]
    return [subfield_value(content, code) for code in codes]
