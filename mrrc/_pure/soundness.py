"""Whether the fields of a record can be written as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mrrc._pure.classes import Classes

if TYPE_CHECKING:
    from mrrc.field import Field

_GRAPHIC = frozenset(map(chr, range(0x20, 0x7F)))


def fields_are_sound(fields: Sequence[Field | None]) -> bool:
    """Say whether each field is ordinary and, once written, will be read as it is.

    That is: exactly the class Field with nothing but str in it; a tag of three graphic ASCII
    characters or blanks, of the field's own kind; indicators and codes of one such character each;
    no field terminator, record terminator or lone surrogate in the text, and no subfield delimiter
    in a value. The subfields of a field that still has its bytes, and a field that is None, are as
    they were read. Lengths are not looked at.
    """
    if type(fields) is not list:
        return False
    values: list[str] = []
    data: list[str] = []
    for field in fields:
        if field is not None and not _is_sound(field, values, data):
            return False
    # One search through everything costs a tenth of one for each text.
    text = "".join(values)
    if "\x1f" in text:
        return False
    text += "".join(data)
    if "\x1d" in text or "\x1e" in text:
        return False
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def _is_sound(field: Field, values: list[str], texts: list[str]) -> bool:
    """Check all but the texts, which are added to `values` or, of control fields, to `texts`."""
    if type(field) is not Classes.field:
        return False
    tag = field.tag
    if type(tag) is not str or len(tag) != 3 or not (tag.isascii() and tag.isprintable()):
        return False
    control = tag < "010" and tag.isdigit()
    if bool(field.control_field) is not control:
        return False
    if control:
        data = field.data
        if type(data) is not str:
            return False
        texts.append(data)
        return True
    indicators = field._indicators
    if type(indicators) is not Classes.indicators or not _are_graphic(indicators):
        return False
    if field._raw is not None:
        return True
    subfields = field._subfields
    if type(subfields) is not list:
        return False
    for subfield in subfields:
        if type(subfield) is not Classes.subfield or len(subfield) != 2:
            return False
        code, value = subfield
        if type(code) is not str or code not in _GRAPHIC or type(value) is not str:
            return False
        values.append(value)
    return True


def _are_graphic(indicators: Sequence[object]) -> bool:
    if len(indicators) != 2:
        return False
    first, second = indicators
    return type(first) is str and first in _GRAPHIC and type(second) is str and second in _GRAPHIC
