"""One variable data field as bytes: from its first indicator to its field terminator.

The bytes are those of a plain record (see `mrrc._pure.plain`), so the subfields start at byte 2,
each with its delimiter and its code, and the text is valid UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mrrc._pure.classes import Classes

if TYPE_CHECKING:
    from mrrc.field import Subfield


def pieces(raw: bytes) -> list[str]:
    """Split a field into its subfields, each a str of the code and the value."""
    if len(raw) < 5:  # two indicators and the terminator; a delimiter would bring a code
        return []
    return raw[3:-1].decode().split("\x1f")


def field_subfields(raw: bytes) -> list[Subfield]:
    """Return the subfields of a variable data field as new Subfield objects, in order."""
    subfield = Classes.subfield
    make = tuple.__new__
    return [make(subfield, (piece[0], piece[1:])) for piece in pieces(raw)]


def field_value(raw: bytes) -> str:
    """Return the values of all subfields, each stripped, joined by a blank."""
    # As `pieces`, whose call would cost a tenth of the whole.
    if len(raw) < 5:
        return ""
    return " ".join([piece[1:].strip() for piece in raw[3:-1].decode().split("\x1f")])


def subfield_value(raw: bytes, code: object) -> str | None:
    """Return the value of the first subfield with this code, None when there is none."""
    if isinstance(code, str) and len(code) == 1 and code.isascii():
        start = raw.find(b"\x1f" + code.encode(), 2)
        if start != -1:
            end = raw.find(b"\x1f", start + 2)
            return raw[start + 2 : end].decode()
    return None


def subfield_values(raw: bytes, codes: Sequence[object]) -> list[str]:
    """Return the values of all subfields whose code is among `codes`, in the field's order."""
    return [piece[1:] for piece in pieces(raw) if piece[0] in codes]
