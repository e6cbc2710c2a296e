"""The reference reader of MARC-in-JSON.

An ordinary record is read by Python's own parser of JSON. Whatever else there is, is looked at
part by part, with the place of each (`mrrc._formats.json_contents`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from mrrc import _engine
from mrrc._formats.common_reading import ControlField, DataField, over_bytes, record_of
from mrrc._formats.json_contents import careful_record
from mrrc.record import Record

Report = Callable[..., None]

_CONTROL_TAGS = frozenset(f"00{digit}" for digit in range(10))
_INDICATORS = frozenset(map(chr, range(0x20, 0x7F)))
_CODES = frozenset(map(chr, range(0x21, 0x7F)))
_NAMES = ("ind1", "ind2", "subfields")
# What is half a character, or a delimiter that ISO 2709 has no place for.
_ODD_ESCAPE = re.compile(rb"\\u(?:[dD][89a-fA-F]|001[d-fD-F])")

# Objects become tuples of pairs, so that none of several members of a name is lost.
_decode = json.JSONDecoder(object_pairs_hook=tuple, strict=False).decode


class _NotOrdinary(Exception):
    """There may be something to be said about the record."""


def read(span: bytes, context: bytes, report: Report) -> Record | None:
    """Return the record of a span of JSON, None if there is none in it.

    Args:
        span: a document of JSON, or what is left of one.
        context: nothing, in this format.
        report: told what is wrong.
    """
    record = _ordinary(span)
    if record is not None:
        return record
    parts = careful_record(span, report)
    if parts is None:
        return None
    leader, fields = parts
    return record_of(
        leader,
        [
            DataField(tag, indicators, subfields) if data is None else ControlField(tag, data)
            for tag, indicators, data, subfields in fields
        ],
    )


def _ordinary(span: bytes) -> Record | None:
    """Return a record of which there is nothing to be said, None if there may be something."""
    if b"\x1f" in span or b"\x1e" in span or b"\x1d" in span:
        return None
    if b"\\u" in span and _ODD_ESCAPE.search(span):
        return None
    try:
        # The parser calls itself for what is in an object or an array.
        content = _decode(span.decode())
        leader, raw = _plain_bytes(content)
    except (ValueError, TypeError, RecursionError, _NotOrdinary):
        return None
    return None if raw is None else over_bytes(leader, raw)


def _plain_bytes(content: Any) -> tuple[str, bytes | None]:
    """Return the leader and the bytes of a plain record, None if these would be too many.

    Raises what unpacking raises, or _NotOrdinary, where the content is of another form.
    """
    (first, leader), (second, fields) = _object(content)
    if first == "fields":
        first, leader, second, fields = second, fields, first, leader
    if (first, second) != ("leader", "fields") or type(fields) is not list:
        raise _NotOrdinary
    if type(leader) is not str or len(leader) != 24 or not _INDICATORS.issuperset(leader):
        raise _NotOrdinary
    contents = []
    for entry in fields:
        ((tag, value),) = _object(entry)
        if len(tag) != 3 or not (tag.isalnum() and tag.isascii()):
            raise _NotOrdinary
        if tag in _CONTROL_TAGS:
            if type(value) is not str:
                raise _NotOrdinary
            contents.append((tag.encode(), value.encode()))
        else:
            contents.append((tag.encode(), _data_field(value)))
    return leader, _engine.build_record(f"{leader[:9]}a{leader[10:]}".encode(), contents)


def _object(content: Any) -> Any:
    """Return the pairs of an object."""
    if type(content) is not tuple:
        raise _NotOrdinary
    return content


def _data_field(value: Any) -> bytes:
    (name1, first), (name2, second), (name3, subfields) = _object(value)
    if (name1, name2, name3) != _NAMES:
        if {name1, name2, name3} != set(_NAMES):
            raise _NotOrdinary
        members = dict(value)
        first, second, subfields = (members[name] for name in _NAMES)
    if first not in _INDICATORS or second not in _INDICATORS or type(subfields) is not list:
        raise _NotOrdinary
    texts = [first, second]
    for entry in subfields:
        ((code, text),) = _object(entry)
        if type(text) is not str or code not in _CODES:
            raise _NotOrdinary
        texts += ("\x1f", code, text)
    return "".join(texts).encode()
