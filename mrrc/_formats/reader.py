"""The reader of the formats other than ISO 2709.

source -> blocks -> TextRecords -> Record ------------------------> Record
                                -> span --> reference reader -----> Record with problems
                                -> between, unread ---------------> Problem
"""

from __future__ import annotations

from _thread import RLock
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import chain, islice, starmap
from typing import Any, Literal, TypeVar

from mrrc import _engine
from mrrc._formats.texts import finished_texts
from mrrc._pure.text_records import BETWEEN, RECORD, RUN, UNCLEAR
from mrrc._recovering import Accounting
from mrrc._runs import Run
from mrrc._sources import Source, bytes_left, open_source
from mrrc._text_readers import Reader
from mrrc.exceptions import DamagedRecord
from mrrc.problems import ERROR, Problem, ProblemLog, make_problem
from mrrc.record import Record

_FR = TypeVar("_FR", bound="FormatReader")
_BLOCK = 1 << 17

Report = Callable[..., None]
"""Called with a code and an offset in the span, and length, tag, found and used as keywords."""

READERS = {
    "aleph": "mrrc._formats.aleph_reading",
    "json": "mrrc._formats.json_reading",
    "jsonl": "mrrc._formats.json_reading",
    "line": "mrrc._formats.line_reading",
    "marcxml": "mrrc._formats.xml_reading",
    "mrk": "mrrc._formats.mrk_reading",
}
"""For each format the module whose `read(span, context, report)` returns a record, or None."""


class FormatReader(Reader):
    """Reads the records of a file in a text format.

    Args:
        target: what `MARCReader` takes, or a `Source` that was opened.
        format: "marcxml", "json", "jsonl", "mrk", "line" or "aleph".
        recovery: "salvage": everything that can be read is read, to the end of the data; what was
            wrong stands in `record.problems` and in the reader's `problems`. "strict":
            DamagedRecord is raised at the first problem.
        undecodable: what becomes of bytes that are no character. "keep": lone surrogates,
            chr(0xDC00 + byte), that a writer can turn into the bytes again. "replace": U+FFFD.
            "reject": the record is reported instead of read.
        normalize: "NFC" or "NFD" for texts in this Unicode normalization form.
        on_problem: called with each `Problem` as it is found.
        threads: how many threads read ahead; 0 for none, as in the engine in Python.

    Raises:
        OSError: the path cannot be opened, or reading fails.
        EOFError: a compressed file is cut off. Each of the libraries has errors of its own, too.
        RuntimeError: a reader with threads is used in another process, after a fork.
        ValueError: an option has another value than these; or, at reading, the file was closed.

    The data are in UTF-8 (a `Source` can make them so), and are read in blocks, so the position of
    a file object says nothing.
    """

    def __init__(
        self,
        target: Any,
        format: str,
        *,
        recovery: str = "salvage",
        undecodable: str = "keep",
        normalize: Literal["NFC", "NFD"] | None = None,
        on_problem: Callable[[Problem], object] | None = None,
        threads: int = 0,
    ) -> None:
        for name, value, choices in (
            ("format", format, tuple(READERS)),
            ("recovery", recovery, ("salvage", "strict")),
            ("undecodable", undecodable, ("keep", "replace", "reject")),
            ("normalize", normalize, (None, "NFC", "NFD")),
        ):
            if value not in choices:
                raise ValueError(f"{name} is {value!r}; it can be {', '.join(map(repr, choices))}")
        if threads < 0:
            raise ValueError("threads is 0 or more")
        self.format = format
        self.undecodable = undecodable
        self.normalize = normalize
        self._threads = threads
        self._strict = recovery == "strict"
        self._log = ProblemLog(on_problem)
        self._read_span = import_module(READERS[format]).read
        self._source = source = target if isinstance(target, Source) else open_source(target)
        self.file_handle = source.handle
        self._turn = RLock()
        self._text_records: Any = None
        self._items: deque[tuple[int, int, Any, bytes]] = deque()
        self._blocks = _Blocks(source.start)
        # What is there now, where a pipe would be waited for until it has given a whole block.
        self._read = source.handle.read1 if source.backend == "file" else source.handle.read
        self._waiting: deque[Any] = deque()
        self._fed: tuple[bytes, bool] | None = None
        self._at_end = False
        self._is_cut_off = False
        self._generator: Generator[Record, None, None] | None = None
        # The item read last, and where it begins and ends.
        self._item: tuple[int, int, Any, bytes] | None = None
        self._start = self._end = source.start
        self._record_number = 0
        self._salvaged = 0
        self._reported = 0
        self._stored_read = 0
        # What is still to be handed over if `on_problem` raises, or an interrupt comes.
        self._unreported: deque[Problem] = deque()
        self._held: Record | None = None
        self._held_error: Exception | None = None
        # What is left of a batch that was not finished.
        self._cut_short: list[Record] = []

    # -- what was read ---------------------------------------------------------------------------

    @property
    def problems(self) -> Sequence[Problem]:
        """All problems found so far, of records and of the bytes between them.

        Of very many problems only the first 100,000 are kept, of unread bytes 64 MiB;
        `problem_counts` has all, and `on_problem` is told each of them.
        """
        return self._log.kept

    @property
    def problem_counts(self) -> Mapping[str, int]:
        """How often each code of a problem was met so far."""
        return self._log.counts

    @property
    def accounting(self) -> Accounting:
        """How many bytes were sound, salvaged and reported so far.

        What the format has between records is sound.
        """
        read = self._end - self._source.start
        return Accounting(read - self._salvaged - self._reported, self._salvaged, self._reported)

    @property
    def record_number(self) -> int:
        """Number of the record read last, from 1; 0 before the first."""
        return self._record_number

    @property
    def offset(self) -> int:
        """Offset of what was read last, in bytes."""
        return self._start

    @property
    def current_chunk(self) -> bytes:
        """The bytes of what was read last."""
        return self._blocks.bytes_of(self._start, self._end)

    @property
    def backend(self) -> str:
        """What is read from: "file", "gzip", "bzip2", "xz", "zstd", "buffer", "bytes", "object"."""
        return self._source.backend

    @property
    def bytes_read(self) -> int:
        """How many bytes what was handed over takes; of a compressed file, as stored.

        Together with `bytes_total` it says how far the reader is.
        """
        stored = self._source.stored
        if stored is not None:
            if not stored.closed:
                self._stored_read = int(stored.tell())
            return self._stored_read
        return self._end - self._source.start

    @property
    def bytes_total(self) -> int | None:
        """How many bytes there are to be read, from where the reader began; None if unknown."""
        if self._source.backend != "object":
            return self._source.total
        left = bytes_left(self.file_handle)
        return None if left is None else left + self._blocks.end - self._source.start

    def close(self) -> None:
        """Close what the reader reads from; nothing happens the second time."""
        stored = self._source.stored
        if stored is not None and not stored.closed:
            self._stored_read = stored.tell()
        # After the end there is nothing more, closed or not.
        self._is_cut_off = self._is_cut_off or not self._at_end or bool(self._items)
        self._at_end = True
        self._items.clear()
        self._text_records = None
        super().close()

    # -- records ---------------------------------------------------------------------------------

    def __iter__(self: _FR) -> _FR:
        return self

    def __next__(self) -> Record:
        with self._turn:
            if self._held_error is not None:
                error, self._held_error = self._held_error, None
                raise error
            if self._generator is None:
                self._generator = self._records(None)  # type: ignore[assignment]
            try:
                return next(self._generator)  # type: ignore[arg-type]
            except BaseException:
                # An error of the file's, or of `on_problem`, ends the generator, not the data.
                self._generator = None
                raise

    def read_batch(self, batch_size: int = 100) -> list[Record]:
        """Return up to so many records; an empty list at the end of the data.

        What an exception meets in the middle of a batch is no matter for the records before it:
        they are returned, and it is raised at the next call.

        Raises:
            ValueError: `batch_size` is less than 1.
            DamagedRecord: at the first problem, if `recovery` is "strict".
        """
        if batch_size < 1:
            raise ValueError("batch_size is 1 or more")
        records, self._cut_short = self._cut_short, []
        if len(records) > batch_size:
            self._cut_short = records[batch_size:]
            return records[:batch_size]
        try:
            records.extend(islice(self, batch_size - len(records)))
        except Exception as error:
            if not records:
                raise
            self._held_error = error
        except BaseException:
            # An interrupt is not to wait, so the records do.
            self._cut_short = records
            raise
        return records

    def batches(self, batch_size: int = 100) -> Iterator[list[Record]]:
        """Iterate over the batches that `read_batch` returns."""
        while batch := self.read_batch(batch_size):
            yield batch

    def _runs(self, target: str) -> Generator[Record | Run, None, None]:
        """Yield what there is, sound records formatted if they can be: for a conversion."""
        return self._records(None if self.normalize else target)

    def _records(self, target: str | None) -> Generator[Record | Run, None, None]:
        """Yield records and runs; a second generator goes on where the first one ended."""
        if self._text_records is None and not self._at_end:
            self._text_records = _engine.TextRecords(self.format, target, self._threads)
        plain = self.normalize is None
        items = self._items
        while True:
            if self._unreported or self._held is not None:
                yield from self._handed_over()
            if not items and not self._fill():
                if self._is_cut_off:
                    raise ValueError("I/O operation on closed file")
                return
            item = items[0]
            kind, length, content, context = item
            if kind == RECORD and plain:
                self._start = end = self._end
                self._end = end + length
                self._record_number += 1
                # An interrupt comes after the call, and what is held is handed over first.
                self._held = content
                items.popleft()
                self._held = None
                yield content
                continue
            # After an interrupt it may be met again; it is counted once.
            if item is not self._item:
                if kind in (RECORD, UNCLEAR):
                    number = self._record_number + 1
                else:
                    number = self._record_number + (content[0] if kind == RUN else 0)
                end = self._end
                self._item, self._start, self._end = item, end, end + length
                self._record_number = number
            if kind == RECORD:
                content = finished_texts(content, self.normalize, self.undecodable)
                self._held = content
                items.popleft()
                self._held = None
                yield content
            elif kind == RUN:
                items.popleft()
                yield Run(*content)
            elif kind == UNCLEAR:
                self._read_unclear(content, context)
                items.popleft()
            else:
                items.popleft()
                if kind == BETWEEN:
                    self._pass(content)
                else:
                    self._report_unread(content)

    def _handed_over(self) -> Generator[Record, None, None]:
        """Report the problems of the span read last, and yield its record if it is one."""
        while self._unreported:
            problem = self._unreported.popleft()
            self._log.add(problem)
            if self._strict:
                raise DamagedRecord(problem)
        record, self._held = self._held, None
        if record is not None:
            yield record

    # -- bytes -----------------------------------------------------------------------------------

    def _fill(self) -> bool:
        """Read on until there are items; False at the end of the data."""
        self._blocks.forget(self._end)
        waiting = self._waiting
        while not self._items:
            if self._at_end:
                return False
            # An interrupt may come between any two steps here, but not in the middle of one: what
            # was read is in the one deque or in the other.
            if not waiting:
                waiting.extend(map(self._read, (_BLOCK,)))
            fed = waiting[0]
            if type(fed) is not tuple:
                fed = waiting[0] = self._as_fed(waiting)
            if fed is not self._fed:
                self._blocks.add(fed)
                self._fed = fed
            items = starmap(self._text_records.feed, starmap(waiting.popleft, ((),)))
            self._items.extend(chain.from_iterable(items))
            self._at_end = fed[1]
        return True

    def _as_fed(self, waiting: deque[Any]) -> tuple[bytes, bool]:
        """Return what was read, and whether it is the end."""
        block = waiting[0]
        if block is None:
            waiting.clear()
            raise BlockingIOError(11, "the file has no data at the moment")
        # The memory of anything else may be the file's own, and used again.
        block = block if type(block) is bytes else bytes(memoryview(block))
        return self._in_utf8(block), not block

    def _in_utf8(self, block: bytes) -> bytes:
        """Return the block as the format is read; the last one is empty."""
        return block

    # -- what is to be said ----------------------------------------------------------------------

    def _pass(self, between: bytes) -> None:
        """Take what stands between records."""

    def _report_unread(self, data: bytes) -> None:
        self._reported += len(data)
        self._unreported.append(self._problem("bytes-unread" if data else "file-truncated", data))

    def _problem(self, code: str, data: bytes) -> Problem:
        """Return the problem of a whole span."""
        problem = make_problem(
            code,
            record_number=self._record_number or None,
            record_start=self._start,
            record_offset=None,
            length=len(data),
            found=data,
        )
        return self._placed(problem, self._start)

    def _placed(self, problem: Problem, offset: int) -> Problem:
        """Return a problem with its place in the file."""
        return problem._replace(line=self._blocks.line(offset))

    def _read_unclear(self, span: bytes, context: bytes) -> None:
        """Read a span by the reference reader, with its problems."""
        found: list[tuple[str, int, dict[str, Any]]] = []

        def report(
            code: str,
            offset: int,
            *,
            length: int = 0,
            tag: bytes | None = None,
            found: bytes = b"",
            used: bytes = b"",
        ) -> None:
            facts = {"length": length, "tag": tag, "found": found, "used": used}
            reported.append((code, offset, facts))

        reported = found
        record: Record | None = self._read_span(span, context, report)
        control_number = None
        if record is not None:
            if reported or self.normalize is not None:
                record = finished_texts(record, self.normalize, self.undecodable)
            if reported:
                field = record.get("001")
                control_number = None if field is None else field.data
        problems = []
        for code, offset, facts in reported:
            if code == "text-undecodable":
                facts["used"] = _UNDECODABLE[self.undecodable]
            problem = make_problem(
                code,
                record_number=self._record_number,
                record_start=self._start,
                record_offset=offset,
                control_number=control_number,
                **facts,
            )
            problem = self._placed(problem, self._start + offset)
            if code == "text-undecodable" and self.undecodable == "reject":
                problem = problem._replace(severity=ERROR, raw=span)
                problems.append(problem)
                record = None
                break
            problems.append(problem)
        else:
            if record is None:
                problems.append(self._problem("record-unreadable", span))
        if record is None:
            self._reported += len(span)
        elif problems:
            self._salvaged += len(span)
            record._problems = tuple(problems)
        self._unreported += problems
        self._held = record


_UNDECODABLE = {
    "keep": b"kept, escaped",
    "replace": b"replaced by U+FFFD",
    "reject": b"the record was rejected",
}


class _Blocks:
    """What was read and is not handed over yet: for a look at the bytes, and to count lines."""

    def __init__(self, start: int) -> None:
        self._start = start
        # Where each begins, its bytes, the number of the line in which it begins, that of the line
        # in which it ends, and what it was given in.
        self._blocks: deque[tuple[int, bytes, int, int, object]] = deque()

    @property
    def end(self) -> int:
        """Where the last block ends."""
        if not self._blocks:
            return self._start
        at, block, *_ = self._blocks[-1]
        return at + len(block)

    def add(self, fed: tuple[bytes, bool]) -> None:
        """Take the next block; one that was taken before an interrupt, only once."""
        block = fed[0]
        line = 1
        if self._blocks:
            *_, line, taken = self._blocks[-1]
            if taken is fed:
                return
        if block:
            last = line + _engine.count_lines(block)
            self._blocks.append((self.end, block, line, last, fed))

    def forget(self, offset: int) -> None:
        """Let go of blocks that end at or before an offset, but for the last one of these."""
        while len(self._blocks) > 1 and self._blocks[1][0] < offset:
            self._blocks.popleft()

    def bytes_of(self, start: int, end: int) -> bytes:
        """Return the bytes from one offset to another, those of them that are there."""
        pieces = []
        for at, block, *_ in self._blocks:
            if at < end and at + len(block) > start:
                pieces.append(block[max(start - at, 0) : end - at])
        return b"".join(pieces)

    def line(self, offset: int) -> int | None:
        """Return the number, from 1, of the line in which an offset is."""
        for at, block, line, *_ in reversed(self._blocks):
            if at <= offset:
                return line + block.count(b"\n", 0, offset - at)
        return None
