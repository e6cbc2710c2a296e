"""One file by every source and number of threads: the same records, errors and messages each time.

Only what `file_handle.tell()` says may differ, what the log says of how much is left unread in a
compressed file, and `bytes_read` there, which counts stored bytes.
"""

from __future__ import annotations

import gzip
import io
import itertools
import logging
import mmap
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mrrc import MARCReader
from tests.parity.damaging import damaged, damaged_file, sound_record
from tests.shared import DATA, needs_shared, real_iso2709_files

Options = dict[str, Any]


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.said: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.levelname, record.getMessage()))


def _error(error: BaseException | None) -> Any:
    if error is None:
        return None
    return type(error), error.args, str(error), sorted(vars(error).items(), key=lambda i: i[0])


def _record(record: Any) -> Any:
    if record is None:
        return None
    fields = [
        (f.tag, f.data) if f.control_field else (f.tag, f.indicators, f.subfields)
        for f in record.fields
    ]
    return str(record.leader), fields, record.problems


def account(make: Callable[[], MARCReader], most: int = 100_000) -> Iterator[Any]:
    """Everything that can be seen of a reader, record by record, and behind its end."""
    log = _Log()
    logger = logging.getLogger("pymarc")
    logger.addHandler(log)
    ends = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        reader = make()
        try:
            for _ in range(most):
                try:
                    found = _record(next(reader))
                except StopIteration:
                    found = "end"
                except Exception as error:
                    found = "raised", _error(error)
                yield (
                    found,
                    reader.current_chunk,
                    _error(reader.current_exception),
                    reader.accounting,
                    reader.encoding_found,
                    len(reader.problems),
                    dict(reader.problem_counts),
                    [(each.category, str(each.message)) for each in caught],
                    list(log.said),
                    reader.bytes_read,
                )
                caught.clear()
                log.said.clear()
                ends += found == "end"
                if ends == 2:
                    break
            yield reader.problems
        finally:
            logger.removeHandler(log)
            reader.close()


def mapped(path: Path) -> Any:
    if not path.stat().st_size:
        return bytearray()
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _packed(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    if not packed.exists():
        packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    return packed


SOURCES: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda path: path.read_bytes(),
    "path": lambda path: path,
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "mmap": mapped,
    "gz": _packed,
    "object": lambda path: io.BytesIO(path.read_bytes()),
}
# The first three are sequential, of each kind one; then threads over each kind.
WAYS: list[tuple[str, Options]] = [
    *((name, {}) for name in SOURCES if name != "object"),
    *(("path", {"threads": threads}) for threads in (1, 2, 4)),
    *(("path", {"threads": 2, "queue": queue}) for queue in (1, 10)),
    *((name, {"threads": 2}) for name in SOURCES if name != "path"),
]

RECOVERIES = ("pymarc", "salvage", "strict")
TEXTS: list[Options] = [
    {},
    {"encoding": "auto"},
    {"normalize": "NFD", "undecodable": "replace"},
    {"undecodable": "reject"},
    {"to_unicode": False},
    {"force_utf8": True},
    {"utf8_handling": "replace"},
    {"file_encoding": "utf-8", "hide_utf8_warnings": True},
]


def comparable(steps: Iterator[Any], packed: bool) -> Iterator[Any]:
    if not packed:
        return steps
    return (
        (
            *step[:8],
            [(level, text.split(",")[0]) for level, text in step[8]],
        )
        if isinstance(step, tuple) and len(step) == 10
        else step
        for step in steps
    )


def same(path: Path, ways: list[tuple[str, Options]], options: Options) -> None:
    """Compare each of the ways with reading an object, one record after the other."""
    expected = list(account(lambda: MARCReader(SOURCES["object"](path), **options)))
    for name, more in ways:
        packed = name == "gz"
        steps = comparable(
            account(lambda n=name, m=more: MARCReader(SOURCES[n](path), **options, **m)),  # type: ignore[misc]
            packed,
        )
        pairs = itertools.zip_longest(comparable(iter(expected), packed), steps)
        for number, (wanted, found) in enumerate(pairs):
            assert found == wanted, f"{path.name} by {name} {more} {options}: step {number}"


@pytest.mark.parametrize("recovery", RECOVERIES)
@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "iso2709").glob("*.mrc")))
def test_own_files(name: str, recovery: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes((DATA / "iso2709" / name).read_bytes())
    dice = random.Random(f"{name} {recovery}")
    for texts in TEXTS:
        same(path, dice.sample(WAYS, 3) if texts else WAYS, {"recovery": recovery, **texts})


@needs_shared
@pytest.mark.parametrize("path", real_iso2709_files(), ids=lambda path: path.name)
def test_some_ways_for_each_real_file(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    with path.open("rb") as file:
        copy.write_bytes(file.read(30_000))
    dice = random.Random(path.name)
    for texts in ({}, dice.choice(TEXTS)):
        same(copy, dice.sample(WAYS, 3), {"recovery": dice.choice(RECOVERIES), **texts})


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("recovery", RECOVERIES)
@pytest.mark.parametrize("path", real_iso2709_files(), ids=lambda path: path.name)
def test_real_files(path: Path, recovery: str, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    with path.open("rb") as file:
        copy.write_bytes(file.read(2_000_000))
    for texts in TEXTS:
        same(copy, WAYS, {"recovery": recovery, **texts})


@pytest.mark.parametrize("seed", range(24))
def test_damaged_files(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    data = damaged_file(dice)
    if seed % 2:
        # Long enough for blocks and threads.
        sound = [sound_record(dice) for _ in range(50)]
        count = 200_000 // sum(map(len, sound)) + 1
        data = b"".join([*sound * count, data, *sound * count, damaged_file(dice)])
    path = tmp_path / "damaged.mrc"
    path.write_bytes(data)
    for recovery in RECOVERIES:
        options = {"recovery": recovery, **dice.choice([{}, *TEXTS])}
        same(path, dice.sample(WAYS, 4), options)


@pytest.mark.parametrize("seed", range(10))
def test_quirks_of_lengths_in_the_middle(seed: int, tmp_path: Path) -> None:
    """Blanks, signs and underscores in a length; one below 5 takes all the rest."""
    dice = random.Random(seed)
    # Longer than a block that is read at once.
    sound = [sound_record(dice) for _ in range(30)]
    sound *= 140_000 // sum(map(len, sound)) + 1
    length = dice.choice([b"%5d", b"+%04d", b"%-5d", b"00000", b"00004", b"%04d_", b"00005"])
    odd = sound_record(dice)
    shown = length % len(odd) if b"%" in length else length
    data = b"".join([*sound, shown[:5] + odd[5:], *sound, damaged(odd, dice), *sound])
    path = tmp_path / "odd.mrc"
    path.write_bytes(data)
    for recovery in RECOVERIES:
        same(path, dice.sample(WAYS, 4), {"recovery": recovery})
