"""Fields and records that are too long, divided over several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mrrc._serialising import Entry, record_length
from mrrc.constants import MAX_FIELD_LENGTH, MAX_RECORD_LENGTH

# Control subfields concern the whole field, so every part of it gets them: linkage, materials
# specified, field link and sequence number in front; source and institution at the end.
_LEADING_CODES = b"368"
_TRAILING_CODES = b"25"
# As long as it can get: "part 99999 of 99999".
_MARK_LENGTH = 12 + len("  \x1fapart 99999 of 99999\x1f2mrrc\x1e")
# What follows a location (852) up to the next one belongs to it.
_HOLDINGS_OF_A_LOCATION = ("853", "879")


def divide_field(content: bytes) -> list[bytes] | None:
    """Divide a data field between its subfields into fields of at most 9,999 bytes.

    Returns None if that cannot be: a subfield by itself is too long.
    """
    indicators, *subfields = content[:-1].split(b"\x1f")
    leading = [each for each in subfields if each[:1] in _LEADING_CODES and each]
    trailing = [each for each in subfields if each[:1] in _TRAILING_CODES and each]
    own = [each for each in subfields if each not in leading and each not in trailing]
    room = MAX_FIELD_LENGTH - len(indicators) - 1 - sum([len(x) + 1 for x in leading + trailing])
    parts: list[list[bytes]] = []
    left = 0
    for subfield in own:
        needed = len(subfield) + 1
        if needed > room:
            return None
        if needed > left:
            parts.append([])
            left = room
        parts[-1].append(subfield)
        left -= needed
    if len(parts) < 2:
        return None
    return [b"\x1f".join([indicators, *leading, *part, *trailing]) + b"\x1e" for part in parts]


def divide_record(leader: str, entries: Sequence[Entry]) -> list[list[Entry]] | None:
    """Divide the fields of a record over several, each with the same head and a mark.

    Returns None if that cannot be: the control fields alone leave no room.
    """
    for is_head in _heads(leader):
        head = [is_head(_described_tag(entry)) for entry in entries]
        room = (
            MAX_RECORD_LENGTH
            - _MARK_LENGTH
            - record_length(
                [entry for entry, in_head in zip(entries, head, strict=True) if in_head]
            )
        )
        units = list(_units(entries, head))
        largest = max([_size(entries, [index]) for unit in units for index in unit], default=0)
        # A head that fills the parts by itself would be repeated many times for little.
        if largest <= room and (room >= MAX_RECORD_LENGTH // 2 or is_head is _is_control):
            parts = _pack(entries, units, room)
            return [
                _part(entries, head, set(part), number, len(parts))
                for number, part in enumerate(parts, 1)
            ]
    return None


def _heads(leader: str) -> list[Callable[[str], bool]]:
    """Return the ways to tell the head from the rest, the widest head first."""
    kind = leader[6:7]
    # Tracings (authority data) begin at 400, holdings after the location, notes at 500.
    rest = "400" if kind == "z" else "853" if kind in tuple("uvxy") else "500"
    return [
        lambda tag: tag.isdigit() and tag < rest,
        lambda tag: _is_control(tag) or tag in _DESCRIPTION,
        _is_control,
    ]


_DESCRIPTION = frozenset("010 035 040 100 110 111 130 240 245 250 260 264 300".split())


def _is_control(tag: str) -> bool:
    return tag.isdigit() and tag < "010"


def _units(entries: Sequence[Entry], head: Sequence[bool]) -> Iterator[list[int]]:
    """Yield the indexes of fields outside the head that should stay together.

    A field and the 880 fields linked to it by $6; a location with the holdings after it.
    """
    linked: dict[bytes, list[int]] = {}
    units: list[list[int]] = []
    location: list[int] | None = None
    for index, (entry, in_head) in enumerate(zip(entries, head, strict=True)):
        if in_head:
            continue
        first, last = _HOLDINGS_OF_A_LOCATION
        if location is not None and first <= entry.tag < last:
            location.append(index)
            continue
        link = _link(entry)
        if link is not None and link in linked:
            linked[link].append(index)
            continue
        unit = [index]
        units.append(unit)
        location = unit if entry.tag == "852" else None
        if link is not None:
            linked[link] = unit
    yield from units


def _link(entry: Entry) -> bytes | None:
    """Return what a field and its 880 have in common: the other's tag and occurrence number."""
    if entry.content[2:4] != b"\x1f6":
        return None
    value = entry.content[4:].split(b"\x1f", 1)[0].rstrip(b"\x1e").split(b"/", 1)[0]
    tag, hyphen, number = value.partition(b"-")
    if not hyphen or number == b"00":
        return None
    return (tag if entry.tag == "880" else entry.tag.encode()) + b"-" + number


def _described_tag(entry: Entry) -> str:
    """Return the tag; of an 880 that is linked to a field, that field's tag."""
    link = _link(entry) if entry.tag == "880" else None
    return entry.tag if link is None else link.split(b"-")[0].decode("ascii", "replace")


def _size(entries: Sequence[Entry], indexes: Sequence[int]) -> int:
    return sum([12 + len(entries[index].content) for index in indexes])


def _pack(entries: Sequence[Entry], units: Sequence[list[int]], room: int) -> list[list[int]]:
    """Fill one part after the other; a unit that no part could hold is taken apart."""
    parts: list[list[int]] = [[]]
    left = room
    for unit in units:
        whole = _size(entries, unit) <= room
        for piece in [unit] if whole else [[index] for index in unit]:
            needed = _size(entries, piece)
            if needed > left:
                parts.append([])
                left = room
            parts[-1] += piece
            left -= needed
    return parts


def _part(
    entries: Sequence[Entry], head: Sequence[bool], own: set[int], number: int, count: int
) -> list[Entry]:
    part = [entry for index, entry in enumerate(entries) if head[index] or index in own]
    mark = Entry("887", f"  \x1fapart {number} of {count}\x1f2mrrc\x1e".encode())
    place = next(
        (at for at, entry in enumerate(part) if entry.tag.isdigit() and entry.tag > "887"),
        len(part),
    )
    part.insert(place, mark)
    return part
