"""The leader: the first 24 characters of a record, by position and by name."""

from __future__ import annotations

from mrrc.constants import LEADER_LEN as LEADER_LEN
from mrrc.constants import LEADER_LENGTH
from mrrc.exceptions import BadLeaderValue, RecordLeaderInvalid


def _position(start: int, length: int, name: str) -> property:
    """Make the property for the leader positions `start` to `start + length - 1`."""
    shown = f"{start:02}" if length == 1 else f"{start:02}-{start + length - 1:02}"

    def read(self: Leader) -> str:
        return self.leader[start] if length == 1 else self.leader[start : start + length]

    def write(self: Leader, value: str) -> None:
        if len(value) != length:
            noun = "character" if length == 1 else "characters"
            raise BadLeaderValue(f"{name} (leader {shown}) takes {length} {noun}, not {value!r}")
        self._replace_values(position=start, value=value)

    return property(read, write, doc=f"{name} (leader {shown}), a str of length {length}.")


class Leader:
    """A mutable leader of 24 characters, read and written by position, slice or name.

    Args:
        leader: exactly 24 characters; kept as given, nothing in them is checked.

    Raises:
        RecordLeaderInvalid: `leader` has another length.

    Positions are 0-based characters. A slice assignment overwrites `len(value)` characters from
    the slice's start, whatever its end. Record length and base address of data are computed anew
    whenever a record is written, and stay as they are here.

    Source: MARC 21 Specifications for Record Structure, "Leader".

    >>> leader = Leader("00475cas a2200169 i 4500")
    >>> leader[5], leader[0:5], leader.type_of_record
    ('c', '00475', 'a')
    >>> leader.record_status = "d"
    >>> str(leader)
    '00475das a2200169 i 4500'
    """

    def __init__(self, leader: str) -> None:
        if len(leader) != LEADER_LENGTH:
            raise RecordLeaderInvalid
        self.leader = leader

    def __getitem__(self, item: str | int | slice) -> str:
        if isinstance(item, (int, slice)):
            return self.leader[item]
        value: str = getattr(self, item)
        return value

    def __setitem__(self, item: str | int | slice, value: str) -> None:
        if isinstance(item, slice):
            self._replace_values(position=item.start, value=value)
        elif isinstance(item, int):
            self._replace_values(position=item, value=value)
        else:
            setattr(self, item, value)

    def __str__(self) -> str:
        return self.leader

    def _replace_values(self, position: int, value: str) -> None:
        """Overwrite the characters from `position` on with `value`."""
        if position < 0:
            raise IndexError(f"Leader positions count from 0, {position} is none")
        end = position + len(value)
        if end > LEADER_LENGTH:
            raise BadLeaderValue(f"{value!r} at position {position} would pass the leader's end")
        self.leader = self.leader[:position] + value + self.leader[end:]

    record_length = _position(0, 5, "Record length")
    record_status = _position(5, 1, "Record status")
    type_of_record = _position(6, 1, "Type of record")
    bibliographic_level = _position(7, 1, "Bibliographic level")
    type_of_control = _position(8, 1, "Type of control")
    coding_scheme = _position(9, 1, "Character coding scheme")
    indicator_count = _position(10, 1, "Indicator count")
    subfield_code_count = _position(11, 1, "Subfield code count")
    base_address = _position(12, 5, "Base address of data")
    encoding_level = _position(17, 1, "Encoding level")
    cataloging_form = _position(18, 1, "Descriptive cataloging form")
    multipart_ressource = _position(19, 1, "Multipart resource record level")
    length_of_field_length = _position(20, 1, "Length of the length-of-field portion")
    starting_character_position_length = _position(
        21, 1, "Length of the starting-character-position portion"
    )
    implementation_defined_length = _position(22, 1, "Length of the implementation-defined portion")
