"""What most commands do: read all files, tell what is wrong with them, show how far they are."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mrrc._formats.archives import NO_MARC_IN_ARCHIVE
from mrrc._formats.converting import Converter, processors
from mrrc._formats.opening import ReadingOptions, open_reader
from mrrc.cli import inputs
from mrrc.cli.arguments import READABLE, Place
from mrrc.cli.beside import BesideFile
from mrrc.cli.failures import Failure, add_said, reason
from mrrc.cli.journal import (
    Journal,
    numbered,
    place_of,
    said_of_problem,
    start_of,
    summary,
)
from mrrc.cli.outputs import check_beside
from mrrc.cli.progress import Progress
from mrrc.cli.texts import visible
from mrrc.exceptions import DamagedRecord, PymarcException, UnknownFormat

if TYPE_CHECKING:
    from mrrc.cli.outputs import Target
    from mrrc.field import Field
    from mrrc.problems import Problem
    from mrrc.record import Record

_BETWEEN_LOOKS = 64
# What a reader raises; a fault of this program's own is not among them.
_READING = (OSError, EOFError, ValueError, ImportError, LookupError, PymarcException)
_UNPACKING = frozenset(
    ("zlib", "_lzma", "lzma", "_zstd", "compression.zstd", "zstandard", "zipfile", "tarfile")
)


class Enough(Exception):
    """Nothing more has to be read."""


def is_of_reading(error: Exception) -> bool:
    """Say whether an error is one of the input, to be told in words."""
    if getattr(error, "of_output", False) or isinstance(error, BrokenPipeError):
        return False
    return isinstance(error, _READING) or type(error).__module__ in _UNPACKING


class Work:
    """The state of one run of a command.

    Args:
        arguments: as they were parsed.
        encoding: encoding of the texts where the arguments do not say it.
        notes: whether what is wrong only in form counts.
        everything: whether every record with problems is told of.
        losses: whether only what could not be read at all is told of.
        on_problem: called with each problem as well.
        threads: how many threads there are besides, None for one for each processor.

    Attributes:
        names: the files.
        journal: what was found to be wrong.
        progress: what is shown of how far it is.
        records_read: number of records read, of all files.
        bytes_read: number of bytes they take, as stored.
        deleted: number of records that OAI-PMH calls deleted.
        name: the file that is read now.
        reader: its reader.
        number: number of the record in its file, where it was read before.
    """

    def __init__(
        self,
        arguments: Namespace,
        *,
        encoding: str | None = "checked",
        notes: bool = False,
        everything: bool = False,
        losses: bool = False,
        on_problem: Callable[[Problem], object] | None = None,
        threads: int | None = 0,
    ) -> None:
        self.arguments = arguments
        self.names = inputs.expanded(arguments.files, arguments.command)
        self.keys = None if arguments.ids is None else inputs.keys_in(arguments.ids)
        self.key = arguments.key or Place("001")
        if arguments.key is not None and self.keys is None:
            raise Failure("--key says where keys are, and --ids FILE which of them are wanted")
        check_beside(arguments, self.names)
        if arguments.threads is not None:
            threads = arguments.threads
        self.options = ReadingOptions(
            recovery="strict" if arguments.strict else "salvage",
            encoding=arguments.from_encoding or encoding,
            normalize=arguments.normalize,
            threads=processors() if threads is None else threads,
        )
        self.progress = Progress(quiet=arguments.quiet)
        sizes = [inputs.size(name) for name in self.names]
        self.progress.expect(None if None in sizes else sum(filter(None, sizes)))
        self.journal = Journal(
            self.progress,
            report=getattr(arguments, "report", None),
            rejects=getattr(arguments, "rejects", None),
            max_errors=arguments.max_errors,
            quiet=arguments.quiet,
            notes=notes,
            everything=everything,
            losses=losses,
        )
        self._on_problem = on_problem
        self.records_read = self.bytes_read = self.deleted = 0
        deleted = getattr(arguments, "deleted", None)
        try:
            self._deleted_file = None if deleted is None else BesideFile(deleted)
        except BaseException:
            self.journal.close()
            raise
        self.name = ""
        self.reader: Any = None
        self.number = 0
        self._last: Record | None = None
        self._found_keys: set[str] = set()
        self._is_limited = False

    def found(self, problem: Problem) -> None:
        """Take note of a problem."""
        self.journal.are_lines = getattr(self.reader, "format", "marc") != "marc"
        if problem.member is None and self.member:
            problem = problem._replace(member=self.member)
        try:
            self.journal.add(problem)
        except Failure as failure:
            failure.advice += tuple(left_unread(self.reader, start_of(problem)))
            raise
        if self._on_problem is not None:
            self._on_problem(problem)

    def attend(self, reader: Any) -> None:
        """Take a reader as the one in use; it tells of records that OAI-PMH calls deleted."""
        self.reader = reader
        if hasattr(reader, "_on_deleted"):
            reader._on_deleted = self._deleted

    def _deleted(self, header: Any) -> None:
        self.deleted += 1
        if self._deleted_file is not None:
            self._deleted_file.write(header.identifier.encode("utf-8", "backslashreplace") + b"\n")

    def records(self) -> Generator[Record, None, None]:
        """Yield the records of all files that are wanted."""
        for name in self.names:
            yield from self.records_of(name)

    def records_of(self, name: str) -> Generator[Record, None, None]:
        """Yield the records of one file that are wanted."""
        with self.opened(name) as reader:
            for number, record in enumerate(reader, 1):
                self.records_read += 1
                self._last = record
                if self.is_wanted(record):
                    yield record
                else:
                    self.journal.forget(self.reader.record_number)
                if number % _BETWEEN_LOOKS == 0 and self.progress.due():
                    self.progress.show(
                        self.shown, reader.bytes_read, reader.bytes_total, self.records_read
                    )

    @property
    def member(self) -> str:
        """The file in an archive that is read now, "" if it is no archive."""
        return getattr(self.reader, "member", None) or ""

    @property
    def shown(self) -> str:
        """The name of the file that is read now, for messages."""
        return visible(inputs.shown(self.name))

    def convert(
        self,
        target: Target | None = None,
        select: Callable[[Record], object] | None = None,
        each: Callable[[str, int], object] | None = None,
        limit: int | None = None,
    ) -> None:
        """Read all files; write those records that are wanted, and `select` says yes to.

        `each` is called with the name of a file and the number of records read of it. After
        `limit` records nothing more is read.
        """
        self._is_limited = limit is not None
        converter = _Converting(self, target, self._selecting(select), limit)
        for name in self.names:
            self._start(name)
            before = converter.records
            try:
                converter.convert(inputs.source_of(name), self.arguments.from_format)
            except Enough:
                return
            except Exception as error:
                if not is_of_reading(error):
                    raise
                raise self.failure(error) from error
            finally:
                self.progress.next_file()
                self.records_read = converter.records
                self.bytes_read = sum(converter._accounting)
            if each is not None:
                each(name, converter.records - before)

    def _selecting(
        self, select: Callable[[Record], object] | None
    ) -> Callable[[Record], object] | None:
        """Return what says whether a record is wanted, by its key and by `select`, if any."""
        if self.keys is None and select is None:
            return None

        def selected(record: Record) -> bool:
            wanted = self.is_wanted(record) and (select is None or bool(select(record)))
            if not wanted:
                self.journal.forget(self.reader.record_number)
            return wanted

        return selected

    def _start(self, name: str) -> None:
        self.name = name
        self.reader = self._last = None
        self.journal.start_file(inputs.shown(name))

    def resume(self, name: str, number: int) -> None:
        """Go back to a record that was read before, of this name and number."""
        if name != self.name:
            self.name = name
            self.journal.start_file(inputs.shown(name))
        self.number = number

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """Open a file for reading; what goes wrong becomes a Failure that says where."""
        self._start(name)
        try:
            source = inputs.source_of(name)
            reader = open_reader(source, self.arguments.from_format, self.options, self.found)
        except Exception as error:
            if not is_of_reading(error):
                raise
            raise self.failure(error) from error
        try:
            self.attend(reader)
            yield reader
            self.bytes_read += reader.bytes_read
        except Exception as error:
            if not is_of_reading(error):
                raise
            raise self.failure(error) from error
        finally:
            self.progress.next_file()
            if name != inputs.STANDARD:
                reader.close()

    def failure(self, error: BaseException) -> Failure:
        """Return what is to be said of an error of reading: where it was, and what is left."""
        return failure_at(error, self.shown, self.reader, self._last)

    def is_wanted(self, record: Record) -> bool:
        """Say whether the key of a record is in the list, if there is one."""
        keys = self.keys
        if keys is None:
            return True
        found = keys.intersection(values_of(record, self.key))
        self._found_keys |= found
        return bool(found)

    def expect_records(self) -> None:
        """Raise Failure if there is no record in what was read, but something else."""
        if self.records_read or not (self.journal.gaps or self.journal.rejected):
            return
        names = ", ".join(visible(inputs.shown(name)) for name in self.names)
        format = self.arguments.from_format
        if format is None:
            raise Failure(f"{names}: no record can be made out")
        raise Failure(
            f"{names}: nothing of it can be read as {format}",
            "without --from the format is found out by the content",
        )

    def settle(self) -> int:
        """Tell the rest of what was found, close the files it went to, and return the exit code.

        That comes before the output is put into its place: if it fails, there is none.
        """
        file, self._deleted_file = self._deleted_file, None
        if file is not None:
            file.finish()
        return self.journal.finish()

    def finish(self, written: int | None = None, shown: bool = False) -> int:
        """Say what was done, unless that was shown, and return the exit code."""
        code = self.settle()
        self.progress.hide()
        if self.keys is not None and not self._is_limited:
            missing = len(self.keys) - len(self._found_keys)
            if missing:
                count = f"{missing:,} of {numbered(len(self.keys), 'key')}"
                was = "was" if missing == 1 else "were"
                self.journal.say(f"{self.arguments.command}: {count} {was} not found")
        if code or (self.progress.shows and not shown):
            text = summary(
                self.records_read, written, self.bytes_read, self.progress.seconds, self.journal
            )
            if self.deleted:
                text += f"; {self.deleted:,} deleted"
            self.journal.say(f"{self.arguments.command}: {text}")
        return code

    def __enter__(self) -> Work:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.progress.hide()
        self.journal.close()
        if error is not None and self._deleted_file is not None:
            self._deleted_file.close()


class _Converting(Converter):
    """A conversion that opens its target when it knows what is read."""

    def __init__(
        self,
        work: Work,
        target: Target | None,
        select: Callable[[Record], object] | None,
        limit: int | None,
    ) -> None:
        super().__init__(
            None,
            options=work.options,
            select=select,
            report=work.found,
            progress=self._show if work.progress.shows else None,
        )
        self._work = work
        self._target = target
        self._limit = limit
        if limit is not None and select is None:
            # Not in runs, which would be read ahead.
            self._select = lambda record: True
        if target is not None:
            target._report = self.changed_in_writing

    def _convert_records(self, reader: Any) -> None:
        self._work.attend(reader)
        target = self._target
        first = None
        if target is not None and target.writer is None:
            if not reader.format and target.format is None:
                # Of an archive it is that of the first record.
                first = next(iter(reader), None)
            self.writer = target.open(reader.format or "marc")
        if first is not None:
            self._convert_record(first, reader)
        super()._convert_records(reader)

    def _convert_record(self, record: Record, reader: Any) -> None:
        self._work._last = record
        super()._convert_record(record, reader)
        writer = self.writer
        done = self.rejected + (0 if writer is None else writer.records_written)
        if self._limit is not None and done >= self._limit:
            raise Enough

    def _show(self, done: int, total: int | None, records: int, problems: int) -> None:
        work = self._work
        work.progress.show(work.shown, done - self._bytes_before, total, records)


def values_of(record: Record, place: Place) -> Iterator[str]:
    """Yield the texts at a place: of the leader, control fields, subfields or whole fields."""
    if place.tag == "LDR":
        yield str(record.leader)
        return
    for field in record.fields:
        if place.has_tag(field.tag):
            yield from texts_of(field, place.codes)


def texts_of(field: Field, codes: str) -> Iterator[str]:
    """Yield the content of some subfields, each by itself; without codes that of the field."""
    if field.control_field:
        yield (field.data or "").strip()
    elif codes:
        for code, value in field.subfields:
            if code in codes:
                yield value.strip()
    else:
        yield " ".join(value for _, value in field.subfields).strip()


def failure_at(error: BaseException, name: str, reader: Any, last: Record | None = None) -> Failure:
    """Return a failure that says the file, the record, the byte, 001 and what is left unread."""
    if isinstance(error, UnknownFormat) and error.looks_like.endswith(NO_MARC_IN_ARCHIVE):
        failure = Failure(f"{name}: this is {error.looks_like}")
    elif isinstance(error, UnknownFormat):
        failure = Failure(
            f"{name}: this is {error.looks_like}, not MARC, by its first bytes",
            f"if it is MARC all the same, say in which format: --from {', '.join(READABLE)}",
        )
    elif isinstance(error, DamagedRecord):
        problem = error.problem
        failure = Failure(
            f"{name}: {place_of(problem)}: {said_of_problem(problem)}",
            *left_unread(reader, start_of(problem)),
            "--strict stops at the first problem; without it everything that can be read is read",
        )
    else:
        where = f"{place_in(reader, last)}: " if reader is not None else ""
        text = reason(error).removeprefix(f"{name}: ")
        failure = Failure(f"{name}: {where}{text}", *left_unread(reader, None))
    said = getattr(error, "said", "")
    if said:
        add_said(failure, said)
    return failure


def place_in(reader: Any, last: Record | None) -> str:
    """Return how far a reader came: the record read last, its 001, and the bytes read."""
    parts = []
    if reader.record_number:
        parts.append(f"after record {reader.record_number:,}")
        # Of records in runs there are only the bytes.
        number = None if last is None else last.get("001")
        if number is not None and number.data:
            parts.append(f"001 {visible(number.data)}")
    parts.append(f"at byte {reader.bytes_read:,}")
    return ", ".join(parts)


def packing_of(reader: Any) -> str:
    """Return how a file is packed, as in "gzip" or "tar"; "" if it is not."""
    backend = str(reader.backend)
    return "" if backend in ("file", "buffer", "bytes", "object") else backend


def left_unread(reader: Any, offset: int | None) -> list[str]:
    """Return a sentence about the bytes that were not read from a place on, if they are known."""
    total = None if reader is None else reader.bytes_total
    if total is None:
        return []
    # The bytes of a packed file are counted as they are stored, those of a record are not.
    left = total - (reader.bytes_read if offset is None or packing_of(reader) else offset)
    if left <= 0:
        return []
    return [f"{numbered(left, 'byte')} from there on {'was' if left == 1 else 'were'} not read"]
