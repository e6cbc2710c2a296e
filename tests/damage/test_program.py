"""The program as a whole: it prints a table, names what misses a bar, and fills the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mrrc
from tests.damage.harness import PROGRAM
from tests.shared import ROOT, needs_shared

pytestmark = pytest.mark.once

pytest.importorskip("pymarc")


def program(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT.parent,
        env={**os.environ, "PYTHONPATH": str(Path(mrrc.__file__).parents[1])},
    )


@needs_shared
def test_it_prints_tables_and_names_what_is_missing(tmp_path: Path) -> None:
    done = program(
        *("quick", "--parts", "injection", "--libraries", "pymarc", "--only", "LF after"),
        *("--keep", tmp_path, "--bars"),
    )
    assert done.returncode == 1, done.stderr
    assert "between records: CR LF after every record" in done.stdout
    assert "undamaged records unchanged" in done.stdout
    assert "rust: not measured" in done.stdout
    assert "not written" in done.stdout
    assert len(list(tmp_path.glob("*-books-0.mrc"))) == 2


def test_tables_are_taken_from_the_last_results(tmp_path: Path) -> None:
    machine = {"processor": "a", "processors": 2, "system": "b", "python": "c"}
    speed = {
        "rounds": 3,
        "records": {"books": 20, "marc8": 10},
        "table": [["source", "cost"], ["rust, file", "+1.0 %"]],
    }
    for day in (1, 2):
        content = {"begun": f"2025-01-0{day}T10:00:00", "machine": machine, "speed": speed}
        (tmp_path / f"2025-01-0{day}-damage.json").write_text(json.dumps(content))
    done = program("--markdown", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Measured 2025-01-02" in done.stdout
    assert "| rust, file | +1.0 % |" in done.stdout


def test_the_page_has_a_place_for_each_table() -> None:
    page = (ROOT / "docs" / "damage.md").read_text(encoding="utf-8")
    for place in ("about", "summary", "kinds", "accounting", "speed"):
        assert page.count(f"<!-- {place} -->\n") == 1
    assert page.count("<!-- end -->") == 5


def test_nothing_to_show_is_said(tmp_path: Path) -> None:
    done = program("--markdown", "--results", tmp_path)
    assert done.returncode == 1
    assert "no results" in done.stderr
