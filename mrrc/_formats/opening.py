"""Readers for whatever there is: `mrrc.open` and `mrrc.read`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, Protocol, TypeVar, cast

from mrrc._formats.archives import ArchiveReader
from mrrc._formats.names import format_named
from mrrc._formats.reader import FormatReader
from mrrc._formats.transcoding import in_utf8
from mrrc._formats.unpacking import damage_of, open_unpacked
from mrrc._formats.xml_reader import MARCXMLReader
from mrrc.problems import Problem
from mrrc.reader import MARCReader
from mrrc.record import Record

if TYPE_CHECKING:
    from mmap import mmap
    from types import TracebackType

    from mrrc._formats.xml_reader import Header
    from mrrc._recovering import Accounting
    from mrrc._sources import Source

_RR = TypeVar("_RR", bound="RecordReader")

Form = Literal["NFC", "NFD"]


class RecordReader(Protocol):
    """What every reader can do that `mrrc.open` returns.

    Attributes:
        format: name of the format.
        record_number: number of the record read last, from 1.
        problems: the problems found so far, of records and of the bytes between them.
        problem_counts: how often each code of a problem was met so far.
        accounting: how many bytes were sound, salvaged and reported so far.
        current_chunk: the bytes of the record read last.
        bytes_read, bytes_total: how far the reader is; of a packed file in bytes as stored.
    """

    @property
    def format(self) -> str: ...
    @property
    def record_number(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def problems(self) -> Sequence[Problem]: ...
    @property
    def problem_counts(self) -> Mapping[str, int]: ...
    @property
    def accounting(self) -> Accounting: ...
    @property
    def current_chunk(self) -> bytes: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def bytes_total(self) -> int | None: ...
    def __iter__(self: _RR) -> _RR: ...
    def __next__(self) -> Record: ...
    def __enter__(self: _RR) -> _RR: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def read_batch(self, batch_size: int = 100) -> list[Record]: ...
    def batches(self, batch_size: int = 100) -> Iterator[list[Record]]: ...
    def close(self) -> None: ...


class ReadingOptions(NamedTuple):
    """How records are read; the options of `mrrc.open`."""

    recovery: str = "salvage"
    encoding: str | None = None
    undecodable: str = "keep"
    normalize: Form | None = None
    references: bool = False
    threads: int = 0
    queue: int = 1000
    on_deleted: Callable[[Header], object] | None = None


def open(
    target: str | os.PathLike[str] | bytes | bytearray | memoryview | mmap | BinaryIO,
    format: str | None = None,
    *,
    recovery: str = "salvage",
    encoding: str | None = None,
    undecodable: str = "keep",
    normalize: Form | None = None,
    references: bool = False,
    on_problem: Callable[[Problem], object] | None = None,
    on_deleted: Callable[[Header], object] | None = None,
    threads: int = 0,
    queue: int = 1000,
) -> RecordReader:
    """Return a reader for MARC records in any format, which it finds out by looking at the data.

    Args:
        target: a path, the bytes themselves, or a binary file, which need not be able to seek.
            Compressed data (gzip, bzip2, xz, zstd), and archives of files (zip, tar) are unpacked
            as they are read.
        format: "marc", "marcxml", "json", "jsonl", "mrk", "line" or "aleph", for data that do not
            look like it.
        recovery: "salvage" reads whatever can be read, and reports the rest; "strict" raises
            DamagedRecord at the first problem.
        encoding: as of `MARCReader`; for text formats a codec's name, None for what a byte order
            mark or an XML declaration says, and UTF-8 without.
        undecodable, normalize, references, on_problem, threads, queue: as of `MARCReader`.
        on_deleted: called with what OAI-PMH says of each record that was deleted: a tuple of
            `identifier`, `datestamp`, `sets` and `deleted`.

    Raises:
        UnknownFormat: the data look like something else.
        OSError: the path cannot be opened, or reading fails.
        ValueError: an option has another value than these.

    >>> import mrrc
    >>> with mrrc.open(b"=LDR  00000nam a2200000 a 4500\\n=001  a1\\n") as reader:
    ...     print(reader.format, [record["001"].data for record in reader])
    mrk ['a1']
    """
    options = ReadingOptions(
        recovery, encoding, undecodable, normalize, references, threads, queue, on_deleted
    )
    return open_reader(target, format, options, on_problem)


def read(
    target: str | os.PathLike[str] | bytes | bytearray | memoryview | mmap | BinaryIO,
    format: str | None = None,
    **options: Any,
) -> list[Record]:
    """Return all records of a file, as `open` gives them; the file is closed.

    >>> import mrrc
    >>> [record["001"].data for record in mrrc.read(b"=001  a1\\n=245  10$aA\\n")]
    ['a1']
    """
    with open(target, format, **options) as reader:
        return list(reader)


def open_reader(
    target: Any,
    format: str | None,
    options: ReadingOptions,
    on_problem: Callable[[Problem], object] | None,
) -> RecordReader:
    """Return a reader; as `open`."""
    wanted = None if format is None else format_named(format)
    if options.recovery not in ("salvage", "strict"):
        raise ValueError(
            f"recovery is {options.recovery!r}; it can be 'salvage' or 'strict', and with "
            "MARCReader 'pymarc'"
        )
    if options.threads < 0 or options.queue < 1:
        raise ValueError("threads is 0 or more, and queue 1 or more")
    damage = None if options.recovery == "strict" else Damage()
    opened = open_unpacked(target, wanted, damage)
    reader: Any
    try:
        if opened.content.archive:
            reader = ArchiveReader(opened, wanted, options, reader_of, on_problem)
        else:
            reader = reader_of(opened.source, opened.content.format, options, on_problem)
        if damage is not None:
            damage.attach(reader)
    except BaseException:
        opened.source.handle.close()
        raise
    return cast("RecordReader", reader)


def reader_of(
    source: Source,
    format: str,
    options: ReadingOptions,
    on_problem: Callable[[Problem], object] | None,
) -> RecordReader:
    """Return the reader of one format; data without any have no records."""
    recovery, encoding, undecodable, normalize, references, threads, queue, on_deleted = options
    reader: Any
    if format in ("", "marc"):
        reader = MARCReader(
            source,  # type: ignore[arg-type]
            recovery=recovery,
            encoding=encoding,
            undecodable=undecodable,
            normalize=normalize,
            references=references,
            on_problem=on_problem,
            threads=threads,
            queue=queue,
        )
    elif format == "marcxml":
        # Each document of a file can be in another encoding.
        reader = MARCXMLReader(
            source,
            on_deleted=on_deleted,
            recovery=recovery,
            encoding=encoding,
            undecodable=undecodable,
            normalize=normalize,
            on_problem=on_problem,
            threads=threads,
        )
    else:
        reader = FormatReader(
            in_utf8(source, format, encoding),
            format,
            recovery=recovery,
            undecodable=undecodable,
            normalize=normalize,
            on_problem=on_problem,
            threads=threads,
        )
    return cast("RecordReader", reader)


class Damage:
    """Tells a reader's log that what it reads cannot be unpacked any further."""

    def __init__(self) -> None:
        self._reader: Any = None
        self._held: list[Exception] = []

    def __call__(self, error: Exception) -> None:
        self._held.append(error)
        self._tell()

    def attach(self, reader: Any) -> None:
        """Report to this reader's log, also what was met before there was one."""
        self._reader = reader
        self._tell()

    def _tell(self) -> None:
        while self._held and self._reader is not None:
            self._reader._log.add(damage_of(self._held[0]))
            del self._held[0]
