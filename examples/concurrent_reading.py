"""Count subjects in several MARC files at once, in two ways.

    python examples/concurrent_reading.py [--threads N] [SOURCE ...]

First with a reader for each file, in a pool of Python threads: what a program does that waits for
files on a network, or that runs without a GIL. Then with one file after the other, where the
threads are mrrc's own, which read ahead and check (and for MARC-8 transcode) while the program
looks at the records before. Both give the same numbers; one line for each file, separated by tabs:
file, records, records that cannot be read, different subjects (field 650, subfield a).

Without SOURCE it makes four small files of its own. The exit code is 1 where a file cannot be read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mrrc import Field, Indicators, MARCReader, MARCWriter, Record, Subfield


class Tally(NamedTuple):
    records: int
    unreadable: int
    subjects: Counter[str]


def count(source: Path, threads: int = 0) -> Tally:
    """Count what is in one file; `threads` read ahead for the thread that counts."""
    records = unreadable = 0
    subjects: Counter[str] = Counter()
    with MARCReader(source, threads=threads) as reader:
        for record in reader:
            records += 1
            if record is None:
                unreadable += 1
                continue
            for field in record.get_fields("650"):
                subjects.update(field.get_subfields("a"))
    return Tally(records, unreadable, subjects)


def count_all(sources: list[Path], threads: int) -> tuple[dict[Path, Tally], dict[Path, OSError]]:
    """Count each file in a thread of a pool; an error is its own file's and nobody else's."""
    tallies, errors = {}, {}
    with ThreadPoolExecutor(threads) as pool:
        # The reader is made in the thread that uses it, and no other thread has it.
        futures = {source: pool.submit(count, source) for source in sources}
        for source, future in futures.items():
            try:
                tallies[source] = future.result()
            except OSError as error:
                errors[source] = error
    return tallies, errors


def make_files(directory: Path) -> list[Path]:
    """Write four files of 100, 200, 300 and 400 records."""
    paths = []
    for number in range(1, 5):
        path = directory / f"{number}.mrc"
        with MARCWriter(path) as writer:
            for index in range(100 * number):
                record = Record()
                record.add_field(Field("001", data=f"{number}-{index}"))
                record.add_field(
                    Field("650", Indicators(" ", "0"), [Subfield("a", f"Subject {index % 17}")])
                )
                writer.write(record)
        paths.append(path)
    return paths


def report(sources: list[Path], threads: int) -> int:
    tallies, errors = count_all(sources, threads)
    total: Counter[str] = Counter()
    for source, tally in tallies.items():
        print(source.name, tally.records, tally.unreadable, len(tally.subjects), sep="\t")
        total += tally.subjects
    for source, error in errors.items():
        print(f"concurrent_reading: {source}: {error.strerror}", file=sys.stderr)
    again = {source: count(source, threads) for source in tallies}
    print("read ahead:", "the same" if again == tallies else "OTHER NUMBERS")
    for subject, times in total.most_common(3):
        print(f"{times:>7}  {subject}")
    return 1 if errors or again != tallies else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Count subjects in several MARC files at once.")
    parser.add_argument("sources", nargs="*", type=Path, help="default: files made for the purpose")
    parser.add_argument("--threads", type=int, default=2, help="default: %(default)s")
    options = parser.parse_args()
    if options.threads < 1:
        parser.error("--threads is 1 or more")
    sys.stdout.reconfigure(errors="backslashreplace")
    if options.sources:
        return report(options.sources, options.threads)
    with tempfile.TemporaryDirectory() as directory:
        return report(make_files(Path(directory)), options.threads)


if __name__ == "__main__":
    sys.exit(main())
