"""Archives of files of records: each file in them is looked at, and read if it is MARC."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from mrrc._formats.members import Member, tar_members, zip_members
from mrrc._formats.sniffing import Sniffed
from mrrc._formats.unpacking import Ahead, Damaged, Opened, damage_of, unpack
from mrrc._recovering import Accounting
from mrrc._sources import Source, interrupted
from mrrc._text_readers import Reader
from mrrc.exceptions import UnknownFormat
from mrrc.problems import CODES, Problem, ProblemLog
from mrrc.record import Record

if TYPE_CHECKING:
    from mrrc._formats.opening import ReadingOptions, RecordReader

NO_MARC_IN_ARCHIVE = "without a MARC file in it"
"""What an archive looks like that has other files."""

_AR = TypeVar("_AR", bound="ArchiveReader")


class ArchiveReader(Reader):
    """Reads the records of all the files in a zip or tar archive, as `mrrc.open` does each of them.

    Record numbers and offsets are those in the file in the archive, whose name is `member`, and
    in the problems. Other files are skipped, which is a problem. `format` is that of the file being
    read. What `accounting` counts are the bytes of all files in the archive as they are unpacked,
    those that were skipped as the archive claims.

    Raises:
        UnknownFormat: at the end, if there is something in the archive, but no MARC file.
    """

    def __init__(
        self,
        opened: Opened,
        wanted: str | None,
        options: ReadingOptions,
        make_reader: Callable[..., RecordReader],
        on_problem: Callable[[Problem], object] | None,
    ) -> None:
        self.name = opened.name
        self.kind = opened.content.archive
        self.member = ""
        self.format = ""
        self._wanted = wanted
        self._options = options
        self._make_reader = make_reader
        self._log = ProblemLog(on_problem)
        self._source = opened.source
        self.file_handle = opened.source.handle
        members = zip_members if self.kind == "zip" else tar_members
        self._members: Any = members(opened.source.handle)
        self._reader: RecordReader | None = None
        self._accounting = (0, 0, 0)
        self._read = self._skipped = 0
        self._bytes_read = 0
        self._turn = RLock()
        self._generator: Generator[Any, None, None] | None = None
        self._held_error: Exception | None = None
        # What is left of a batch that was not finished.
        self._cut_short: list[Record] = []
        self._ended = self._closed = self._interrupted = False

    @property
    def problems(self) -> Sequence[Problem]:
        """All problems found so far, as of `MARCReader`."""
        return self._log.kept

    @property
    def problem_counts(self) -> Mapping[str, int]:
        """How often each code of a problem was met so far."""
        return self._log.counts

    @property
    def accounting(self) -> Accounting:
        """How many bytes were sound, salvaged and reported so far, unpacked."""
        counts = self._accounting
        if self._reader is not None:
            counts = _sum(counts, self._reader.accounting)
        return Accounting(*counts)

    @property
    def record_number(self) -> int:
        """Number of the record read last, from 1, in the file that has it."""
        return 0 if self._reader is None else self._reader.record_number

    @property
    def offset(self) -> int:
        """Offset of what was read last, in the file that has it, in bytes."""
        return 0 if self._reader is None else self._reader.offset

    @property
    def current_chunk(self) -> bytes:
        """The bytes of the record read last."""
        return b"" if self._reader is None else self._reader.current_chunk

    @property
    def backend(self) -> str:
        """What is read: "zip" or "tar"."""
        return self.kind

    @property
    def bytes_read(self) -> int:
        """How many bytes of the archive were read, as stored."""
        stored = self._source.handle if self._source.stored is None else self._source.stored
        if self._ended and self._source.total is not None:
            return self._source.total
        if not stored.closed:
            self._bytes_read = int(stored.tell())
        return self._bytes_read

    @property
    def bytes_total(self) -> int | None:
        """How many bytes the archive has, as stored; None if unknown."""
        return self._source.total

    def __iter__(self: _AR) -> _AR:
        return self

    def __next__(self) -> Record:
        with self._turn:
            if self._held_error is not None:
                error, self._held_error = self._held_error, None
                raise error
            if self._generator is None:
                self._generator = self._records(iter)
            try:
                return next(self._generator)  # type: ignore[no-any-return]
            except BaseException:
                # An error of the file's, or of `on_problem`, ends the generator, not the data.
                self._generator = None
                raise

    def read_batch(self, batch_size: int = 100) -> list[Record]:
        """Return up to so many records; an empty list at the end. As of `MARCReader`."""
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

    def close(self) -> None:
        """Close the archive; nothing happens the second time."""
        self._bytes_read = self.bytes_read
        self._closed = True
        # What it has of the file being read is not handed over any more.
        self._generator = None
        self._finish_member()
        self._members.close()
        super().close()

    def _runs(self, target: str) -> Iterator[Any]:
        """Yield what there is, sound records formatted if they can be: for a conversion."""
        return self._records(lambda reader: runs_of(reader, target))

    def _records(self, take: Callable[[Any], Iterator[Any]]) -> Generator[Any, None, None]:
        while not self._ended:
            if self._closed:
                raise ValueError("I/O operation on closed file")
            if self._reader is not None:
                # Not "yield from", which closes the reader if this generator is given up.
                for each in take(self._reader):  # noqa: UP028
                    yield each
                self._finish_member()
            try:
                if not self._go_on():
                    return
            except Exception:
                raise
            except BaseException:
                # Between two files: what lists them has ended by that, or a file was not opened.
                self._interrupted = True
                raise

    def _go_on(self) -> bool:
        """Open the next file, or report it; False at the end."""
        member = self._next_member()
        if member is None:
            return False
        self.member = member.name
        if member.handle is None:
            self._damaged(member, member.error)
        else:
            self._open(member)
        return True

    def _next_member(self) -> Member | None:
        """Return the next file, None at the end."""
        try:
            if self._interrupted:
                raise interrupted()
            member: Member = next(self._members)
            return member
        except StopIteration:
            self._ended = True
        except Exception as error:
            if self._options.recovery == "strict":
                self._ended = True
                raise
            self.member = ""
            # In this order: an interrupt in between lets it be said again, not left out.
            self._damaged(Member("", 0, None), error)
            self._ended = True
            return None
        if self._skipped and not self._read:
            raise UnknownFormat(self.name, f"a {self.kind} archive {NO_MARC_IN_ARCHIVE}")
        return None

    def _open(self, member: Member) -> None:
        """Look at a file, and make a reader for it if it has records."""
        damage: Callable[[Exception], None] = lambda error: self._damaged(member, error)  # noqa: E731
        strict = self._options.recovery == "strict"
        handle: Any = member.handle
        if not strict:
            handle = Damaged(handle, None, damage)
        ahead = Ahead(handle)
        try:
            source, content = unpack(
                Source(ahead, "stream", member.size), self._wanted, None if strict else damage
            )
        except UnknownFormat as error:
            content = Sniffed(unknown=error.looks_like)
        if content.archive:
            content = Sniffed(unknown="an archive in an archive")
        if content.unknown:
            self._skipped += 1
            self._report_skipped(member, content.unknown)
            self._add_up((0, 0, _size(member)))
            return
        self._read += 1
        self.format = content.format
        self._reader = self._make_reader(
            source, content.format, self._options._replace(threads=0), self._take_over
        )

    def _finish_member(self) -> None:
        """Take the account of a file that was read."""
        reader, self._reader = self._reader, None
        if reader is not None:
            self._add_up(reader.accounting)

    def _add_up(self, counts: Sequence[int]) -> None:
        self._accounting = _sum(self._accounting, counts)

    def _take_over(self, problem: Problem) -> None:
        self._log.add(problem._replace(member=self.member))

    def _damaged(self, member: Member, error: Exception | None) -> None:
        """Report that a file cannot be unpacked, or not to its end."""
        if self._options.recovery == "strict" and error is not None:
            raise error
        problem = damage_of(error)
        self._log.add(problem._replace(member=member.name) if member.name else problem)
        if member.handle is None:
            self._add_up((0, 0, member.size))

    def _report_skipped(self, member: Member, looks_like: str) -> None:
        code = CODES["member-skipped"]
        done = code.done.format(used=looks_like)
        self._log.add(Problem("member-skipped", code.severity, done=done, member=member.name))


def runs_of(reader: Any, target: str) -> Iterator[Any]:
    """Return what a reader has for a conversion: runs if it can, else records."""
    runs = getattr(reader, "_runs", None)
    return iter(reader) if runs is None else runs(target)


def _size(member: Member) -> int:
    """Return how many bytes a file has that is skipped, and was looked at."""
    if member.size >= 0:
        return member.size
    return int(member.handle.size())


def _sum(counts: Sequence[int], others: Sequence[int]) -> tuple[int, int, int]:
    first, second, third = (one + other for one, other in zip(counts, others, strict=True))
    return first, second, third
