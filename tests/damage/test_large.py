"""A file over 4 GiB, most of it holes: offsets beyond 32 bits are right, memory stays small."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mrrc
from tests.damage.harness import FILES, sound

GIB = 1 << 30
SIZE = 4 * GIB + 9_000_000
MOST_MEMORY = 600 << 20

CODE = """
import json, sys, mrrc
from pathlib import Path

reader = mrrc.MARCReader(sys.argv[1], recovery="salvage")
found = [[record["001"].data, [p.offset for p in record.problems]] for record in reader]
status = Path("/proc/self/status")
memory = [
    int(line.split()[1]) * 1024
    for line in (status.read_text().splitlines() if status.exists() else [])
    if line.startswith("VmHWM:")
]
between = [[p.offset, p.length, len(p.raw)] for p in reader.problems if p.tag is None]
print(json.dumps({"records": found, "accounting": list(reader.accounting), "memory": memory,
                  "between": between, "counts": dict(reader.problem_counts)}))
"""


@pytest.fixture
def large(tmp_path: Path) -> tuple[Path, list[int]]:
    """The file, and where its records are; the last one has a wrong length."""
    if shutil.disk_usage(tmp_path).free < 2 * SIZE and sys.platform != "linux":
        pytest.skip("no room for a file over 4 GiB")
    records = [FILES["small"].bytes_of(record) for record in FILES["small"].records[:6]]
    last = b"%05d" % (len(records[5]) + 700) + records[5][5:]
    places = [
        0,
        len(records[0]),
        2 * GIB - 30,
        4 * GIB - 30,
        4 * GIB + 5_000_000,
        SIZE - len(last),
    ]
    path = tmp_path / "large.mrc"
    with path.open("wb") as file:
        for place, record in zip(places, [*records[:5], last], strict=True):
            file.seek(place)
            file.write(record)
    if hasattr(path.stat(), "st_blocks") and path.stat().st_blocks * 512 > GIB:
        path.unlink()
        pytest.skip("this file system has no holes in files")
    return path, places


@pytest.mark.slow
def test_beyond_four_gibibytes(large: tuple[Path, list[int]], tmp_path: Path) -> None:
    path, places = large
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=1_800,
        env={**os.environ, "PYTHONPATH": str(Path(mrrc.__file__).parents[1])},
    )
    path.unlink()
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    raw = [FILES["small"].bytes_of(record) for record in FILES["small"].records[:6]]
    numbers = [sound.fields_of(record)[0][1].decode() for record in raw]
    assert [number for number, _ in seen["records"]] == numbers
    assert [problems for _, problems in seen["records"][:5]] == [[]] * 5
    assert seen["records"][5][1]
    assert all(place >= places[5] > 4 * GIB for place in seen["records"][5][1])
    assert sum(seen["accounting"]) == SIZE
    assert seen["accounting"][2] == SIZE - sum(map(len, raw))
    # Every hole is reported from its first byte on, in one piece or in several.
    starts = {offset for offset, _, _ in seen["between"]}
    ends = [place + len(record) for place, record in zip(places, raw, strict=True)]
    assert set(ends[1:5]) <= starts
    if seen["memory"]:
        assert seen["memory"][0] < MOST_MEMORY
