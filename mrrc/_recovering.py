"""Reads ISO 2709 to its end, whatever stands in it.

    source -> blocks -> next_sound --------------------------------> Record
                     -> next_frame -> between, unread -------------> Problem
                                   -> salvage_record -> texts -----> Record with problems

Sound records take the first line, which costs no more than reading them any other way.
"""

from __future__ import annotations

import errno
import re
from collections import deque
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from mrrc import _engine
from mrrc._pure.scan import WINDOW
from mrrc._texts import Rejected, TextOptions, TextReader
from mrrc.constants import MAX_RECORD_LENGTH
from mrrc.exceptions import DamagedRecord
from mrrc.problems import ERROR, Problem, ProblemLog, make_problem

if TYPE_CHECKING:
    from mrrc.reader import MARCReader
    from mrrc.record import Record

_BLOCK = 1 << 20
_RECORD, _BETWEEN = 0, 1

_BETWEEN_RECORDS = (
    ("byte-order-mark", rb"(?:\xef\xbb\xbf)+"),
    ("newline-between-records", rb"[\r\n]+"),
    ("end-of-file-mark", rb"\x1a+"),
    ("record-terminator-surplus", rb"\x1d+"),
    ("padding-between-records", rb"[\x00\t ]+"),
)
_RUNS = re.compile(b"|".join(b"(%b)" % pattern for _, pattern in _BETWEEN_RECORDS))


class Accounting(NamedTuple):
    """How many bytes were read, and what became of them; the sum is all that was read.

    Attributes:
        sound: bytes of records without a problem.
        salvaged: bytes of records that have problems.
        reported: bytes in no record, each in a problem of the reader.
    """

    sound: int
    salvaged: int
    reported: int


class Recovery:
    """The state of a reader that goes on after damage."""

    def __init__(
        self, reader: MARCReader, options: TextOptions, strict: bool, log: ProblemLog
    ) -> None:
        self.reader = reader
        self.texts = TextReader(options)
        self.log = log
        self.strict = strict
        self.buffer = b""
        self.start = 0
        self.end = 0
        self.record_number = 0
        self._final = False
        self._first: int | None = None
        # Where the buffer begins, from the first byte read on.
        self._before = 0
        self._salvaged = 0
        self._reported = 0
        # What is still to be handed over if `on_problem` raises, or an interrupt comes.
        self._unreported: deque[Problem] = deque()
        self._held: Record | None = None

    @property
    def accounting(self) -> Accounting:
        """What became of the bytes read so far."""
        read = self._before + self.end
        return Accounting(read - self._salvaged - self._reported, self._salvaged, self._reported)

    @property
    def chunk(self) -> bytes:
        """The bytes of the record or the span read last."""
        return self.buffer[self.start : self.end]

    @property
    def offset(self) -> int:
        """Offset in the file of what was read last, in bytes."""
        return (self._first or 0) + self._before + self.start

    def records(self) -> Generator[Record, None, None]:
        """Yield every record; problems go to the log.

        Raises DamagedRecord at the first problem, if that is wanted. A second generator goes on
        where the first one ended.
        """
        reader = self.reader
        next_sound, next_frame = _engine.next_sound, _engine.next_frame
        plain = self.texts.options.are_plain
        if self._first is None:
            self._first = _position(reader.file_handle)
        yield from self._handed_over()
        while True:
            start = self.end
            if reader.to_unicode is True and (plain or self._is_as_claimed(start)):
                found = next_sound(self.buffer, start, reader.force_utf8, reader.file_encoding)
                if found is not None:
                    record, self.end = found
                    self.start = start
                    self.record_number += 1
                    yield record
                    continue
            if not self._final and len(self.buffer) - start <= MAX_RECORD_LENGTH:
                self._fill(_BLOCK)
                continue
            frame = next_frame(self.buffer, start, self._final)
            if frame is None:
                if self._final:
                    self.start = start
                    return
                self._fill(2 * WINDOW)
                continue
            self.start = start
            kind, self.end = frame
            if kind == _RECORD:
                self._salvage()
            else:
                self._report_between(kind == _BETWEEN)
            yield from self._handed_over()

    def _handed_over(self) -> Generator[Record, None, None]:
        """Report the problems of the span read last, and yield its record if it is one."""
        while self._unreported:
            self._report(self._unreported.popleft())
        record, self._held = self._held, None
        if record is not None:
            yield record

    def _is_as_claimed(self, start: int) -> bool:
        """Say whether the texts of the record that begins here need no look."""
        digits = self.buffer[start : start + 5]
        if not digits.isdigit():
            return False
        return self.texts.is_as_claimed(self.buffer[start : start + int(digits)])

    def _fill(self, wanted: int) -> None:
        """Read on until the buffer holds so many bytes that were not looked at yet."""
        self.buffer = self.buffer[self.end :]
        self._before += self.end
        self.start = self.end = 0
        pieces = [self.buffer]
        size = len(self.buffer)
        wanted = max(wanted, size + _BLOCK)
        try:
            while size < wanted:
                block = self.reader.file_handle.read(wanted - size)
                if block is None:
                    raise BlockingIOError(errno.EAGAIN, "the file has no data at the moment")
                # The memory of anything else may be the file's own, and used again.
                block = block if type(block) is bytes else bytes(memoryview(block))
                if not block:
                    self._final = True
                    break
                pieces.append(block)
                size += len(block)
        finally:
            # If reading fails, what was read before is still there when it goes on.
            self.buffer = b"".join(pieces)

    def _report(self, problem: Problem) -> None:
        self.log.add(problem)
        if self.strict:
            raise DamagedRecord(problem)

    def _report_between(self, expected: bool) -> None:
        """Report the bytes of a span that is no record."""
        chunk = self.chunk
        self._reported += len(chunk)
        if not expected:
            self._report_span("bytes-unread", 0, chunk)
            return
        for match in _RUNS.finditer(chunk):
            code = _BETWEEN_RECORDS[(match.lastindex or 1) - 1][0]
            self._report_span(code, match.start(), match[0])

    def _report_span(self, code: str, offset: int, data: bytes) -> None:
        problem = make_problem(
            code,
            record_number=self.record_number or None,
            record_start=self.offset + offset,
            record_offset=None,
            length=len(data),
            found=data,
        )
        self._unreported.append(problem)

    def _salvage(self) -> None:
        """Read the record of the span, with its problems, as far as anything of it can be read."""
        raw = self.chunk
        self.record_number += 1
        salvaged = _engine.salvage_record(raw)
        if not salvaged[2]:
            self._reported += len(raw)
            self._report_span("record-unreadable", 0, raw)
            return
        record, problems = _read_salvaged(
            self.reader, self.texts, raw, salvaged, self.record_number, self.offset
        )
        if record is None:
            self._reported += len(raw)
        elif problems:
            self._salvaged += len(raw)
        self._unreported += problems
        self._held = record


def _read_salvaged(
    reader: MARCReader,
    texts: TextReader,
    raw: bytes,
    salvaged: tuple[bytes | None, bytes, Any, Any],
    record_number: int,
    record_start: int,
) -> tuple[Record | None, list[Problem]]:
    """Return the record, None if its text is to be rejected, and all its problems."""
    sound, leader, fields, found = salvaged
    problems: list[Problem] = []
    number = next((content for tag, _, content in fields if tag == b"001"), b"")
    control_number = number.decode("utf-8", "backslashreplace") or None

    def report(code: str, offset: int, **facts: Any) -> None:
        if code == "text-undecodable":
            offset = _place_of(facts["found"], raw, offset)
            facts["length"] = min(facts["length"], len(raw) - offset)
        problems.append(
            make_problem(
                code,
                record_number=record_number,
                record_start=record_start,
                record_offset=offset,
                control_number=control_number,
                **facts,
            )
        )

    for code, offset, length, tag, before, used in found:
        report(code, offset, length=length, tag=tag, found=before, used=used)
    record = None
    if sound is not None and reader.to_unicode is True and texts.options.are_plain:
        record = _engine.read_record(sound, reader.force_utf8, reader.file_encoding)
    if record is None:
        try:
            record = texts.record(leader, fields, sound, reader, report)
        except Rejected:
            problems[-1] = problems[-1]._replace(severity=ERROR, raw=raw)
            return None, problems
    if problems:
        record._problems = tuple(problems)
    return record, problems


def read_sound_texts(
    reader: MARCReader,
    texts: TextReader,
    raw: bytes,
    record_number: int,
    record_start: int,
    log: ProblemLog,
) -> Record | None:
    """Return a record that was framed already, its texts as the options ask.

    None if there is nothing to be done to them, or the structure has a problem: then the reference
    decoder says what there is to say. Raises DamagedRecord if the text is to be rejected.
    """
    if texts.is_as_claimed(raw):
        return None
    salvaged = _engine.salvage_record(raw)
    if salvaged[3] or not salvaged[2]:
        return None
    record, problems = _read_salvaged(reader, texts, raw, salvaged, record_number, record_start)
    for problem in problems:
        log.add(problem)
    if record is None:
        raise DamagedRecord(problems[-1])
    return record


def _place_of(data: bytes, raw: bytes, offset: int) -> int:
    """Return the offset in a record of bytes of a text; near `offset`, as repairs move texts."""
    if raw.startswith(data, offset):
        return offset
    before, behind = raw.rfind(data, 0, offset + len(data)), raw.find(data, offset)
    places = [place for place in (before, behind) if place >= 0]
    return min(places, key=lambda place: abs(place - offset), default=min(offset, len(raw)))


def _position(handle: Any) -> int:
    """Return where a file stands; 0 for one that does not know."""
    try:
        return int(handle.tell())
    except (AttributeError, OSError, TypeError, ValueError):
        return 0
