"""Many records at once: encoded together, written one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mrrc import _engine
from mrrc.exceptions import RecordsNotWritten, add_place

if TYPE_CHECKING:
    from mrrc.record import Record
    from mrrc.writer import MARCWriter

# Enough for several threads to share, and so few that an interrupt is not kept waiting.
_RECORDS_IN_BATCH = 256

OnError = Callable[[int, Any, Exception], object]


class Refusals:
    """The records that could not be written: told to the program at once, or kept for the end."""

    def __init__(self, on_error: OnError | None) -> None:
        self.errors: list[tuple[int, Exception]] = []
        self._on_error = on_error

    def add(self, number: int, record: Any, error: Exception) -> None:
        """Note that a record, counted from 1, was not written."""
        add_place(error, record_number=number)
        if self._on_error is None:
            self.errors.append((number, error))
        else:
            self._on_error(number, record, error)


class Batch:
    """Sound records in UTF-8 that wait to be encoded, and those that are being encoded.

    They are bytes already, so the program may change the records meanwhile.
    """

    def __init__(self, writer: MARCWriter, threads: int, refusals: Refusals) -> None:
        self.written = 0
        self._writer = writer
        self._threads = threads
        # While threads encode a batch, the one before is written and the next one collected.
        self._ahead = 2 if threads > 1 else 0
        self._refusals = refusals
        self._encoder: _engine.Marc8Batches | None = None
        self._waiting: list[tuple[int, Record]] = []
        self._raws: list[bytes] = []
        self._submitted: deque[tuple[list[tuple[int, Record]], list[bytes]]] = deque()

    def add(self, number: int, record: Record, utf8: bytes) -> None:
        """Let a record wait, or start on what waits if that is enough."""
        self._waiting.append((number, record))
        self._raws.append(utf8)
        if len(self._raws) >= _RECORDS_IN_BATCH:
            self._submit()
            while len(self._submitted) > self._ahead:
                self._write_first()

    def flush(self) -> None:
        """Write what waits; raises what the file does."""
        if self._raws:
            self._submit()
        while self._submitted:
            self._write_first()

    def end(self) -> None:
        """Let the threads end."""
        self._encoder = None

    def _submit(self) -> None:
        if self._encoder is None:
            self._encoder = _engine.Marc8Batches(self._threads)
        self._encoder.submit(self._raws)
        self._submitted.append((self._waiting, self._raws))
        self._waiting = []
        self._raws = []

    def _write_first(self) -> None:
        """Write the batch that came first."""
        waiting, raws = self._submitted.popleft()
        # No local variable holds the encoder: an exception would keep it, and its threads, alive.
        encoded: list[Any] = self._encoder.take() if self._encoder else []
        start = 0
        while None in encoded[start:]:
            index = encoded.index(None, start)
            self.written += self._writer._hand_over_all(encoded[start:index])
            number, record = waiting[index]
            self._write_otherwise(number, record, raws[index])
            start = index + 1
        self.written += self._writer._hand_over_all(encoded[start:])

    def _write_otherwise(self, number: int, record: Record, utf8: bytes) -> None:
        """Write a record that has to be looked at more closely."""
        try:
            # Not the record itself, which may be another by now.
            marc = self._writer._serialise(type(record)(utf8))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other records are written
            self._refusals.add(number, record, error)
        else:
            self.written += self._writer._hand_over_all([marc])


class Supply:
    """Gives the records of an iterable; an exception of the iterable itself is kept for later."""

    def __init__(self, records: Iterable[Any]) -> None:
        self.error: BaseException | None = None
        self._records = records

    def __iter__(self) -> Iterator[Any]:
        try:
            # Not "yield from", which closes a reader if this generator is given up.
            for each in self._records:  # noqa: UP028
                yield each
        except BaseException as error:  # noqa: BLE001 - raised again when the rest is written
            self.error = error


def thread_count(threads: int | None) -> int:
    """Return how many threads work; raise ValueError for a negative number."""
    if threads is None:
        return 1
    if threads < 0:
        raise ValueError(f"threads is None, or a number from 0 on, not {threads}")
    return max(threads, 1)


def not_written(error: BaseException, errors: list[tuple[int, Exception]], written: int) -> None:
    """Let an exception that ends all say as well which records were left out before."""
    if errors and error.__context__ is None:
        error.__context__ = RecordsNotWritten(errors, written)
