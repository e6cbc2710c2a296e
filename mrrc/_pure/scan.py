"""Where records begin and end, in data that may be damaged.

The scanner looks at a window of bytes and says what comes first in it: a record, bytes that stand
between records, or bytes that nothing can be made of. Spans follow each other without a gap, so
every byte of a file is in exactly one of them.

A record is recognised by what stays when a part of it is damaged: the digits and fixed characters
of its leader, a base address of data that points behind a field terminator, directory entries in
front of one. Where it ends is told by record terminators first, because a length can lie; a record
terminator inside the data is told from the one at the end by what follows it, and by the end that
the record length or the directory gives.

A decision depends on the window only, not on how the data came in: `next_frame` asks for more
until the window is full or the data are at their end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mrrc._pure.claims import is_credible, is_surely_as_claimed
from mrrc._pure.reading import MARC8, read_record

if TYPE_CHECKING:
    from mrrc.record import Record

WINDOW = 4 << 20
"""How many bytes a decision may depend on; also the longest record that can be found."""

RECORD, BETWEEN, UNREAD = range(3)
"""Kinds of span: a record, bytes that belong between records, bytes that could not be read."""

# A start lies at most this far before the bytes that prove it: a leader and a full directory.
_PROOF_LENGTH = 128 << 10
# An end given by a length or by the directory may be this many stray bytes off.
_TOLERANCE = 8
_SHORTEST_LEADER_AND_TERMINATORS = 26
_LOOKS = {"auto": is_surely_as_claimed, "checked": is_credible}
_LEADER_LENGTH = 24
_ENTRY_LENGTH = 12

_BETWEEN_RECORDS = re.compile(rb"(?:[\x00\t\n\r\x1a\x1d ]+|\xef\xbb\xbf)+")
_ENTRIES = re.compile(rb"(?:[0-9A-Za-z]{3}[0-9]{9})*")
_ENTRY_AND_TERMINATOR = re.compile(rb"[0-9A-Za-z]{3}[0-9]{9}\x1e")
_IRREGULAR_CODE = re.compile(rb"\x1f[\x00-\x20\x7f]")
_ENTRY = re.compile(rb"[0-9A-Za-z]{3}[0-9]{9}")


def next_sound(
    buffer: bytes, start: int, force_utf8: object, encoding: object
) -> tuple[Record, int] | None:
    """Return the sound record that begins at `start`, and the offset of its end in `buffer`.

    Sound is what `read_record` makes a record of, if leader, tags and subfield codes are what they
    should be: graphic characters of ASCII or blanks, letters and digits, graphic characters. None
    where it is not, or not complete in `buffer`; `start` and the end are 0-based offsets in bytes.
    The encodings "auto" and "checked" are MARC-8 as well, but of records that need no look at their
    encoding: because it is sure, or because there is no doubt.
    """
    digits = buffer[start : start + 5]
    if len(digits) < 5 or not digits.isdigit():
        return None
    end = start + int(digits)
    if end > len(buffer):
        return None
    raw = buffer[start:end]
    if encoding in _LOOKS and not force_utf8:
        if not _LOOKS[str(encoding)](raw):
            return None
        encoding = MARC8
    record = read_record(raw, force_utf8, encoding)
    if record is None:
        return None
    # What follows holds for plain records only, whose directory is ASCII with digits in place.
    directory = raw[_LEADER_LENGTH : int(raw[12:17]) - 1]
    if (
        directory.isalnum()
        and raw[:_LEADER_LENGTH].decode("ascii").isprintable()
        and not _IRREGULAR_CODE.search(raw)
    ):
        return record, end
    return None


def next_frame(buffer: bytes, start: int, final: bool) -> tuple[int, int] | None:
    """Return what begins at `start`, as one of the kinds of span, and the offset of its end.

    `final` says that nothing follows `buffer`. None where more bytes are needed: without `final`,
    fewer than `WINDOW` bytes from `start` on, if it is not a record with a leader that ends by its
    length; with it, none at all.
    """
    length = len(buffer)
    limit = start + WINDOW
    if limit > length:
        if start >= length:
            return None
        limit = length
        if not final:
            # No byte behind it would change anything.
            end = _end_by_length(buffer, start, limit) if _has_leader(buffer, start, limit) else -1
            return None if end == -1 else (RECORD, end)
    if _begins_record(buffer, start, limit):
        return RECORD, _record_end(buffer, start, limit)
    between = _end_of_between(buffer, start, limit)
    if between > start:
        return BETWEEN, between
    found = _next_start(buffer, start, limit)
    if found == start:
        return RECORD, _record_end(buffer, start, limit)
    if found is not None:
        return UNREAD, found
    # A record may begin near the end of a full window, and be known by what is behind it.
    return UNREAD, limit if limit - start < WINDOW else limit - _PROOF_LENGTH


def _number(buffer: bytes, start: int, end: int) -> int:
    """Return ASCII digits as a number, -1 if they are anything else."""
    digits = buffer[start:end]
    return int(digits) if len(digits) == end - start and digits.isdigit() else -1


def _has_leader(buffer: bytes, start: int, limit: int) -> bool:
    """Say whether the 24 bytes from here on look like a leader, whatever stands around them."""
    if b"\x1d" in buffer[start : start + _LEADER_LENGTH]:
        return False
    base = _number(buffer, start + 12, start + 17)
    if (
        base > _LEADER_LENGTH
        and (base - _LEADER_LENGTH - 1) % _ENTRY_LENGTH == 0
        and start + base <= limit
        and buffer[start + base - 1] == 0x1E
    ):
        return True
    indicator_count = buffer[start + 10 : start + 12] == b"22"
    entry_map = buffer[start + 20 : start + 22] == b"45"
    length = _number(buffer, start, start + 5) >= 0
    return (indicator_count or entry_map) and indicator_count + entry_map + length + (base >= 0) > 1


def _begins_record(buffer: bytes, start: int, limit: int) -> bool:
    """Say whether a record begins here, where one may be expected."""
    if limit - start < _LEADER_LENGTH + 1 or b"\x1d" in buffer[start : start + _LEADER_LENGTH]:
        return False
    if _has_leader(buffer, start, limit):
        return True
    directory = start + _LEADER_LENGTH
    end = _ENTRIES.match(buffer, directory, limit).end()  # type: ignore[union-attr]
    if end == directory or end >= limit or buffer[end] != 0x1E:
        return False
    return (
        end - directory >= 2 * _ENTRY_LENGTH
        or _number(buffer, start, start + 5) >= 0
        or _number(buffer, start + 12, start + 17) >= 0
    )


def _end_of_between(buffer: bytes, start: int, limit: int) -> int:
    """Return where the bytes end that belong between records; `start` if there are none."""
    match = _BETWEEN_RECORDS.match(buffer, start, limit)
    if match is None:
        return start
    end = match.end()
    if not _begins_record(buffer, end, limit):
        # A record length may have been written as blanks, which then begin the record.
        for earlier in range(end - 1, max(end - 6, start), -1):
            if _begins_record(buffer, earlier, limit):
                return earlier
    return end


def _start_by_directory(buffer: bytes, start: int, terminator: int, limit: int) -> int | None:
    """Return where a record begins whose directory ends at this field terminator.

    What stands before the entries has to look like a leader; or the entries have to follow each
    other, from the first field on or at fields that are there. `start` limits how far back to
    look: a record that lost bytes of its leader begins there.
    """
    entry = terminator
    chain = terminator
    fitting = 0
    following = None
    while entry - _ENTRY_LENGTH >= start and _ENTRY.match(buffer, entry - _ENTRY_LENGTH):
        entry -= _ENTRY_LENGTH
        leader = entry - _LEADER_LENGTH
        # Digits of a directory may look like a leader, but a record has a status and a type.
        if (
            leader >= start
            and not buffer[leader + 5 : leader + 8].isdigit()
            and _has_leader(buffer, leader, limit)
        ):
            return leader
        length = int(buffer[entry + 3 : entry + 7])
        position = int(buffer[entry + 7 : entry + 12])
        if chain == entry + _ENTRY_LENGTH and following in (None, position + length):
            chain = entry
            following = position
            field = terminator + 1 + position
            if field + length <= limit and length > 0 and buffer[field - 1] == 0x1E:
                fitting += buffer[field + length - 1] == 0x1E
            if position == 0:
                break
    count = (terminator - chain) // _ENTRY_LENGTH
    if count < 2 or (following != 0 and fitting < 2):
        return None
    found = chain - _LEADER_LENGTH if following == 0 else chain
    if found - start < _LEADER_LENGTH + _ENTRY_LENGTH and following != 0:
        found = start
    return max(buffer.rfind(b"\x1d", start, chain) + 1, found, start)


def _next_start(buffer: bytes, start: int, limit: int) -> int | None:
    """Return where the first record at or after `start` begins; None if there is none."""
    # Neither a leader nor a directory has a record terminator in it.
    while start < limit:
        terminator = buffer.find(b"\x1d", start, limit)
        end = limit if terminator == -1 else terminator
        for match in _ENTRY_AND_TERMINATOR.finditer(buffer, start, end):
            found = _start_by_directory(buffer, start, match.end() - 1, limit)
            if found is not None:
                return found
        start = end + 1
        following = _end_of_between(buffer, start, limit) if start < limit else start
        if _begins_record(buffer, following, limit):
            return start
        # All terminators of one run of bytes between records have the same bytes behind them.
        start = max(start, buffer.rfind(b"\x1d", start, following) + 1)
    return None


def _end_by_length(buffer: bytes, start: int, limit: int) -> int:
    """Return the end of a record whose first record terminator is where its length says, or -1."""
    length = _number(buffer, start, start + 5)
    end = start + length
    if (
        length >= _SHORTEST_LEADER_AND_TERMINATORS
        and end <= limit
        and buffer.find(b"\x1d", start, end) == end - 1
    ):
        return end
    return -1


def _record_end(buffer: bytes, start: int, limit: int) -> int:
    """Return where the record that begins at `start` ends."""
    end = _end_by_length(buffer, start, limit)
    if end != -1:
        return end
    by_length = start + _number(buffer, start, start + 5) - 1
    # Nearly always the next record is near, and the rest of the window need not be searched.
    near = min(start + _PROOF_LENGTH, limit)
    terminator = buffer.find(b"\x1d", start, near)
    if terminator != -1:
        near = terminator
    inner = _start_within(buffer, start, start, near)
    if inner is None:
        end = _end_by_terminator(buffer, start, limit, by_length)
        inner = _start_within(buffer, start, near, end)
    return end if inner is None else inner


def _end_by_terminator(buffer: bytes, start: int, limit: int, by_length: int) -> int:
    """Return the end of the record by its record terminators."""
    first = buffer.find(b"\x1d", start, limit)
    if first == -1:
        return limit
    declared = (by_length, _end_by_directory(buffer, start, limit))
    last = max(declared) + _TOLERANCE
    terminator = first
    following = start
    while terminator != -1:
        # All terminators of one run of bytes between records have the same bytes behind them.
        if terminator >= following:
            following = _end_of_between(buffer, terminator + 1, limit)
            if following >= limit or _begins_record(buffer, following, limit):
                return terminator + 1
        if any(abs(end - terminator) <= _TOLERANCE for end in declared):
            return terminator + 1
        terminator = buffer.find(b"\x1d", terminator + 1, min(limit, last + 1))
    return first + 1


def _end_by_directory(buffer: bytes, start: int, limit: int) -> int:
    """Return the offset of the record terminator by the directory; `start` if it says nothing."""
    base = buffer.find(b"\x1e", start + _LEADER_LENGTH, limit) + 1
    end = start
    for entry in range(start + _LEADER_LENGTH, base - _ENTRY_LENGTH, _ENTRY_LENGTH):
        if _ENTRY.match(buffer, entry):
            length = int(buffer[entry + 3 : entry + 7])
            offset = int(buffer[entry + 7 : entry + 12])
            end = max(end, base + offset + length)
    return end


def _start_within(buffer: bytes, start: int, first: int, end: int) -> int | None:
    """Return where another record begins inside the one at `start`, as it has no terminator.

    Directories that end from `first` on, before `end`, are looked at.
    """
    own = buffer.find(b"\x1e", start + _ENTRY_LENGTH, end)
    for match in _ENTRY_AND_TERMINATOR.finditer(buffer, max(first - _ENTRY_LENGTH, start), end):
        terminator = match.end() - 1
        found = _start_by_directory(buffer, start + 1, terminator, end)
        # The record's own directory leads to its own beginning, or, damaged, into itself.
        if found is not None and (
            (found >= start + _LEADER_LENGTH + _ENTRY_LENGTH and terminator != own)
            or (found > start + 1 and _has_leader(buffer, found, end))
        ):
            return found
    return None
