"""Every byte of every file is in a sound record, in a salvaged one, or reported."""

from __future__ import annotations

from pathlib import Path

import pytest

import mrrc
from tests.damage.harness import read_worker
from tests.shared import DATA, needs_shared, real_iso2709_files

OWN = sorted((DATA / "iso2709").glob("*.mrc"))


def check(path: Path) -> None:
    reader = mrrc.MARCReader(path, recovery="salvage")
    problems = 0
    for record in reader:
        assert record is not None
        read_worker.form(record)
        problems += len(record.problems)
    accounting = reader.accounting
    assert min(accounting) >= 0
    assert accounting.sound + accounting.salvaged + accounting.reported == path.stat().st_size
    assert sum(reader.problem_counts.values()) >= problems
    if accounting.reported:
        assert reader.problem_counts
    left_out = [problem for problem in reader.problems if problem.record_offset is None]
    length = sum(problem.length for problem in left_out)
    assert length == accounting.reported


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_files(path: Path) -> None:
    check(path)


@needs_shared
@pytest.mark.parametrize("path", real_iso2709_files(), ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    check(path)


def test_there_are_files() -> None:
    assert len(OWN) > 20
