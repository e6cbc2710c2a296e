"""Prints what came of the round trips: `python -m tests.roundtrip.table [all]`, at the root."""

from __future__ import annotations

import sys

from tests.roundtrip.carrying import TARGETS
from tests.roundtrip.sources import every_file, format_of, some_files
from tests.roundtrip.trips import Tally, check, convert, read, sound


def tallies(paths: tuple[object, ...]) -> dict[tuple[str, str], Tally]:
    """Each format of the files into each format: what is equal, and why the rest is not."""
    found: dict[tuple[str, str], Tally] = {}
    for path in paths:
        before = read(path)  # type: ignore[arg-type]
        source = format_of(path)  # type: ignore[arg-type]
        for target in TARGETS:
            trip = convert(path, None, target)  # type: ignore[arg-type]
            tally = check(before, trip, target)
            if faults := sound(trip, target):
                tally.failures.append(f"unsound: {faults}")
            found.setdefault((source, target), Tally()).add(tally.named(getattr(path, "name", "")))
    return found


def main() -> None:
    paths = every_file() if "all" in sys.argv else some_files()
    lines = ["| from | to | records | equal | left out | failures | limits met |", "|---" * 7 + "|"]
    failures = []
    for (source, target), tally in sorted(tallies(paths).items()):
        limits = ", ".join(f"{name} {count}" for name, count in tally.limits.most_common())
        counts = (tally.records, tally.equal, tally.left_out, len(tally.failures))
        cells = [source, target, *(f"{count:,}" for count in counts), limits]
        lines.append(f"| {' | '.join(cells)} |")
        failures += [f"{source} to {target}: {each}" for each in tally.failures]
    sys.stdout.write("\n".join([*lines, "", *failures]) + "\n")


if __name__ == "__main__":
    main()
