"""A record in YAZ's line format, read from its lines.

The format has no way to write a dollar sign in a text: " $5 " in the middle of a text looks like
the beginning of a subfield, and is read as one. A dollar sign without a blank before it, or without
a single character and a blank behind it, is text.
"""

from __future__ import annotations

import re

from mrrc._formats.common_reading import (
    NO_LEADER,
    ControlField,
    DataField,
    LineReport,
    Report,
    decoded,
    joined_lines,
    record_of,
    sound_leader,
)
from mrrc.record import Record

_CHARACTER = rb"(?:[^\x80-\xff]|[\xc0-\xff][\x80-\xbf]*|[\x80-\xbf])"
# A leader, a control field, a data field with subfields, one without; one that lacks indicators.
_BEGINS = re.compile(
    rb"[0-9]{5}[A-Za-z]|00[0-9](?: |\Z)|[!-~][ -~][!-~] %b{2} \$|[0-9]{3} %b{2}\Z|[0-9]{3} .? ?\$"
    % (_CHARACTER, _CHARACTER),
    re.DOTALL,
)
_ALONE = re.compile(rb"[0-9]{5}|[^\n]{24}\Z")
_COMMENT = re.compile(rb"\(.*\)\Z|<!--.*-->\Z", re.DOTALL)
_CONTROL_FIELD = re.compile(r"(00[0-9])(?: |\Z)")
_DATA_FIELD = re.compile(r"([!-~][ -~][!-~]) (..)(?: (?=\$)|\Z)|([0-9]{3}) (.?) ?(?=\$)", re.DOTALL)
_LEADER = re.compile(r"[0-9]{5}[A-Za-z]")
_LEADER_LENGTH = 24
_SPACED = re.compile(r"\$[!-~](?: |\Z)")
_SUBFIELD = re.compile(r" \$([!-#%-~])(?: |\Z)")
# Other programs leave out the blanks around code and text.
_CLOSE_SUBFIELD = re.compile(r"\$([0-9A-Za-z])")
_NO_CODE = "?"


def read(span: bytes, context: bytes, report: Report) -> Record | None:
    """Return the record in these lines, None if nothing in them can be read.

    `report` is told of everything that is wrong with them.
    """
    report = reports = LineReport(report)
    leader = None
    fields: list[ControlField | DataField] = []
    for line in joined_lines(span, _BEGINS, _ALONE, _COMMENT, report):
        text = decoded(line.data, line.offset, None, report)
        control = _CONTROL_FIELD.match(text)
        field = _DATA_FIELD.match(text)
        is_first = leader is None and not fields
        if control is not None:
            fields.append(ControlField(control[1], text[control.end() :]))
        elif field is not None:
            fields.append(_data_field(field, text, line.offset, report))
        elif is_first and (len(text) == _LEADER_LENGTH or _LEADER.match(text)):
            leader = sound_leader(text, line.offset, report)
        else:
            reports.unread(line)
    reports.end()
    if leader is None:
        if not fields:
            return None
        report("leader-missing", 0, length=0, used=NO_LEADER.encode())
        leader = NO_LEADER
    return record_of(leader, fields)


def _data_field(head: re.Match[str], text: str, offset: int, report: Report) -> DataField:
    tag, indicators = head[1] or head[3], head[2] or head[4] or ""
    if len(indicators) < 2:
        found = indicators.encode("utf-8", "surrogateescape")
        report("indicators-missing", offset + 4, length=len(found), tag=tag.encode(), found=found)
        indicators = indicators.ljust(2)
    sound = "".join(each if " " <= each <= "\x7f" else " " for each in indicators)
    if sound != indicators:
        found = indicators.encode("utf-8", "surrogateescape")
        facts = {"tag": tag.encode(), "found": found, "used": sound.encode()}
        report("indicator-invalid", offset + 4, length=len(found), **facts)
    content = text[head.end() :]
    if not content:
        return DataField(tag, sound, [])
    if _SPACED.match(content):
        # Only the first delimiter is sure to be one, whatever its code.
        parts = [content[1], *_SUBFIELD.split(content[3:])]
    else:
        before, *parts = _CLOSE_SUBFIELD.split(content)
        if before:
            found = before.encode("utf-8", "surrogateescape")
            facts = {"tag": tag.encode(), "found": found, "used": _NO_CODE.encode()}
            report("text-before-subfields", offset + head.end(), length=len(found), **facts)
            parts = [_NO_CODE, before, *parts]
    return DataField(tag, sound, list(zip(parts[::2], parts[1::2], strict=True)))
