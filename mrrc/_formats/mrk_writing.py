"""A record in MarcEdit's mnemonic format (mrk), whatever is in it."""

from __future__ import annotations

import re
from typing import Any

from mrrc._formats.common_reading import Report, is_control
from mrrc._pure.mrk import CODES, IN_CONTROL_FIELDS, IN_SUBFIELDS, LEADER_TAG, is_price
from mrrc.field import Field
from mrrc.record import Record

_LEADER_LENGTH = 24
_NOT_GRAPHIC = re.compile("[^ -~]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_PRICE_POINT = re.compile("[.,]")
_POINTS = {".": "{period}", ",": "{comma}"}
_NO_CODE = "?"


def formatted(record: Record, report: Report) -> bytes:
    r"""Return the lines of a record, with a line end after each.

    Args:
        record: any record.
        report: told of everything that had to be changed, with a code of those for writing.

    >>> from mrrc import Field, Indicators, Record, Subfield
    >>> record = Record(leader="00000nam a2200000   4500")
    >>> record.add_field(Field("020", Indicators(" ", " "), [Subfield("c", "$5 {paper}")]))
    >>> print(formatted(record, print).decode(), end="")
    =LDR  00000nam a2200000   4500
    =020  \\$c{dollar}5 {lcub}paper{rcub}
    """
    lines = [f"={LEADER_TAG}  {_leader(str(record.leader), report)}"]
    lines += [_FieldWriter(field, report).line() for field in record.fields]
    return "".join(f"{line}\n" for line in lines).encode()


def _leader(text: str, report: Report) -> str:
    leader = _NOT_GRAPHIC.sub(" ", text)[:_LEADER_LENGTH].ljust(_LEADER_LENGTH)
    if leader != text:
        _report(report, "written-leader", None, text, leader)
    return leader.translate(IN_SUBFIELDS)


def _report(report: Report, code: str, tag: str | None, found: object, used: str = "") -> None:
    found = found if isinstance(found, str) else repr(found)
    tag_bytes = None if tag is None else tag.encode("ascii", "backslashreplace")
    found_bytes = found.encode("utf-8", "backslashreplace")
    report(code, 0, length=0, tag=tag_bytes, found=found_bytes, used=used.encode())


class _FieldWriter:
    def __init__(self, field: Field, report: Report) -> None:
        self.field = field
        self._report = report

    def report(self, code: str, found: object, used: str = "") -> None:
        """Report a change."""
        _report(self._report, code, str(self.field.tag), found, used)

    def line(self) -> str:
        """Return the line of the field, without its line end."""
        field = self.field
        tag = self._tag()
        data: Any = field.data
        if is_control(tag):
            if not field.control_field and (data is None or field.subfields):
                values = [subfield.value for subfield in field.subfields]
                data = " ".join(self._text(value) for value in values)
                self.report("written-kind-of-field", data)
            return f"={tag}  {self._text(data).translate(IN_CONTROL_FIELDS)}"
        subfields: list[Any] = list(field.subfields)
        if field.control_field or (data is not None and not subfields):
            self.report("written-kind-of-field", data)
            subfields = [("a", data)]
        first, second = self._indicators()
        line = f"={tag}  {first}{second}"
        start = len(line)
        dollars: list[int] = []
        for code, value in subfields:
            written = "$" + self._code(code)
            text = self._text(value).translate(IN_SUBFIELDS)
            # Nothing farther back matters, and the line may be long.
            before = min(len(line) - start, 2)
            if is_price(line[-2:] + written + text, 2 - before, 2):
                # A mnemonic in it, and nobody will take it for one.
                text = _PRICE_POINT.sub(lambda point: _POINTS[point[0]], text, count=1)
            dollars.append(len(line))
            line += written + text
        return line

    def _tag(self) -> str:
        tag = str(self.field.tag)
        used = _NOT_GRAPHIC.sub("Z", tag)[:3].ljust(3, "Z")
        if used == LEADER_TAG:
            used = used[:2] + "Z"
        if used != tag:
            self.report("written-tag", tag, used)
        return used

    def _indicators(self) -> list[str]:
        indicators: Any = (" ", " ") if self.field.control_field else self.field.indicators
        found = [] if indicators is None else list(indicators)
        used = [
            each if isinstance(each, str) and len(each) == 1 and " " <= each <= "\x7f" else " "
            for each in found
        ]
        used = [*used, " ", " "][:2]
        if used != found:
            self.report("written-indicator", found, "".join(used))
        return [each.translate(IN_CONTROL_FIELDS) for each in used]

    def _code(self, code: Any) -> str:
        if isinstance(code, str) and len(code) == 1 and code.isascii():
            return CODES.get(code, code)
        self.report("written-subfield-code", code, _NO_CODE)
        return _NO_CODE

    def _text(self, value: Any) -> str:
        """Return a text without lone surrogates, which UTF-8 has no place for."""
        if isinstance(value, bytes):
            value = value.decode("utf-8", "surrogateescape")
        text = "" if value is None else str(value)
        if text.isascii() or _SURROGATES.search(text) is None:
            return text
        self.report("written-replacement-character", text)
        return _SURROGATES.sub("\ufffd", text)
