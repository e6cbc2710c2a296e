"""The texts of records on their way into bytes, as the options of writing say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mrrc import marc8
from mrrc._pure.normal_form import normalized
from mrrc._serialising import Entry, control_number, padded_tag
from mrrc.constants import LEADER_LENGTH
from mrrc.exceptions import add_place
from mrrc.field import Field, RawField

# A byte that could not be decoded stands in the text as U+DC00 plus the byte; a delimiter or
# terminator is never one, however it came there.
_KEPT = re.compile("([\udc00-\udc1c\udc20-\udcff]+)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DELIMITERS = re.compile(rb"([\x1d\x1e]|\x1f[\x00-\x7f]?)")
# No control characters, and no ampersand: it can begin a numeric character reference.
_SAME_IN_MARC8 = re.compile(rb"[\x1e\x1f -%'-~]*\Z")
_DECODING = {"reject": "strict", "keep": "surrogateescape", "replace": "replace"}


class TextEncoder:
    """Turns the texts of records into bytes, as the options of writing say.

    Args:
        encoding: "utf-8" or "marc8".
        undecodable: what becomes of lone surrogates: "reject" raises UnicodeEncodeError, "keep"
            writes the bytes that U+DC00-U+DCFF stand for, "replace" writes U+FFFD.
        normalize: "NFC" or "NFD", or None to leave the text alone.

    Attributes:
        replaced: how many surrogates became U+FFFD.

    Raises:
        ValueError: an option has another value, or MARC-8 is to be normalized.
    """

    __slots__ = (
        "codec",
        "marc8",
        "normalize",
        "recodes_own",
        "recodes_raw",
        "replaced",
        "undecodable",
    )

    def __init__(self, encoding: str, undecodable: str, normalize: str | None) -> None:
        name = str(encoding).lower().replace("-", "").replace("_", "")
        if name not in ("utf8", "marc8"):
            raise ValueError(f"encoding is 'utf-8' or 'marc8', not {encoding!r}")
        if undecodable not in _DECODING:
            raise ValueError(f"undecodable is 'reject', 'keep' or 'replace', not {undecodable!r}")
        if normalize not in (None, "NFC", "NFD"):
            raise ValueError(f"normalize is None, 'NFC' or 'NFD', not {normalize!r}")
        self.marc8 = name == "marc8"
        if self.marc8 and normalize is not None:
            raise ValueError("MARC-8 has its own order of letters and marks: no normalize with it")
        self.codec = "utf-8"
        self.undecodable = undecodable
        self.normalize: Any = normalize
        self.recodes_raw = self.recodes_own = False
        self.replaced = 0

    def start_record(self, utf8: bool, to_unicode: bool) -> None:
        """Prepare for a record whose leader says UTF-8, or not, and that was decoded, or not."""
        self.codec = "utf-8" if utf8 or to_unicode or self.marc8 else "iso8859-1"
        converts = self.marc8 or self.normalize is not None
        self.recodes_raw = converts and (utf8 or to_unicode)
        self.recodes_own = converts and self.codec == "utf-8"
        self.replaced = 0

    def encode(self, text: str) -> bytes:
        """Return the bytes of one text: the data of a control field, the value of a subfield."""
        if self.normalize is not None:
            text = normalized(self.normalize, text)
        if self.undecodable == "replace":
            text, count = _SURROGATE.subn("\ufffd", text)
            self.replaced += count
        if not _SURROGATE.search(text):
            return marc8.unicode_to_marc8(text) if self.marc8 else text.encode(self.codec)
        pieces = _KEPT.split(text)
        if self.undecodable == "reject" or _SURROGATE.search("".join(pieces[::2])):
            text.encode()  # raises the error that says where
        if self.marc8:
            return marc8.unicode_to_marc8(text)
        coded = [
            bytes([ord(character) - 0xDC00 for character in piece])
            if index % 2
            else piece.encode(self.codec)
            for index, piece in enumerate(pieces)
        ]
        return b"".join(coded)

    def encode_raw(self, data: bytes) -> bytes:
        """Return the bytes of a field that was not decoded, or that formats itself in UTF-8."""
        pieces = _DELIMITERS.split(data)
        for index in range(0, len(pieces), 2):
            text = pieces[index].decode("utf-8", _DECODING[self.undecodable])
            pieces[index] = self.encode(text)
        return b"".join(pieces)


def field_content(field: Field, encoder: TextEncoder) -> bytes:
    """Return a field as it stands in a record, field terminator included."""
    if isinstance(field, RawField):
        content = field.as_marc()
        return encoder.encode_raw(content) if encoder.recodes_raw else content
    if type(field).as_marc is not Field.as_marc:
        content = field.as_marc(encoding=encoder.codec)
        return encoder.encode_raw(content) if encoder.recodes_own else content
    encode = encoder.encode
    if field.control_field:
        return encode(f"{field.data}") + b"\x1e"
    parts = [f"{field.indicator1}{field.indicator2}".encode(encoder.codec)]
    for subfield in field._peek_subfields():
        parts += (f"\x1f{subfield.code}".encode(encoder.codec), encode(f"{subfield.value}"))
    return b"".join(parts) + b"\x1e"


def field_entries(fields: Sequence[Field], encoder: TextEncoder) -> list[Entry]:
    """Return the entries of fields, whatever their classes.

    Raises what `serialise_fields` does, save for lengths. An exception carries the field's `tag`.
    """
    entries = []
    for field in fields:
        try:
            entries.append(Entry(padded_tag(field.tag), field_content(field, encoder)))
        except Exception as error:
            add_place(error, tag=field.tag, control_number=control_number(fields))
            raise
    return entries


def plain_entries(raw: bytes, encoder: TextEncoder) -> list[Entry]:
    """Return the entries of a record that is bytes: plain, in UTF-8."""
    entries = []
    base = int(raw[12:17])
    is_same = _SAME_IN_MARC8.match if encoder.marc8 else bytes.isascii
    for position in range(LEADER_LENGTH, base - 1, 12):
        entry = raw[position : position + 12].decode()
        start = base + int(entry[7:])
        content = raw[start : start + int(entry[3:7])]
        if not is_same(content):
            content = encoder.encode_raw(content)
        entries.append(Entry(entry[:3], content))
    return entries
