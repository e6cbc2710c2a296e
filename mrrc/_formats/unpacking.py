"""Files whose first bytes can be looked at, and what is in them if they are compressed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from io import SEEK_CUR
from typing import IO, Any

from mrrc._formats.sniffing import LONGEST_HEAD, SHORTEST_HEAD, Sniffed, packing, sniff
from mrrc._sources import Source, Unpacked, bytes_left, open_source, unpacked_file
from mrrc.exceptions import UnknownFormat
from mrrc.problems import CODES, Problem, shown

_HEAD = 1 << 16
_MOST_LAYERS = 4
_LONGEST_TEXT = 300


class Ahead:
    """A file that is read in blocks, and whose first bytes can be seen before they are read.

    What comes after a seen head is read without a further copy. `close` closes the file, if
    that can be closed.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        # What is there now, where `read` would wait until a pipe has given all that was asked for.
        self._read: Callable[[int], Any] = getattr(file, "read1", None) or file.read
        self._blocks: list[bytes] = []
        self._position = 0
        self._closed = False
        self._error: Exception | None = None
        self._start = 0
        self._is_lent = False

    @property
    def closed(self) -> bool:
        return self._closed or bool(getattr(self._file, "closed", False))

    def tell(self) -> int:
        """Return how many bytes were read, those not counted that were only seen."""
        if self._is_lent and not self.closed:
            self._position = max(self._file.tell() - self._start, 0)
        return self._position

    def head(self, size: int) -> bytes:
        """Return the next bytes, about so many or all that there are, without reading them."""
        missing = size - sum(map(len, self._blocks))
        try:
            while missing > 0 and self._error is None:
                block = self._take(_HEAD)
                if not block:
                    break
                missing -= len(block)
        except Exception as error:
            if not self._blocks:
                raise
            # It is met again where it stands: behind what can be read.
            self._error = error
        self._blocks = [b"".join(self._blocks)]
        return self._blocks[0]

    def unread(self, data: bytes) -> None:
        """Put bytes back that were read, to be read again."""
        blocks = [data + b"".join(self._blocks)]
        position = self._position - len(data)
        self._blocks = blocks
        self._position = position

    def below(self) -> Any:
        """Return the file itself, where it was before anything was seen, if it can go there.

        None if it cannot; else whoever has it reads from it, and `tell` follows.
        """
        seekable = getattr(self._file, "seekable", None)
        if seekable is None or not seekable():
            return None
        seen = sum(map(len, self._blocks))
        self._blocks.clear()
        self._start = self._file.seek(-seen, SEEK_CUR) - self._position
        self._is_lent = True
        return self._file

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes: about so many, fewer from a pipe, none at the end."""
        if self._closed:
            raise ValueError("I/O operation on closed file")
        blocks = self._blocks
        if not blocks or (size != 0 and not blocks[0]):
            error, self._error = self._error, None
            if error is not None:
                raise error
            blocks.clear()
            self._take(_HEAD if size < 0 else size)
        # An interrupt comes after a call, so there is none from here on.
        held = blocks[0]
        block = held if size < 0 else held[:size]
        rest = held[size:] if size >= 0 else b""
        position = self._position + len(block)
        if rest:
            blocks[0] = rest
        else:
            del blocks[0]
        self._position = position
        return block

    def _take(self, size: int) -> bytes:
        """Read the next block, put it behind the others, and return it."""
        blocks = self._blocks
        # In one call: an interrupt must not come between reading and keeping.
        blocks.extend(map(self._read, (size,)))
        block: Any = blocks[-1]
        if type(block) is bytes:
            return block
        del blocks[-1]
        if block is None:
            raise BlockingIOError(errno.EAGAIN, "the file has no data at the moment")
        if isinstance(block, str):
            raise TypeError("a file of text was given; open it in binary mode ('rb')")
        # The memory of anything else may be the file's own, and used again.
        copy = bytes(memoryview(block))
        blocks.append(copy)
        return copy

    def close(self) -> None:
        self._closed = True
        self._blocks.clear()
        # Something that is only read from need not have it.
        close = getattr(self._file, "close", None)
        if close is not None:
            close()


class Damaged:
    """What a compressed file has in it, as far as it goes: damage is reported, and ends it.

    Errors of the file below, if that is known, pass through. `stored` is that file.
    """

    def __init__(
        self, unpacked: Any, stored: Stored | None, damage: Callable[[Exception], None]
    ) -> None:
        self._unpacked = unpacked
        self._stored = stored
        self._damage = damage
        self._ended = False

    @property
    def closed(self) -> bool:
        return bool(self._unpacked.closed)

    def read(self, size: int) -> bytes:
        """Return about so many bytes; none at the end, or where the damage is."""
        if self._ended:
            return b""
        try:
            return self._unpacked.read(size)  # type: ignore[no-any-return]
        except Exception as error:
            if (self._stored is not None and self._stored.error is not None) or self.closed:
                raise
            # In this order: an interrupt in between lets it be said again, not left out.
            self._damage(error)
            self._ended = True
            return b""

    def close(self) -> None:
        self._unpacked.close()


class Stored:
    """The file below what is unpacked: counts its bytes, and remembers its own errors."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.error: Exception | None = None

    @property
    def closed(self) -> bool:
        return bool(self._file.closed)

    def tell(self) -> int:
        return int(self._file.tell())

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)  # type: ignore[no-any-return]
        except Exception as error:
            self.error = error
            raise

    # What unpacks asks for one of these, or for both.
    read1 = read

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._file.close()


class Opened:
    """What was opened: a source for a reader, and what its content is.

    Attributes:
        source: what a reader reads.
        content: archive or format; its `compression` is empty, as that was unpacked.
        name: what to call it in a message, None for what has no name.
    """

    def __init__(self, source: Source, content: Sniffed, name: str | None) -> None:
        self.source = source
        self.content = content
        self.name = name


def open_unpacked(
    target: Any, wanted: str | None, damage: Callable[[Exception], None] | None
) -> Opened:
    """Open what a program was given, unpack it, and see what it is.

    Args:
        target: as for `mrrc.open`.
        wanted: the format, if it is known; then only compression and archives are looked for.
        damage: called with the error where a compressed file cannot be unpacked any further, which
            ends it; without it the error is raised.

    Raises:
        UnknownFormat: what there is to see does not look like any format.
        OSError: as `open`.
        TypeError: the target is nothing that can be read.
    """
    name = _name_of(target)
    if isinstance(target, (str, os.PathLike)):
        file = open(target, "rb")  # noqa: SIM115 - the reader closes it
        try:
            return _open_file(file, name, wanted, damage)
        except BaseException:
            file.close()
            raise
    if isinstance(target, (bytes, bytearray, memoryview)) or _is_mmap(target):
        return _open_memory(target, name, wanted, damage)
    if not callable(getattr(target, "read", None)):
        raise TypeError(
            "what can be opened is a path, bytes or another buffer, or a binary file, "
            f"not {type(target).__name__}"
        )
    ahead = Ahead(target)
    source = Source(ahead, "stream", bytes_left(target), _position(target))
    return _unpack(source, name, wanted, damage)


def _is_mmap(target: Any) -> bool:
    return type(target).__module__ == "mmap" and type(target).__name__ == "mmap"


def _position(file: Any) -> int:
    try:
        return max(int(file.tell()), 0)
    except (AttributeError, OSError, TypeError, ValueError):
        return 0


def _name_of(target: Any) -> str | None:
    if isinstance(target, (bytes, bytearray, memoryview)):
        return None
    named = target if isinstance(target, (str, os.PathLike)) else getattr(target, "name", None)
    if not isinstance(named, (str, bytes, os.PathLike)):
        return None
    return os.fsdecode(named)


def _open_file(
    file: Any, name: str | None, wanted: str | None, damage: Callable[[Exception], None] | None
) -> Opened:
    """Open a file at a path: one on a disk is read by the operating system, if it is not packed."""
    status = os.fstat(file.fileno())
    if status.st_mode & 0o170000 != 0o100000:
        return _unpack(Source(Ahead(file), "stream"), name, wanted, damage)
    # Below the buffer, which stays at the beginning.
    raw = file.raw
    size = _HEAD
    while True:
        raw.seek(0)
        head = _read_all(raw, size)
        final = len(head) < size
        content = _content(head, final, wanted)
        if content is not None:
            break
        size *= 4
    raw.seek(0)
    if not content.compression and not content.archive:
        return _known(Source(file, "file", status.st_size), content, name)
    source = Source(Ahead(file), "stream", status.st_size)
    return _unpack(source, name, wanted, damage)


def _read_all(raw: IO[bytes], size: int) -> bytes:
    blocks = []
    while size > 0 and (block := raw.read(size)):
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)


def _open_memory(
    target: Any, name: str | None, wanted: str | None, damage: Callable[[Exception], None] | None
) -> Opened:
    head = open_source(target).handle.read(LONGEST_HEAD)
    content = _content(head[:_HEAD], len(head) <= _HEAD, wanted)
    if content is None:
        content = _content(head, True, wanted)
    assert content is not None
    source = open_source(target)
    if content.format in ("", "marc") and not content.compression and not content.archive:
        return _known(source, content, name)
    return _unpack(source._replace(handle=Ahead(source.handle)), name, wanted, damage)


def _content(head: bytes, final: bool, wanted: str | None) -> Sniffed | None:
    """Return what data are; if the format is known, only packed data are told from others."""
    if wanted is None:
        return sniff(head, final)
    packed = packing(head)
    if packed is not None:
        return packed
    enough = final or len(head) >= SHORTEST_HEAD or sniff(head, False) is not None
    return Sniffed(format=wanted) if enough else None


def _known(source: Source, content: Sniffed, name: str | None) -> Opened:
    if content.unknown:
        source.handle.close()
        raise UnknownFormat(name, content.unknown)
    return Opened(source, content, name)


def _unpack(
    source: Source,
    name: str | None,
    wanted: str | None,
    damage: Callable[[Exception], None] | None,
) -> Opened:
    return _known(*unpack(source, wanted, damage), name)


def unpack(
    source: Source, wanted: str | None, damage: Callable[[Exception], None] | None
) -> tuple[Source, Sniffed]:
    """Look at a file, whose handle is an `Ahead`, and at what is in it, until nothing is packed.

    Return what to read, and what it is, which may be unknown.
    """
    layers = 0
    while True:
        ahead: Ahead = source.handle
        content = _look(ahead, wanted)
        if not content.compression:
            return source, content
        layers += 1
        if layers > _MOST_LAYERS:
            return source, Sniffed(unknown=f"something compressed {layers} times over")
        at_once = source.total is None
        stored = Stored(ahead)
        unpacked: Any = Unpacked(
            unpacked_file(stored, content.compression),  # type: ignore[arg-type]
            stored,  # type: ignore[arg-type]
            at_once,
        )
        if damage is not None:
            unpacked = Damaged(unpacked, stored, damage)
        below = stored if source.stored is None else source.stored
        source = Source(Ahead(unpacked), content.compression, source.total, 0, below)


def _look(ahead: Ahead, wanted: str | None) -> Sniffed:
    """Return what the next bytes are, having waited for as few of them as needed."""
    size = 1
    while True:
        head = ahead.head(size)
        content = _content(head, len(head) < size, wanted)
        if content is not None:
            return content
        size = 2 * len(head)


def damage_of(error: Exception | None) -> Problem:
    """Return the problem that something cannot be unpacked, or not to its end."""
    text = "no file" if error is None else f"{type(error).__name__}: {error}"
    code = CODES["source-damaged"]
    found = shown(text.encode("utf-8", "backslashreplace"), _LONGEST_TEXT)
    return Problem("source-damaged", code.severity, found=found, done=code.done)
