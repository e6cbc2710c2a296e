"""The example of threads counts the same in every way, and keeps errors apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.running import ENGINES, SAMPLE, run_example

# Each test runs both engines.
pytestmark = pytest.mark.once

EXAMPLE = "concurrent_reading.py"


@pytest.mark.parametrize("threads", [[], ["--threads", "1"], ["--threads", "8"]], ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_files_of_its_own(engine: str, threads: list[str], tmp_path: Path) -> None:
    done = run_example(engine, EXAMPLE, *threads, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1.mrc\t100\t0\t17",
        "2.mrc\t200\t0\t17",
        "3.mrc\t300\t0\t17",
        "4.mrc\t400\t0\t17",
        "read ahead: the same",
        "     60  Subject 0",
        "     60  Subject 1",
        "     60  Subject 2",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_is_missing_and_one_that_is_damaged(engine: str, tmp_path: Path) -> None:
    missing = tmp_path / "missing.mrc"
    damaged = tmp_path / "damaged.mrc"
    records = SAMPLE.read_bytes().split(b"\x1d")
    records[1] = records[1][:12] + b"00030" + records[1][17:]
    damaged.write_bytes(b"\x1d".join(records))
    done = run_example(engine, EXAMPLE, SAMPLE, missing, damaged, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"concurrent_reading: {missing}: No such file or directory\n"
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    count = str(len(records) - 1)
    assert [line[:3] for line in lines[:2]] == [
        ["sample.mrc", count, "0"],
        ["damaged.mrc", count, "1"],
    ]
    assert lines[2] == ["read ahead: the same"]
