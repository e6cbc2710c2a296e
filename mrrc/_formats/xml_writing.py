"""A record in MARCXML that is valid by the schema, whatever is in it."""

from __future__ import annotations

import re

from mrrc import _engine
from mrrc._formats.parts import FieldParts, RecordParts, Report
from mrrc._pure.formats import FORBIDDEN
from mrrc._pure.target import (
    IS_CODE,
    IS_CONTROL_FIELD_TAG,
    IS_DATA_FIELD_TAG,
    IS_INDICATOR,
    IS_LEADER,
    xml_element,
    xml_text,
)
from mrrc.constants import LEADER_LENGTH
from mrrc.record import Record

_NO_TAG_CHARACTER = re.compile("[^0-9A-Z]")
_NUMBER, _LETTER, _TYPE, _TWO = "[0-9 ]", "[0-9A-Za-z ]", "[0-9A-Za-z]", "[2 ]"
# What may stand at each position of a leader, and what is written for anything else.
_POSITIONS = [
    *[(re.compile(_NUMBER), " ")] * 5,
    (re.compile(_LETTER), " "),
    (re.compile(_TYPE), "a"),
    *[(re.compile(_LETTER), " ")] * 3,
    *[(re.compile(_TWO), "2")] * 2,
    *[(re.compile(_NUMBER), " ")] * 5,
    *[(re.compile(_LETTER), " ")] * 3,
]
_ENTRY_MAP = "4500"


def formatted(record: Record, report: Report) -> bytes:
    """Return a record as a `record` element without a namespace of its own, in UTF-8.

    Args:
        record: any record.
        report: told of everything that had to be changed, with a code of those for writing.

    >>> from mrrc import Field
    >>> record = Record(leader="00000nam a2200000   4500", fields=[Field("001", data="é")])
    >>> formatted(record, print).decode()[49:]
    '<controlfield tag="001">é</controlfield></record>'
    """
    data = _engine.format_record(record, "marcxml")
    return _Element(record, report).make() if data is None else data


class _Element:
    def __init__(self, record: Record, report: Report) -> None:
        self.parts = RecordParts(record, report)
        self.change = self.parts.change

    def make(self) -> bytes:
        pieces = ["<record><leader>", self._leader(), "</leader>"]
        fields = self.parts.fields
        control_fields = [field for field in fields if field.data is not None]
        data_fields = [field for field in fields if field.data is None]
        if fields[: len(control_fields)] != control_fields:
            tags = ", ".join([field.tag for field in fields])
            self.change("written-order-of-fields", None, tags)
        pieces += [self._control_field(field) for field in control_fields]
        pieces += [self._data_field(field) for field in data_fields]
        pieces.append("</record>")
        return "".join(pieces).encode()

    def _leader(self) -> str:
        found = self.parts.leader
        if IS_LEADER(found):
            return found
        text = found[:LEADER_LENGTH].ljust(LEADER_LENGTH)
        used = "".join(
            [
                character if allowed.fullmatch(character) else instead
                for character, (allowed, instead) in zip(text, _POSITIONS, strict=False)
            ]
        )
        used += text[20:] if text[20:] == "    " else _ENTRY_MAP
        self.change("written-leader", None, found, used)
        return used

    def _control_field(self, field: FieldParts) -> str:
        tag = field.tag
        if not IS_CONTROL_FIELD_TAG(tag):
            tag = self._other_tag(tag, "00Z")
        return xml_element("controlfield", f'tag="{tag}"', self._text(field.data or "", tag))

    def _data_field(self, field: FieldParts) -> str:
        tag = field.tag
        if not IS_DATA_FIELD_TAG(tag):
            used = _NO_TAG_CHARACTER.sub("Z", tag.upper())[:3].rjust(3, "0")
            tag = self._other_tag(tag, f"0Z{used[2]}" if used.startswith("00") else used)
        first, second = [self._indicator(each, tag) for each in field.indicators]
        subfields = field.subfields
        if not subfields:
            self.change("written-field-without-subfields", tag, "")
            subfields = [("a", "")]
        pieces = [f'<datafield ind1="{first}" ind2="{second}" tag="{tag}">']
        for code, value in subfields:
            attribute = f'code="{xml_text(self._code(code, tag), True)}"'
            pieces.append(xml_element("subfield", attribute, self._text(value, tag)))
        pieces.append("</datafield>")
        return "".join(pieces)

    def _other_tag(self, tag: str, used: str) -> str:
        self.change("written-tag", used, tag, used)
        return used

    def _indicator(self, indicator: str, tag: str) -> str:
        if IS_INDICATOR(indicator):
            return indicator
        self.change("written-indicator", tag, indicator)
        return " "

    def _code(self, code: str, tag: str) -> str:
        if IS_CODE(code):
            return code
        self.change("written-subfield-code", tag, code)
        return "?"

    def _text(self, text: str, tag: str) -> str:
        if not FORBIDDEN.search(text):
            return text
        self.change("written-forbidden-character", tag, text)
        return FORBIDDEN.sub("\ufffd", text)
