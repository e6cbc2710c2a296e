"""From entries to the bytes of a record, and what is to be said about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mrrc import _engine
from mrrc._serialising import Entry, check_lengths, record_length
from mrrc._writing.codes import Finding
from mrrc.constants import (
    DIRECTORY_ENTRY_LENGTH,
    LEADER_LENGTH,
    MAX_FIELD_LENGTH,
    MAX_RECORD_LENGTH,
)
from mrrc.exceptions import RecordTooLong
from mrrc.leader import Leader

if TYPE_CHECKING:
    from mrrc.problems import Problem
    from mrrc.record import Record

_logger = logging.getLogger("pymarc")
_NAMED = 10


def is_sound(record: Record) -> bool:
    """Say whether what `record.as_marc()` returns can be written without a closer look."""
    leader = str(record.leader)
    # What else a leader may have, the longer way finds out.
    if len(leader) != LEADER_LENGTH or not (leader.isascii() and leader.isprintable()):
        return False
    fields = record._fields
    if record._raw is not None and fields is None:
        return True
    return _engine.fields_are_sound(record.fields if fields is None else fields)


def sound_marc(record: Record) -> bytes | None:
    """Return what `record.as_marc()` would, if `is_sound`; None where another way has to say.

    For records that are exactly of the class, and decoded.
    """
    leader: Any = record.leader
    if not _is_plain_leader(leader):
        return None
    if leader.leader[9] != "a":
        leader.coding_scheme = "a"
    text = leader.leader
    return _engine.serialise(text[5:12], text[17:], record._fields, record._raw, True)


def sound_utf8(record: Record) -> bytes | None:
    """Do as `sound_marc`, for any record that is sound, and leave its leader alone.

    What is returned is plain, so another record can be made of it; leaders are left to
    `record_to_marc8`.
    """
    raw = record._raw
    fields = record._fields
    leader = record._leader
    if leader is None:
        if raw is None or fields is None:
            return raw
        text = raw[:LEADER_LENGTH].decode()
    elif _is_plain_leader(leader):
        text = leader.leader
    else:
        return None
    head, tail = f"{text[5:9]}a{text[10:12]}", text[17:]
    if raw is not None and fields is None:
        return b"".join((raw[:5], head.encode(), raw[12:17], tail.encode(), raw[LEADER_LENGTH:]))
    marc = _engine.serialise(head, tail, fields, raw, True)
    # A control field may have a delimiter, which divides it for some readers.
    return marc if marc is not None and _engine.is_plain(marc) else None


def sound_marc8(record: Record) -> bytes | None:
    """Return a record in MARC-8, if it is sound; None where another way has to say."""
    utf8 = sound_utf8(record)
    return None if utf8 is None else _engine.record_to_marc8(utf8)


def _is_plain_leader(leader: Any) -> bool:
    """Say whether it is a Leader like any other: what else there may be, the longer way sees."""
    if type(leader) is not Leader:
        return False
    text = leader.leader
    return (
        type(text) is str and len(text) == LEADER_LENGTH and text.isascii() and text.isprintable()
    )


def is_framed(marc: bytes) -> bool:
    """Say whether these bytes are one record as far as length and record terminator go."""
    if (
        not isinstance(marc, (bytes, bytearray))
        or marc[-1:] != b"\x1d"
        or marc.find(b"\x1d") != len(marc) - 1
    ):
        return False
    return marc[:5].isdigit() and int(marc[:5]) in (len(marc), 0) and len(marc) > LEADER_LENGTH


def spans(entries: Sequence[Entry]) -> list[tuple[int, int]] | None:
    """Return offset in the record and length of each field; None where they do not fit in one."""
    offset = LEADER_LENGTH + DIRECTORY_ENTRY_LENGTH * len(entries) + 1
    found = []
    for entry in entries:
        found.append((offset, len(entry.content)))
        offset += len(entry.content)
    return None if offset >= MAX_RECORD_LENGTH else found


def oversized(entries: Sequence[Entry]) -> list[Finding]:
    """Return a finding if numbers of this record will be written as zeros."""
    long_fields = [entry for entry in entries if len(entry.content) > MAX_FIELD_LENGTH]
    length = record_length(entries)
    if not long_fields and length <= MAX_RECORD_LENGTH:
        return []
    parts = [f"field {tag} of {len(content):,} bytes" for tag, content in long_fields[:_NAMED]]
    if length > MAX_RECORD_LENGTH:
        parts.append(f"record of {length:,} bytes")
    done = "what does not fit was written as zeros"
    return [Finding("written-lengths-as-zeros", None, None, ", ".join(parts), done)]


def divide(
    leader: str, entries: list[Entry], number: str | None, findings: list[Finding]
) -> list[list[Entry]]:
    """Return the records, mostly one, into which these fields go.

    Raises:
        FieldTooLong: a field is too long and cannot be divided between its subfields.
        RecordTooLong: the head that every part needs is too long itself.
    """
    from mrrc._writing.division import divide_field, divide_record

    fitting: list[Entry] = []
    for index, entry in enumerate(entries):
        tag, content = entry
        if len(content) <= MAX_FIELD_LENGTH:
            fitting.append(entry)
            continue
        pieces = None if tag < "010" and tag.isdigit() else divide_field(content)
        if pieces is None:
            check_lengths([entry], number)
            continue
        fitting += [Entry(tag, piece) for piece in pieces]
        findings.append(
            Finding(
                "written-field-divided",
                index,
                tag,
                f"field of {len(content):,} bytes",
                f"divided over {len(pieces)} fields",
            )
        )
    length = record_length(fitting)
    if length <= MAX_RECORD_LENGTH:
        return [fitting]
    parts = divide_record(leader, fitting)
    if parts is None:
        raise RecordTooLong(None, length, MAX_RECORD_LENGTH, number)
    findings.append(
        Finding(
            "written-record-divided",
            None,
            None,
            f"record of {length:,} bytes",
            f"divided over {len(parts)} records",
        )
    )
    return parts


def log_repairs(problems: Sequence[Problem]) -> None:
    """Log one warning that names what was repaired in a record."""
    repairs = [problem for problem in problems if problem.severity == "warning"]
    if not repairs:
        return
    first = repairs[0]
    named = "; ".join(
        [
            f"{f'field {each.tag}: ' if each.tag else ''}{each.found}, {each.done}"
            for each in repairs[:_NAMED]
        ]
    )
    more = f"; and {len(repairs) - _NAMED} more" if len(repairs) > _NAMED else ""
    whose = f" (001 {first.control_number})" if first.control_number else ""
    _logger.warning(
        "repaired record %s%s on writing: %s%s", first.record_number, whose, named, more
    )
