"""The reference decoder: ISO 2709 field by field, with every rule that pymarc follows.

It reads what is not plain, in whichever engine: wrong lengths and offsets, missing or surplus
indicators, codes that are not ASCII, undecodable text, `to_unicode=False`. Its odd rules are
pymarc's: `int()` reads the numbers (so blanks, signs and underscores pass), a field that reaches
past the record is cut, field terminators are not looked at, fields decoded before a failure stay.
"""

from __future__ import annotations

import logging
import unicodedata
import warnings
from typing import TYPE_CHECKING

from mrrc.constants import DIRECTORY_ENTRY_LENGTH, LEADER_LENGTH, MAX_RECORD_LENGTH
from mrrc.exceptions import (
    BadSubfieldCodeWarning,
    BaseAddressInvalid,
    BaseAddressNotFound,
    NoFieldsFound,
    RecordDirectoryInvalid,
    RecordLeaderInvalid,
    TruncatedRecord,
    add_place,
)
from mrrc.field import Field, Indicators, RawField, Subfield
from mrrc.leader import Leader
from mrrc.marc8 import decode_noting, log_notes

if TYPE_CHECKING:
    from mrrc.record import Record

_logger = logging.getLogger("pymarc")


def normalize_subfield_code(subfield: bytes) -> tuple[str, int]:
    """Make an ASCII letter of the code of a subfield that begins with another character.

    Args:
        subfield: code and value, without the subfield delimiter.

    Returns:
        The first ASCII character of the subfield's compatibility decomposition, and the number of
        bytes that the first character takes in `subfield`.

    Raises:
        IndexError: no ASCII character is left.

    >>> normalize_subfield_code("éa".encode())
    ('e', 2)
    """
    try:
        text = subfield.decode()
        length = len(text[0].encode())
    except UnicodeDecodeError:
        text = subfield.decode("latin-1")
        length = 1
    decomposed = unicodedata.normalize("NFKD", text)
    return decomposed.encode("ascii", "ignore").decode()[0], length


class _Texts:
    """How the texts of one record are decoded."""

    def __init__(self, utf8: bool, encoding: str, handling: str) -> None:
        self.utf8 = utf8
        self.encoding = encoding
        self.handling = handling
        self.tag = ""
        self.notes: list[str] = []

    def decode(self, data: bytes) -> str:
        """Decode the value of a subfield."""
        if self.utf8:
            return data.decode("utf-8", self.handling)
        # pymarc's default of file_encoding, in this very spelling, stands for MARC-8.
        if self.encoding == "iso8859-1":
            notes: list[str] = []
            try:
                return decode_noting(data, notes)
            finally:
                self.notes += [f"field {self.tag}: {note}" for note in notes]
        return data.decode(self.encoding)


def decode_record(
    record: Record,
    marc: bytes,
    to_unicode: bool,
    force_utf8: bool,
    hide_utf8_warnings: bool,
    utf8_handling: str,
    encoding: str,
) -> None:
    """Set the leader of `record` and add the fields of `marc` to it, as `Record.decode_marc` does.

    Raises what `Record.decode_marc` documents. An exception raised at a field carries its `tag`.
    """
    leader = marc[:LEADER_LENGTH].decode("ascii")
    if len(leader) != LEADER_LENGTH:
        raise RecordLeaderInvalid
    if leader[9] == "a" or record.force_utf8:
        encoding = "utf-8"
    record.leader = Leader(leader)

    base = int(marc[12:17])
    if base <= 0:
        raise BaseAddressNotFound
    if base >= len(marc):
        raise BaseAddressInvalid
    if len(marc) < int(leader[:5]):
        raise TruncatedRecord
    directory = marc[LEADER_LENGTH : base - 1].decode("ascii")
    if len(directory) % DIRECTORY_ENTRY_LENGTH:
        raise RecordDirectoryInvalid

    utf8 = record.leader[9] == "a" or bool(force_utf8)
    texts = _Texts(utf8, encoding, utf8_handling)
    try:
        for position in range(0, len(directory), DIRECTORY_ENTRY_LENGTH):
            entry = directory[position : position + DIRECTORY_ENTRY_LENGTH]
            tag = texts.tag = entry[:3]
            length, offset = int(entry[3:7]), int(entry[7:])
            data = marc[base + offset : base + offset + length - 1]
            if tag < "010" and tag.isdigit():
                field = _control_field(tag, data, texts, to_unicode)
            else:
                field = _data_field(tag, data, texts, to_unicode)
            record.add_field(field)
    except Exception as error:
        add_place(error, tag=texts.tag)
        raise
    finally:
        if texts.notes and not hide_utf8_warnings:
            log_notes(texts.notes, f"record {control_number(marc) or 'without 001'}: ")
    if not directory:
        raise NoFieldsFound


def _control_field(tag: str, data: bytes, texts: _Texts, to_unicode: bool) -> Field:
    if to_unicode:
        return Field(tag, data=data.decode(texts.encoding))
    return RawField(tag, data=data)  # type: ignore[arg-type]


def _data_field(tag: str, data: bytes, texts: _Texts, to_unicode: bool) -> Field:
    head, *pieces = data.split(b"\x1f")
    indicators = _indicators(head.decode("ascii"), data)
    subfields = []
    for piece in pieces:
        if not piece:
            continue
        if piece[0] < 0x80:
            code, length = chr(piece[0]), 1
        else:
            # From here it is four calls up to the line that called Record.decode_marc.
            warnings.warn(BadSubfieldCodeWarning(piece), stacklevel=4)
            code, length = normalize_subfield_code(piece)
        value = piece[length:]
        subfields.append(Subfield(code, texts.decode(value) if to_unicode else value))  # type: ignore[arg-type]
    return (Field if to_unicode else RawField)(tag, indicators, subfields)


def _indicators(head: str, data: bytes) -> Indicators:
    """Make the best of what stands before the first subfield delimiter."""
    if len(head) == 2:
        return Indicators(head[0], head[1])
    if not head:
        _logger.warning("missing indicators: %s", data)
        return Indicators(" ", " ")
    if len(head) == 1:
        _logger.warning("only 1 indicator found: %s", data)
        return Indicators(head, " ")
    _logger.warning("more than 2 indicators found: %s", data)
    return Indicators(head[0], head[1])


def control_number(marc: bytes) -> str | None:
    """Return the content of field 001 if it can be found in these bytes of a record, else None.

    For messages about damaged records: field terminators have to stand where the base address and
    the directory entry put them, and undecodable bytes are shown escaped.
    """
    # After a lying length `marc` may be all the rest of a file.
    end = min(len(marc), MAX_RECORD_LENGTH)
    for position in range(LEADER_LENGTH, end, DIRECTORY_ENTRY_LENGTH):
        entry = marc[position : position + DIRECTORY_ENTRY_LENGTH]
        if entry[:1] == b"\x1e":
            break
        if entry[:3] == b"001":
            numbers = marc[12:17], entry[3:7], entry[7:]
            if not all(number.isdigit() for number in numbers):
                break
            base, length, offset = map(int, numbers)
            field = marc[base + offset : base + offset + length]
            if base == 0 or marc[base - 1 : base] != b"\x1e" or field[-1:] != b"\x1e":
                break
            return field[:-1].decode("utf-8", "backslashreplace") or None
    return None
