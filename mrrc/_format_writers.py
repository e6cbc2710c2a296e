"""The base of all writers, and the writers of MARCMaker text, MARC-in-JSON and MARCXML."""

from __future__ import annotations

from types import TracebackType
from typing import IO, Any, TypeVar

from mrrc.exceptions import WriteNeedsRecord
from mrrc.marcxml import MARC_XML_NS, record_to_utf8_xml
from mrrc.record import Record

_W = TypeVar("_W", bound="Writer")


class Writer:
    """Base of all writers, and a context manager that closes the writer and its file.

    Args:
        file_handle: an open file; binary for MARCWriter and XMLWriter, text for the others.
    """

    def __init__(self, file_handle: IO[Any]) -> None:
        self.file_handle: IO[Any] | None = file_handle

    def __enter__(self: _W) -> _W:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, record: Record) -> None:
        """Write one record; after `close` nothing happens.

        Raises:
            WriteNeedsRecord: `record` is not a Record.
        """
        if not isinstance(record, Record):
            raise WriteNeedsRecord

    def close(self, close_fh: bool = True) -> None:
        """Finish the output, and close the file unless `close_fh` is false."""
        if close_fh and self.file_handle:
            self.file_handle.close()
        self.file_handle = None


class TextWriter(Writer):
    """Writes MARCMaker text to a text file, with an empty line between records."""

    def __init__(self, file_handle: IO[str]) -> None:
        super().__init__(file_handle)
        self.write_count = 0

    def write(self, record: Record) -> None:
        """Write one record."""
        super().write(record)
        if self.file_handle:
            if self.write_count > 0:
                self.file_handle.write("\n")
            self.file_handle.write(str(record))
            self.write_count += 1


class JSONWriter(Writer):
    """Writes an array of MARC-in-JSON records to a text file; `close` completes it."""

    def __init__(self, file_handle: IO[str]) -> None:
        super().__init__(file_handle)
        self.write_count = 0
        if self.file_handle:
            self.file_handle.write("[")

    def write(self, record: Record) -> None:
        """Write one record."""
        super().write(record)
        if self.file_handle:
            if self.write_count > 0:
                self.file_handle.write(",")
            self.file_handle.write(record._as_json(compact=True))
            self.write_count += 1

    def close(self, close_fh: bool = True) -> None:
        """Complete the array, and close the file unless `close_fh` is false."""
        if self.file_handle:
            self.file_handle.write("]")
        super().close(close_fh)


class XMLWriter(Writer):
    """Writes a MARCXML collection to a binary file, in UTF-8; `close` completes it."""

    def __init__(self, file_handle: IO[bytes]) -> None:
        super().__init__(file_handle)
        if self.file_handle:
            self.file_handle.write(b'<?xml version="1.0" encoding="UTF-8"?>')
            self.file_handle.write(f'<collection xmlns="{MARC_XML_NS}">'.encode())

    def write(self, record: Record) -> None:
        """Write one record."""
        super().write(record)
        if self.file_handle:
            self.file_handle.write(record_to_utf8_xml(record))

    def close(self, close_fh: bool = True) -> None:
        """Complete the collection, and close the file unless `close_fh` is false."""
        if self.file_handle:
            self.file_handle.write(b"</collection>")
        super().close(close_fh)
