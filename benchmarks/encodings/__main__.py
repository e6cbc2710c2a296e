"""The confusion table: what records in a known encoding are found to be.

    python benchmarks/encodings [--records N] [--seed N] [FILE.mrc]

FILE.mrc holds records in UTF-8 that are known to be right; without one, those of the Library of
Congress from pymarc's source distribution (downloaded once, as for the benchmarks of speed). Each
record above ASCII is re-encoded in every way, its encoding is looked for, and the text read by what
was found is compared with the right one. Where labelled real files are at hand, what is found in
them is listed as well. Markdown on the standard output.

With --unchanged only this is counted: right records, of all in the file, that would be read as
something else than they are.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import damage
import real
from records import records_of

from mrrc.encoding import detect, needs_look

DEFAULT_RECORDS = 20_000
RIGHT = ("UTF-8, claim a", "UTF-8 in NFC, claim a", "MARC-8, claim blank")


class Row:
    """What became of the records of one kind."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.right = 0
        self.records = 0
        self.seconds = 0.0
        self.overlooked = 0

    def add(self, made: damage.Made) -> None:
        start = time.process_time()
        finding = detect(made.raw, usual=made.usual)
        self.seconds += time.process_time() - start
        self.found[finding.encoding] += 1
        self.records += 1
        self.right += damage.texts_as_found(made, finding) == made.texts
        if not needs_look(made.raw):
            self.overlooked += finding.encoding != damage.claim_of(made.raw)


def measure(records: list[bytes], seed: int) -> dict[str, Row]:
    """Return a row of the table for each kind of record."""
    rows = {kind: Row() for kind in damage.KINDS}
    for number, raw in enumerate(records):
        for kind, make in damage.KINDS.items():
            made = make(raw, random.Random(f"{seed} {number} {kind}"))
            if made is not None:
                rows[kind].add(made)
    return rows


def table(rows: dict[str, Row]) -> list[str]:
    """Return the confusion table as Markdown, with the columns that have something in them."""
    found = Counter[str]()
    for row in rows.values():
        found.update(row.found)
    names = sorted(found, key=lambda name: -found[name])
    lines = [
        f"| what it is | records | {' | '.join(names)} | text right |",
        "|---|" + "---:|" * (len(names) + 2),
    ]
    for kind, row in rows.items():
        cells = [f"{row.found[name]:,}" if row.found[name] else "" for name in names]
        right = f"{100 * row.right / row.records:.2f}%" if row.records else ""
        lines.append(f"| {kind} | {row.records:,} | {' | '.join(cells)} | {right} |")
    return lines


def unchanged(path: Path) -> list[str]:
    """Return how many right records are found to be something else, of all in a file."""
    lines = []
    counts = Counter[str]()
    for number, raw in enumerate(records_of(path)):
        for kind in RIGHT:
            made = damage.KINDS[kind](raw, random.Random(0))
            if made is not None:
                counts[kind] += 1
                if needs_look(made.raw):
                    finding = detect(made.raw)
                    if finding.encoding != damage.claim_of(made.raw):
                        counts["changed " + kind] += 1
                        lines.append(f"- record {number} as {kind}: {finding}")
    for kind in RIGHT:
        changed = counts["changed " + kind]
        lines.append(f"Right records changed: {changed} of {counts[kind]:,} ({kind}).")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--records", type=int, default=DEFAULT_RECORDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--unchanged", action="store_true", help="only look whether right records stay, all of them"
    )
    arguments = parser.parse_args()
    path = arguments.file or damage.library_of_congress()
    if arguments.unchanged:
        print("\n".join(unchanged(path)))
        return
    # The byte model was made from the records of odd number.
    others = islice(records_of(path), 0, None, 2)
    texts = (raw for raw in others if not raw.isascii())
    records = list(islice(texts, arguments.records))
    rows = measure(records, arguments.seed)
    print("\n".join(table(rows)))
    seconds = sum(row.seconds for row in rows.values())
    total = sum(row.records for row in rows.values())
    print(f"\n`detect` took {1e6 * seconds / max(total, 1):.0f} microseconds a record.")
    overlooked = sum(row.overlooked for row in rows.values())
    print(f"Records that `needs_look` passed and `detect` would have changed: {overlooked}.")
    listed = real.table()
    if listed:
        print("\n" + "\n".join(listed))


if __name__ == "__main__":
    main()
