"""Runs code as a user would: in a process of its own, on either engine, away from the tree."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mrrc
from tests.shared import ROOT

EXAMPLES = ROOT / "examples"
SAMPLE = EXAMPLES / "sample.mrc"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

ENGINES = ["python", "rust"]


def run(engine: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments and the mrrc under test."""
    if engine == "rust" and importlib.util.find_spec("mrrc._mrrc") is None:
        pytest.skip("the extension is not built here")
    environment = {
        **os.environ,
        "MRRC_ENGINE": engine,
        "PYTHONPATH": str(Path(mrrc.__file__).parent.parent),
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def run_example(
    engine: str, name: str, *arguments: str | Path, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run an example; whatever it is given, it must not end with a traceback."""
    done = run(engine, EXAMPLES / name, *arguments, cwd=cwd)
    assert "Traceback" not in done.stderr, done.stderr
    return done
