"""A record in MarcEdit's mnemonic format (mrk), read from its lines."""

from __future__ import annotations

import re

from mrrc._formats.common_reading import (
    NO_LEADER,
    ControlField,
    DataField,
    LineReport,
    Report,
    decoded,
    is_control,
    joined_lines,
    record_of,
    sound_leader,
)
from mrrc._formats.mnemonics import character, without_mnemonics
from mrrc._pure.mrk import LEADER_TAG, is_price
from mrrc.record import Record

_BEGINS = re.compile(rb"=")
_ALONE = re.compile(rb"=LDR")
_COMMENT = re.compile(rb"#")
# The tag and two blanks; or a tag that is one without doubt, and anything blank.
_HEAD = re.compile(rb"=(?:([ -~]{3})  |([0-9A-Za-z]{3})(?:[ \t]|\Z))")
_OTHER_LEADER_TAG = "000"
# How a subfield code is shown in a problem, and what is used for one that is none.
_NO_CODE = "?"


def read(span: bytes, context: bytes, report: Report) -> Record | None:
    """Return the record in these lines, None if nothing in them can be read.

    `report` is told of everything that is wrong with them.
    """
    report = reports = LineReport(report)
    leader = None
    fields: list[ControlField | DataField] = []
    for line in joined_lines(span, _BEGINS, _ALONE, _COMMENT, report):
        head = _HEAD.match(line.data)
        if head is None:
            reports.unread(line)
            continue
        tag = (head[1] or head[2]).decode()
        if head[1] is None:
            report("field-spacing", line.offset + 4, length=0, tag=head[2])
        place = line.offset + head.end()
        text = decoded(line.data[head.end() :], place, tag.encode(), report)
        if tag == LEADER_TAG or (tag == _OTHER_LEADER_TAG and leader is None and not fields):
            if leader is None:
                leader = sound_leader(_without_backslashes(text), place, report)
            else:
                reports.unread(line)
        elif is_control(tag):
            fields.append(ControlField(tag, _without_backslashes(text)))
        else:
            fields.append(_FieldReader(tag, text, place, report).field())
    reports.end()
    if leader is None:
        if not fields:
            return None
        report("leader-missing", 0, length=0, used=NO_LEADER.encode())
        leader = NO_LEADER
    return record_of(leader, fields)


def _length(text: str) -> int:
    """Return how many bytes a text takes, those that are no characters counted."""
    return len(text.encode("utf-8", "surrogateescape"))


def _without_backslashes(text: str) -> str:
    return without_mnemonics(text.replace("\\", " "))


class _FieldReader:
    """Reads the content of a data field, and reports once what is wrong with it in one way.

    The places of problems are those of the line; where lines were joined, they are near it.
    """

    def __init__(self, tag: str, text: str, place: int, report: Report) -> None:
        self.tag = tag
        self.text = text
        self.place = place
        self._report = report
        self._reported: set[str] = set()

    def report(self, code: str, index: int, length: int, found: str = "", used: str = "") -> None:
        """Report a problem at an index of the text, unless the field has had one of its kind."""
        if code in self._reported:
            return
        self._reported.add(code)
        before = self.text[:index].encode("utf-8", "surrogateescape")
        self._report(
            code,
            self.place + len(before),
            length=length,
            tag=self.tag.encode(),
            found=found.encode("utf-8", "surrogateescape"),
            used=used.encode(),
        )

    def field(self) -> DataField:
        """Return the field."""
        text = self.text
        indicators, start = self._indicators()
        first = text.find("$", start)
        if first < 0:
            first = len(text)
        subfields: list[tuple[str, str]] = []
        if first > start:
            found = text[start:first]
            self.report("text-before-subfields", start, _length(found), found, _NO_CODE)
            subfields.append((_NO_CODE, without_mnemonics(found)))
        # What belongs to one subfield is gathered as it is written, for the sake of marks.
        code = None
        values: list[str] = []
        place = first
        while place < len(text):
            end = text.find("$", place + 1)
            if end < 0:
                end = len(text)
            piece = text[place + 1 : end]
            if code is not None and (piece.startswith(" ") or is_price(text, first, place)):
                self.report("dollar-in-text", place, 1, text[place : place + 8])
                values += ["$", piece]
            elif not piece:
                self.report("subfield-code-missing", place, 1)
            else:
                if code is not None:
                    subfields.append((code, without_mnemonics("".join(values))))
                code, value = self._code(piece, place + 1)
                values = [value]
            place = end
        if code is not None:
            subfields.append((code, without_mnemonics("".join(values))))
        return DataField(self.tag, indicators, subfields)

    def _indicators(self) -> tuple[str, int]:
        """Return the indicators, and where they end."""
        text = self.text
        indicators = ""
        place = 0
        while len(indicators) < 2 and place < len(text) and text[place] != "$":
            start = place
            found, place = character(text, start)
            if found == "\\" and place == start + 1:
                found = " "
            elif not (found.isascii() and (found.isprintable() or found == "\x7f")):
                self.report("indicator-invalid", start, _length(found), found, " ")
                found = " "
            indicators += found
        if len(indicators) < 2:
            self.report("indicators-missing", 0, len(indicators), indicators)
        return indicators.ljust(2), place

    def _code(self, piece: str, place: int) -> tuple[str, str]:
        """Return code and value of a subfield."""
        code, end = character(piece, 0)
        if end == 1 and not "!" <= code <= "~":
            self.report("subfield-code-invalid", place, _length(code), code, _NO_CODE)
            return _NO_CODE, piece
        if not code.isascii():
            self.report("subfield-code-invalid", place, end, piece[:end], _NO_CODE)
            return _NO_CODE, piece
        return code, piece[end:]
