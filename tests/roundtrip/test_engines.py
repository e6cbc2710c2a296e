"""Both engines write the same bytes and say the same, whatever the formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import engine_module
from tests.roundtrip.carrying import TARGETS
from tests.roundtrip.engines import outcomes, outcomes_of_other_engine
from tests.roundtrip.sources import every_file, some_files


def compare(paths: list[Path], directory: Path) -> None:
    engine_module("rust")
    ours = outcomes(paths)
    theirs = outcomes_of_other_engine(paths, directory)
    differences = []
    for path in paths:
        pairs = zip(TARGETS, ours[str(path)], theirs[str(path)], strict=True)
        for target, one, other in pairs:
            if one != other:
                what = "bytes" if one.split()[0] != other.split()[0] else "account"
                differences.append(f"{path.name} to {target}: another {what}")
    assert differences == []


@pytest.mark.once
def test_some_files(tmp_path: Path) -> None:
    compare(list(some_files()), tmp_path)


@pytest.mark.once
@pytest.mark.slow
def test_every_file(tmp_path: Path) -> None:
    compare([path for path in every_file() if path not in some_files()], tmp_path)
