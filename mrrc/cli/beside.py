"""Files that are written beside the output: a report, what was rejected, identifiers."""

from __future__ import annotations

import os
import stat
import sys

from mrrc.cli.failures import Failure


class BesideFile:
    """A file that is opened at once, and emptied when there is something to write.

    Whoever mistypes the name of the input has not lost the report of the run before.

    Args:
        path: where it is; - is standard output.

    Raises:
        Failure: there is no such directory.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._is_standard = path == "-"
        self._is_new = self._is_standard
        if self._is_standard:
            self._file = sys.stdout.buffer
            return
        self._was_there = os.path.lexists(path)
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags, 0o666)
        except FileNotFoundError:
            raise Failure(
                f"{path} cannot be written: there is no directory {os.path.dirname(path)}"
            ) from None
        self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        """Append bytes; the first ones take the place of what was there."""
        self._empty()
        self._file.write(data)

    def finish(self) -> None:
        """Close the file; without anything written it is empty. An error names it."""
        if self._is_standard or self._file.closed:
            return
        try:
            self._empty()
            self._file.close()
        except OSError as error:
            error.filename = self._path
            raise

    def close(self) -> None:
        """Close the file after a failure: what is in it stays, a new one with nothing goes."""
        if self._is_standard:
            return
        self._file.close()
        if not (self._is_new or self._was_there):
            os.unlink(self._path)

    def _empty(self) -> None:
        if not self._is_new:
            self._is_new = True
            # A pipe or a device has nothing in it.
            if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
                self._file.truncate(0)
