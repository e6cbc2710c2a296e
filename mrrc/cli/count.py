"""`mrrc count`: how many records there are."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from mrrc.cli.arguments import add_files, add_messages, add_reading
from mrrc.cli.commands import Command
from mrrc.cli.inputs import shown
from mrrc.cli.texts import visible
from mrrc.cli.work import Work


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    add_reading(parser)
    add_messages(parser)


def _run(arguments: Namespace) -> int:
    counts: list[tuple[str, int]] = []
    with Work(arguments, encoding=None, threads=None, losses=True) as work:
        if work.keys is None:
            work.convert(None, each=lambda name, count: counts.append((name, count)))
        else:
            for name in work.names:
                counts.append((name, sum(1 for _ in work.records_of(name))))
        work.progress.hide()
        code = work.finish()
    write_counts(counts)
    return code


def write_counts(counts: Sequence[tuple[str, int]]) -> None:
    """Write the number of one file; of several a line for each, and the total."""
    if len(counts) == 1:
        sys.stdout.write(f"{counts[0][1]}\n")
        return
    total = sum(count for _, count in counts)
    digits = max(7, len(str(total)))
    for name, count in counts:
        sys.stdout.write(f"{count:>{digits}} {visible(shown(name))}\n")
    sys.stdout.write(f"{total:>{digits}} total\n")


COUNT = Command(
    "[OPTION ...] [FILE ...]",
    "Counts records. Of one file only the number is written, of several a line for each and the\n"
    "total. Damaged records that can be read in part are counted; bytes in no record are told of.",
    (
        ("one file", "mrrc count books.mrc"),
        ("many files, compressed or not, in any format", "mrrc count *.mrc.gz records.xml"),
        ("records whose number is in a list", "mrrc count books.mrc --ids numbers.txt"),
        ("from another program", "curl -s https://example.org/all.mrc.gz | mrrc count"),
    ),
    _add_arguments,
    _run,
)
