"""What can be read of one damaged record.

The bytes of a record become a leader, fields, and a list of what is wrong. Two things say where a
field lies: the directory, and the field terminators. Where the directory agrees with the
terminators it is followed. Where it does not, the fields are cut at the terminators, and the
directory gives their tags (`mrrc._pure.align`).

A problem is a tuple: its code (see `mrrc.problems`), the offset in the record and the number of
the bytes concerned, the tag or None, what was found there, and what was used instead.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mrrc._pure.align import align, report_piece
from mrrc._pure.contents import checked_control_field, checked_data_field

Problem = tuple[str, int, int, "bytes | None", bytes, bytes]

_LEADER_LENGTH = 24
_ENTRY_LENGTH = 12
_MAX_FIELD_LENGTH = 9_999
_MAX_RECORD_LENGTH = 99_999
_LETTER = re.compile(rb"[A-Za-z]")
# A directory that points at the same bytes again and again would make much of little. So many times
# the bytes that there are, and a record more, may be read.
_MOST_REPEATED = 8
# Leaders that lost or gained more bytes than this are not told from junk.
_MOST_SURPLUS = 24


class Entry(NamedTuple):
    """A directory entry; None for what cannot be read of it, "?" for a character of the tag."""

    offset: int
    tag: bytes | None
    length: int | None
    position: int | None


class Directory(NamedTuple):
    """Where the directory begins, where the fields begin, and the entries."""

    start: int
    base: int
    entries: list[Entry]
    terminated: bool
    damaged: int


def salvage_record(
    raw: bytes,
) -> tuple[bytes | None, bytes, list[tuple[bytes, int, bytes]], list[Problem]]:
    """Return the record as sound bytes, its leader, its fields, and what was wrong.

    `raw` is one record as `next_frame` found it. The sound bytes are None where ISO 2709 cannot
    express the record. The leader has 24 ASCII characters; a field is its tag, its offset in
    `raw`, and its bytes without the field terminator. Text is not decoded.
    """
    problems: list[Problem] = []
    end = _end_of_data(raw)
    directory = _find_directory(raw, end)
    leader = _sound_leader(raw, directory, problems)
    _check_lengths(raw, directory, problems)
    if not directory.terminated:
        where = max(directory.base - 1, 0)
        problems.append(("directory-terminator-missing", where, 1, None, b"", b""))
    if directory.damaged:
        length = directory.base - directory.start
        found = b"%d of %d" % (directory.damaged, len(directory.entries))
        problems.append(("directory-damaged", directory.start, length, None, found, b""))

    fields: list[tuple[bytes, int, bytes]] = []
    for tag, offset, content in _cut_fields(raw, directory, end, problems):
        if not tag.isalnum():
            problems.append(("tag-invalid", offset, len(content), tag, tag, b""))
        if _is_control_tag(tag):
            content = checked_control_field(tag, offset, content, problems)
        else:
            content = checked_data_field(tag, offset, content, problems)
        if len(content) >= _MAX_FIELD_LENGTH:
            problems.append(
                ("field-too-long", offset, len(content), tag, b"%d" % (len(content) + 1), b"")
            )
        fields.append((tag, offset, content))
    sound = build_record(leader, [(tag, content) for tag, _, content in fields])
    return sound, leader, fields, problems


def _is_control_tag(tag: bytes) -> bool:
    return tag < b"010" and tag.isdigit()


def _end_of_data(raw: bytes) -> int:
    """Return where the data end: before the record terminator, or what stands in its place."""
    if raw.endswith(b"\x1d"):
        return len(raw) - 1
    end = len(raw)
    while end > 0 and raw[end - 1] in b"\x00\t\n\r\x1a ":
        end -= 1
    # Blanks may be the end of a text, unless a field terminator stands before them.
    return end if end > 0 and raw[end - 1] == 0x1E else len(raw)


def _number(raw: bytes, start: int, end: int) -> int | None:
    digits = raw[start:end]
    return int(digits) if len(digits) == end - start and digits.isdigit() else None


def _entry(raw: bytes, offset: int) -> Entry:
    """Read the directory entry at this offset."""
    tag = bytes(byte if 0x20 <= byte < 0x7F else 0x3F for byte in raw[offset : offset + 3])
    length = _number(raw, offset + 3, offset + 7)
    position = _number(raw, offset + 7, offset + 12)
    return Entry(offset, tag, length, position)


def _is_whole(entry: Entry) -> bool:
    return entry.tag is not None and entry.length is not None and entry.position is not None


# -- the directory -----------------------------------------------------------------------------


def _find_directory(raw: bytes, end: int) -> Directory:
    """Find the directory, by the reading of the record that fits its field terminators best."""
    best: Directory | None = None
    best_rank = (-1, False, 0)
    for candidate in _candidates(raw, end):
        fit = _fit(raw, end, candidate)
        rank = (fit, candidate.terminated, -candidate.damaged)
        # Without its terminator a directory has to prove that it is one.
        if rank > best_rank and (candidate.terminated or fit > 0):
            best, best_rank = candidate, rank
    if best is None:
        return Directory(min(_LEADER_LENGTH, end), end, [], False, 0)
    return best


def _candidates(raw: bytes, end: int) -> list[Directory]:
    """Return the readings of the directory that are possible, the most natural first."""
    found = []
    first = raw.find(b"\x1e", 0, end)
    if first >= _ENTRY_LENGTH:
        found.append(_read_directory(raw, first, True))
    base = _number(raw, 12, 17)
    if (
        base is not None
        and base - 1 != first
        and _LEADER_LENGTH < base <= end
        and (base - _LEADER_LENGTH - 1) % _ENTRY_LENGTH == 0
    ):
        found.append(_aligned(raw, _LEADER_LENGTH, base - 1, base, raw[base - 1] == 0x1E))
    run = _LEADER_LENGTH
    while run + _ENTRY_LENGTH <= end and _is_whole(_entry(raw, run)):
        run += _ENTRY_LENGTH
    if _LEADER_LENGTH < run < end and raw[run] != 0x1E:
        # Its terminator was overwritten, or is lost.
        found.append(_aligned(raw, _LEADER_LENGTH, run, run + 1, False))
        found.append(_aligned(raw, _LEADER_LENGTH, run, run, False))
    return found


def _fit(raw: bytes, end: int, directory: Directory) -> int:
    """Count the entries that point at a field from one field terminator to the next."""
    fit = 0
    for entry in directory.entries:
        if entry.length and entry.position is not None:
            start = directory.base + entry.position
            stop = start + entry.length
            begins = entry.position == 0 or raw[start - 1 : start] == b"\x1e"
            fit += stop <= end and begins and raw[stop - 1] == 0x1E
    return fit


def _aligned(raw: bytes, start: int, end: int, base: int, terminated: bool) -> Directory:
    """Read a directory whose length is a multiple of an entry's."""
    entries = [_entry(raw, offset) for offset in range(start, end, _ENTRY_LENGTH)]
    damaged = sum(not _is_whole(entry) for entry in entries)
    return Directory(start, base, entries, terminated, damaged)


def _read_directory(raw: bytes, end: int, terminated: bool) -> Directory:
    """Read the directory that ends at `end`, also where bytes are missing in it or before it."""
    base = end + 1
    if end >= _LEADER_LENGTH and (end - _LEADER_LENGTH) % _ENTRY_LENGTH == 0:
        return _aligned(raw, _LEADER_LENGTH, end, base, terminated)
    # Entries are digits mostly, so they look right at any alignment. In a chain each field begins
    # where the one before it ends.
    tail = _chain_before(raw, end)
    if len(tail) == 1 and not _fit(raw, len(raw), Directory(0, base, tail, True, 0)):
        tail = []  # a chain of one is evidence only if it points at a field
    start = tail[0].offset if tail else end
    if tail and abs(start - _LEADER_LENGTH) <= _MOST_SURPLUS:
        if tail[0].position == 0:
            return Directory(start, base, tail, terminated, 0)
        if not _LETTER.search(raw, 0, start):
            # The leader is lost, and the directory's beginning with it.
            return Directory(start, base, tail, terminated, 1)
    head = _chain_from(raw, _LEADER_LENGTH, start)
    gap = head[-1].offset + _ENTRY_LENGTH if head else min(_LEADER_LENGTH, start)
    damaged = _damaged_entries(raw, gap, start)
    entries = head + damaged + tail
    return Directory(min(_LEADER_LENGTH, end), base, entries, terminated, max(len(damaged), 1))


def _chain_before(raw: bytes, end: int) -> list[Entry]:
    """Return the entries right before `end` that follow each other without a gap."""
    chain: list[Entry] = []
    offset = end - _ENTRY_LENGTH
    while offset >= 0:
        entry = _entry(raw, offset)
        if entry.tag is None or entry.length is None or entry.position is None:
            break
        if chain and entry.position + entry.length != chain[-1].position:
            break
        chain.append(entry)
        if entry.position == 0:
            break
        offset -= _ENTRY_LENGTH
    chain.reverse()
    return chain


def _chain_from(raw: bytes, start: int, end: int) -> list[Entry]:
    """Return the entries from `start` on that follow each other without a gap, up to `end`."""
    chain: list[Entry] = []
    position = 0
    while start + _ENTRY_LENGTH <= end:
        entry = _entry(raw, start)
        if entry.tag is None or entry.length is None or entry.position != position:
            break
        chain.append(entry)
        position += entry.length
        start += _ENTRY_LENGTH
    return chain


def _damaged_entries(raw: bytes, start: int, end: int) -> list[Entry]:
    """Divide bytes of the directory among as many entries as they probably were."""
    size = end - start
    if size <= 0:
        return []
    count = (size + _ENTRY_LENGTH // 2) // _ENTRY_LENGTH
    entries = []
    for index in range(count):
        offset = start + index * _ENTRY_LENGTH
        tag: bytes | None = None
        # Only the first one's tag is known to stand in its place, and only if no byte was lost
        # in it.
        if index == 0 and size >= _ENTRY_LENGTH - 1:
            tag = _entry(raw, offset).tag
        entries.append(Entry(min(offset, end), tag, None, None))
    return entries


# -- the leader --------------------------------------------------------------------------------


def _sound_leader(raw: bytes, directory: Directory, problems: list[Problem]) -> bytes:
    """Return 24 ASCII characters for the leader."""
    found = _in_single_bytes(raw[: directory.start])
    if len(found) == _LEADER_LENGTH:
        leader = found
    else:
        leader = _fitted_leader(found, _LEADER_LENGTH + directory.base - directory.start)
        if not _LETTER.search(found) and _is_utf8_text(raw[directory.base :]):
            leader = leader[:9] + b"a" + leader[10:]
        problems.append(("leader-length-wrong", 0, len(found), None, found, leader))
    clean = bytes(byte if 0x20 <= byte < 0x7F else 0x20 for byte in leader)
    if clean != leader:
        if leader[9] >= 0x80 and _is_utf8_text(raw[directory.base :]):
            clean = clean[:9] + b"a" + clean[10:]
        found = raw[: directory.start]
        problems.append(("leader-invalid", 0, len(found), None, found, clean))
        leader = clean
    return leader


def _in_single_bytes(found: bytes) -> bytes:
    """Return a leader of 24 characters in UTF-8, if it is one, with one byte for each of them."""
    if len(found) > _LEADER_LENGTH:
        try:
            text = found.decode()
        except UnicodeDecodeError:
            return found
        if len(text) == _LEADER_LENGTH:
            return bytes(min(ord(character), 0xFF) for character in text)
    return found


def _fitted_leader(found: bytes, base: int) -> bytes:
    """Make 24 bytes of a leader that lost or gained some, by its fixed characters.

    `base` is where the data would begin behind a leader of the right length.
    """
    pattern = b"00000     2200000   4500"
    if not _LETTER.search(found):
        return pattern  # what is there are digits of the directory
    if len(found) > _LEADER_LENGTH:
        choices = [found[:_LEADER_LENGTH], found[-_LEADER_LENGTH:]]
    else:
        missing = _LEADER_LENGTH - len(found)
        choices = [
            found[:kept] + pattern[kept : kept + missing] + found[kept:]
            for kept in range(len(found) + 1)
        ]
    return max(choices, key=lambda leader: _likeness(leader, base))


def _likeness(leader: bytes, base: int) -> int:
    """Count the parts that are what they are in most leaders, or in this one."""
    return (
        (leader[10:12] == b"22")
        + (leader[20:24] == b"4500")
        + leader[:5].isdigit()
        + leader[12:17].isdigit()
        + (leader[12:17] == b"%05d" % base)
    )


def _is_utf8_text(data: bytes) -> bool:
    """Say whether data have characters beyond ASCII, and are UTF-8."""
    if data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_lengths(raw: bytes, directory: Directory, problems: list[Problem]) -> None:
    """Compare record length and base address of data with what is there."""
    if not raw.endswith(b"\x1d"):
        problems.append(("record-terminator-missing", len(raw), 0, None, raw[-1:], b""))
    if directory.start != _LEADER_LENGTH:
        return
    length, digits = len(raw), raw[:5]
    used = b"%05d" % length
    if length > _MAX_RECORD_LENGTH:
        problems.append(("record-too-long", 0, length, None, digits, used))
    elif not digits.isdigit():
        problems.append(("record-length-not-number", 0, 5, None, digits, used))
    elif int(digits) != length:
        problems.append(("record-length-wrong", 0, 5, None, digits, used))
    digits = raw[12:17]
    used = b"%05d" % directory.base
    if len(digits) < 5 or not digits.isdigit():
        problems.append(("base-address-not-number", 12, 5, None, digits, used))
    elif digits != used:
        problems.append(("base-address-wrong", 12, 5, None, digits, used))


# -- the fields --------------------------------------------------------------------------------


def _cut_fields(
    raw: bytes, directory: Directory, end: int, problems: list[Problem]
) -> list[tuple[bytes, int, bytes]]:
    """Return tag, offset in the record and content of each field that has a tag."""
    base = directory.base
    data = raw[base:end]
    pieces = _pieces(data)
    by_directory = _by_directory(directory.entries, pieces, len(data))
    if by_directory is None:
        unterminated = not raw.endswith(b"\x1d")
        return align(directory.entries, pieces, data, directory.start, base, unterminated, problems)
    fields = []
    used = set()
    for entry, index in zip(directory.entries, by_directory, strict=True):
        start, stop = pieces[index]
        if index in used:
            problems.append(("fields-overlap", base + start, stop - start, entry.tag, b"", b""))
        used.add(index)
        fields.append((entry.tag or b"", base + start, data[start:stop]))
    for index, (start, stop) in enumerate(pieces):
        if index not in used:
            report_piece(data[start:stop], base + start, problems)
    return fields


def _pieces(data: bytes) -> list[tuple[int, int]]:
    """Return start and end of what stands between the field terminators."""
    pieces = []
    start = 0
    stop = data.find(b"\x1e")
    while stop != -1:
        pieces.append((start, stop))
        start = stop + 1
        stop = data.find(b"\x1e", start)
    if start < len(data):
        pieces.append((start, len(data)))
    return pieces


def _by_directory(
    entries: list[Entry], pieces: list[tuple[int, int]], length: int
) -> list[int] | None:
    """Return the index of each entry's piece; None if the directory is not to be trusted."""
    index_at = {start: index for index, (start, _) in enumerate(pieces)}
    found = []
    left = _MOST_REPEATED * length + _MAX_RECORD_LENGTH
    for entry in entries:
        if entry.tag is None or entry.length is None or entry.position is None:
            return None
        index = index_at.get(entry.position)
        if index is None:
            return None
        stop = entry.position + entry.length
        left -= entry.length
        if pieces[index][1] + 1 != stop or stop > length or left < 0:
            return None
        found.append(index)
    return found


# -- the record --------------------------------------------------------------------------------


def build_record(leader: bytes, fields: list[tuple[bytes, bytes]]) -> bytes | None:
    """Return ISO 2709 of a leader and of fields, each a tag and bytes without field terminator.

    Record length and base address of data are set. None where the structure cannot hold it: no
    field at all, a field over 9,999 bytes, a record over 99,999.
    """
    directory = bytearray()
    position = 0
    for tag, content in fields:
        length = len(content) + 1
        if length > _MAX_FIELD_LENGTH or position > _MAX_RECORD_LENGTH:
            return None
        directory += b"%b%04d%05d" % (tag, length, position)
        position += length
    base = _LEADER_LENGTH + len(directory) + 1
    length = base + position + 1
    if not fields or length > _MAX_RECORD_LENGTH:
        return None
    head = b"%05d%b%05d%b" % (length, leader[5:12], base, leader[17:])
    data = b"\x1e".join(content for _, content in fields)
    return b"".join((head, directory, b"\x1e", data, b"\x1e\x1d"))
