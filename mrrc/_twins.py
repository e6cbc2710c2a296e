"""A record whose fields are out, as one that is bytes again, to be written in other forms."""

from __future__ import annotations

from typing import Any

from mrrc import _engine


def untouched_twin(record: Any) -> Any:
    """Return an untouched record of the same content; None if the record's fields have to be asked.

    The engine writes such a record in a fraction of the time that asking all the fields takes. For
    a record that is exactly of its class.
    """
    # In Python the bytes take longer to make than the fields to ask.
    if _engine.name != "rust":
        return None
    fields, raw, leader = record._fields, record._raw, record._leader
    if type(fields) is not list:
        return None
    if leader is None:
        if raw is None:
            return None
        leader = raw[:24].decode()
    # The leader is shown as it is; these bytes have one with which they are plain.
    marc = _engine.serialise("nam a22", " a 4500", fields, raw, True)
    if marc is None or not _engine.is_plain(marc):
        return None
    cls: Any = type(record)
    twin = cls.__new__(cls)
    twin._raw, twin._fields, twin._leader = marc, None, leader
    twin._Record__pos = twin.pos = 0
    twin.force_utf8, twin.to_unicode = False, True
    return twin


def end_iterations(fields: list[Any]) -> None:
    """Leave the cursor of each data field where a loop over its subfields would have left it."""
    for field in fields:
        if field is not None and not field.control_field:
            raw = field._raw
            subfields = field._subfields if raw is None else ()
            field._Field__pos = len(subfields) if raw is None else raw.count(b"\x1f")
