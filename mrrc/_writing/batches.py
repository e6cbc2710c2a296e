"""Many records at once: encoded together, written one after another."""

from __future__ import annotations

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
    """Sound records in UTF-8 that wait to be encoded together.

    They are bytes already, so the program may change the records meanwhile.
    """

    def __init__(self, writer: MARCWriter, threads: int, refusals: Refusals) -> None:
        self.written = 0
        self._writer = writer
        self._threads = threads
        self._refusals = refusals
        self._waiting: list[tuple[int, Record, bytes]] = []

    def add(self, number: int, record: Record, utf8: bytes) -> None:
        """Let a record wait, or write all if there are enough of them."""
        self._waiting.append((number, record, utf8))
        if len(self._waiting) >= _RECORDS_IN_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits; raises what the file does."""
        waiting = self._waiting
        if not waiting:
            return
        self._waiting = []
        encoded = _engine.records_to_marc8([utf8 for _, _, utf8 in waiting], self._threads)
        for (number, record, utf8), marc in zip(waiting, encoded, strict=True):
            if marc is None:
                # Not the record itself, which may be another by now.
                marc = self._serialise(number, record, type(record)(utf8))
                if marc is None:
                    continue
            self.written += self._writer._hand_over(marc)

    def _serialise(self, number: int, record: Record, same: Record) -> bytes | None:
        try:
            return self._writer._serialise(same)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other records are written
            self._refusals.add(number, record, error)
            return None


class Supply:
    """Gives the records of an iterable; an exception of the iterable itself is kept for later."""

    def __init__(self, records: Iterable[Any]) -> None:
        self.error: BaseException | None = None
        self._records = records

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._records
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
