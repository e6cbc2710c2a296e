"""However large a file is and whatever is in it, FormatReader takes some megabytes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mrrc._formats.reader import FormatReader
from mrrc._pure.text_records import MAX_SPAN
from tests.json_documents import LEADER

pytestmark = pytest.mark.slow

ONE = b'{"leader":"%b","fields":[{"001":"x"},{"500":{"ind1":" ","ind2":" ","subfields":[%b]}}]}' % (
    LEADER.encode(),
    b",".join([b'{"a":"A note of some length, to have something to read."}'] * 20),
)
SIZE = 200_000_000
LIMIT = 60_000_000

PROGRAM = """
import sys
from mrrc._formats.reader import FormatReader
path, format, target, threads = sys.argv[1:]

def memory():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024

before = peak = memory()
count = steps = 0
with FormatReader(path, format, threads=int(threads)) as reader:
    for each in reader._runs(target) if target != "-" else reader:
        count += getattr(each, "count", 1)
        steps += 1
        if steps % 100 == 0:
            peak = max(peak, memory())
print(count, max(peak, memory()) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("format", "target", "threads"),
    [("json", "-", 0), ("jsonl", "-", 2), ("json", "marc", 2), ("jsonl", "json", 0)],
)
def test_a_large_file(tmp_path: Path, engine: str, format: str, target: str, threads: int) -> None:
    path = tmp_path / f"large.{format}"
    size = SIZE if engine == "rust" else SIZE // 10
    times = size // len(ONE)
    with path.open("wb") as file:
        file.write(b"[" if format == "json" else b"")
        for _ in range(times // 1_000):
            file.write((ONE + (b",\n" if format == "json" else b"\n")) * 1_000)
        file.write(ONE + (b"]" if format == "json" else b""))
    command = [sys.executable, "-c", PROGRAM, str(path), format, target, str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    count, memory = map(int, done.stdout.split())
    assert count == times // 1_000 * 1_000 + 1
    assert memory < LIMIT


class Made:
    """A file that is made as it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int) -> bytes:
        return next(self._pieces, b"")


def long_ones() -> dict[str, tuple[bytes, bytes, bytes]]:
    """How a span begins, what it goes on with, and how it ends."""
    begin = b'{"leader":"%b","fields":[{"001":"' % LEADER.encode()
    return {
        "a text": (begin, b"x" * 1_000_000, b'"}]}'),
        "an open text": (begin, b"x" * 1_000_000, b""),
        "fields": (begin + b'x"}', b',{"001":"x"}' * 100_000, b"]}"),
        "brackets": (b'{"a":', b"[" * 1_000_000, b""),
        "garbage": (b"", b"no JSON at all " * 50_000, b""),
        "white space": (b"", b" \t" * 500_000, b""),
    }


@pytest.mark.parametrize("format", ["json", "jsonl"])
@pytest.mark.parametrize("name", long_ones())
def test_a_span_that_is_too_long(engine: str, format: str, name: str) -> None:
    if (engine, format, name) == ("python", "json", "fields"):
        pytest.skip("takes minutes: each field is looked at by itself")
    begin, middle, end = long_ones()[name]
    times = 2 * MAX_SPAN // len(middle)

    def pieces() -> Iterator[bytes]:
        yield ONE + b"\n" + begin
        for _ in range(times):
            yield middle
        yield end + b"\n" + ONE + b"\n"

    reader = FormatReader(Made(pieces()), format)
    records = list(reader)
    total = 2 * len(ONE) + len(begin) + times * len(middle) + len(end) + 3
    assert sum(reader.accounting) == total
    assert len(records) == 2
    assert [record["001"].data for record in records] == ["x", "x"]
    assert set(reader.problem_counts) <= {"bytes-unread"}
    assert all(problem.length <= MAX_SPAN for problem in reader.problems)
