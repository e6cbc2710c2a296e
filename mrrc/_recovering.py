"""Reads ISO 2709 to its end, whatever stands in it.

    source -> blocks -> next_sound --------------------------------> Record
                     -> next_frame -> between, unread -------------> Problem
                                   -> salvage_record -> texts -----> Record with problems

Sound records take the first line, which costs no more than reading them any other way.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from mrrc import _engine
from mrrc._pure.scan import WINDOW
from mrrc._runs import Run
from mrrc._texts import LOOKING, Rejected, TextOptions, TextReader
from mrrc.constants import MAX_RECORD_LENGTH
from mrrc.exceptions import DamagedRecord
from mrrc.problems import ERROR, Problem, ProblemLog, make_problem

if TYPE_CHECKING:
    from mrrc._framing import RecordByRecord
    from mrrc._pure.stream import RecordStream
    from mrrc.reader import MARCReader
    from mrrc.record import Record

_BLOCK = 1 << 18
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
        self._stream: RecordStream | None = None
        # What was taken out of the stream for a closer look; empty while all is sound.
        self.buffer = b""
        self.start = 0
        self.end = 0
        self._final = False
        # What was read and is not in the buffer yet.
        self._taken: list[bytes] = []
        self._salvaged = 0
        self._reported = 0
        # What is still to be handed over if `on_problem` raises, or an interrupt comes.
        self._unreported: deque[Problem] = deque()
        self._held: Record | None = None
        reader._attend = True

    @property
    def accounting(self) -> Accounting:
        """What became of the bytes read so far."""
        read = 0
        if self._stream is not None:
            left = len(self.buffer) - self.end
            read = self._stream.position - self.reader._first - left
        return Accounting(read - self._salvaged - self._reported, self._salvaged, self._reported)

    @property
    def chunk(self) -> bytes:
        """The bytes of the record or the span read last."""
        if not self.buffer and self._stream is not None and not self._final:
            return self._stream.chunk
        return self.buffer[self.start : self.end]

    @property
    def offset(self) -> int:
        """Offset in the file of what was read last, in bytes."""
        if self._stream is None:
            return 0
        if not self.buffer:
            return self._stream.offset
        return self._stream.position - len(self.buffer) + self.start

    def records(self) -> Generator[Record, None, None]:
        """Yield every record; problems go to the log, as of `runs`."""
        return self.runs(None)  # type: ignore[return-value]

    def runs(self, target: str | None) -> Generator[Record | Run, None, None]:
        """Yield every record, as part of a run where it can be formatted; problems go to the log.

        Without a `target` there are no runs, nor with options that ask for a look at each record.
        Raises DamagedRecord at the first problem, if that is wanted. A second generator goes on
        where the first one ended. While the stream has sound records, and nothing else is to be
        done, the reader takes them there itself.
        """
        reader = self.reader
        next_sound, next_run, next_frame = _engine.next_sound, _engine.next_run, _engine.next_frame
        options = self.texts.options
        plain = options.are_plain
        # Then the engine hands over what needs no look at its encoding.
        checked = options.encoding in LOOKING and options.are_of_encoding
        # What is formatted says nothing of how it was read; a record does, in an attribute.
        in_utf8 = options.encoding == "utf-8" and options.are_of_encoding and target is not None
        at_once = plain or checked or in_utf8
        stream = self._stream
        if stream is None:
            stream = self._stream = reader._open_stream(sound=True)
            reader._reads = "sound" if plain else "itself"
        yield from self._handed_over()
        while True:
            start = self.end
            as_it_is = reader.to_unicode is True
            force_utf8 = in_utf8 or (reader.force_utf8 and not checked)
            encoding = options.encoding if checked else reader.file_encoding
            if start == len(self.buffer) and at_once and as_it_is:
                self.buffer = b""
                self.start = self.end = start = 0
                if target is not None:
                    run = stream.take_run(target, force_utf8, encoding)
                    if run is not None:
                        reader._record_number += run[0]
                        yield Run(*run)
                        continue
                found = None if in_utf8 else stream.next_record(force_utf8, encoding)
                if found is not None:
                    reader._record_number += 1
                    reader._attend = not plain
                    yield found  # type: ignore[misc]
                    continue
                reader._attend = True
            elif as_it_is and (plain or in_utf8 or self._is_as_claimed(start)):
                if target is not None and at_once:
                    found_run = next_run(self.buffer, start, target, force_utf8, encoding)
                    if found_run is not None:
                        count, data, self.end = found_run
                        self.start = start
                        reader._record_number += count
                        yield Run(count, data)
                        if len(self.buffer) - self.end <= MAX_RECORD_LENGTH:
                            self._put_back(stream)
                        continue
                sound = None
                if not in_utf8:
                    sound = next_sound(self.buffer, start, reader.force_utf8, reader.file_encoding)
                if sound is not None:
                    record, self.end = sound
                    self.start = start
                    reader._record_number += 1
                    yield record
                    if at_once and len(self.buffer) - self.end <= MAX_RECORD_LENGTH:
                        self._put_back(stream)
                    continue
            if not self._final and len(self.buffer) - start <= MAX_RECORD_LENGTH:
                self._fill(stream, _BLOCK)
                continue
            frame = next_frame(self.buffer, start, self._final)
            if frame is None:
                if self._final:
                    self.start = start
                    return
                self._fill(stream, 2 * WINDOW)
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

    def _fill(self, stream: RecordStream, wanted: int) -> None:
        """Read on until the buffer holds so many bytes that were not looked at yet."""
        size = len(self.buffer) - self.end
        wanted = max(wanted, size + _BLOCK) - size
        # If reading fails, what was read before is still there when it goes on; and an interrupt
        # comes after a call, so what is read now is kept by the same one.
        if not self._taken:
            self._taken.extend(map(stream.read, (wanted,)))
        block = self._taken[0]
        buffer = self.buffer[self.end :] + block
        final = len(block) < wanted
        self.buffer = buffer
        self.start = self.end = 0
        self._final = final
        self._taken = []

    def _put_back(self, stream: RecordStream) -> None:
        """Let the stream go on: the last record was sound, and perhaps all that follow are."""
        rest = self.buffer[self.end :]
        self.buffer = b""
        self.start = self.end = 0
        self._final = False
        stream.unread(rest)

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
            record_number=self.reader._record_number or None,
            record_start=self.offset + offset,
            record_offset=None,
            length=len(data),
            found=data,
        )
        self._unreported.append(problem)

    def _salvage(self) -> None:
        """Read the record of the span, with its problems, as far as anything of it can be read."""
        raw = self.chunk
        self.reader._record_number += 1
        salvaged = _engine.salvage_record(raw)
        if not salvaged[2]:
            self._reported += len(raw)
            self._report_span("record-unreadable", 0, raw)
            return
        record, problems = _read_salvaged(
            self.reader, self.texts, raw, salvaged, self.reader._record_number, self.offset
        )
        if record is None:
            self._reported += len(raw)
        elif problems:
            self._salvaged += len(raw)
        self._unreported += problems
        self._held = record


def _read_salvaged(
    reader: RecordByRecord,
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
    reader: RecordByRecord,
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
