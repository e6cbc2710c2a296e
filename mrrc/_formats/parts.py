"""The parts of a record on their way into a text format, whatever a program has put into it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from mrrc.field import Field
from mrrc.marc8 import decode_keeping
from mrrc.record import Record

Report = Callable[..., object]
"""Called with a code and an offset, and with length, tag, found and used as keywords."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_NO_INDICATORS = (" ", " ")


class FieldParts(NamedTuple):
    """A field as text; `data` is None for a data field."""

    tag: str
    data: str | None
    indicators: tuple[str, str]
    subfields: list[tuple[str, str]]


class RecordParts:
    """Leader and fields of a record as text that UTF-8 can carry.

    Everything that had to be changed is reported; of the field's form nothing is looked at but
    that a control field has the tag of one.
    """

    def __init__(self, record: Record, report: Report) -> None:
        self._report = report
        self._tag: str | None = None
        leader = str(record.leader)
        self._is_utf8 = leader[9:10] == "a" or record.force_utf8
        self.leader = self.text(leader)
        self.fields = [self._parts(field) for field in record.fields]

    def change(self, code: str, tag: str | None, found: str, used: str = "") -> None:
        """Report a change."""
        self._report(
            code,
            0,
            length=0,
            tag=None if tag is None else tag.encode("ascii", "backslashreplace"),
            found=found.encode("utf-8", "backslashreplace"),
            used=used.encode(),
        )

    def text(self, value: Any) -> str:
        """Return a value as text; what stands for an undecodable byte becomes U+FFFD."""
        if type(value) is not str:
            if value is None:
                return ""
            value = self._decoded(value) if isinstance(value, bytes) else f"{value}"
        if value.isascii() or not _SURROGATES.search(value):
            return value  # type: ignore[no-any-return]
        self.change("written-replacement-character", self._tag, value)
        return _SURROGATES.sub("\ufffd", value)

    def _decoded(self, value: bytes) -> str:
        if self._is_utf8:
            return value.decode("utf-8", "surrogateescape")
        return decode_keeping(value)[0]

    def _parts(self, field: Field) -> FieldParts:
        tag = self._tag = self.text(field.tag)
        is_control_tag = tag < "010" and tag.isdigit() and tag.isascii()
        if field.control_field:
            data = self.text(field.data)
            if is_control_tag:
                return FieldParts(tag, data, _NO_INDICATORS, [])
            self.change("written-kind-of-field", tag, "control field, tag of a data field")
            return FieldParts(tag, None, _NO_INDICATORS, [("a", data)])
        text = self.text
        subfields = [(text(code), text(value)) for code, value in field._peek_subfields()]
        if is_control_tag:
            self.change("written-kind-of-field", tag, "data field, tag of a control field")
            return FieldParts(tag, " ".join([value for _, value in subfields]), _NO_INDICATORS, [])
        return FieldParts(tag, None, (text(field.indicator1), text(field.indicator2)), subfields)
