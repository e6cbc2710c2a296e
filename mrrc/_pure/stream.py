"""Records out of a file that is read in blocks, and what a reader does for each record.

The stream holds what was read and not handed over yet. Whatever is plain it hands over as a
Record; a reader that has something else to do with the bytes reads them, and may put them back.
"""

from __future__ import annotations

import errno
from _thread import RLock
from typing import TYPE_CHECKING, Any

from mrrc._pure.reading import read_record
from mrrc._pure.scan import next_sound
from mrrc._pure.target import SEPARATORS, format_record

if TYPE_CHECKING:
    from mrrc.record import Record

_BLOCK = 1 << 17
_RECORD_TERMINATOR = 0x1D
_LEADER_LENGTH = 24


class RecordStream:
    """Records, one after the other, of a file that is read in blocks.

    `handle` is an open file; with `by_descriptor` it is read past its own buffer, else in calls of
    its `read`. `start` is the offset of its first byte, from which offsets are counted. `sound` as
    of `next_sound`. `threads` and `queue` have no effect in this engine.
    """

    def __init__(
        self,
        handle: Any,
        by_descriptor: bool = False,
        start: int = 0,
        sound: bool = False,
        threads: int = 0,
        queue: int = 1000,
    ) -> None:
        # What is there now, where a file's `read` would wait until a pipe has given a whole block.
        self._read = handle.read1 if by_descriptor else handle.read
        self._handle = handle
        self._sound = sound
        self._buffer = b""
        self._current = 0
        self._place = 0
        self._before = start
        # What was read and is not in the buffer yet, so that an interrupt does not take it along.
        self._taken: list[Any] = []
        self._at_end = False
        self._closed = False

    def next_record(self, force_utf8: object, encoding: object) -> Record | bytes | None:
        """Return the next record; bytes, if it has to be decoded otherwise; None if none is there.

        A stream of sound records returns no bytes.
        """
        self._current = self._place
        while True:
            start = self._place
            if self._sound:
                found = next_sound(self._buffer, start, force_utf8, encoding)
                if found is not None:
                    record, self._place = found
                    self._current = start
                    return record
            digits = self._buffer[start : start + 5]
            if digits and not (digits.isdigit() and digits.isascii()):
                return None
            end = start + int(digits) if len(digits) == 5 else start + 6
            if len(digits) == 5 and end - start <= _LEADER_LENGTH:
                return None
            if end > len(self._buffer):
                if self._fill():
                    continue
                return None
            if self._sound or self._buffer[end - 1] != _RECORD_TERMINATOR:
                return None
            self._current, self._place = start, end
            raw = self._buffer[start:end]
            return read_record(raw, force_utf8, encoding) or raw

    def take_run(
        self, target: str, force_utf8: object, encoding: object
    ) -> tuple[int, bytes] | None:
        """Return how many of the next records could be formatted, and these; None without any.

        They are formatted as by `format_record`, with what stands between two records of the
        target. How many come at once is up to the engine: here what was read in one block.
        """
        if target not in SEPARATORS:
            raise ValueError(f"no target has this name: {target}")
        parts: list[bytes] = []
        start = None
        while start is None or self._has_whole_record():
            record = self.next_record(force_utf8, encoding)
            data = format_record(record, target)
            if data is None:
                self._place = self._current
                break
            if start is None:
                start = self._current
            parts.append(data)
        if start is None:
            return None
        self._current = start
        return len(parts), SEPARATORS[target].join(parts)

    def _has_whole_record(self) -> bool:
        """Say whether what seems to be a record is there without reading on."""
        digits = self._buffer[self._place : self._place + 5]
        whole = len(digits) == 5 and digits.isdigit()
        return whole and self._place + int(digits) <= len(self._buffer)

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end of the data; all that are left for -1."""
        self._current = self._place
        if size < 0 or len(self._buffer) - self._place < size:
            self._fill_up(size)
        start = self._current = self._place
        self._place = len(self._buffer) if size < 0 else min(start + size, len(self._buffer))
        return self._buffer[start : self._place]

    def unread(self, data: bytes) -> None:
        """Put bytes back that were read, to be read again."""
        self._before += self._place - len(data)
        self._buffer = data + self._buffer[self._place :]
        self._current = self._place = 0

    def close(self) -> None:
        """Give up the file and end all threads; reading raises ValueError from then on."""
        # What was handed over last stays to be looked at.
        self._before += self._current
        self._buffer = self.chunk
        self._current, self._place = 0, len(self._buffer)
        self._closed = True

    @property
    def chunk(self) -> bytes:
        """The bytes of the record handed over last, or what was read last."""
        return self._buffer[self._current : self._place]

    @property
    def offset(self) -> int:
        """Offset of what was handed over last."""
        return self._before + self._current

    @property
    def position(self) -> int:
        """Offset of what comes next."""
        return self._before + self._place

    def _fill(self) -> bool:
        """Read on; False at the end of the data."""
        block = self._next_block()
        self._buffer = self._buffer[self._place :] + block
        self._before += self._place
        self._current = self._place = 0
        self._taken = []
        return bool(block)

    def _fill_up(self, size: int) -> None:
        """Read on until there are so many bytes, or to the end for -1."""
        blocks = [self._buffer[self._place :]]
        missing = size - len(blocks[0])
        try:
            while (size < 0 or missing > 0) and (block := self._next_block()):
                # Not by a call, after which an interrupt could come.
                blocks += [block]
                self._taken = []
                missing -= len(block)
        finally:
            # If reading fails, what was read before is still there when it goes on.
            self._buffer = b"".join(blocks)
            self._before += self._place
            self._current = self._place = 0

    def _next_block(self) -> bytes:
        """Return what is read next, which stays in `_taken`; nothing at the end of the data."""
        taken = self._taken
        if not taken:
            if self._at_end:
                return b""
            if self._closed:
                raise ValueError("I/O operation on closed file")
            taken.extend(map(self._read, (_BLOCK,)))
        block = taken[0]
        if block is None:
            self._taken = []
            raise BlockingIOError(errno.EAGAIN, "the file has no data at the moment")
        # The memory of anything else may be the file's own, and used again.
        if type(block) is not bytes:
            block = taken[0] = bytes(memoryview(block))
        self._at_end = not block
        return block


def next_run(
    buffer: bytes, start: int, target: str, force_utf8: object, encoding: object
) -> tuple[int, bytes, int] | None:
    """Return how many sound records from `start` on could be formatted, these, and their end.

    Sound is what `next_sound` gives; they are formatted as by `format_record`, with what stands
    between two records of the target. None where it cannot be done with the first. An engine may
    give fewer than there are, and leave those in other encodings than UTF-8 and MARC-8 alone.
    """
    if target not in SEPARATORS:
        raise ValueError(f"no target has this name: {target}")
    parts: list[bytes] = []
    end = start
    while (found := next_sound(buffer, end, force_utf8, encoding)) is not None:
        data = format_record(found[0], target)
        if data is None:
            break
        parts.append(data)
        end = found[1]
    return (len(parts), SEPARATORS[target].join(parts), end) if parts else None


class RecordIterator:
    """Base of a reader of ISO 2709: hands over plain records, and asks the reader about all others.

    This engine asks the reader about all records, one thread at a time: by its method
    `_next_record()`. See the extension's twin for what else a reader needs.
    """

    # On the class, so that a subclass may leave __init__ out.
    _reads = "object"
    _attend = False
    _stream: RecordStream | None = None
    _current_chunk: Any = None
    _current_exception: Exception | None = None
    _record_number = 0
    _bytes_before = 0
    _turn = RLock()

    def __init__(self) -> None:
        self._turn = RLock()

    def __next__(self) -> Record | None:
        """Return the next record, or None for one that cannot be read.

        Raises:
            StopIteration: at the end of the data, and after a fatal error.
            DamagedRecord: at the first problem, if `recovery` is "strict".
        """
        with self._turn:
            return self._next_record()

    def _next_record(self) -> Record | None:
        """Return the next record, or None for one that cannot be read; the reader's own."""
        raise StopIteration
