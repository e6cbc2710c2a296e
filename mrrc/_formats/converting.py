"""From any format to any other, whole files, with an account of what became of every byte."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from mrrc._formats.opening import Form, ReadingOptions, RecordReader, open_reader
from mrrc._formats.writing import FormatWriter, WritingOptions
from mrrc._writing.target import RecordFile, is_path
from mrrc.exceptions import TooManyErrors, add_place
from mrrc.problems import ERROR, Problem
from mrrc.record import Record

if TYPE_CHECKING:
    from mrrc._formats.xml_reader import Header

_TENTH_OF_A_SECOND = 0.1
# Codes of bytes in no record, for the file of what was rejected.
_REJECTED = frozenset(("bytes-unread", "record-unreadable"))


class Conversion(NamedTuple):
    """What became of everything in a conversion.

    Attributes:
        records: how many records were read.
        written: how many of them were written.
        changed: how many of those had to be changed to be written.
        salvaged: how many were read with problems.
        rejected: how many records could not be written, and stretches of bytes not be read.
        deleted: how many records were only the notice that they are deleted (OAI-PMH).
        problems: how often each code of a problem was met, in reading and in writing.
        bytes_sound: bytes of records without a problem.
        bytes_reported: bytes in no record, each in a problem.
        bytes_salvaged: bytes of records that have problems.
    """

    records: int = 0
    written: int = 0
    changed: int = 0
    salvaged: int = 0
    rejected: int = 0
    deleted: int = 0
    problems: Mapping[str, int] = MappingProxyType({})
    bytes_sound: int = 0
    bytes_salvaged: int = 0
    bytes_reported: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether everything was read, and written as it was read."""
        return not (self.rejected or self.changed)


class Converter:
    """Reads records from one source after the other, and writes them to one target.

    Args:
        writer: what writes them; None to write nothing, which counts records and finds problems.
        options: how records are read.
        select: called with each record; those for which it returns something false are left out.
            None leaves whole runs of records to the engine.
        rejects: an open binary file for the bytes of what could not be read or written.
        report: called with each problem, in reading and in writing.
        max_errors: after more rejected records and stretches than this, TooManyErrors is raised.
        progress: called at most ten times a second, and at the end, with how many bytes were
            read, of how many (None if unknown), the number of records, and of problems.
        deleted: called with what is known of each record that is only said to be deleted.
    """

    def __init__(
        self,
        writer: FormatWriter | None,
        *,
        options: ReadingOptions | None = None,
        select: Callable[[Record], object] | None = None,
        rejects: Any = None,
        report: Callable[[Problem], object] | None = None,
        max_errors: int | None = None,
        progress: Callable[[int, int | None, int, int], object] | None = None,
        deleted: Callable[[Header], object] | None = None,
    ) -> None:
        self.writer = writer
        self._options = (options or ReadingOptions())._replace(on_deleted=self._was_deleted)
        self._select = select
        self._rejects = rejects
        self._report_to = report
        self._max_errors = max_errors
        self._progress = progress
        self._deleted_to = deleted
        self.records = 0
        self.changed = 0
        self.salvaged = 0
        self.rejected = 0
        self.deleted = 0
        self.problems: Counter[str] = Counter()
        self._accounting = [0, 0, 0]
        self._bytes_before = 0
        self.total: int | None = None
        self.reader: RecordReader | None = None
        self._next_time = 0.0
        self._failed: TooManyErrors | None = None

    def convert(self, source: Any, format: str | None = None) -> None:
        """Read all of a source, and write it.

        Raises whatever reading and writing raise, OSError and DamagedRecord among them; the
        exception has the attributes `source` (as it was given), `record_number` and `offset`.
        """
        try:
            with open_reader(source, format, self._options, self._found) as reader:
                self.reader = reader
                if self.total is None and self._bytes_before == 0:
                    self.total = reader.bytes_total
                self._convert_records(reader)
        except Exception as error:
            reader_now = self.reader
            if getattr(error, "source", None) is None:
                error.source = source  # type: ignore[attr-defined]
            if reader_now is not None:
                add_place(error, record_number=reader_now.record_number, offset=reader_now.offset)
            raise
        finally:
            self._add_up()

    def convert_all(self, sources: Iterable[Any], format: str | None = None) -> None:
        """Read all sources in order, and say at the end how far it is."""
        for source in sources:
            self.convert(source, format)
        self.tell_progress()

    def _convert_records(self, reader: RecordReader) -> None:
        writer = self.writer
        target = "" if writer is None else writer.runs_as
        runs: Any = getattr(reader, "_runs", None)
        items: Iterator[Any] = iter(reader)
        if self._select is None and target is not None and runs is not None:
            items = runs(target)
        progress = self._progress
        for item in items:
            if isinstance(item, Record):
                self._convert_record(item, reader)
            else:
                self.records += item.count
                if writer is not None:
                    writer.write_run(item.count, item.data)
            if self._failed is not None:
                raise self._failed
            if progress is not None and time.monotonic() >= self._next_time:
                self.tell_progress()
        if self._failed is not None:
            raise self._failed

    def _convert_record(self, record: Record, reader: RecordReader) -> None:
        self.records += 1
        if record.problems:
            self.salvaged += 1
        if self._select is not None and not self._select(record):
            return
        if self.writer is None:
            return
        try:
            changes = self.writer.write(record)
        except (OSError, MemoryError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this record's
            self._reject_record(record, reader, error)
        else:
            if changes:
                self.changed += 1

    def _reject_record(self, record: Record, reader: RecordReader, error: Exception) -> None:
        raw = bytes(reader.current_chunk or b"")
        number = record.get("001")
        problem = Problem(
            "record-not-written",
            ERROR,
            reader.record_number,
            reader.offset,
            0,
            len(raw),
            None if number is None else number.data,
            getattr(error, "tag", None),
            f"{type(error).__name__}: {error}",
            "left out",
            raw,
            member=_member_of(reader),
        )
        self._count(problem)
        self._reject(raw)

    def _was_deleted(self, header: Header) -> None:
        """Take note of a record that a repository has deleted."""
        self.deleted += 1
        if self._deleted_to is not None:
            self._deleted_to(header)

    def _found(self, problem: Problem) -> None:
        """Take note of a problem that a reader has found."""
        self._count(problem)
        whole_record = problem.code == "text-undecodable" and problem.severity == ERROR
        if problem.code in _REJECTED or whole_record:
            self._reject(problem.raw)

    def changed_in_writing(self, problem: Problem) -> None:
        """Take note of a change in writing; the `report` of the writer."""
        reader = self.reader
        if reader is not None:
            problem = problem._replace(
                record_number=reader.record_number, offset=reader.offset, member=_member_of(reader)
            )
        self._count(problem)

    def _count(self, problem: Problem) -> None:
        self.problems[problem.code] += 1
        if self._report_to is not None:
            self._report_to(problem)

    def _reject(self, raw: bytes) -> None:
        self.rejected += 1
        if self._rejects is not None and raw:
            self._rejects.write(raw)
            if getattr(self.reader, "format", "marc") != "marc" and not raw.endswith(b"\n"):
                self._rejects.write(b"\n")
        if self._max_errors is not None and self.rejected > self._max_errors:
            self._failed = TooManyErrors(self.rejected)

    def _add_up(self) -> None:
        """Add the account of a source to that of those before it."""
        reader, self.reader = self.reader, None
        if reader is None:
            return
        for index, count in enumerate(reader.accounting or (0, 0, 0)):
            self._accounting[index] += count
        self._bytes_before += reader.bytes_read

    def tell_progress(self) -> None:
        """Say how far it is."""
        if self._progress is None:
            return
        self._next_time = time.monotonic() + _TENTH_OF_A_SECOND
        done = self._bytes_before
        if self.reader is not None:
            done += self.reader.bytes_read
        self._progress(done, self.total, self.records, sum(self.problems.values()))

    def result(self) -> Conversion:
        """Return what became of everything so far."""
        return Conversion(
            self.records,
            0 if self.writer is None else self.writer.records_written,
            self.changed,
            self.salvaged,
            self.rejected,
            self.deleted,
            dict(self.problems),
            *self._accounting,
        )


def convert(
    source: Any,
    target: str | os.PathLike[str] | BinaryIO | None,
    *,
    from_format: str | None = None,
    to_format: str | None = None,
    recovery: str = "salvage",
    encoding: str | None = None,
    undecodable: str = "keep",
    normalize: Form | None = None,
    references: bool = False,
    to_encoding: str = "utf-8",
    to_undecodable: str = "replace",
    oversize: str = "raise",
    crlf: bool = False,
    json_form: str = "marc-in-json",
    compression: str | None = None,
    threads: int | None = None,
    select: Callable[[Record], object] | None = None,
    on_problem: Callable[[Problem], object] | None = None,
    rejects: str | os.PathLike[str] | BinaryIO | None = None,
    max_errors: int | None = None,
    deleted: Callable[[Header], object] | None = None,
    progress: Callable[[int, int | None, int, int], object] | None = None,
) -> Conversion:
    """Convert records from any format to any other; return what became of them.

    Args:
        source: what `open` takes, or a list of such; all go to one target, in order.
        target: what `write` takes; None to write nothing.
        from_format, to_format: names of formats, as of `open` and `write`.
        recovery, encoding, undecodable, normalize, references: how records are read, as of `open`.
        to_encoding: "utf-8", or "marc8" for ISO 2709.
        to_undecodable, oversize, crlf, json_form, compression: as of `write`.
        threads: how many threads work; None for as many as there are processors.
        select: called with each record; those for which it returns something false are left out.
        on_problem: called with each `Problem`, in reading and in writing.
        rejects: a path or an open binary file, for the bytes of what could not be read or written.
        max_errors: after more rejected records and stretches of bytes than this, stop.
        deleted: called with what is known of each record that is only said to be deleted (OAI-PMH).
        progress: called at most ten times a second, and at the end, with the number of bytes read,
            of bytes in all (None if unknown), of records, and of problems.

    Raises:
        UnknownFormat: a source looks like something else.
        DamagedRecord: at the first problem, with recovery="strict".
        TooManyErrors: by `max_errors`.
        OSError, ValueError: as `open` and `write`.

    A file at the path of the target is in place only when everything went well. A record that
    cannot be written is left out, and a problem says so.

    >>> import io, mrrc
    >>> file = io.BytesIO()
    >>> text = b"=LDR  00000nam a2200000 a 4500\\n=001  a1\\n"
    >>> mrrc.convert(text, file, to_format="jsonl").written
    1
    >>> file.getvalue()
    b'{"leader":"00000nam a2200000 a 4500","fields":[{"001":"a1"}]}\\n'
    """
    reading = ReadingOptions(
        recovery,
        encoding,
        undecodable,
        normalize,
        references,
        processors() if threads is None else threads,
    )
    writing = WritingOptions(to_encoding, None, to_undecodable, oversize, crlf, json_form)
    sources = _sources(source)
    converter = Converter(
        None,
        options=reading,
        select=select,
        report=on_problem,
        max_errors=max_errors,
        progress=progress,
        deleted=deleted,
    )
    converter.total = total_size(sources)
    rejected: Any = rejects
    if is_path(rejects):
        rejected = _RejectsFile(os.fspath(rejects), (*sources, target))
    converter._rejects = rejected
    try:
        if target is None:
            converter.convert_all(sources, from_format)
        else:
            with FormatWriter(
                target,
                to_format,
                compression=compression,
                options=writing,
                report=converter.changed_in_writing,
            ) as converter.writer:
                converter.convert_all(sources, from_format)
        if rejected is not rejects:
            rejected.finish()
    finally:
        if rejected is not rejects:
            rejected.close()
    return converter.result()


def _member_of(reader: Any) -> str | None:
    """Return the name of the file in an archive that is read now."""
    return getattr(reader, "member", None) or None


class _RejectsFile:
    """A file for what was rejected, opened when there is something, or when all went well.

    Raises ValueError if it is one of the other files, of which it would be the end.
    """

    def __init__(self, path: str, others: Iterable[Any]) -> None:
        for other in others:
            if is_path(other) and _is_same_file(path, os.fspath(other)):
                raise ValueError(f"rejects is {path}, which is read or written as well")
        self._path = path
        self._file: RecordFile | None = None

    def write(self, data: bytes) -> None:
        if self._file is None:
            self._file = RecordFile(self._path)
        self._file.write(data)

    def finish(self) -> None:
        """See to it that there is a file, if one with nothing in it."""
        if self._file is None:
            self._file = RecordFile(self._path)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _is_same_file(one: Any, other: Any) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        # One of them is not there yet.
        return os.path.abspath(os.fsdecode(one)) == os.path.abspath(os.fsdecode(other))


def _sources(source: Any) -> Sequence[Any]:
    """Return one source or several as a list."""
    if isinstance(source, (list, tuple)):
        return source
    return [source]


def total_size(sources: Iterable[Any]) -> int | None:
    """Return how many bytes sources have together, as stored; None where it is not known."""
    total = 0
    for source in sources:
        if isinstance(source, (bytes, bytearray)):
            total += len(source)
        elif isinstance(source, (str, os.PathLike)) and os.path.isfile(source):
            total += os.path.getsize(source)
        else:
            return None
    return total


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
