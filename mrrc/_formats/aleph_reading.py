"""A record in Aleph sequential, read from its lines.

    000000002 24510 L $$aTitle$$cname

Each line has the system number, which is the same throughout the record, then tag and indicators,
the alphabet of the text (L for Latin; some exports leave it out), and the content. In leader and
control fields "^" is a blank. A record without a field 001 gets the system number as such. Aleph's
own fields without subfields, as FMT, become data fields with the content in subfield $a.
"""

from __future__ import annotations

import re

from mrrc._formats.common_reading import (
    NO_LEADER,
    ControlField,
    DataField,
    Line,
    LineReport,
    Report,
    decoded,
    is_control,
    joined_lines,
    record_of,
    sound_leader,
)
from mrrc.record import Record

_BEGINS = re.compile(rb"[0-9]{9}(?: |\Z)")
_ALONE = re.compile(rb"[0-9]{9} LDR")
_NO_COMMENT = re.compile(rb"(?!)")
_LINE = re.compile(rb"[0-9]{9} ([!-~]{3})([^\x80-\xff]{2})(?: |\Z)")
_ALPHABET = re.compile(rb"[A-Z](?: |\Z)")
_ALPHABET_AND_DELIMITER = re.compile(rb"[A-Z ] \$\$")
_ALPHABET_AND_LENGTH = re.compile(rb"[A-Z ] [0-9]{5}")
_ALPHABET_LENGTH = 2
_DELIMITER = "$$"
_LEADER_TAG = b"LDR"
_NUMBER_LENGTH = 9
_NO_CODE = "?"


def read(span: bytes, context: bytes, report: Report) -> Record | None:
    """Return the record in these lines, None if nothing in them can be read.

    `report` is told of everything that is wrong with them.
    """
    report = reports = LineReport(report)
    leader = None
    fields: list[ControlField | DataField] = []
    lines = joined_lines(span, _BEGINS, _ALONE, _NO_COMMENT, report)
    with_alphabet = _has_alphabets(lines)
    for line in lines:
        head = _LINE.match(line.data)
        if head is None:
            reports.unread(line)
            continue
        tag = head[1].decode()
        start = head.end() + _length_of_alphabet(line.data[head.end() :], with_alphabet)
        text = decoded(line.data[start:], line.offset + start, head[1], report)
        if head[1] == _LEADER_TAG:
            if leader is None:
                leader = sound_leader(text.replace("^", " "), line.offset + start, report)
            else:
                reports.unread(line)
        elif is_control(tag):
            fields.append(ControlField(tag, text.replace("^", " ")))
        else:
            indicators = head[2].decode().replace("^", " ")
            fields.append(_data_field(tag, indicators, text, line.offset, start, report))
    reports.end()
    if leader is None:
        if not fields:
            return None
        report("leader-missing", 0, length=0, used=NO_LEADER.encode())
        leader = NO_LEADER
    if not any(field.tag == "001" for field in fields):
        fields.insert(0, ControlField("001", lines[0].data[:_NUMBER_LENGTH].decode()))
    return record_of(leader, fields)


def _has_alphabets(lines: list[Line]) -> bool:
    """Say whether the lines have the alphabet of their texts."""
    contents = []
    for line in lines:
        head = _LINE.match(line.data)
        if head is None:
            continue
        content = line.data[head.end() :]
        usual = _ALPHABET_AND_LENGTH if head[1] == _LEADER_TAG else _ALPHABET_AND_DELIMITER
        if usual.match(content):
            return True
        contents.append(content)
    return all(_ALPHABET.match(content) for content in contents)


def _length_of_alphabet(content: bytes, with_alphabet: bool) -> int:
    if content.startswith(b"$$"):
        return 0
    if _ALPHABET_AND_DELIMITER.match(content):
        return _ALPHABET_LENGTH
    return _ALPHABET_LENGTH if with_alphabet and _ALPHABET.match(content) else 0


def _data_field(
    tag: str, indicators: str, text: str, offset: int, start: int, report: Report
) -> DataField:
    """Return the field; its text begins at `start` of the line that begins at `offset`."""

    def problem(code: str, place: int, length: int, found: str = "", used: str = "") -> None:
        report(
            code,
            offset + start + place,
            length=length,
            tag=tag.encode(),
            found=_encoded(found),
            used=used.encode(),
        )

    sound = "".join(each if " " <= each <= "\x7f" else " " for each in indicators)
    if sound != indicators:
        facts = {"found": indicators.encode(), "used": sound.encode()}
        report("indicator-invalid", offset + 13, length=2, tag=tag.encode(), **facts)
    before, *pieces = text.split(_DELIMITER)
    subfields = []
    if before and not pieces and not tag.isdigit():
        subfields.append(("a", before))
    elif before:
        problem("text-before-subfields", 0, len(_encoded(before)), before, _NO_CODE)
        subfields.append((_NO_CODE, before))
    # In bytes of the text.
    place = len(_encoded(before))
    for piece in pieces:
        if not piece:
            problem("subfield-code-missing", place, len(_DELIMITER))
        elif "!" <= piece[0] <= "~":
            subfields.append((piece[0], piece[1:]))
        else:
            problem("subfield-code-invalid", place + len(_DELIMITER), 1, piece[0], _NO_CODE)
            subfields.append((_NO_CODE, piece))
        place += len(_DELIMITER) + len(_encoded(piece))
    return DataField(tag, sound, subfields)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
