"""`mrrc head`, `mrrc tail` and `mrrc sample`: some of the records."""

from __future__ import annotations

import random
from argparse import ArgumentParser, Namespace, _ActionsContainer
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from mrrc.cli.arguments import add_files, add_messages, add_reading, add_writing, count_from_0
from mrrc.cli.commands import Command
from mrrc.cli.outputs import Target
from mrrc.cli.view import console_show
from mrrc.cli.work import Work
from mrrc.problems import ERROR, Problem

if TYPE_CHECKING:
    from mrrc.record import Record


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    _add_number(parser.add_argument_group("which records"))
    _add_common(parser)


def _add_number(group: _ActionsContainer) -> None:
    group.add_argument(
        "-n",
        "--number",
        type=count_from_0,
        default=10,
        metavar="N",
        help="how many records; 10 if it is not said",
    )


def _add_common(parser: ArgumentParser) -> None:
    add_reading(parser)
    add_writing(parser)
    add_messages(parser)


def _add_sample_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    group = parser.add_argument_group("which records")
    _add_number(group)
    group.add_argument(
        "--seed", metavar="WORD", help="the same records again each time the same word is given"
    )
    _add_common(parser)


def _head(arguments: Namespace) -> int:
    with Work(arguments) as work:
        with Target(arguments, work.names, show=console_show(work)) as target:
            if arguments.number:
                work.convert(target, limit=arguments.number)
            work.settle()
            if arguments.number:
                work.expect_records()
        return work.finish(target.writer.records_written, target.is_shown)


class _Kept(NamedTuple):
    """A record to be written later, and what it came from."""

    record: Record
    name: str
    number: int
    offset: int
    raw: bytes


def _tail(arguments: Namespace) -> int:
    kept: deque[_Kept] = deque(maxlen=arguments.number)
    return _choose(arguments, lambda one: kept.append(one), lambda: kept)


def _sample(arguments: Namespace) -> int:
    chance = random.Random(arguments.seed)
    wanted: int = arguments.number
    reservoir: list[tuple[int, _Kept]] = []
    seen = 0

    def take(one: _Kept) -> None:
        nonlocal seen
        seen += 1
        if len(reservoir) < wanted:
            reservoir.append((seen, one))
            return
        place = chance.randrange(seen)
        if place < wanted:
            reservoir[place] = (seen, one)

    return _choose(
        arguments, take, lambda: (one for _, one in sorted(reservoir, key=lambda pair: pair[0]))
    )


def _choose(
    arguments: Namespace,
    take: Callable[[_Kept], object],
    chosen: Callable[[], Iterable[_Kept]],
) -> int:
    """Show each record to `take`, and write at the end those that are chosen."""
    with Work(arguments) as work:
        format = ""
        with Target(arguments, work.names, show=console_show(work)) as target:
            for name in work.names:
                for record in work.records_of(name):
                    reader = work.reader
                    work.journal.forget(reader.record_number)
                    take(
                        _Kept(
                            record,
                            name,
                            reader.record_number,
                            reader.offset,
                            bytes(reader.current_chunk or b""),
                        )
                    )
                format = format or work.reader.format
            now: _Kept | None = None

            def report(problem: Problem) -> None:
                if now is not None:
                    problem = problem._replace(record_number=now.number, offset=now.offset)
                work.found(problem)

            target._report = report
            writer = target.open(format or "marc")
            for now in chosen():
                work.resume(now.name, now.number)
                work.journal.recall(now.record.problems)
                _write(work, writer, now)
            work.settle()
            work.expect_records()
        return work.finish(target.writer.records_written, target.is_shown)


def _write(work: Work, writer: object, one: _Kept) -> None:
    """Write a record that was read before; one that cannot be written is told of."""
    try:
        writer.write(one.record)  # type: ignore[attr-defined]
    except (OSError, MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this record's
        number = one.record.get("001")
        work.found(
            Problem(
                "record-not-written",
                ERROR,
                one.number,
                one.offset,
                0,
                len(one.raw),
                None if number is None else number.data,
                getattr(error, "tag", None),
                f"{type(error).__name__}: {error}",
                "left out",
                one.raw,
            )
        )


HEAD = Command(
    "[OPTION ...] [FILE ...]",
    "Writes the first records of all files together. On a terminal they are shown as by `view`.",
    (
        ("the first ten", "mrrc head books.mrc"),
        (
            "the first hundred, into a file to try things with",
            "mrrc head -n 100 all.mrc -o try.mrc",
        ),
        ("the first of a large file, as mrk", "mrrc head -n 1 all.xml.gz --to mrk"),
    ),
    _add_arguments,
    _head,
)

TAIL = Command(
    "[OPTION ...] [FILE ...]",
    "Writes the last records of all files together. On a terminal they are shown as by `view`.",
    (
        ("the last ten", "mrrc tail books.mrc"),
        ("the very last one", "mrrc tail -n 1 books.mrc"),
        ("the last thousand, as MARCXML", "mrrc tail -n 1000 books.mrc -o last.xml"),
    ),
    _add_arguments,
    _tail,
)

SAMPLE = Command(
    "[OPTION ...] [FILE ...]",
    "Writes records chosen by chance, each as likely as any other, in the order of the files.\n"
    "Every file is read once, so that standard input can be sampled, too.",
    (
        ("a hundred records out of a million", "mrrc sample -n 100 all.mrc -o sample.mrc"),
        ("the same hundred tomorrow", "mrrc sample -n 100 --seed 7 all.mrc -o sample.mrc"),
        ("one, to look at", "mrrc sample -n 1 all.mrc"),
    ),
    _add_sample_arguments,
    _sample,
)
