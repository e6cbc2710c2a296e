"""A record that is still bytes, as a dictionary, as MARC-in-JSON and as MARCXML.

These answer without making a Field, and leave the record's cursor where a loop over its fields
would have left it. None is for a record whose fields have to be asked, because it is no longer
bytes, a Field of it is out, or its class is a subclass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mrrc._pure.classes import Classes
from mrrc._pure.fields import pieces

_NAMESPACES = (
    ' xmlns="http://www.loc.gov/MARC21/slim"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.loc.gov/MARC21/slim'
    ' http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"'
)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML 1.0 document can carry (XML 1.0, production 2)."""


def entries(raw: bytes) -> Iterator[tuple[str, bool, bytes]]:
    """Give tag, whether it is a variable control field, and the field with its terminator."""
    start = int(raw[12:17])
    for position in range(24, start - 1, 12):
        tag = raw[position : position + 3]
        end = start + int(raw[position + 3 : position + 7])
        yield tag.decode(), tag < b"010" and tag.isdigit(), raw[start:end]
        start = end


def _untouched(record: Any) -> tuple[bytes, str] | None:
    """Return the record's bytes and the leader to show, if they can answer for it.

    The leader may differ from that of the bytes: the record was transcoded, or the leader edited.
    """
    if type(record) is not Classes.record or record._fields is not None or record._raw is None:
        return None
    raw, leader = record._raw, record._leader
    return raw, raw[:24].decode() if leader is None else str(leader)


def _end_iteration(record: Any, raw: bytes) -> None:
    record._Record__pos = (int(raw[12:17]) - 25) // 12


def record_as_dict(record: Any) -> dict[str, Any] | None:
    """Return the record in the shape of MARC-in-JSON, as `Record.as_dict` documents it."""
    untouched = _untouched(record)
    if untouched is None:
        return None
    _end_iteration(record, untouched[0])
    return dictionary(*untouched)


def dictionary(raw: bytes, leader: str) -> dict[str, Any]:
    """Return a plain record in the shape of MARC-in-JSON."""
    fields: list[dict[str, Any]] = []
    for tag, control, data in entries(raw):
        if control:
            fields.append({tag: data[:-1].decode()})
        else:
            subfields = [{piece[0]: piece[1:]} for piece in pieces(data)]
            fields.append(
                {tag: {"ind1": chr(data[0]), "ind2": chr(data[1]), "subfields": subfields}}
            )
    return {"leader": leader, "fields": fields}


def record_as_json(record: Any, compact: bool) -> str | None:
    """Return what `json.dumps` makes of the record's dictionary.

    `compact` leaves out the blanks after commas and colons. The extension returns None also for a
    leader that is no valid Unicode; this twin has no such case.
    """
    untouched = _untouched(record)
    if untouched is None:
        return None
    _end_iteration(record, untouched[0])
    separators = (",", ":") if compact else None
    return json.dumps(dictionary(*untouched), separators=separators)


def record_as_xml(record: Any, namespace: bool, ascii_only: bool) -> bytes | None:
    """Return the record as a MARCXML `record` element.

    `namespace` declares the MARCXML namespace and schema on it. `ascii_only` writes numeric
    character references for what is not ASCII, else the result is UTF-8. None also when there is a
    character that XML forbids, which the caller replaces and reports.
    """
    untouched = _untouched(record)
    if untouched is None:
        return None
    raw, leader = untouched
    parts = ["<record", _NAMESPACES if namespace else "", ">", _element("leader", "", leader)]
    for tag, control, data in entries(raw):
        if control:
            parts.append(_element("controlfield", f' tag="{_attribute(tag)}"', data[:-1].decode()))
            continue
        indicators = f'ind1="{_attribute(chr(data[0]))}" ind2="{_attribute(chr(data[1]))}"'
        parts.append(f'<datafield {indicators} tag="{_attribute(tag)}"')
        subfields = [
            _element("subfield", f' code="{_attribute(piece[0])}"', piece[1:])
            for piece in pieces(data)
        ]
        parts.append(">" + "".join(subfields) + "</datafield>" if subfields else " />")
    parts.append("</record>")
    text = "".join(parts)
    if FORBIDDEN.search(text):
        return None
    _end_iteration(record, raw)
    return text.encode("ascii", "xmlcharrefreplace") if ascii_only else text.encode()


def _element(name: str, attributes: str, text: str) -> str:
    if not text:
        return f"<{name}{attributes} />"
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return f"<{name}{attributes}>{text}</{name}>"


_ATTRIBUTE = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\r": "&#13;",
        "\n": "&#10;",
        "\t": "&#09;",
    }
)


def _attribute(text: str) -> str:
    return text if text == " " or text.isalnum() else text.translate(_ATTRIBUTE)
