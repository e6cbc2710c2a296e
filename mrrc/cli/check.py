"""`mrrc check`: what is wrong with a file."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from typing import TYPE_CHECKING

from mrrc.cli.arguments import add_files, add_messages, add_reading
from mrrc.cli.commands import Command
from mrrc.cli.journal import numbered, place_of, said_of_problem
from mrrc.cli.terminal import console
from mrrc.cli.work import Work
from mrrc.problems import CODES, Problem

if TYPE_CHECKING:
    from mrrc.record import Record

_SEVERITIES = ("note", "warning", "error")


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--json", action="store_true", help="a line of JSON for each problem, and nothing else"
    )
    group.add_argument(
        "-s", "--summary", action="store_true", help="only how often there is each problem"
    )
    group.add_argument(
        "--severity",
        choices=_SEVERITIES,
        default="note",
        help="only problems that are at least this: note (the default: all), warning or error",
    )
    add_reading(parser)
    add_messages(parser)


def _run(arguments: Namespace) -> int:
    least = _SEVERITIES.index(arguments.severity)
    output = console()
    counts: Counter[str] = Counter()
    records: set[int | None] = set()
    with_problems = 0

    # Those of the record that is read, until it is known whether it is wanted.
    held: list[Problem] = []
    chosen = 0

    def found(problem: Problem) -> None:
        if work.keys is None:
            tell(problem)
            return
        if held and held[0].record_number != problem.record_number:
            held.clear()
        held.append(problem)

    def choose(record: Record) -> bool:
        nonlocal chosen
        chosen += 1
        number = work.reader.record_number
        for problem in held:
            if problem.record_number == number and problem.record_offset is not None:
                tell(problem)
        held.clear()
        return False

    def tell(problem: Problem) -> None:
        nonlocal with_problems
        if _SEVERITIES.index(problem.severity) < least:
            return
        counts[problem.code] += 1
        if problem.record_offset is not None and problem.record_number not in records:
            records.clear()
            records.add(problem.record_number)
            with_problems += 1
        if arguments.summary or arguments.quiet:
            return
        work.progress.hide()
        if arguments.json:
            line = json.dumps(work.journal.as_dict(problem), ensure_ascii=False)
            sys.stdout.write(f"{line}\n")
            return
        style = "problem" if problem.severity != "note" else "dim"
        output.line(
            [
                (f"{work.journal.file_of(problem)}: {place_of(problem)}: ", ""),
                (problem.severity, style),
                (f" {said_of_problem(problem)}", ""),
            ]
        )

    with Work(arguments, encoding="auto", on_problem=found, threads=None) as work:
        work.journal.tells = False
        select = None if work.keys is None else choose
        work.convert(None, select=select, each=lambda name, count: records.clear())
        work.journal.finish()
        work.progress.hide()
        if not arguments.json and not arguments.quiet:
            names = work.shown if len(work.names) == 1 else f"{len(work.names)} files"
            count = work.records_read if work.keys is None else chosen
            title = f"{names}: {numbered(count, 'record')}, "
            if not counts:
                title += "nothing wrong"
            elif with_problems:
                title += f"{with_problems:,} of them with problems"
            else:
                title += "nothing wrong with them, but" if work.records_read else "but"
            rows = [
                (f"{count:,}", f"{CODES[code].severity if code in CODES else ''} {code}".strip())
                for code, count in counts.most_common()
            ]
            if work.journal.lost and work.keys is None:
                rows.append((f"{work.journal.lost:,}", "bytes are in no record"))
            output.table(title, rows)
    return 1 if counts else 0


CHECK = Command(
    "[OPTION ...] [FILE ...]",
    "Lists what is wrong with files: a line for each problem, then how often there was each. The\n"
    "exit code is 1 if there was any. docs/problems.md explains every code.",
    (
        ("what is wrong with a file", "mrrc check vendor.mrc"),
        ("only what matters, for a script", "mrrc check --quiet --severity error vendor.mrc"),
        ("only the numbers", "mrrc check --summary *.mrc"),
        ("for other programs", "mrrc check --json vendor.mrc | jq .code"),
    ),
    _add_arguments,
    _run,
)
