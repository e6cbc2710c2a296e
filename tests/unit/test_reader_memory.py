"""However large the file is, a reader takes some megabytes: by every source and option."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from mrrc import Field, Subfield
from tests.unit.writing import data, record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
]

SIZE = 80_000_000
# Above the interpreter with mrrc imported. The file is twice as large.
LIMIT = 40_000_000

PROGRAM = """
import mmap, sys
import mrrc
path, options = sys.argv[1], sys.argv[2]

def memory():
    # Not the pages of a mapped file: these are the system's to take away.
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024

def mapped():
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

before = peak = memory()
count = 0
for record in eval(f"mrrc.MARCReader({options})"):
    count += 1
    if count % 200 == 0 or len(sys.argv) > 3:
        peak = max(peak, memory())
print(count, max(peak, memory()) - before)
"""

OPTIONS = [
    "path",
    "open(path, 'rb')",
    "mapped()",
    "path + '.gz'",
    "path, threads=2",
    "path, threads=4, queue=100000",
    "path + '.gz', threads=2",
    "open(path, 'rb'), threads=2",
    "path, recovery='salvage'",
    "path, recovery='salvage', threads=2",
    "path, recovery='strict'",
    "path, encoding='auto'",
    "path, to_unicode=False",
    "path, force_utf8=True",
    "path, recovery='salvage', normalize='NFD'",
]


def write(path: Path, raw: list[bytes]) -> int:
    """A file of the size, and the same packed; the number of records."""
    once = b"".join(raw) * (1_000_000 // sum(map(len, raw)) + 1)
    times = SIZE // len(once) + 1
    with path.open("wb") as file, gzip.open(f"{path}.gz", "wb", 1) as packed:
        for _ in range(times):
            file.write(once)
            packed.write(once)
    return times * once.count(b"\x1d")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("memory") / "usual.mrc"
    raw = [
        record(str(number), *(data("500", ("a", "A note " * 20)) for _ in range(5))).as_marc()
        for number in range(10)
    ]
    raw[3] = raw[3][:9] + b" " + raw[3][10:]
    return path, write(path, raw)


@pytest.fixture(scope="module")
def longest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("memory") / "longest.mrc"
    fields = [Field("500", subfields=[Subfield("a", "x" * 9_000)]) for _ in range(11)]
    raw = record("1", *fields).as_marc()
    return path, write(path, [raw, raw[:9] + b" " + raw[10:]])


def measure(path: Path, count: int, options: str, *more: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), options, *more],
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=600,
    )
    found, peak = map(int, done.stdout.split())
    assert found == count, done.stderr
    assert peak < LIMIT


@pytest.mark.parametrize("options", OPTIONS)
def test_usual_records(options: str, usual: tuple[Path, int]) -> None:
    measure(*usual, options)


@pytest.mark.parametrize("options", OPTIONS)
def test_longest_records(options: str, longest: tuple[Path, int]) -> None:
    measure(*longest, options, "often")
