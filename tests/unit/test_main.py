"""`python -m mrrc` without a process of its own; the processes are in test_engine and tests/cli."""

from __future__ import annotations

from pathlib import Path

import pytest

import mrrc
from mrrc import __main__ as program


def test_the_version_is_four_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--version"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    version, engine, python, package = captured.out.splitlines()
    assert version == f"mrrc {mrrc.__version__}"
    assert engine.startswith(f"engine: {mrrc.engine} (")
    assert engine.endswith(")")
    assert python.startswith("python: ")
    assert package == f"package: {Path(mrrc.__file__).parent.resolve()}"


def test_importing_it_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    import importlib

    importlib.reload(program)
    assert capsys.readouterr().out == ""
