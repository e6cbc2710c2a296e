"""From the fields of a record back to ISO 2709."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mrrc._pure.classes import Classes
from mrrc._pure.lookup import directory_entry
from mrrc._pure.soundness import fields_are_sound

if TYPE_CHECKING:
    from mrrc.field import Field


def field_bytes(field: Field) -> bytes | None:
    """Return a field in UTF-8, terminator included; None for what is not an ordinary field.

    Ordinary is: exactly the class Field, a tag of three ASCII characters, and nothing but str in
    it. Everything else is formatted by the public package, which lets the field's class do it.
    """
    if type(field) is not Classes.field:
        return None
    tag = field.tag
    if type(tag) is not str or len(tag) != 3 or not tag.isascii():
        return None
    try:
        if field.control_field:
            data = field.data
            return data.encode() + b"\x1e" if type(data) is str else None
        indicators = field._indicators
        if type(indicators) is not Classes.indicators or not _all_str(indicators):
            return None
        pair = "".join(indicators).encode()
        raw = field._raw
        if raw is not None:
            return raw if raw[:2] == pair else pair + raw[2:]
        parts = []
        if type(field._subfields) is not list:
            return None  # a generator would be used up here
        for subfield in field._subfields:
            if type(subfield) is not Classes.subfield or not _all_str(subfield):
                return None
            parts.append("\x1f" + subfield[0] + subfield[1])
        return pair + "".join(parts).encode() + b"\x1e"
    except UnicodeEncodeError:
        return None


def _all_str(values: Sequence[object]) -> bool:
    return len(values) == 2 and type(values[0]) is str and type(values[1]) is str


def serialise(
    head: str, tail: str, fields: Sequence[Field | None], raw: bytes | None, sound: bool = False
) -> bytes | None:
    """Return the record with these fields as ISO 2709 in UTF-8.

    `head` is leader positions 05-11, `tail` 17-23. A field that is None is the entry of the same
    index in the plain record `raw`. Returns None when a field is not ordinary, does not fit the
    structure, or cannot be encoded: then `Record.as_marc` works it out field by field, and raises
    what is to be raised. With `sound` it is None as well where `fields_are_sound` is false.
    """
    if type(fields) is not list:
        return None  # a generator would be used up here
    if sound and not fields_are_sound(fields):
        return None
    directory = bytearray()
    data: list[bytes] = []
    offset = 0
    for index, field in enumerate(fields):
        if field is not None:
            content = field_bytes(field)
            tag = b"" if content is None else field.tag.encode()
        elif raw is not None:
            tag, content = directory_entry(raw, index)
        else:
            return None
        if content is None or len(content) > 9_999:
            return None
        directory += b"%b%04d%05d" % (tag, len(content), offset)
        data.append(content)
        offset += len(content)
    base = 24 + len(directory) + 1
    length = base + offset + 1
    if length > 99_999:
        return None
    try:
        leader = f"{length:05}{head}{base:05}{tail}".encode()
    except UnicodeEncodeError:
        return None
    return b"".join((leader, directory, b"\x1e", *data, b"\x1d"))
