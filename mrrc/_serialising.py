"""The reference serialiser: ISO 2709 from any fields, in any encoding, within its limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mrrc.constants import (
    END_OF_FIELD,
    END_OF_RECORD,
    LEADER_LENGTH,
    MAX_FIELD_LENGTH,
    MAX_RECORD_LENGTH,
)
from mrrc.exceptions import FieldTooLong, RecordTooLong
from mrrc.field import Field, RawField
from mrrc.leader import Leader


class Entry(NamedTuple):
    """A field on its way into a record: its tag, and its content with the field terminator."""

    tag: str
    content: bytes


def serialise_fields(leader: Leader | str, fields: Iterable[Field], encoding: str) -> bytes:
    """Return a record made of this leader and these fields, whatever their classes.

    Raises:
        FieldTooLong: a field exceeds 9,999 bytes, or a tag has not 3 bytes.
        RecordTooLong: the record exceeds 99,999 bytes.
        UnicodeEncodeError: text that `encoding` has not.
    """
    fields = list(fields)
    directory = bytearray()
    data = bytearray()
    for field in fields:
        if isinstance(field, RawField):
            content = field.as_marc()
        else:
            content = field.as_marc(encoding=encoding)
        tag_bytes = padded_tag(field.tag).encode(encoding)
        if len(tag_bytes) != 3:
            raise FieldTooLong(padded_tag(field.tag), len(tag_bytes), 3, control_number(fields))
        if len(content) > MAX_FIELD_LENGTH:
            raise FieldTooLong(
                padded_tag(field.tag), len(content), MAX_FIELD_LENGTH, control_number(fields)
            )
        directory += tag_bytes + f"{len(content):04d}{len(data):05d}".encode(encoding)
        data += content
    directory += END_OF_FIELD.encode(encoding)
    data += END_OF_RECORD.encode(encoding)
    base = LEADER_LENGTH + len(directory)
    length = base + len(data)
    if length > MAX_RECORD_LENGTH:
        raise RecordTooLong(None, length, MAX_RECORD_LENGTH, control_number(fields))
    head = f"{length:0>5}{leader[5:12]}{base:0>5}{leader[17:]}".encode(encoding)
    return b"".join((head, directory, data))


def padded_tag(tag: str) -> str:
    """Return a tag as it is written: with zeros on the left up to three characters."""
    return f"{int(tag):03d}" if tag.isdigit() else f"{tag:>03}"


def control_number(fields: Iterable[Field]) -> str | None:
    """Return the content of the first field 001, if it is text."""
    for field in fields:
        if field.tag == "001" and isinstance(field.data, str):
            return field.data
    return None


def check_lengths(entries: Sequence[Entry], number: str | None) -> None:
    """Raise FieldTooLong or RecordTooLong if ISO 2709 cannot hold these fields."""
    for tag, content in entries:
        if len(tag.encode()) != 3:
            raise FieldTooLong(tag, len(tag.encode()), 3, number)
        if len(content) > MAX_FIELD_LENGTH:
            raise FieldTooLong(tag, len(content), MAX_FIELD_LENGTH, number)
    length = record_length(entries)
    if length > MAX_RECORD_LENGTH:
        raise RecordTooLong(None, length, MAX_RECORD_LENGTH, number)


def record_length(entries: Sequence[Entry]) -> int:
    """Return the length in bytes of a record with these fields, record terminator included."""
    return LEADER_LENGTH + 2 + sum([12 + len(entry.content) for entry in entries])


def assemble(leader: Leader | str, entries: Sequence[Entry]) -> bytes:
    """Return a record; a number that does not fit its place is written as zeros."""
    directory = []
    offset = 0
    for tag, content in entries:
        directory.append(f"{tag}{_digits(len(content), 4)}{_digits(offset, 5)}")
        offset += len(content)
    base = LEADER_LENGTH + 12 * len(directory) + 1
    length = base + offset + 1
    head = f"{_digits(length, 5)}{leader[5:12]}{_digits(base, 5)}{leader[17:]}"
    structure = "".join((head, *directory)).encode()
    return b"".join((structure, b"\x1e", *[content for _, content in entries], b"\x1d"))


def _digits(number: int, places: int) -> str:
    return f"{number if number < 10**places else 0:0{places}}"


def leader_with_scheme(leader: Leader | str, scheme: str) -> str:
    """Return the leader as text, with another character coding scheme (leader 09)."""
    text = str(leader)
    return f"{text[:9]}{scheme}{text[10:]}"
