"""What the tests of threads and processes share: records to count, and threads with an end."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from mrrc import Field, Indicators, Record, Subfield

# No call here takes a second; a machine may be busy with other things for a while.
PATIENCE = 100.0

# Called often, the interpreter turns to another thread wherever it can.
EAGERLY = 1e-6


def record(number: int) -> Record:
    """A record that says its number, of a length that differs from its neighbours'."""
    made = Record()
    made.add_field(
        Field("001", data=f"{number:06}"),
        Field(
            "245", Indicators("1", "0"), [Subfield("a", f"Title {number} " + "x" * (number % 97))]
        ),
    )
    for subject in range(number % 5):
        made.add_field(Field("650", Indicators(" ", "0"), [Subfield("a", f"Subject {subject}")]))
    return made


def chunks(count: int, first: int = 0) -> list[bytes]:
    """The bytes of records with successive numbers."""
    return [record(number).as_marc() for number in range(first, first + count)]


def number_of(record: Record) -> int:
    """The number of a record of these."""
    number = int(record["001"].data or "")
    title = record["245"]["a"]
    assert title == f"Title {number} " + "x" * (number % 97), (number, title)
    return number


class Switching(io.RawIOBase):
    """A file object whose `read` lets other threads run, as one over a network does."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0)
        data = self._file.read(size)
        time.sleep(1e-5)
        return data


def in_threads(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; return their results, or what they raised.

    A thread that does not come to its end fails the test, and does not hold up those after it.
    """
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        barrier.wait(PATIENCE)
        try:
            results[index] = calls[index]()
        except BaseException as error:
            results[index] = error

    threads = [
        threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(calls))
    ]
    end = time.monotonic() + PATIENCE
    interval = sys.getswitchinterval()
    sys.setswitchinterval(EAGERLY)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
    finally:
        sys.setswitchinterval(interval)
    stuck = [index for index, thread in enumerate(threads) if thread.is_alive()]
    assert not stuck, f"threads {stuck} of {len(calls)} do not end"
    return results
