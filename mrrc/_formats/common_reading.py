"""What readers of text formats have in common: lines, texts, and records made of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from mrrc import _engine
from mrrc.field import Field, Indicators, Subfield
from mrrc.leader import Leader
from mrrc.record import Record

Report = Callable[..., None]
"""Called with a code and an offset, and with length, tag, found and used as keywords."""

NO_LEADER = "00000nam a2200000   4500"
"""The leader of a record that has none."""

_LEADER_LENGTH = 24
_BLANKS = b" \t\r\x00\x1a"
_NOT_GRAPHIC = re.compile("[^ -~]")
_INDICATORS = re.compile("[ -\x7f]{2}")
_TERMINATORS = re.compile("[\x1d\x1e]")
_DELIMITERS = re.compile("[\x1d-\x1f]")


class Line(NamedTuple):
    """A line, and the lines that go on with it.

    Attributes:
        offset: where it begins, in bytes.
        data: its bytes, line ends left out.
    """

    offset: int
    data: bytes


class DataField(NamedTuple):
    """A data field: its tag, its indicators as one text, code and value of its subfields."""

    tag: str
    indicators: str
    subfields: list[tuple[str, str]]


class ControlField(NamedTuple):
    """A control field: its tag, and its data."""

    tag: str
    data: str


class LineReport:
    """Passes on what is reported of a record, and gathers the lines that are no fields.

    A span of 64 MiB can have millions of lines with something wrong in each: of each kind of
    problem the first hundred are passed on, and what is left over of unread lines is one more.
    """

    _MOST = 100

    def __init__(self, report: Report) -> None:
        self._report = report
        self._counts: Counter[str] = Counter()
        self._unread: list[Line] = []

    def __call__(self, code: str, offset: int, **facts: Any) -> None:
        """Report a problem."""
        self._counts[code] += 1
        if self._counts[code] <= self._MOST:
            self._report(code, offset, **facts)

    def unread(self, line: Line) -> None:
        """Report a line that is no field."""
        if self._counts["line-unread"] < self._MOST:
            self("line-unread", line.offset, length=len(line.data), found=line.data)
        else:
            self._unread.append(line)

    def end(self) -> None:
        """Report what is left over."""
        if self._unread:
            data = b"\n".join(line.data for line in self._unread)
            offset = self._unread[0].offset
            self._report("line-unread", offset, length=len(self._unread[0].data), found=data)


def is_control(tag: str) -> bool:
    """Say whether this is the tag of a control field."""
    return tag < "010" and tag.isdigit() and tag.isascii()


def sound_leader(text: str, offset: int, report: Report) -> str:
    """Return the leader that this text gives: 24 characters of graphic ASCII or blanks."""
    leader = _NOT_GRAPHIC.sub(" ", text)[:_LEADER_LENGTH].ljust(_LEADER_LENGTH)
    if leader != text:
        code = "leader-invalid" if len(text) == _LEADER_LENGTH else "leader-length"
        found = text.encode("utf-8", "surrogateescape")
        report(code, offset, length=len(found), found=found, used=leader.encode())
    return leader


def decoded(data: bytes, offset: int, tag: bytes | None, report: Report) -> str:
    """Return a text in UTF-8; a byte that is none becomes a character that stands for it."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        report(
            "text-undecodable",
            offset + error.start,
            length=error.end - error.start,
            tag=tag,
            found=data[error.start : error.end],
            used=b"kept, escaped",
        )
        return data.decode("utf-8", "surrogateescape")


def joined_lines(
    span: bytes,
    begins: re.Pattern[bytes],
    alone: re.Pattern[bytes],
    comment: re.Pattern[bytes],
    report: Report,
) -> list[Line]:
    """Return the lines of a record, each with those that go on with it, comments left out.

    Where a line matches `begins` at its start, a field begins, or, with `alone` too, something
    that no other line goes on with; where it matches `comment`, it is one. Blank lines say nothing.
    """
    lines: list[tuple[int, list[bytes]]] = []
    comments = 0
    offset = 0
    for raw in span.split(b"\n"):
        data = raw.removesuffix(b"\r")
        if begins.match(data):
            lines.append((offset, [data]))
        elif comment.match(data):
            comments += 1
            if comments == 1:
                first_comment = offset, len(data)
        elif not data.strip(_BLANKS):
            pass
        elif not lines or alone.match(lines[-1][1][0]):
            lines.append((offset, [data]))
        else:
            # An editor that wraps lines does so at a blank, which it leaves out.
            parts = lines[-1][1]
            close = parts[-1].endswith(b" ") or data.startswith((b" ", b"$"))
            parts += [data] if close else [b" ", data]
            report("line-continued", offset, length=len(data))
        offset += len(raw) + 1
    if comments:
        offset, length = first_comment
        report("comment-line", offset, length=length, found=b"%d" % comments)
    return [Line(offset, b"".join(parts)) for offset, parts in lines]


def record_of(leader: str, fields: list[ControlField | DataField]) -> Record:
    """Return the record: the bytes of a plain one where it has that form, else with its fields."""
    raw = _plain(leader, fields)
    return _built(leader, fields) if raw is None else over_bytes(leader, raw)


def over_bytes(leader: str, raw: bytes) -> Record:
    """Return a record that is read from the bytes of a plain one when it is asked for something."""
    record: Any = Record()
    record._raw = raw
    record._fields = None
    record._leader = None if raw.startswith(leader.encode()) else Leader(leader)
    return record  # type: ignore[no-any-return]


def _plain(leader: str, fields: list[ControlField | DataField]) -> bytes | None:
    contents = []
    for field in fields:
        tag = field.tag
        if len(tag) != 3 or not tag.isascii():
            return None
        if isinstance(field, ControlField):
            text = field.data
            if not is_control(tag) or _TERMINATORS.search(text):
                return None
        else:
            text = field.indicators
            if is_control(tag) or _INDICATORS.fullmatch(text) is None:
                return None
            for code, value in field.subfields:
                if len(code) != 1 or not code.isascii() or _DELIMITERS.search(code + value):
                    return None
                text += f"\x1f{code}{value}"
        try:
            contents.append((tag.encode(), text.encode()))
        except UnicodeEncodeError:
            return None
    return _engine.build_record(f"{leader[:9]}a{leader[10:]}".encode(), contents)


def _built(leader: str, fields: list[ControlField | DataField]) -> Record:
    record = Record()
    record.leader = Leader(leader)
    for field in fields:
        if isinstance(field, ControlField):
            record.add_field(Field(field.tag, data=field.data))
        else:
            subfields = [Subfield(code, value) for code, value in field.subfields]
            indicators = Indicators(*field.indicators)
            record.add_field(Field(field.tag, indicators, subfields))
    return record
