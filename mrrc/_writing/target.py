"""A file that a writer opened itself: it gets whole records, and keeps nothing but whole ones."""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import Any, TypeGuard

from mrrc.exceptions import IncompleteTarget

# Records are handed to the system in portions of about this many bytes.
_PORTION = 1 << 16
_BLOCK = 1 << 16
# So far back an append looks for the end of the last record, to say where it was.
_SEARCHED = 1 << 20
_PADDING = b" \t\r\n\0\x1a"


class RecordFile:
    """A binary file to which records are written, whole ones only.

    Args:
        path: where; an existing file is replaced unless `append`.
        append: keep what is there, and write after its last record.
        atomic: write a file beside it, which takes its place when it is closed.

    Attributes:
        atomic: whether the file takes the place of another when it is closed.
        complete: number of records in the file, of those that were written here.
        offset: offset in the file of the next record to be written.
        padding: what stood after the last record of a file to append to.

    Raises:
        OSError: as `open` does.
        IncompleteTarget: the file to append to does not end with a record terminator.
    """

    def __init__(self, path: str | bytes, *, append: bool = False, atomic: bool = False) -> None:
        self.name = path
        self.atomic = atomic
        self.complete = 0
        self.padding = b""
        self._pending: list[bytes] = []
        self._pending_length = 0
        self._end = 0
        self._failure: BaseException | None = None
        self._process = os.getpid()
        self._replaces: str | bytes | None = None
        self._appends = False
        if atomic:
            self._file = self._open_beside(path)
        elif append:
            self._file = self._open_to_append(path)
        else:
            self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - closed by close()
        self._regular = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    @property
    def offset(self) -> int:
        """Offset in bytes of the next record."""
        return self._end + self._pending_length

    def tell(self) -> int:
        """Return `offset`."""
        return self.offset

    def fileno(self) -> int:
        """Return the file descriptor; of the file beside it, for an atomic one."""
        return self._file.fileno()

    def write(self, record: bytes) -> int:
        """Write one record, or keep it until there are enough of them.

        Raises:
            OSError: not all could be written. `complete` says how many records are in the file,
                which was cut back to the end of the last of them.
        """
        self._pending.append(record)
        self._pending_length += len(record)
        if self._pending_length >= _PORTION:
            self.flush()
        return len(record)

    def write_all(self, records: list[bytes]) -> None:
        """Write several records; raises as `write`."""
        self._pending += records
        self._pending_length += sum(map(len, records))
        if self._pending_length >= _PORTION:
            self.flush()

    def flush(self) -> None:
        """Hand what is kept to the system; raises as `write`."""
        pending = self._pending
        if not pending:
            return
        data = b"".join(pending)
        self._pending = []
        self._pending_length = 0
        reached = 0
        try:
            if self._appends:
                self._go_to_end()
            while reached < len(data):
                reached += write_some(self._file, memoryview(data)[reached:])
        except BaseException as error:
            self._failure = error
            self._keep_whole(pending, reached)
            raise
        self._end += len(data)
        self.complete += len(pending)

    def _go_to_end(self) -> None:
        """Find the end, as others may append as well, and cut padding off if it is there still."""
        size = self._file.seek(0, os.SEEK_END)
        if self.padding and size == self._end + len(self.padding):
            self._file.truncate(self._end)
            self._file.seek(self._end)
        else:
            self._end = size
        self.padding = b""

    def _keep_whole(self, pending: list[bytes], reached: int) -> None:
        """Count the records that were written whole, and cut off the beginning of the next."""
        if self._regular:
            # An interrupt may have come between writing and counting.
            reached = self._file.tell() - self._end
        for record in pending:
            if len(record) > reached:
                break
            reached -= len(record)
            self._end += len(record)
            self.complete += 1
        if self._regular and reached:
            try:
                if self._appends and self._file.seek(0, os.SEEK_END) != self._end + reached:
                    return  # others have appended behind it
                self._file.truncate(self._end)
                self._file.seek(self._end)
            except OSError:
                # The records before are whole all the same, and the first error is the one to tell.
                self._regular = False

    def account(self) -> str:
        """Return a sentence that says what there is after an error."""
        if self.atomic:
            return (
                f"{self.complete:,} records were written to a file beside it, which was or will be "
                "removed; the file itself is as it was"
            )
        return f"{self.complete:,} records are complete in the file"

    def close(self) -> None:
        """Write what is kept and close the file; an atomic one takes its place.

        Raises:
            OSError: as `write`; for an atomic one also when a write failed before. The file that
                was to be replaced is as it was then.
        """
        if self.closed:
            return
        try:
            self.flush()
            if self._replaces is not None:
                if self._failure is not None:
                    raise self._failure
                os.fsync(self._file.fileno())
                self._file.close()
                os.replace(self.name, self._replaces)
                _sync_directory(self._replaces)
        except BaseException:
            self.discard()
            raise
        self._file.close()

    def discard(self) -> None:
        """Close the file without writing what is kept; remove it if it was to replace another."""
        self._pending = []
        self._pending_length = 0
        self._file.close()
        if self._replaces is not None:
            try:
                os.unlink(self.name)
            except FileNotFoundError:
                return

    def end_unattended(self) -> None:
        """Do what is right when the writer is gone without `close`: nothing kept is lost.

        A process that was forked leaves the file to its parent. An atomic file is removed, as
        nobody said that it is whole.
        """
        if os.getpid() != self._process or self.closed:
            return
        if self._replaces is not None:
            self.discard()
        else:
            self.close()

    def _open_beside(self, path: str | bytes) -> io.FileIO:
        """Create a file in the directory of the one to be replaced, with its permissions."""
        target = os.path.realpath(path)
        try:
            old = os.stat(target)
        except FileNotFoundError:
            old = None
        if old is not None:
            if not stat.S_ISREG(old.st_mode):
                raise OSError(errno.EINVAL, "only a regular file can be replaced", path)
            if not os.access(target, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        directory, name = os.path.split(os.fsdecode(target))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        while True:
            beside = os.path.join(directory, f".{name[:100]}.{os.urandom(4).hex()}.part")
            try:
                descriptor = os.open(beside, flags, 0o666)
                break
            except FileExistsError:
                continue
        self.name = beside
        self._replaces = target
        if old is not None:
            _copy_permissions(descriptor, beside, old)
        return open(descriptor, "wb", buffering=0)

    def _open_to_append(self, path: str | bytes) -> io.FileIO:
        """Open a file at the end of its last record."""
        try:
            file = open(path, "r+b", buffering=0, opener=_to_append)  # noqa: SIM115 - see close()
        except FileNotFoundError:
            self._appends = True
            return open(path, "ab", buffering=0)
        except (io.UnsupportedOperation, OSError) as error:
            if isinstance(error, io.UnsupportedOperation) or error.errno == errno.ESPIPE:
                return open(path, "wb", buffering=0)  # a pipe has no end to look at
            raise
        try:
            if file.seekable():
                self._find_end(file)
                self._appends = True
        except BaseException:
            file.close()
            raise
        return file

    def _find_end(self, file: io.FileIO) -> None:
        size = file.seek(0, os.SEEK_END)
        position = size
        found = b""
        while position > 0 and size - position < _SEARCHED:
            start = max(0, position - _BLOCK)
            file.seek(start)
            block = read_all(file, position - start)
            found = block + found
            position = start
            if b"\x1d" in block:
                break
        end = found.rfind(b"\x1d") + 1
        rest = found[end:]
        if rest.rstrip(_PADDING) or (position > 0 and not end):
            offset = position + end if end or position == 0 else None
            raise IncompleteTarget(offset, size - (position + end), rest[:_SHOWN])
        self._end = position + end
        self.padding = rest
        file.seek(self._end)


_SHOWN = 24


def _to_append(path: Any, flags: int) -> int:
    """Open a file as `open` would, but write at its end wherever others have moved that."""
    return os.open(path, flags | os.O_APPEND, 0o666)


def read_all(file: io.FileIO, count: int) -> bytes:
    """Read `count` bytes, or what there is."""
    pieces = []
    while count > 0:
        piece = file.read(count)
        if not piece:
            break
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def is_path(target: object) -> TypeGuard[str | os.PathLike[str]]:
    """Say whether a target is a path, not an open file."""
    return isinstance(target, str) or (
        isinstance(target, os.PathLike) and not hasattr(target, "write")
    )


def write_rest(file: Any, data: bytes, count: Any) -> None:
    """Go on after a short write to a file without a buffer; others have taken everything."""
    raw = file if isinstance(file, io.RawIOBase) else getattr(file, "file", None)
    if not isinstance(raw, io.RawIOBase):
        return
    if count is None:
        raise BlockingIOError(errno.EAGAIN, _NO_ROOM, 0)
    while count < len(data):
        count += write_some(raw, memoryview(data)[count:])


def add_sentence(error: OSError, sentence: str, records_written: int) -> None:
    """Add a sentence to what an error says, and the number as an attribute."""
    if getattr(error, "records_written", None) is not None:
        return
    error.records_written = records_written  # type: ignore[attr-defined]
    if hasattr(error, "add_note"):
        error.add_note(sentence)
    elif error.strerror:
        error.strerror = f"{error.strerror} ({sentence})"


_NO_ROOM = "the file takes nothing at the moment"


def write_some(file: io.RawIOBase, data: memoryview) -> int:
    """Write to a file without a buffer; return how many bytes it took, at least one.

    Raises:
        BlockingIOError: a file in non-blocking mode has no room.
        OSError: as the file does.
    """
    count = file.write(data)
    if count is None:
        raise BlockingIOError(errno.EAGAIN, _NO_ROOM, 0)
    if count <= 0:
        raise OSError(errno.EIO, "the file takes nothing")
    return count


def _copy_permissions(descriptor: int, path: str, old: os.stat_result) -> None:
    """Give a new file the owner, group and mode of the one that it will replace, if allowed."""
    own = os.fstat(descriptor)
    if hasattr(os, "fchown") and (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except OSError:
            # Few may give files away. The bits of another's user and group would be wrong then.
            os.fchmod(descriptor, stat.S_IMODE(old.st_mode) & ~(stat.S_ISUID | stat.S_ISGID))
            return
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    else:
        os.chmod(path, stat.S_IMODE(old.st_mode))


def _sync_directory(path: str | bytes) -> None:
    """Make a renaming last, on systems where a directory can be opened."""
    try:
        descriptor = os.open(os.path.dirname(path), os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
