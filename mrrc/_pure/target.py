"""Records in the forms in which whole files are written.

A record that can be written in a form as it is, is formatted here; one of which something would
have to be changed is left to the reference formatters of the public package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from mrrc._pure.classes import Classes
from mrrc._pure.fields import pieces
from mrrc._pure.formats import FORBIDDEN, dictionary, entries
from mrrc._pure.marc8_records import record_to_marc8
from mrrc._pure.plain import is_plain
from mrrc._pure.serialise import serialise

SEPARATORS = {
    "": b"",
    "marc": b"",
    "marc8": b"",
    "marcxml": b"\n",
    "json": b",\n",
    "jsonl": b"\n",
    "mrk": b"\n",
}
"""The names of the targets, and what stands between two records in each."""

# What the MARCXML schema (MARC21slim) allows; of digits only those of ASCII.
IS_LEADER = re.compile(
    "[0-9 ]{5}[0-9A-Za-z ][0-9A-Za-z][0-9A-Za-z ]{3}[2 ][2 ][0-9 ]{5}[0-9A-Za-z ]{3}(?:4500| {4})"
).fullmatch
IS_CONTROL_FIELD_TAG = re.compile("00[1-9A-Za-z]").fullmatch
IS_DATA_FIELD_TAG = re.compile(
    "0[1-9A-Z][0-9A-Z]|0[1-9a-z][0-9a-z]|[1-9A-Z][0-9A-Z]{2}|[1-9a-z][0-9a-z]{2}"
).fullmatch
IS_INDICATOR = re.compile("[0-9a-z ]").fullmatch
IS_CODE = re.compile("[!-?A-{}~]").fullmatch
# A reader of ISO 2709 takes such a subfield code for damage.
_HAS_ODD_CODE = re.compile(rb"\x1f[\x00- \x7f]").search


def format_record(record: Any, target: str) -> bytes | None:
    """Return a record as it stands in a file of this form.

    `target` is "marc" for ISO 2709 in UTF-8, "marc8" for ISO 2709 in MARC-8, "marcxml" for a valid
    `record` element, "json" and "jsonl" for MARC-in-JSON in UTF-8, "mrk" for the text of MarcEdit,
    and "" for nothing at all. None where anything would have to be changed, and where it is not
    sure. Nothing changes in the record, its leader and its cursor included.

    Raises:
        ValueError: no target has this name.
    """
    if target not in SEPARATORS:
        raise ValueError(f"no target has this name: {target}")
    plain = _plain(record)
    return None if plain is None else _FORMATTERS[target](*plain)


def _plain(record: Any) -> tuple[bytes, str | None] | None:
    """Return the plain record that a record is, and its own leader where that is another."""
    if type(record) is not Classes.record or record.to_unicode is not True:
        return None
    raw, fields, leader = record._raw, record._fields, record._leader
    if leader is not None:
        leader = leader.leader if type(leader) is Classes.leader else None
        if type(leader) is not str or len(leader) != 24 or not _is_graphic(leader):
            return None
    if fields is None:
        return None if raw is None else (raw, leader)
    if leader is None:
        if raw is None:
            return None
        leader = raw[:24].decode()
    marc = serialise(f"{leader[5:9]}a{leader[10:12]}", leader[17:], fields, raw, True)
    return None if marc is None or not is_plain(marc) else (marc, leader)


def _is_graphic(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _merged(raw: bytes, leader: str | None) -> bytes | None:
    """Return the record with another leader, whose lengths and coding scheme stay its own."""
    if _HAS_ODD_CODE(raw):
        return None
    if leader is None:
        return raw
    if not _is_graphic(leader):
        return None
    head = f"{leader[5:9]}a{leader[10:12]}".encode()
    return b"".join((raw[:5], head, raw[12:17], leader[17:].encode(), raw[24:]))


def _marc8(raw: bytes, leader: str | None) -> bytes | None:
    merged = _merged(raw, leader)
    return None if merged is None else record_to_marc8(merged)


def _json(raw: bytes, leader: str | None) -> bytes:
    content = dictionary(raw, raw[:24].decode() if leader is None else leader)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _marcxml(raw: bytes, leader: str | None) -> bytes | None:
    leader = raw[:24].decode() if leader is None else leader
    if not IS_LEADER(leader):
        return None
    parts = ["<record><leader>", leader, "</leader>"]
    control_fields_are_over = False
    for tag, is_control_field, data in entries(raw):
        if is_control_field:
            if control_fields_are_over or not IS_CONTROL_FIELD_TAG(tag):
                return None
            parts.append(xml_element("controlfield", f'tag="{tag}"', data[:-1].decode()))
            continue
        control_fields_are_over = True
        first, second = chr(data[0]), chr(data[1])
        subfields = list(pieces(data))
        if not (
            subfields
            and IS_DATA_FIELD_TAG(tag)
            and IS_INDICATOR(first)
            and IS_INDICATOR(second)
            and all(map(IS_CODE, [piece[0] for piece in subfields]))
        ):
            return None
        parts.append(f'<datafield ind1="{first}" ind2="{second}" tag="{tag}">')
        parts += [
            xml_element("subfield", f'code="{xml_text(piece[0], True)}"', piece[1:])
            for piece in subfields
        ]
        parts.append("</datafield>")
    parts.append("</record>")
    text = "".join(parts)
    return None if FORBIDDEN.search(text) else text.encode()


def xml_element(name: str, attribute: str, text: str) -> str:
    """Return an element with this attribute and this text."""
    return f"<{name} {attribute}>{xml_text(text)}</{name}>" if text else f"<{name} {attribute} />"


def xml_text(text: str, in_attribute: bool = False) -> str:
    """Return a text as XML writes it, so that a reader gets the very text."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A reader makes a line feed of a carriage return that is no reference.
    text = text.replace("\r", "&#13;")
    return text.replace('"', "&quot;") if in_attribute else text


def _mrk(raw: bytes, leader: str | None) -> bytes | None:
    # Not every program writes it.
    from mrrc._pure.mrk import record_as_mrk

    return record_as_mrk(raw, raw[:24].decode() if leader is None else leader)


_FORMATTERS: dict[str, Callable[[bytes, str | None], bytes | None]] = {
    "": lambda raw, leader: b"",
    "marc": _merged,
    "marc8": _marc8,
    "marcxml": _marcxml,
    "json": _json,
    "jsonl": _json,
    "mrk": _mrk,
}
