"""Whole records in ISO 2709, with the options of writing."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from mrrc._serialising import assemble, check_lengths, control_number, leader_with_scheme
from mrrc._writing.making import sound_marc8
from mrrc._writing.texts import TextEncoder, field_entries, plain_entries
from mrrc.exceptions import FieldTooLong, RecordTooLong
from mrrc.leader import Leader

if TYPE_CHECKING:
    from mrrc.record import Record


def encoded_marc(
    record: Record, base: type[Record], encoding: str, undecodable: str, normalize: str | None
) -> bytes:
    """Do as `record.as_marc` with any options; `base` is the class Record itself."""
    encoder = TextEncoder(encoding, undecodable, normalize)
    if encoder.marc8:
        if type(record) is base and record.to_unicode:
            marc = sound_marc8(record)
            if marc is not None:
                return marc
    elif record.to_unicode:
        try:
            marc = base.as_marc(record)
        except (FieldTooLong, RecordTooLong, UnicodeEncodeError):
            # Options can help, or the same is raised below.
            marc = b""
        if marc and normalize is None:
            return marc
        # Parts of normalized text are normalized.
        text = marc.decode("utf-8", "surrogateescape")
        if text and unicodedata.is_normalized(encoder.normalize, text):
            return marc
    raw = record._raw
    leader = prepare_to_encode(record, encoder)
    if raw is not None and record._fields is None:
        entries = plain_entries(raw, encoder)
        number = next((each.content for each in entries if each.tag == "001"), b"")
        check_lengths(entries, number[:-1].decode("ascii", "replace") or None)
        return assemble(leader, entries)
    fields = record.fields
    entries = field_entries(fields, encoder)
    check_lengths(entries, control_number(fields))
    return assemble(leader, entries)


def prepare_to_encode(record: Record, encoder: TextEncoder) -> Leader | str:
    """Tell the encoder what the record is; return the leader to be written with its text."""
    leader: Any = record.leader
    utf8 = leader[9:10] == "a" or record.force_utf8
    encoder.start_record(utf8, record.to_unicode)
    if encoder.marc8:
        return leader_with_scheme(leader, " ")
    if record.to_unicode:
        if isinstance(leader, Leader):
            leader.coding_scheme = "a"
        else:
            leader = record.leader = leader[0:9] + "a" + leader[10:]
    return leader  # type: ignore[no-any-return]
