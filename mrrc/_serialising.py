"""The reference serialiser: ISO 2709 from any fields, in any encoding, within its limits."""

from __future__ import annotations

from collections.abc import Iterable

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
        tag = f"{int(field.tag):03d}" if field.tag.isdigit() else f"{field.tag:>03}"
        tag_bytes = tag.encode(encoding)
        if len(tag_bytes) != 3:
            raise FieldTooLong(tag, len(tag_bytes), 3, _control_number(fields))
        if len(content) > MAX_FIELD_LENGTH:
            raise FieldTooLong(tag, len(content), MAX_FIELD_LENGTH, _control_number(fields))
        directory += tag_bytes + f"{len(content):04d}{len(data):05d}".encode(encoding)
        data += content
    directory += END_OF_FIELD.encode(encoding)
    data += END_OF_RECORD.encode(encoding)
    base = LEADER_LENGTH + len(directory)
    length = base + len(data)
    if length > MAX_RECORD_LENGTH:
        raise RecordTooLong(None, length, MAX_RECORD_LENGTH, _control_number(fields))
    head = f"{length:0>5}{leader[5:12]}{base:0>5}{leader[17:]}".encode(encoding)
    return b"".join((head, directory, data))


def _control_number(fields: Iterable[Field]) -> str | None:
    """Return the content of the first field 001."""
    for field in fields:
        if field.tag == "001" and isinstance(field.data, str):
            return field.data
    return None
