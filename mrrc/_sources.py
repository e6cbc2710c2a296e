"""Where a reader of ISO 2709 gets its bytes from, by the type of what it is given."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from io import SEEK_END, BufferedReader, BytesIO, FileIO
from typing import IO, Any, NamedTuple


class Source(NamedTuple):
    """What a reader reads.

    Attributes:
        handle: an open file, or an object with `read`.
        backend: "file", "gzip", "bzip2", "xz", "zstd", "stream", "buffer", "bytes" or "object".
        total: size in bytes of what the file has from `start` on, as it is stored; None if unknown.
        start: offset of the first byte that will be read.
        stored: for a compressed file, the file below; its position is in stored bytes.
    """

    handle: Any
    backend: str
    total: int | None = None
    start: int = 0
    stored: Any = None

    @property
    def is_ours(self) -> bool:
        """Whether nobody else reads it, so that blocks can be read ahead."""
        return self.backend not in ("bytes", "object")


_COMPRESSIONS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}


def open_source(target: Any) -> Source:
    """Open what a reader was given.

    Raises:
        OSError: the path cannot be opened.
        ImportError: the path ends with `.zst`, and neither Python nor a package can read that.
    """
    if isinstance(target, Source):
        return target
    if isinstance(target, bytes):
        return Source(BytesIO(target), "bytes", len(target))
    if isinstance(target, (str, os.PathLike)):
        return _open_path(os.fspath(target))
    if isinstance(target, (bytearray, memoryview)):
        if isinstance(target, memoryview) and not target.c_contiguous:
            raise BufferError("the bytes of this memoryview do not stand one after the other")
        buffer = _Buffer(target)
        return Source(buffer, "buffer", buffer.length())
    mmap = sys.modules.get("mmap")
    if mmap is not None and isinstance(target, mmap.mmap):
        start = target.tell()
        buffer = _Buffer(target, start)
        return Source(buffer, "buffer", max(buffer.length() - start, 0), start)
    return Source(target, "object")


def _open_path(path: Any) -> Source:
    suffix = os.path.splitext(path)[1]
    backend = _COMPRESSIONS.get(os.fsdecode(suffix).lower())
    file = open(path, "rb")  # noqa: SIM115 - the reader closes it
    try:
        status = os.fstat(file.fileno())
        # Whatever is no file on a disk does not say how much it has.
        total = status.st_size if _is_regular(status.st_mode) else None
        if backend is None:
            return Source(file, "file", total)
        unpacked = Unpacked(unpacked_file(file, backend), file, total is None)
        return Source(unpacked, backend, total, 0, file)
    except BaseException:
        file.close()
        raise


def _is_regular(mode: int) -> bool:
    return mode & 0o170000 == 0o100000


def unpacked_file(file: IO[bytes], backend: str) -> Any:
    """Return the file of what a compressed file has in it."""
    # Programs that do without do not wait for these modules.
    if backend == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=file, mode="rb")
    if backend == "bzip2":
        import bz2

        return bz2.BZ2File(file, "rb")
    if backend == "xz":
        import lzma

        return lzma.LZMAFile(file, "rb")
    return _unpacked_zstd(file)


def _unpacked_zstd(file: IO[bytes]) -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdFile(file, "rb")
    from importlib.util import find_spec

    if find_spec("zstandard") is None:
        raise ImportError(
            "reading .zst needs a package before Python 3.14: pip install 'mrrc[zstd]'"
        )
    return _ZstdFile(file)


def zstd_compressor() -> Any:
    """Return an object that compresses, with `compress` and `flush`.

    Raises:
        ImportError: neither Python nor a package can write that.
    """
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdCompressor()
    from importlib.util import find_spec

    if find_spec("zstandard") is None:
        raise ImportError(
            "writing .zst needs a package before Python 3.14: pip install 'mrrc[zstd]'"
        )
    zstandard: Any = importlib.import_module("zstandard")
    return zstandard.ZstdCompressor().compressobj()


class _ZstdFile:
    """What a .zst file has in it, one frame after the other; the package reads on at a cut end."""

    def __init__(self, file: IO[bytes]) -> None:
        zstandard: Any = importlib.import_module("zstandard")
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame: Any = None
        self._file = file
        self._left = b""

    def read1(self, size: int) -> bytes:
        """Return some bytes, perhaps more than so many; none at the end."""
        while True:
            # So few, because each of them may stand for thousands.
            data = self._left or self._file.read(1024)
            self._left = b""
            if not data:
                if self._frame is not None:
                    raise EOFError("compressed file ended before the end of its last frame")
                return b""
            if self._frame is None:
                self._frame = self._decompressor.decompressobj()
            block: bytes = self._frame.decompress(data)
            if self._frame.eof:
                self._left = self._frame.unused_data
                self._frame = None
            if block:
                return block

    def close(self) -> None:
        """Do nothing: the file below is closed by who opened it."""


def interrupted() -> InterruptedError:
    """Return the error that reading cannot go on, because an interrupt may have lost something."""
    return InterruptedError(
        errno.EINTR, "unpacking was interrupted, and cannot go on from there; open the file again"
    )


class Unpacked:
    """What a compressed file has in it, closed together with the file.

    `at_once` gives what is there already, where the file below is a pipe. An error comes when all
    before it was read, and then again and again: what is behind it would not join on. So it is
    with an interrupt in the middle of unpacking, which may have taken bytes with it.
    """

    def __init__(self, unpacked: Any, file: IO[bytes], at_once: bool) -> None:
        self._unpacked = unpacked
        self._file = file
        self._at_once = at_once
        self._blocks: list[bytes] = []
        self._error: Exception | None = None

    @property
    def closed(self) -> bool:
        return self._file.closed

    def read(self, size: int) -> bytes:
        """Return about so many bytes; none at the end."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        # Not on the stack: an interrupt must not take what was read with it.
        blocks = self._blocks
        missing = size - sum(map(len, blocks))
        try:
            while missing > 0 and self._error is None:
                block = self._unpacked.read1(missing)
                if not block:
                    break
                blocks.append(block)
                missing -= len(block)
                if self._at_once:
                    break
        except Exception as error:  # noqa: BLE001 - each library has its own
            self._error = error
        except BaseException:
            self._error = interrupted()
            raise
        if self._error is not None and not blocks:
            raise self._error
        data = b"".join(blocks)
        # Not by a call, after which an interrupt could come.
        self._blocks = []
        return data

    def close(self) -> None:
        try:
            self._unpacked.close()
        finally:
            self._file.close()


class _Buffer:
    """Reads memory that somebody else may write to and resize between two reads."""

    def __init__(self, buffer: Any, position: int = 0) -> None:
        self._buffer = buffer
        self._position = position
        self.closed = False

    def length(self) -> int:
        with memoryview(self._buffer) as view:
            return view.nbytes

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return a copy of the next bytes."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        with memoryview(self._buffer) as view, view.cast("B") as data:
            end = len(data) if size < 0 else self._position + size
            block = bytes(data[self._position : end])
        self._position += len(block)
        return block

    def close(self) -> None:
        """Read no more; the memory is its owner's."""
        self.closed = True


def bytes_left(handle: Any) -> int | None:
    """Return how many bytes a file has behind its position; None if it does not say."""
    # Only for files whose seek is known to do nothing else.
    if type(handle) not in (BytesIO, BufferedReader, FileIO):
        return None
    try:
        position = handle.tell()
        end = handle.seek(0, SEEK_END)
        handle.seek(position)
    except (OSError, ValueError):
        return None
    return int(end - position)
