"""One record after the other, where the engine leaves it to Python: framed, decoded or reported."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from mrrc import _engine
from mrrc._reference import control_number
from mrrc.constants import END_OF_RECORD
from mrrc.exceptions import (
    EndOfRecordNotFound,
    FatalReaderError,
    RecordLengthInvalid,
    TruncatedRecord,
    add_place,
    describe_place,
)
from mrrc.record import Record, is_known_handler

if TYPE_CHECKING:
    from mrrc._texts import TextReader
    from mrrc.problems import ProblemLog

_read_record = _engine.read_record
_RECORD_TERMINATOR = ord(END_OF_RECORD)


class RecordByRecord(_engine.RecordIterator):
    """What `MARCReader` does for a record about which the engine asks."""

    # On the class, so that a subclass may leave __init__ out.
    _texts: TextReader | None = None
    _log: ProblemLog | None = None

    file_handle: IO[bytes]
    to_unicode: bool
    force_utf8: bool
    hide_utf8_warnings: bool
    utf8_handling: str
    file_encoding: str

    def _framed_record(self) -> Record | None:
        """Return the next record, or None with the reason in `_current_exception`."""
        if self._current_exception is not None:
            if isinstance(self._current_exception, FatalReaderError):
                raise StopIteration
            self._current_exception = None
        if self._current_chunk:
            self._bytes_before += len(self._current_chunk)
        self._current_chunk = None
        return self._with_head(self._origin().read(5))

    def _origin(self) -> Any:
        """Return what to read from."""
        return self.file_handle if self._stream is None else self._stream

    def _with_head(self, head: Any) -> Record | None:
        """Return the record that begins with these bytes, which were read: five, or fewer."""
        self._current_chunk = chunk = head
        if not chunk:
            raise StopIteration
        self._record_number += 1
        if len(chunk) < 5 and len(chunk := self._read_on(chunk, 5)) < 5:
            self._fail(TruncatedRecord())
            return None
        try:
            length = int(chunk)
        except ValueError:
            self._fail(RecordLengthInvalid())
            return None
        # A length below 5 asks for everything up to the end of the data, as in pymarc. Files
        # refuse other negative sizes than -1, and pymarc lets that error through; by path it is
        # not the caller's file.
        size = length - 5
        if size < 0 and self._stream is not None:
            size = -1
        return self._whole(chunk, self._read_more(size), length)

    def _with_body(self, head: bytes, body: Any, length: int) -> Record | None:
        """Return the record of two parts that were read; not all of it may be there."""
        self._current_chunk = head
        self._record_number += 1
        return self._whole(head, body, length)

    def _whole(self, head: Any, body: Any, length: int) -> Record | None:
        self._current_chunk = chunk = head + body
        if len(chunk) < length and len(chunk := self._read_on(chunk, length)) < length:
            self._fail(TruncatedRecord())
            return None
        if chunk[-1] != _RECORD_TERMINATOR:
            self._fail(EndOfRecordNotFound())
            return None
        return self._decoded(chunk)

    def _decoded(self, chunk: Any) -> Record | None:
        """Return the record of these bytes, the last of which is a record terminator."""
        try:
            if self._texts is not None:
                record = self._read_texts(chunk)
                if record is not None:
                    return record
            if (
                self.to_unicode is True
                and type(chunk) is bytes
                and (self.utf8_handling == "strict" or is_known_handler(self.utf8_handling))
            ):
                record = _read_record(chunk, self.force_utf8, self.file_encoding)
                if record is not None:
                    return record
            return Record(
                chunk,
                to_unicode=self.to_unicode,
                force_utf8=self.force_utf8,
                hide_utf8_warnings=self.hide_utf8_warnings,
                utf8_handling=self.utf8_handling,
                file_encoding=self.file_encoding,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this record's
            self._fail(error)
            return None

    def _read_texts(self, chunk: bytes) -> Record | None:
        """Return the record with its texts as the options ask; None if it is not sound."""
        from mrrc._recovering import read_sound_texts

        assert self._texts is not None
        assert self._log is not None
        start = self._record_offset(len(chunk))
        return read_sound_texts(self, self._texts, chunk, self._record_number, start, self._log)

    def _read_on(self, chunk: bytes, length: int) -> bytes:
        """Ask again after a short read, which is not the end of the data on a pipe or socket."""
        while len(chunk) < length:
            more = self._read_more(length - len(chunk))
            if not more:
                break
            self._current_chunk = chunk = chunk + more
        return chunk

    def _read_more(self, size: int) -> Any:
        """Return more bytes of the record whose first bytes were read."""
        stream = self._stream
        if stream is None:
            return self.file_handle.read(size)
        try:
            return stream.read(size)
        except BaseException:
            # An interrupt, or an error that may pass: the record is still to be read.
            stream.unread(self._current_chunk)
            self._current_chunk = None
            self._record_number -= 1
            raise

    def _fail(self, error: Exception) -> None:
        """Keep the error, with what is known about its place, for `current_exception`."""
        chunk = self._current_chunk
        self._current_exception = error
        if isinstance(chunk, bytes):
            add_place(
                error,
                record_number=self._record_number,
                offset=self._record_offset(len(chunk)),
                control_number=control_number(chunk),
            )
            if isinstance(error, (UnicodeDecodeError, UnicodeEncodeError)):
                # Its text is made of the attributes, and args stay as they are.
                error.reason = f"{error.reason} ({describe_place(error)})"
        if isinstance(error, (RecordLengthInvalid, EndOfRecordNotFound)):
            self._warn_of_unread_bytes(error)

    def _warn_of_unread_bytes(self, error: FatalReaderError) -> None:
        """Say in the log that the rest of the file is not read; the reader knows whether one is."""

    def _record_offset(self, length: int) -> int:
        """Return the offset in the file of the record whose `length` bytes were read last."""
        if self._stream is not None:
            return self._stream.position - length
        try:
            return max(self.file_handle.tell() - length, 0)
        except (AttributeError, OSError, ValueError):
            # A pipe knows no position: count from where this reader began.
            return self._bytes_before
