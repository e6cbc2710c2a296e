"""From the bytes of one record to a Record that keeps them, or to "not a case for the engine".

A record in another encoding than UTF-8 is transcoded to the equivalent UTF-8 bytes first: the same
directory, with the lengths and the leader that `as_marc` would write. The leader it came with
stays beside the bytes, because that is the one pymarc shows.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from typing import TYPE_CHECKING

from mrrc._pure.classes import Classes
from mrrc._pure.lookup import directory_entry, entry_count
from mrrc._pure.marc8 import Marc8Decoder, decode_marc8
from mrrc._pure.plain import has_plain_structure, is_plain

if TYPE_CHECKING:
    from mrrc.record import Record

MARC8 = "iso8859-1"
"""pymarc's default of `file_encoding`; this very spelling stands for MARC-8 in its readers."""


def plain_bytes(raw: bytes, force_utf8: object, encoding: object) -> bytes | None:
    """Return the plain record that `raw` is, or is equivalent to; None when there is none.

    `raw` itself is returned when it is plain. Otherwise leader position 9 is not `a`, and the
    result is what `as_marc` gives after reading `raw` with these options.
    """
    if raw[9:10] == b"a":
        return raw if is_plain(raw) else None
    if not has_plain_structure(raw):
        return None
    if force_utf8:
        try:
            raw.decode()
        except UnicodeDecodeError:
            return None
        return raw[:9] + b"a" + raw[10:]
    if not isinstance(encoding, str):
        return None
    try:
        return _transcode(raw, encoding)
    except (ValueError, LookupError, _NotPlain):
        return None


class _NotPlain(Exception):
    """Something was met that the reference decoder has to report or to keep."""


def _marc8_text(data: bytes) -> str:
    if data.isascii() and b"\x1b" not in data:
        return decode_marc8(data)[0]
    decoder = Marc8Decoder()
    try:
        text = decoder.decode(data)
    except TypeError:  # an escape sequence that is cut off
        raise _NotPlain from None
    if decoder.notes or decoder.has_waiting:
        raise _NotPlain
    return text


def _transcode(raw: bytes, encoding: str) -> bytes:
    """Rebuild a record of plain structure with every text decoded from `encoding`."""
    control_text: Callable[[bytes], str]
    subfield_text: Callable[[bytes], str]
    if encoding == MARC8:
        control_text = methodcaller("decode", "latin-1")
        subfield_text = _marc8_text
    else:
        control_text = subfield_text = methodcaller("decode", encoding)

    directory = bytearray()
    fields: list[bytes] = []
    offset = 0
    for index in range(entry_count(raw)):
        tag, data = directory_entry(raw, index)
        if tag < b"010" and tag.isdigit():
            field = _checked(control_text(data[:-1])) + b"\x1e"
        else:
            pieces = data[:-1].split(b"\x1f")
            pieces[1:] = [piece[:1] + _checked(subfield_text(piece[1:])) for piece in pieces[1:]]
            field = b"\x1f".join(pieces) + b"\x1e"
        if len(field) > 9_999:
            raise _NotPlain
        directory += b"%b%04d%05d" % (tag, len(field), offset)
        fields.append(field)
        offset += len(field)
    base = 24 + len(directory) + 1
    length = base + offset + 1
    if length > 99_999:
        raise _NotPlain
    leader = b"%05d%ba%b%05d%b" % (length, raw[5:9], raw[10:12], base, raw[17:24])
    return b"".join((leader, directory, b"\x1e", *fields, b"\x1d"))


def _checked(text: str) -> bytes:
    """Encode decoded text, unless it has a byte that would change the record's structure."""
    data = text.encode()
    if b"\x1d" in data or b"\x1e" in data or b"\x1f" in data:
        raise _NotPlain
    return data


def read_record(raw: bytes, force_utf8: object, encoding: object) -> Record | None:
    """Return a new Record over `raw`, or None when the reference decoder has to read it.

    `force_utf8` and `encoding` are the reader's options `force_utf8` and `file_encoding`.
    """
    if raw[9:10] == b"a":
        if not is_plain(raw):
            return None
        record = object.__new__(Classes.record)
        record._raw = raw
        record._leader = None
    else:
        plain = plain_bytes(raw, force_utf8, encoding)
        if plain is None:
            return None
        record = object.__new__(Classes.record)
        record._raw = plain
        record._leader = Classes.leader(raw[:24].decode())
    record._fields = None
    record._Record__pos = 0  # type: ignore[attr-defined]
    record.pos = 0
    record.force_utf8 = force_utf8  # type: ignore[assignment]
    record.to_unicode = True
    return record
