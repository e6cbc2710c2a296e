"""`mrrc view`: records for human eyes."""

from __future__ import annotations

import argparse
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from mrrc.cli.arguments import Place, add_files, add_quiet, add_reading, place
from mrrc.cli.commands import Command
from mrrc.cli.failures import Failure
from mrrc.cli.inputs import shown
from mrrc.cli.journal import numbered
from mrrc.cli.terminal import Plain, console
from mrrc.cli.texts import visible
from mrrc.cli.viewing import layout
from mrrc.cli.work import Work, packing_of, values_of

if TYPE_CHECKING:
    from mrrc.record import Record

_RANGE = re.compile(r"(\d+)(-(\d*))?")


class Numbers:
    """Numbers of records, as `3`, `5-7`, `100-` or several of these with commas between them."""

    def __init__(self, text: str) -> None:
        self._ranges = []
        for part in text.split(","):
            match = _RANGE.fullmatch(part.strip())
            if match is None or int(match[1]) < 1:
                raise argparse.ArgumentTypeError(
                    f"{part!r} is no number of a record; 3, 5-7 and 100- are, from 1 on"
                )
            first = int(match[1])
            last = int(match[3]) if match[3] else first if match[2] is None else sys.maxsize
            if last < first:
                raise argparse.ArgumentTypeError(f"{part!r} ends before it begins")
            self._ranges.append((first, last))
        self.last = max(last for _, last in self._ranges)

    def __contains__(self, number: object) -> bool:
        assert isinstance(number, int)
        return any(first <= number <= last for first, last in self._ranges)


def show(
    record: Record,
    work: Work,
    output: Plain,
    marked: re.Pattern[str] | None = None,
    explain: bool = True,
) -> None:
    """Write a record for human eyes, with what it is called."""
    heading = f"Record {work.number or work.reader.record_number:,}"
    number = next(values_of(record, place("001")), "")
    if number:
        heading += f" · {visible(number)}"
    if len(work.names) > 1:
        heading += f" · {visible(shown(work.name))}"
    if work.member and not work.number:
        heading += f" · {visible(work.member)}"
    for line in layout(record, heading, output.width, explain=explain, marked=marked):
        output.line(line)
    output.line([])


def console_show(work: Work, marked: re.Pattern[str] | None = None) -> Callable[[Record], None]:
    """Return what shows a record on the terminal."""
    output = console()

    def shown_record(record: Record) -> None:
        work.progress.hide()
        show(record, work, output, marked)

    return shown_record


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    group = parser.add_argument_group("which records")
    group.add_argument(
        "-r",
        "--record",
        dest="numbers",
        type=Numbers,
        metavar="N",
        help="only these, by number in the file, from 1: 3 or 5-7 or 1,5-7,100-",
    )
    group.add_argument(
        "-i",
        "--id",
        dest="wanted",
        action="append",
        metavar="VALUE",
        help="only the record with this in field 001 (or where --key says); may be repeated",
    )
    parser.add_argument_group("showing").add_argument(
        "--no-names", action="store_true", help="tags without what they are called"
    )
    add_reading(parser)
    add_quiet(parser)


def _run(arguments: Namespace) -> int:
    wanted = frozenset(each.strip() for each in arguments.wanted or ())
    key = arguments.key or place("001")
    if wanted and arguments.ids is None:
        arguments.key = None
    output = console()
    numbers = arguments.numbers
    found = 0
    seen: set[str] = set()
    ended_early = False
    with Work(arguments, losses=True) as work:
        for name in work.names:
            for record in work.records_of(name):
                number = work.reader.record_number
                # In an archive each file has its own numbers.
                is_last = numbers is not None and not work.member and number >= numbers.last
                is_meant = numbers is None or number in numbers
                if is_meant and wanted:
                    its = wanted.intersection(values_of(record, key))
                    seen |= its
                    is_meant = bool(its)
                if is_meant:
                    found += 1
                    work.progress.hide()
                    show(record, work, output, explain=not arguments.no_names)
                if is_last:
                    ended_early = True
                    break
        sys.stdout.flush()
        code = work.journal.finish()
        if not found and (wanted or numbers is not None or work.keys is not None):
            raise Failure(_missing(arguments, work, key, ended_early))
        for value in sorted(wanted - seen):
            work.journal.say(f"view: no record has {visible(value)} in {_shown(key)}")
    return code


def _shown(key: Place) -> str:
    return f"{key.tag}{'$' if key.codes else ''}{key.codes}"


def _missing(arguments: Namespace, work: Work, key: Place, ended_early: bool) -> str:
    names = ", ".join(visible(shown(name)) for name in work.names)
    has = "has" if len(work.names) == 1 else "have"
    had = f"{names} {has} {numbered(work.records_read, 'record')}"
    if arguments.numbers is not None and not arguments.wanted:
        if ended_early:
            return f"{names}: what has this number cannot be read as a record"
        if packing_of(work.reader) in ("zip", "tar"):
            had += ", numbered from 1 in each file of an archive"
        return f"there is no such record: {had}"
    if arguments.wanted:
        values = " or ".join(map(visible, arguments.wanted))
        if ended_early:
            return f"none of the records asked for in {names} has {values} in {_shown(key)}"
        return f"no record has {values} in {_shown(key)}: {had}"
    return f"no record has one of the keys: {had}"


VIEW = Command(
    "[OPTION ...] [FILE ...]",
    "Shows records for human eyes: tags with what they are called, 880 fields (other scripts)\n"
    "below those they belong to, and what was wrong with a record. On a terminal lines are\n"
    "wrapped; in a pipe each field is one line.",
    (
        ("all records, a page at a time", "mrrc view books.mrc | less"),
        ("record number 17, and those from 20 to 22", "mrrc view books.mrc -r 17,20-22"),
        ("a record by its control number", "mrrc view books.xml --id ocm00054321"),
        ("by another number", "mrrc view books.mrc --id 9780140449136 --key '020$a'"),
    ),
    _add_arguments,
    _run,
)
