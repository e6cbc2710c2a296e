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
from mrrc._formats.json_contents import FieldParts, careful_record
from mrrc.field import Field, Indicators, Subfield
from mrrc.leader import Leader
from mrrc.record import Record

Report = Callable[..., None]

_LEADER = re.compile(r"[ -~]{24}\Z")
_TAG = re.compile(r"[0-9A-Za-z]{3}\Z", re.ASCII)
_CONTROL_TAG = re.compile(r"00[0-9]\Z")
_INDICATOR = re.compile(r"[ -~]\Z")
_CODE = re.compile(r"[!-~]\Z")
_DELIMITERS = re.compile("[\x1d-\x1f]")
_INDICATOR_NAMES = {"ind1": 0, "ind2": 1}

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
    parts = _ordinary(span)
    if parts is None:
        parts = careful_record(span, report)
    return None if parts is None else _record_of(*parts)


def _ordinary(span: bytes) -> tuple[str, list[FieldParts]] | None:
    """Return leader and fields of a record of which there is nothing to be said."""
    try:
        text = span.decode().strip(" \t\r\n")
        # The parser calls itself for what is in an object or an array.
        if "\\u" in text and _has_surrogates(text):
            return None
        content = _decode(text)
    except (ValueError, RecursionError):
        return None
    try:
        return _contents(content)
    except (_NotOrdinary, TypeError, ValueError):
        return None


def _has_surrogates(text: str) -> bool:
    return re.search(r"\\u[dD][89a-fA-F]", text) is not None


def _contents(content: Any) -> tuple[str, list[FieldParts]]:
    if type(content) is not tuple or len(content) != 2:
        raise _NotOrdinary
    (first, leader), (second, fields) = content
    if first == "fields":
        first, leader, second, fields = second, fields, first, leader
    if (first, second) != ("leader", "fields") or type(fields) is not list:
        raise _NotOrdinary
    if type(leader) is not str or not _LEADER.match(leader):
        raise _NotOrdinary
    return leader, [_field(*entry) for entry in fields]


def _field(pair: tuple[str, Any]) -> FieldParts:
    tag, value = pair
    if not _TAG.match(tag):
        raise _NotOrdinary
    if _CONTROL_TAG.match(tag):
        if type(value) is not str:
            raise _NotOrdinary
        return tag, "", value, []
    if type(value) is not tuple or len(value) != 3:
        raise _NotOrdinary
    indicators = [" ", " "]
    subfields = None
    names = set()
    for name, part in value:
        names.add(name)
        if name == "subfields":
            if type(part) is not list:
                raise _NotOrdinary
            subfields = [_subfield(*each) for each in part]
        elif name in _INDICATOR_NAMES and type(part) is str and _INDICATOR.match(part):
            indicators[_INDICATOR_NAMES[name]] = part
        else:
            raise _NotOrdinary
    if len(names) != 3 or subfields is None:
        raise _NotOrdinary
    return tag, "".join(indicators), None, subfields


def _subfield(pair: tuple[str, Any]) -> tuple[str, str]:
    code, value = pair
    if type(value) is not str or not _CODE.match(code):
        raise _NotOrdinary
    return code, value


def _record_of(leader: str, fields: list[FieldParts]) -> Record:
    """Return the record: the bytes of a plain one where it has that form, else with its fields."""
    raw = _plain(leader, fields)
    record = None if raw is None else _engine.read_record(raw, False, "utf-8")
    if raw is not None and record is not None:
        if not raw.startswith(leader.encode()):
            record._leader = Leader(leader)
        return record
    record = Record()
    record.leader = Leader(leader)
    for tag, indicators, data, subfields in fields:
        if data is not None:
            field = Field(tag, data=data)
        else:
            pairs = [Subfield(code, value) for code, value in subfields]
            field = Field(tag, Indicators(*indicators), pairs)
        record.add_field(field)
    return record


def _plain(leader: str, fields: list[FieldParts]) -> bytes | None:
    contents = []
    for tag, indicators, data, subfields in fields:
        if data is None:
            texts = [indicators]
            for code, value in subfields:
                if _DELIMITERS.search(value):
                    return None
                texts.append(f"\x1f{code}{value}")
            text = "".join(texts)
        elif _DELIMITERS.search(data):
            return None
        else:
            text = data
        try:
            contents.append((tag.encode(), text.encode()))
        except UnicodeEncodeError:
            return None
    return _engine.build_record(f"{leader[:9]}a{leader[10:]}".encode(), contents)
