"""The reader of ISO 2709; and those names beside it that `pymarc.reader` has."""

from __future__ import annotations

import codecs
import logging
import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias, TypeVar

from mrrc import _engine
from mrrc._framing import RecordByRecord
from mrrc._runs import Run
from mrrc._sources import bytes_left, open_source
from mrrc._text_readers import JSONReader as JSONReader
from mrrc._text_readers import MARCMakerReader as MARCMakerReader
from mrrc._text_readers import Reader as Reader
from mrrc.constants import END_OF_RECORD as END_OF_RECORD
from mrrc.exceptions import DamagedRecord, FatalReaderError
from mrrc.exceptions import EndOfRecordNotFound as EndOfRecordNotFound
from mrrc.exceptions import PymarcException as PymarcException
from mrrc.exceptions import RecordLengthInvalid as RecordLengthInvalid
from mrrc.exceptions import TruncatedRecord as TruncatedRecord
from mrrc.field import Field as Field
from mrrc.field import Indicators as Indicators
from mrrc.field import Subfield as Subfield
from mrrc.leader import Leader as Leader
from mrrc.problems import Problem, ProblemLog
from mrrc.record import Record

if TYPE_CHECKING:
    from mmap import mmap

    from mrrc._pure.stream import RecordStream
    from mrrc._recovering import Accounting, Recovery
    from mrrc._sources import Source
    from mrrc.encoding import Finding

logger = logging.getLogger("pymarc")

_Errors: TypeAlias = "list[tuple[int, Exception | None, Any]]"
_MR = TypeVar("_MR", bound="MARCReader")


class MARCReader(RecordByRecord, Reader):
    """Reads the records of ISO 2709 data.

    Args:
        marc_target: a path (str or os.PathLike), the bytes themselves (a bytearray, memoryview or
            mmap without a copy of the whole), or any object with a method `read(size)` that
            returns bytes. Such an object is read exactly one record at a time, so its position
            is right between records. Paths that end with `.gz`, `.bz2`, `.xz` or `.zst` are those
            of compressed files; before Python 3.14 the last kind needs `mrrc[zstd]`.
        to_unicode, force_utf8, hide_utf8_warnings, utf8_handling, file_encoding: as for
            `Record`; they are attributes of the reader and looked at for each record.
        permissive: kept as an attribute, without effect; every reader is permissive.
        recovery: what happens at damage. "pymarc": as below. "salvage": everything that can be
            read is read, to the end of the data; what was wrong stands in `record.problems` and
            in the reader's `problems`, and no record is None. "strict": DamagedRecord is raised
            at the first problem.
        encoding: a codec's name for texts that are in another encoding than the records say,
            "auto" to find out for each record (see `mrrc.encoding`), "checked" to do that only
            where it cannot be what it says: MARC-8 that cannot be decoded, or is valid UTF-8.
        undecodable: what becomes of bytes that are no character. "keep": lone surrogates,
            chr(0xDC00 + byte), that a writer can turn into the bytes again. "replace": U+FFFD.
            "reject": the record is reported instead of read.
        normalize: "NFC" or "NFD" for texts in this Unicode normalization form.
        references: decode numeric character references (`&#x4E00;`) in MARC-8.
        on_problem: called with each `Problem` as it is found.
        threads: how many threads check and decode records ahead, besides one that reads; 0 for
            none, as in the engine in Python; no more than 256 are started. Pipes are read
            without. After a fork the child has to open a reader of its own.
        queue: about how many records they may be ahead.

    Raises:
        OSError: the path cannot be opened, or reading fails.
        EOFError: a compressed file is cut off. Each of the libraries has errors of its own, too.
        ImportError: nothing is installed that reads `.zst`.
        RuntimeError: a reader with threads is used in another process, after a fork.
        ValueError: an option has another value than these; or, at reading, the file was closed.
            Closed by somebody else, what was read ahead of it is handed over first.
        LookupError: `encoding` is no codec's name; or, unless recovery is "pymarc",
            `file_encoding` is none, or `utf8_handling` no error handler's.

    With recovery="pymarc" a record that cannot be read comes as None: then `current_exception`
    says why, with the attributes `record_number` (from 1), `offset` (of the record's first byte in
    the file), `tag` and `control_number` as far as they are known, and `current_chunk` holds its
    bytes. After a `FatalReaderError` the end of the record is unknown and the iteration stops, with
    a warning in the log if bytes were left unread.

    With other values the data are read in blocks, so the position of a file object says nothing;
    whatever the data are, some 16 MiB of them are held at most.

    >>> record = Record(fields=[Field("001", data="a1")])
    >>> [each["001"].data for each in MARCReader(record.as_marc())]
    ['a1']
    >>> damaged = b"99" + record.as_marc()[2:]
    >>> reader = MARCReader(damaged + record.as_marc(), recovery="salvage")
    >>> [(each["001"].data, [problem.code for problem in each.problems]) for each in reader]
    [('a1', ['record-length-wrong']), ('a1', [])]
    """

    format = "marc"
    # On the class, so that a subclass may leave __init__ out.
    _source: Source | None = None
    _threads = 0
    _queue = 1000
    _first = 0
    _recovery: Recovery | None = None
    _recovered: Generator[Record, None, None] | None = None
    # Of the last batch; and what is left of one that was not finished.
    _batch_errors: _Errors = []  # noqa: RUF012 - replaced, not changed
    _cut_short: tuple[list[Record | None], _Errors] | None = None
    _held_error: Exception | None = None

    def __init__(
        self,
        marc_target: BinaryIO | bytes | bytearray | memoryview | mmap | str | os.PathLike[str],
        to_unicode: bool = True,
        force_utf8: bool = False,
        hide_utf8_warnings: bool = False,
        utf8_handling: str = "strict",
        file_encoding: str = "iso8859-1",
        permissive: bool = False,
        *,
        recovery: str = "pymarc",
        encoding: str | None = None,
        undecodable: str = "keep",
        normalize: Literal["NFC", "NFD"] | None = None,
        references: bool = False,
        on_problem: Callable[[Problem], object] | None = None,
        threads: int = 0,
        queue: int = 1000,
    ) -> None:
        super().__init__()
        self.to_unicode = to_unicode
        self.force_utf8 = force_utf8
        self.hide_utf8_warnings = hide_utf8_warnings
        self.utf8_handling = utf8_handling
        self.file_encoding = file_encoding
        self.permissive = permissive
        if threads < 0 or queue < 1:
            raise ValueError("threads is 0 or more, and queue 1 or more")
        self._threads = threads
        self._queue = queue
        options = (recovery, encoding, undecodable, normalize, references, on_problem)
        if options != ("pymarc", None, "keep", None, False, None):
            self._recover(recovery, encoding, undecodable, normalize, references, on_problem)
        self._source = source = open_source(marc_target)
        self.file_handle = source.handle
        if self._recovery is not None or self._texts is not None:
            self._reads = "itself"
        elif source.is_ours or threads:
            self._reads = "stream"
        if self._recovery is None and (source.is_ours or threads):
            try:
                self._open_stream(sound=False)
            except BaseException:
                if source.is_ours:
                    source.handle.close()
                raise

    def _open_stream(self, sound: bool) -> RecordStream:
        """Read in blocks from now on."""
        source = self._source
        start = _position(self.file_handle) if source is None else source.start
        if source is not None and source.backend in ("object", "bytes"):
            start = _position(self.file_handle)
        self._stream = stream = _engine.RecordStream(
            self.file_handle,
            source is not None and source.backend == "file",
            start,
            sound,
            self._threads,
            self._queue,
        )
        self._first = start
        return stream

    def _recover(
        self,
        recovery: str,
        encoding: str | None,
        undecodable: str,
        normalize: Literal["NFC", "NFD"] | None,
        references: bool,
        on_problem: Callable[[Problem], object] | None,
    ) -> None:
        """Check the options that pymarc has not, and set up what they ask for."""
        # Programs that do without them do not wait for these modules.
        from mrrc._recovering import Recovery
        from mrrc._texts import TextReader, text_options

        for name, value, choices in (
            ("recovery", recovery, ("pymarc", "salvage", "strict")),
            ("undecodable", undecodable, ("keep", "replace", "reject")),
            ("normalize", normalize, (None, "NFC", "NFD")),
        ):
            if value not in choices:
                raise ValueError(f"{name} is {value!r}; it can be {', '.join(map(repr, choices))}")
        options = text_options(encoding, undecodable, normalize, references)
        if recovery != "pymarc":
            codecs.lookup_error(self.utf8_handling)
            " ".encode(self.file_encoding)
        self._log = ProblemLog(on_problem)
        if recovery != "pymarc":
            self._recovery = Recovery(self, options, recovery == "strict", self._log)
        elif not options.are_plain:
            self._texts = TextReader(options)

    @property
    def problems(self) -> Sequence[Problem]:
        """All problems found so far, of records and of the bytes between them.

        Of very many problems only the first 100,000 are kept, of unread bytes 64 MiB;
        `problem_counts` has all, and `on_problem` is told each of them.
        """
        return () if self._log is None else self._log.kept

    @property
    def problem_counts(self) -> Mapping[str, int]:
        """How often each code of a problem was met so far."""
        return Counter() if self._log is None else self._log.counts

    @property
    def accounting(self) -> Accounting | None:
        """How many bytes were sound, salvaged and reported so far; None if recovery is "pymarc"."""
        return None if self._recovery is None else self._recovery.accounting

    @property
    def encoding_found(self) -> Finding | None:
        """What `encoding="auto"` found in the last record that needed a look."""
        texts = self._texts if self._recovery is None else self._recovery.texts
        return None if texts is None else texts.finding

    @property
    def current_chunk(self) -> Any:
        """The bytes of the record read last; empty at the end of the data."""
        if self._recovery is not None:
            return self._recovery.chunk
        chunk = self._current_chunk
        return self._stream.chunk if chunk is None and self._stream is not None else chunk

    @property
    def record_number(self) -> int:
        """Number of the record read last, from 1; 0 before the first."""
        return self._record_number

    @property
    def offset(self) -> int:
        """Offset in the data of what was read last, in bytes."""
        if self._recovery is not None:
            return self._recovery.offset
        chunk = self.current_chunk
        return self._record_offset(len(chunk) if chunk else 0)

    @property
    def current_exception(self) -> Exception | None:
        """Why the record read last is None; None when it is not."""
        return self._current_exception

    @property
    def backend(self) -> str:
        """What is read: "file", "gzip", "bzip2", "xz", "zstd", "buffer", "bytes" or "object".

        Of the last two exactly one record is read at a time, of the others whole blocks; so of a
        "stream", which is a file that `mrrc.open` has looked into.
        """
        return "object" if self._source is None else self._source.backend

    @property
    def bytes_read(self) -> int:
        """How many bytes the records that were handed over take; of a compressed file, as stored.

        Together with `bytes_total` it says how far the reader is.
        """
        source = self._source
        if source is not None and source.stored is not None:
            if not source.stored.closed:
                self._bytes_before = int(source.stored.tell())
            return self._bytes_before
        if self._recovery is not None:
            return sum(self._recovery.accounting)
        if self._stream is not None:
            return self._stream.position - self._first
        chunk = self._current_chunk
        return self._bytes_before + (len(chunk) if chunk else 0)

    @property
    def bytes_total(self) -> int | None:
        """How many bytes there are to be read, from where the reader began; None if unknown."""
        source = self._source
        if source is None or source.backend == "object":
            left = bytes_left(self.file_handle)
            if left is None:
                return None
            # What is read in blocks is ahead of the records.
            ahead = self._stream is not None
            return left + (_position(self.file_handle) - self._first if ahead else self.bytes_read)
        return source.total

    def close(self) -> None:
        """Close what the reader reads from, and end its threads; nothing happens the second time.

        Memory that was handed over stays as it is.
        """
        if self._stream is not None:
            self._stream.close()
        source = self._source
        if source is not None and source.stored is not None and not source.stored.closed:
            self._bytes_before = source.stored.tell()
        super().close()

    def __iter__(self: _MR) -> _MR:
        return self

    def read_batch(self, batch_size: int = 100) -> list[Record | None]:
        """Return up to so many records, None for each that cannot be read.

        An empty list at the end of the data, and again after it. `batch_errors` says why records
        are None. What an exception meets in the middle of a batch is no matter for the records
        before it: they are returned, and it is raised at the next call.

        Raises:
            ValueError: `batch_size` is less than 1.
            DamagedRecord: at the first problem, if `recovery` is "strict".

        >>> reader = MARCReader(Record(fields=[Field("001", data="a")]).as_marc() * 3)
        >>> [len(reader.read_batch(2)) for _ in range(3)]
        [2, 1, 0]
        """
        if batch_size < 1:
            raise ValueError("batch_size is 1 or more")
        self._raise_held()
        records, errors = self._cut_short or ([], [])
        self._cut_short = None
        if len(records) > batch_size:
            later = [(at - batch_size, *why) for at, *why in errors if at >= batch_size]
            self._cut_short = records[batch_size:], later
            self._batch_errors = [each for each in errors if each[0] < batch_size]
            return records[:batch_size]
        self._batch_errors = errors
        append = records.append
        try:
            for record in islice(self, batch_size - len(records)):
                append(record)
                if record is None:
                    errors.append((len(records) - 1, self._current_exception, self.current_chunk))
        except Exception as error:
            if not records:
                raise
            self._held_error = error
            self._attend = True
        except BaseException:
            # An interrupt is not to wait, so the records do.
            self._cut_short = records, errors
            raise
        return records

    def _raise_held(self) -> None:
        """Raise what was met behind the last batch."""
        error, self._held_error = self._held_error, None
        if error is not None:
            self._attend = self._recovery is not None or self._current_exception is not None
            raise error

    @property
    def batch_errors(self) -> list[tuple[int, Exception | None, Any]]:
        """Of the last batch, for each None: index in the batch from 0, exception and bytes."""
        return self._batch_errors

    def batches(self, batch_size: int = 100) -> Iterator[list[Record | None]]:
        """Iterate over the batches that `read_batch` returns.

        >>> reader = MARCReader(Record(fields=[Field("001", data="a")]).as_marc() * 3)
        >>> [len(batch) for batch in reader.batches(2)]
        [2, 1]
        """
        while batch := self.read_batch(batch_size):
            yield batch

    def _next_record(self) -> Record | None:
        """Return the next record, whatever there is to be said about it."""
        if self._held_error is not None:
            self._raise_held()
        if self._recovery is not None:
            return self._next_recovered(self._recovery)
        return self._framed_record()

    def _runs(self, target: str) -> Iterator[Record | Run | None]:
        """Iterate over all records, sound ones as part of a run: formatted as `format_record` does.

        For a conversion, which then has nothing to do with most of the records. Others come as
        they do from the reader itself, with their problems; None only if `recovery` is "pymarc".
        Where each record has to be looked at, as some options ask, there are no runs. Problems,
        counts and `bytes_read` are as of the reader; `current_chunk` has the bytes of a whole run.
        """
        if self._recovery is not None:
            yield from self._recovery.runs(target)
            return
        while True:
            stream = self._stream
            if (
                stream is not None
                and self._texts is None
                and self.to_unicode is True
                and self.utf8_handling == "strict"
                and self._current_exception is None
            ):
                run = stream.take_run(target, self.force_utf8, self.file_encoding)
                if run is not None:
                    self._current_chunk = None
                    self._record_number += run[0]
                    yield Run(*run)
                    continue
            try:
                record = next(self)
            except StopIteration:
                return
            yield record

    def _next_recovered(self, recovery: Recovery) -> Record:
        if self._recovered is None:
            self._recovered = recovery.records()
        try:
            return next(self._recovered)
        except (StopIteration, DamagedRecord):
            raise
        except BaseException:
            # An error of the file's, or of `on_problem`, ends the generator, not the data.
            self._recovered = None
            raise

    def _warn_of_unread_bytes(self, error: FatalReaderError) -> None:
        """Say in the log that the rest of the file is not read, if there is a rest."""
        total = self.bytes_total
        left = None if total is None else total - self.bytes_read
        if self._source is not None and self._source.stored is not None:
            try:
                left = None if self._stream is None or self._stream.read(1) else 0
            except Exception:  # noqa: BLE001 - that there is more, if only an error, is all to be said
                left = None
        if left == 0:
            return
        how_many = "the rest of the data is" if left is None else f"{left:,} bytes are"
        if left == 1:
            how_many = "1 byte is"
        logger.warning(
            "record %s at byte %s cannot be read, and %s left unread; recovery='salvage' reads on",
            self._record_number,
            error.offset,
            how_many,
        )


def _position(handle: Any) -> int:
    """Return where a file stands; 0 for one that does not know."""
    try:
        return max(int(handle.tell()), 0)
    except (AttributeError, OSError, TypeError, ValueError):
        return 0


def map_records(f: Callable[[Record | None], Any], *files: BinaryIO | bytes) -> None:
    """Call `f` with each record of each file in turn; with None for one that cannot be read.

    `files` are anything that `MARCReader` takes.
    """
    for file in files:
        for _ in map(f, MARCReader(file)):
            pass
