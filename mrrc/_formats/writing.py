"""Files of records in any format: `mrrc.write`, and what a conversion writes to."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

from mrrc._formats.formatting import Formatter, formatter_for
from mrrc._formats.names import SHAPES, format_named, format_of_name
from mrrc._writing.target import RecordFile, is_path, write_rest
from mrrc.exceptions import WriteNeedsRecord
from mrrc.record import Record

if TYPE_CHECKING:
    from mrrc.problems import Problem

_FW = TypeVar("_FW", bound="FormatWriter")
_PORTION = 1 << 16


class WritingOptions(NamedTuple):
    """How records are written.

    Attributes:
        encoding: "utf-8", or "marc8" for ISO 2709.
        normalize: "NFC" or "NFD".
        undecodable: "reject", "keep" or "replace", as of `Record.as_marc`.
        oversize: what becomes of fields and records too long for ISO 2709, as of `MARCWriter`.
        crlf: end the lines of mrk with carriage return and line feed.
        json_form: "marc-in-json", or "oclc" for the form of marc-json.
    """

    encoding: str = "utf-8"
    normalize: str | None = None
    undecodable: str = "reject"
    oversize: str = "raise"
    crlf: bool = False
    json_form: str = "marc-in-json"


class FormatWriter:
    """Writes records of one format to a path or an open binary file.

    A file at a path is written beside it, and takes its place when the writer is closed; if the
    with statement ends in an exception nothing changes. What is no file on a disk (a pipe, a
    device) is written as it is.

    Attributes:
        format: name of the format.
        records_written: how many records were handed over, so far.
        bytes_written: how many bytes, before they were compressed.
    """

    def __init__(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        format: str | None = None,
        *,
        compression: str | None = None,
        options: WritingOptions | None = None,
        report: Callable[[Problem], object] | None = None,
    ) -> None:
        if not (is_path(target) or callable(getattr(target, "write", None))):
            raise TypeError(
                f"what can be written to is a path or a binary file, not {type(target).__name__}"
            )
        named, compressed = format_of_name(target) if is_path(target) else (None, None)
        if format is None and named is None:
            what = repr(os.fspath(target)) if is_path(target) else "a file that was opened before"
            raise ValueError(
                f"the name does not say in which format to write ({what}); say it with format="
            )
        self.format = format_named(format or named or "", to_write=True)
        self.options = options or WritingOptions()
        self._formatter: Formatter = formatter_for(self.format, self.options, report)
        self._shape = SHAPES[self.format]
        if self.options.crlf and self.format != "mrk":
            raise ValueError("line ends can be chosen for mrk only")
        compressor = _compressor(compression or compressed)
        self._compressor: Any = compressor
        self._pending: list[bytes] = []
        self._pending_length = 0
        self.records_written = 0
        self.bytes_written = 0
        self._closed = False
        self._file: Any
        if is_path(target):
            path = os.fspath(target)
            self._file = RecordFile(path, atomic=_is_replaceable(path))
        else:
            self._file = target
        try:
            self._put(self._shape.head)
        except BaseException:
            self.discard()
            raise

    @property
    def runs_as(self) -> str | None:
        """The engine's name for the target, for runs of records; None if it has none."""
        return self._formatter.target

    @property
    def is_atomic(self) -> bool:
        """Whether the file is not in its place before the writer is closed."""
        return isinstance(self._file, RecordFile) and self._file.atomic

    def __enter__(self: _FW) -> _FW:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, record: Record) -> int:
        """Write a record; return how many changes had to be made, which are reported.

        Raises:
            WriteNeedsRecord: it is no Record.
            OSError: as the file.
            Whatever it is that keeps the record from being written; nothing of it is then.
        """
        if not isinstance(record, Record):
            raise WriteNeedsRecord
        data, changes = self._formatter.formatted(record)
        self.write_run(1, data)
        return changes

    def write_run(self, count: int, data: bytes) -> None:
        """Write so many records, which are formatted already and joined by the separator."""
        if self._closed:
            raise ValueError("the writer is closed")
        separator = self._shape.separator
        if self.options.crlf:
            data = data.replace(b"\n", b"\r\n")
            separator = separator.replace(b"\n", b"\r\n")
        if self.records_written and separator:
            self._put(separator)
        self._put(data)
        self.records_written += count

    def _put(self, data: bytes) -> None:
        if not data:
            return
        self.bytes_written += len(data)
        if len(data) >= _PORTION:
            # Joined with what is kept it would be copied.
            self.flush()
            self._pass_on(data)
            return
        self._pending.append(data)
        self._pending_length += len(data)
        if self._pending_length >= _PORTION:
            self.flush()

    def flush(self) -> None:
        """Hand what is kept to the file, as far as it can be compressed by now."""
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_length = 0
        self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        if self._compressor is not None:
            data = self._compressor.compress(data)
        self._hand_over(data)

    def _hand_over(self, data: bytes) -> None:
        if data:
            count = self._file.write(data)
            if count != len(data):
                write_rest(self._file, data, count)

    def close(self) -> None:
        """Complete the file; one at a path takes its place, an open one stays open."""
        if self._closed:
            return
        try:
            if self.records_written:
                self._put(self._shape.end)
            self._put(self._shape.tail)
            self.flush()
            if self._compressor is not None:
                self._hand_over(self._compressor.flush())
            if isinstance(self._file, RecordFile):
                self._file.close()
            elif callable(getattr(self._file, "flush", None)):
                self._file.flush()
        except BaseException:
            self.discard()
            raise
        self._closed = True

    def discard(self) -> None:
        """Give the file up: one at a path is removed, and what was there stays as it was."""
        if not self._closed:
            self._closed = True
            if isinstance(self._file, RecordFile):
                self._file.discard()


def write(
    records: Iterable[Record],
    target: str | os.PathLike[str] | BinaryIO,
    format: str | None = None,
    *,
    encoding: str = "utf-8",
    normalize: str | None = None,
    undecodable: str = "reject",
    oversize: str = "raise",
    crlf: bool = False,
    json_form: str = "marc-in-json",
    compression: str | None = None,
    on_problem: Callable[[Problem], object] | None = None,
    on_error: Callable[[int, Any, Exception], object] | None = None,
) -> int:
    """Write records to a file in any format; return how many were written.

    Args:
        records: an iterable of records.
        target: a path, where the file is in place only when it is whole; or an open binary file,
            which stays open.
        format: "marc", "marcxml", "json", "jsonl" or "mrk"; None for what the path's name says.
        encoding: "utf-8", or "marc8" for ISO 2709.
        normalize, undecodable, oversize: as of `MARCWriter`.
        crlf: end lines of mrk with carriage return and line feed.
        json_form: "marc-in-json", or "oclc".
        compression: "gzip", "bzip2", "xz" or "zstd"; None for what the path's name says.
        on_problem: called with a `Problem` for each change that had to be made.
        on_error: called with the number of a record that cannot be written, the record and the
            exception; without it the exception is raised, and no file is written.

    Raises:
        ValueError: the name of the file does not say in which format to write, or an option has
            another value than these.
        OSError: as the file.

    >>> import io, mrrc
    >>> file = io.BytesIO()
    >>> mrrc.write([mrrc.Record(leader="00000nam a2200000 a 4500")], file, "mrk")
    1
    >>> file.getvalue()
    b'=LDR  00000nam a2200000 a 4500\\n'
    """
    options = WritingOptions(encoding, normalize, undecodable, oversize, crlf, json_form)
    with FormatWriter(
        target, format, compression=compression, options=options, report=on_problem
    ) as writer:
        for number, record in enumerate(records, 1):
            try:
                data, _ = writer._formatter.formatted(record)
            except (MemoryError, RecursionError):
                raise
            except Exception as error:
                if on_error is None:
                    raise
                on_error(number, record, error)
                continue
            writer.write_run(1, data)
    return writer.records_written


def _is_replaceable(path: str | bytes) -> bool:
    """Say whether a path is that of a file on a disk, or of none; a device is written as it is."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


def _compressor(compression: str | None) -> Any:
    """Return an object with `compress` and `flush`, None for no compression."""
    # Programs that do without do not wait for these modules.
    if compression is None:
        return None
    if compression == "gzip":
        import zlib

        return zlib.compressobj(wbits=31)
    if compression == "bzip2":
        import bz2

        return bz2.BZ2Compressor()
    if compression == "xz":
        import lzma

        return lzma.LZMACompressor()
    if compression == "zstd":
        from mrrc._sources import zstd_compressor

        return zstd_compressor()
    raise ValueError(f"compression is {compression!r}; it can be 'gzip', 'bzip2', 'xz' or 'zstd'")
