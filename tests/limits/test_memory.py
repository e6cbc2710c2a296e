"""A conversion takes the same memory however large the file is; the slow run has five gigabytes."""

from __future__ import annotations

import pytest

import mrrc
from tests.limits.measuring import has_proc, measure

pytestmark = pytest.mark.skipif(not has_proc(), reason="needs /proc")

# Above what mrrc takes after a megabyte has gone through it.
LIMIT = 48_000_000

PROGRAM = """
import io
source, target, size = sys.argv[1], sys.argv[2], int(sys.argv[3])

def record(number):
    made = mrrc.Record(leader="00000nam a2200000   4500")
    made.add_field(mrrc.Field("001", data=f"id{number:06}"))
    for tag in ("245", "500", "650", "880"):
        values = [mrrc.Subfield(code, f"Text {number} Книга ñ & <b> " * 3) for code in "abc"]
        made.add_field(mrrc.Field(tag, mrrc.Indicators("1", " "), values))
    return made

def sample(format):
    file = io.BytesIO()
    mrrc.write([record(number) for number in range(500)], file, format)
    return file.getvalue()

class Generated:
    '''Reads as a file of any length: a head, the same records over and over, a tail.'''

    def __init__(self, head, body, tail, size):
        self.parts = [head, body, tail]
        self.times = size // len(body) + 1
        self.left = self.times
        self.rest = memoryview(head)

    def close(self):
        pass

    def read(self, size=-1):
        if not self.rest:
            if self.left > 0:
                self.left -= 1
                self.rest = memoryview(self.parts[1])
            else:
                self.rest, self.parts[2] = memoryview(self.parts[2]), b""
        data, self.rest = self.rest[:size], self.rest[size:]
        return bytes(data)

class Discarded:
    '''Takes what is written, and keeps how much it was.'''

    length = 0

    def write(self, data):
        self.length += len(data)
        return len(data)

def generated(size):
    data = sample(source)
    head = tail = b""
    if source == "marcxml":
        start, end = data.index(b"<record"), data.rindex(b"</collection")
        head, data, tail = data[:start], data[start:end], data[end:]
    elif source == "json":
        head, data, tail = b"[", data[1:data.rindex(b"]")] + b",", data[1:]
    return Generated(head, data, tail, size), 500

def work(size):
    file, count = generated(size)
    discarded = Discarded()
    done = mrrc.convert(file, discarded, from_format=source, to_format=target)
    expected = file.times * count + (count if source == "json" else 0)
    return [done.written == expected, done.rejected, discarded.length]

work(1_000_000)
measured(lambda: work(size))
"""

PAIRS = [
    ("marc", "marcxml"),
    ("marcxml", "marc"),
    ("marc", "jsonl"),
    ("jsonl", "marc"),
    ("json", "marcxml"),
    ("mrk", "json"),
    ("marc", "mrk"),
]


def convert(source: str, target: str, size: int, seconds: int) -> None:
    peak, (is_complete, rejected, length) = measure(
        PROGRAM, source, target, str(size), seconds=seconds
    )
    assert is_complete
    assert rejected == 0
    assert length > size / 3
    assert peak < LIMIT


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_some_megabytes(source: str, target: str) -> None:
    # Several of the blocks that are read at once; all of it in memory would be more than the limit
    # only with the objects of the records.
    convert(source, target, 24_000_000 if mrrc.engine == "rust" else 6_000_000, seconds=240)


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_hundreds_of_megabytes(source: str, target: str) -> None:
    convert(source, target, 400_000_000 if mrrc.engine == "rust" else 80_000_000, seconds=1800)


@pytest.mark.slow
@pytest.mark.skipif(mrrc.engine == "python", reason="takes hours without the extension")
@pytest.mark.parametrize(("source", "target"), PAIRS[:2])
def test_five_gigabytes(source: str, target: str) -> None:
    convert(source, target, 5_000_000_000, seconds=3600)
