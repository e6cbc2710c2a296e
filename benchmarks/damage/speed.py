"""What salvage costs: on sound data beside the ordinary mode, and with one record in a hundred
damaged beside pymarc on the sound file.

Every time is taken in a process of its own, the configurations in turn; the best CPU time counts.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import bases
import data
import generate
import libraries
import sound
from inject_more import mixed

WORKER = Path(__file__).with_name("speed_worker.py")
SIZES = {"full": (20_000, 7), "quick": (3_000, 3)}
RATE = 0.01

MOST_COST = 1.10
LEAST_RATIO = 20.0


class Setting(NamedTuple):
    """Who reads which file, and how."""

    library: libraries.Library
    recovery: str
    """Empty for pymarc, which has no such option."""
    by_path: bool
    data: str


class Speed(NamedTuple):
    """CPU seconds by setting."""

    seconds: dict[Setting, float]
    records: dict[str, int]
    """How many records each file had when it was sound."""
    rounds: int


def settings(names: dict[str, Path]) -> list[Setting]:
    found = []
    for name in names:
        if name != "damaged":
            found.append(Setting(libraries.PYMARC, "", False, name))
        for library in (libraries.RUST, libraries.PYTHON):
            for by_path in (False, True):
                if name != "damaged":
                    found.append(Setting(library, "pymarc", by_path, name))
                found.append(Setting(library, "salvage", by_path, name))
    return found


def files(directory: Path, count: int) -> tuple[dict[str, Path], dict[str, int]]:
    """Write the files to be read."""
    sdist = data.fetch(data.cache())
    whole = data.cut(sdist, count) if sdist is not None else generate.generate(count)
    records = sound.sound_records(whole)
    books = b"".join(records)
    contents = {"books": books}
    marc8 = bases.marc8()
    contents["marc8"] = b"".join(marc8)
    contents["damaged"] = mixed(sound.map_file(books), random.Random("speed"), RATE)
    paths = {}
    for name, content in contents.items():
        paths[name] = directory / f"{name}.mrc"
        paths[name].write_bytes(content)
    counts = {"books": len(records), "marc8": len(marc8), "damaged": len(records)}
    return paths, counts


def measure(setting: Setting, path: Path) -> float:
    done = subprocess.run(
        [
            libraries.python_of(setting.library),
            str(WORKER),
            setting.library.reader,
            setting.recovery,
            "path" if setting.by_path else "file",
            str(path),
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=tempfile.gettempdir(),
        env=libraries.environment_of(setting.library),
    )
    return float(done.stdout)


def run(mode: str, say: Callable[[str], None]) -> Speed:
    count, rounds = SIZES[mode]
    with tempfile.TemporaryDirectory() as temporary:
        paths, counts = files(Path(temporary), count)
        wanted = settings(paths)
        _, absent = libraries.present((libraries.PYMARC, libraries.RUST, libraries.PYTHON), say)
        wanted = [setting for setting in wanted if setting.library.name not in absent]
        seconds: dict[Setting, float] = {}
        for number in range(rounds):
            say(f"speed: round {number + 1} of {rounds}")
            # Every other round backwards, so that no mode is always the later one.
            for setting in wanted if number % 2 == 0 else reversed(wanted):
                taken = measure(setting, paths[setting.data])
                seconds[setting] = min(taken, seconds.get(setting, taken))
    return Speed(seconds, counts, rounds)


def rows(speed: Speed) -> list[list[str]]:
    """Return the table: one row for each engine and source."""
    table = [["engine, source", "salvage costs, UTF-8", "salvage costs, MARC-8",
              "1 % damaged, times pymarc on the sound file"]]  # fmt: skip
    for library in (libraries.RUST, libraries.PYTHON):
        for by_path in (False, True):
            cells = [f"{library.name}, {'path' if by_path else 'file'}"]
            for name in ("books", "marc8"):
                value = cost(speed, library, by_path, name)
                cells.append("" if value is None else f"{100 * (value - 1):+.1f} %")
            ratio = times_pymarc(speed, library, by_path)
            cells.append("" if ratio is None else f"{ratio:.1f}")
            table.append(cells)
    return table


def cost(speed: Speed, library: libraries.Library, by_path: bool, name: str) -> float | None:
    """Return how many times as long salvage takes as the ordinary mode."""
    times = [
        speed.seconds.get(Setting(library, recovery, by_path, name))
        for recovery in ("salvage", "pymarc")
    ]
    return times[0] / times[1] if times[0] and times[1] else None


def times_pymarc(speed: Speed, library: libraries.Library, by_path: bool) -> float | None:
    own = speed.seconds.get(Setting(library, "salvage", by_path, "damaged"))
    theirs = speed.seconds.get(Setting(libraries.PYMARC, "", False, "books"))
    return theirs / own if own and theirs else None


def missed(speed: Speed) -> list[str]:
    """Return the bars that were not reached."""
    said = []
    for library in (libraries.RUST, libraries.PYTHON):
        for by_path in (False, True):
            where = f"{library.name}, {'path' if by_path else 'file'}"
            for name in ("books", "marc8"):
                value = cost(speed, library, by_path, name)
                if value is None or value > MOST_COST:
                    said.append(f"{where}: salvage costs {value} on {name}, not {MOST_COST}")
            ratio = times_pymarc(speed, library, by_path)
            if library is libraries.RUST and (ratio is None or ratio < LEAST_RATIO):
                said.append(f"{where}: {ratio} times pymarc, not {LEAST_RATIO}")
    return said
