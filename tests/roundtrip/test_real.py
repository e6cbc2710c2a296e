"""Real files through all formats and back: equal, but for what a format cannot carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.roundtrip.carrying import TARGETS
from tests.roundtrip.sources import every_file, some_files
from tests.roundtrip.trips import Tally, check, convert, read, sound
from tests.schema.validating import lxml_etree

FILES = some_files()


def ids(path: Path) -> str:
    return f"{path.parent.name}-{path.name}" if path.parent.name != "real" else path.name


def from_the_file(path: Path) -> Tally:
    """The file into each format, and what can be read there."""
    lxml_etree()
    tally = Tally()
    before = read(path)
    for target in TARGETS:
        trip = convert(path, None, target)
        found = check(before, trip, target)
        if faults := sound(trip, target):
            found.failures.append(f"unsound: {faults}")
        tally.add(found.named(target))
    return tally


def between_formats(path: Path, pairs: list[tuple[str, str]]) -> Tally:
    """The file into a format, and from there into another."""
    tally = Tally()
    for source, target in pairs:
        first = convert(path, None, source)
        second = convert(first.data, source, target)
        tally.add(check(read(first.data, source), second, target).named(f"{source} to {target}"))
        if read(first.data, source) == read(path):
            # Nothing was lost on the way, so the way makes no difference.
            direct = convert(path, None, target)
            if direct.data != second.data:
                tally.failures.append(f"{source} to {target}: other bytes than directly")
    return tally


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_file_into_every_format(path: Path) -> None:
    assert from_the_file(path).failures == []


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_some_pairs_of_formats(path: Path) -> None:
    """All pairs are taken by some file: which of them rotates."""
    shift = FILES.index(path)
    count = len(TARGETS)
    pairs = [(source, TARGETS[(place + shift) % count]) for place, source in enumerate(TARGETS)]
    assert between_formats(path, pairs[shift % 2 :: 2]).failures == []


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in every_file() if path not in FILES], ids=ids)
def test_every_file_into_every_format(path: Path) -> None:
    assert from_the_file(path).failures == []


@pytest.mark.slow
@pytest.mark.parametrize("path", every_file(), ids=ids)
def test_every_pair_of_formats(path: Path) -> None:
    if path.stat().st_size > 2_000_000:
        pytest.skip("its records are like those of smaller files")
    pairs = [(source, target) for source in TARGETS for target in TARGETS]
    assert between_formats(path, pairs).failures == []
