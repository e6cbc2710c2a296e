"""Text in other encodings, made UTF-8 as it is read: the readers of text formats know no other.

Nor do those of lines know lines that end with CR alone, which get LF instead.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any

from mrrc._formats.sniffing import encoding_of_wide, ends_lines_with_carriage_return
from mrrc._formats.unpacking import Ahead, Stored
from mrrc._formats.xml_encoding import codec_named
from mrrc._sources import Source

_BLOCK = 1 << 17
_HEAD = 1024
_LONE_CARRIAGE_RETURN = re.compile(rb"\r(?!\n)")
_OF_LINES = ("aleph", "line", "mrk")
_NO_CHARACTER = b"\xff"


def in_utf8(source: Source, format: str, encoding: str | None) -> Source:
    """Return the source of a text format other than MARCXML, so that it is read in UTF-8.

    Args:
        source: what is to be read, by an `Ahead` or from a file at a path.
        format: name of the format.
        encoding: a codec's name; None, "auto" or "checked" for what a byte order mark says, and
            UTF-8 without.

    Raises:
        LookupError: there is no such codec of texts.
    """
    if encoding in (None, "auto", "checked"):
        name = encoding_of_wide(_head(source)) or "utf-8"
    else:
        name = codec_named(encoding)
    if name != "utf-8":
        source = _over(source, lambda below: _InUtf8(below, name))
    if format in _OF_LINES and ends_lines_with_carriage_return(_head(source)):
        source = _over(source, _WithLineFeeds)
    return source


def _over(source: Source, make: Callable[[Ahead], Any]) -> Source:
    """Return a source that is read by what is made of the one below it."""
    below = source.handle if type(source.handle) is Ahead else Ahead(source.handle)
    stored = source.stored if source.stored is not None else Stored(below)
    backend = "stream" if source.backend == "file" else source.backend
    return Source(Ahead(make(below)), backend, source.total, 0, stored)


def _head(source: Source) -> bytes:
    """Return the first bytes of a source, which stays where it is."""
    handle: Any = source.handle
    if type(handle) is Ahead:
        return handle.head(1)
    head: bytes = handle.raw.read(_HEAD)
    handle.raw.seek(source.start)
    return head


class _InUtf8:
    """A file of text in some encoding, read in UTF-8.

    Bytes that are no characters stay as they are, for the reader to report; where they cannot, as
    in UTF-16, there is a byte that is no UTF-8 either.
    """

    def __init__(self, file: Ahead, encoding: str) -> None:
        self._file = file
        self._wide = encoding.startswith(("utf-16", "utf-32"))
        self._handler = "surrogatepass" if self._wide else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding)(self._handler)
        # What was read and is not decoded yet, so that an interrupt does not take it along.
        self._taken: list[bytes] = []
        self._left = b""
        self._ended = False

    @property
    def closed(self) -> bool:
        return self._file.closed

    def read(self, size: int = -1) -> bytes:
        """Return about so many bytes, none at the end."""
        while not self._left and not self._ended:
            if not self._taken:
                self._taken.extend(map(self._file.read, (_BLOCK,)))
            block = self._taken[0]
            state = self._decoder.getstate()
            try:
                made = self._encoded(block)
            except BaseException:
                self._decoder.setstate(state)
                raise
            self._left = made
            del self._taken[0]
            self._ended = not block
        if size < 0 or size >= len(self._left):
            data, self._left = self._left, b""
        else:
            data, self._left = self._left[:size], self._left[size:]
        return data

    def _encoded(self, block: bytes) -> bytes:
        """Return a block in UTF-8; an empty one is the end."""
        try:
            return self._decoder.decode(block, not block).encode("utf-8", self._handler)
        except UnicodeDecodeError:
            # Half a character at the end.
            return _NO_CHARACTER

    def close(self) -> None:
        self._file.close()


class _WithLineFeeds:
    """A file of lines that end with CR, read with LF in its place; what ends with both stays."""

    def __init__(self, file: Ahead) -> None:
        self._file = file

    @property
    def closed(self) -> bool:
        return self._file.closed

    def read(self, size: int) -> bytes:
        """Return about so many bytes, none at the end."""
        block = self._file.read(size)
        # What a line feed behind it says of the last byte.
        following = self._file.head(1)[:1] if block.endswith(b"\r") else b""
        return _LONE_CARRIAGE_RETURN.sub(b"\n", block + following)[: len(block)]

    def close(self) -> None:
        self._file.close()
