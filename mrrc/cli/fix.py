"""`mrrc fix`: damaged records written as sound ones."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from mrrc.cli.arguments import add_files, add_messages, add_reading, add_writing
from mrrc.cli.commands import Command
from mrrc.cli.failures import Failure
from mrrc.cli.journal import numbered
from mrrc.cli.outputs import Target
from mrrc.cli.terminal import is_terminal
from mrrc.cli.work import Work


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument_group("fixing").add_argument(
        "--dry-run", action="store_true", help="say what would be changed, and write nothing"
    )
    add_reading(parser)
    add_writing(parser)
    add_messages(parser)


def _run(arguments: Namespace) -> int:
    if arguments.dry_run:
        if arguments.output is not None:
            raise Failure("--dry-run writes nothing, so there is nothing for -o")
        # What writing would change is found out by writing, to nowhere.
        arguments.output = os.devnull
    elif arguments.output is None and is_terminal(sys.stdout):
        raise Failure(
            "where to?",
            "name the file to write, as in: mrrc fix vendor.mrc -o fixed.mrc",
            "or only see what would be done: mrrc fix --dry-run vendor.mrc",
        )
    with Work(arguments, encoding="auto", notes=True, everything=True, threads=None) as work:
        with Target(arguments, work.names) as target:
            work.convert(target)
            work.settle()
            work.expect_records()
        code = work.finish(target.writer.records_written)
        if not code and not arguments.quiet:
            named = arguments.from_encoding not in (None, "auto", "checked")
            read = (
                f", texts read as {arguments.from_encoding}, nothing else" if named else ", nothing"
            )
            work.journal.say(f"fix: {numbered(work.records_read, 'record')}{read} to fix")
        return code


FIX = Command(
    "[OPTION ...] [FILE ...] -o OUTFILE",
    "Reads whatever can be read of damaged files, and writes sound records: right lengths and\n"
    "directories, texts in UTF-8 (or --to-encoding marc8), and leaders that say so. What was\n"
    "damaged or said wrongly is told of, and the exit code is 1 if there was any of it. What\n"
    "cannot be read goes to --rejects.",
    (
        ("see what would be changed", "mrrc fix --dry-run vendor.mrc"),
        ("do it", "mrrc fix vendor.mrc -o fixed.mrc --rejects unread.bin"),
        ("keep a list of all changes", "mrrc fix vendor.mrc -o fixed.mrc --report changes.jsonl"),
        ("texts that are really Latin-1", "mrrc fix old.mrc -o new.mrc --from-encoding latin-1"),
    ),
    _add_arguments,
    _run,
)
