"""`mrrc split`: one file into several."""

from __future__ import annotations

import os
import shutil
import tempfile
from argparse import ArgumentParser, Namespace
from typing import Any

from mrrc._formats.names import COMPRESSIONS, PACKED, WRITABLE, format_of_name
from mrrc.cli import inputs
from mrrc.cli.arguments import (
    add_files,
    add_messages,
    add_reading,
    add_writing,
    count_from_1,
    size,
)
from mrrc.cli.commands import Command
from mrrc.cli.failures import Failure, add_said
from mrrc.cli.journal import numbered, same_file
from mrrc.cli.outputs import Output, check_suffix, of_opening, of_output, options_of, settled
from mrrc.cli.progress import size_of
from mrrc.cli.texts import visible
from mrrc.cli.work import Work

_NUMBER = "{}"


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    group = parser.add_argument_group("how large the parts are").add_mutually_exclusive_group()
    group.add_argument(
        "-n", "--number", type=count_from_1, metavar="N", help="at most so many records in a part"
    )
    group.add_argument(
        "-s",
        "--size",
        type=size,
        metavar="SIZE",
        help="at most so many bytes in a part, such as 500kB, 20MB or 1.5GB (before compression; "
        "a part with a single record can be larger)",
    )
    add_reading(parser)
    add_writing(parser)
    add_messages(parser)


class Parts:
    """Takes the place of a writer and a target: begins another file when one is full.

    The parts are written in a directory beside their places, and moved there when all are whole.
    """

    runs_as = None

    def __init__(self, arguments: Namespace, work: Work) -> None:
        self._most: int | None = arguments.number
        self._size: int | None = arguments.size
        self._options = options_of(arguments)
        self._work = work
        self.writer: Parts | None = None
        self._report: Any = None
        self._pattern = pattern_of(arguments.output, work.names[0], arguments.to_format)
        # By the person, not after the file that is read.
        self._is_named = not (
            arguments.output is None
            or arguments.output.endswith(("/", os.sep))
            or os.path.isdir(arguments.output)
        )
        self._format: str | None = arguments.to_format
        named, _ = format_of_name(self._pattern)
        self._format = self._format or named
        self._directory = os.path.dirname(self._pattern) or os.curdir
        if not os.path.isdir(self._directory):
            raise Failure(f"there is no directory {self._directory}")
        self._beside: str | None = None
        self._part: Output | None = None
        self.names: list[str] = []
        self.format = self._format
        self.records_written = 0
        self.sizes: list[tuple[int, int]] = []

    def open(self, read_format: str) -> Parts:
        """Return what takes the records, for input of this format."""
        if self._format is None:
            self._format = read_format if read_format in WRITABLE else "mrk"
        settled(self._options, self._format)
        self._settle_suffix(read_format)
        self.writer = self
        return self

    def _settle_suffix(self, read_format: str) -> None:
        """Let the parts of what cannot be written as it is have a name that says what they are."""
        assert self._format is not None
        if self._is_named or format_of_name(self._pattern)[0] is not None:
            return
        stem, suffix = os.path.splitext(self._pattern)
        packed = suffix if suffix.lower() in COMPRESSIONS else ""
        if packed:
            stem, suffix = os.path.splitext(stem)
        if not suffix or read_format != self._format:
            self._pattern = stem + suffix_of(self._format) + packed

    def _next_part(self) -> Output:
        self._end_part()
        name = self._name(len(self.names) + 1)
        for each in self._work.names:
            if each != inputs.STANDARD and same_file(each, name):
                raise Failure(f"{name} is read, so no part can have this name")
        try:
            if self._beside is None:
                self._beside = tempfile.mkdtemp(".part", ".mrrc-split-", self._directory)
            path = os.path.join(self._beside, os.path.basename(name))
            part = Output(path, self._format, options=self._options, report=self._report)
        except Exception as error:  # noqa: BLE001 - all of them are raised again
            raise of_opening(error, name) from None
        part._name = name
        self._part = part
        self.names.append(name)
        return part

    @property
    def left(self) -> str | None:
        """A file that has the name of the next part, None if there is none."""
        name = self._name(len(self.names) + 1)
        return name if os.path.exists(name) else None

    def _name(self, number: int) -> str:
        return self._pattern.replace(_NUMBER, f"{number:04}")

    def write(self, record: Any) -> int:
        """Write a record into the part that is its place; return how many changes were made."""
        part = self._part or self._next_part()
        data, changes = part._formatter.formatted(record)
        full = self._most is not None and part.records_written >= self._most
        if self._size is not None and part.records_written:
            around = part._shape
            rest = len(around.separator) + len(around.end) + len(around.tail)
            full = part.bytes_written + len(data) + rest > self._size
        if full:
            part = self._next_part()
        part.write_run(1, data)
        self.records_written += 1
        return int(changes)

    def write_run(self, count: int, data: bytes) -> None:
        """Stand for the method of a writer: there are no runs."""

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.close()
            self.sizes.append((part.records_written, part.bytes_written))

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            if error is None:
                self._end_part()
                for name in self.names:
                    assert self._beside is not None
                    os.replace(os.path.join(self._beside, os.path.basename(name)), name)
        except OSError as failed:
            raise of_output(failed, failed.filename2 or failed.filename) from None
        finally:
            if self._part is not None:
                self._part.discard()
            if self._beside is not None:
                shutil.rmtree(self._beside, ignore_errors=True)
        if error is not None:
            add_said(error, "no part was written")


def pattern_of(output: str | None, source: str, to_format: str | None) -> str:
    """Return the name of the parts, with `{}` where their number belongs.

    >>> pattern_of(None, "data/books.mrc.gz", None), pattern_of("out/p.xml", "a.mrc", None)
    ('books-{}.mrc.gz', 'out/p-{}.xml')
    """
    if output == inputs.STANDARD:
        raise Failure("parts are files; name them, as in: -o 'part-{}.mrc'")
    if output is not None and _NUMBER in os.path.basename(output):
        return output
    if output is None:
        output = "part.mrc" if source == inputs.STANDARD else os.path.basename(source)
    elif output.endswith(("/", os.sep)) or os.path.isdir(output):
        name = "part.mrc" if source == inputs.STANDARD else os.path.basename(source)
        output = os.path.join(output, name)
    elif "{" in os.path.basename(output):
        raise Failure(f"{output}: the number of a part is meant by {_NUMBER}, and nothing in it")
    else:
        check_suffix(output)
    stem, suffix = os.path.splitext(output)
    if suffix.lower() in COMPRESSIONS:
        stem, inner = os.path.splitext(stem)
        suffix = "" if inner.lower() in PACKED else inner + suffix
    if suffix.lower() in PACKED:
        suffix = ""
    if to_format is not None and format_of_name(f"x{suffix}")[0] != to_format:
        suffix = suffix_of(to_format)
    return f"{stem}-{_NUMBER}{suffix}"


def suffix_of(format: str) -> str:
    """Return the suffix that files of a format have."""
    return {"marc": ".mrc", "marcxml": ".xml"}.get(format, f".{format}")


def _run(arguments: Namespace) -> int:
    if arguments.number is None and arguments.size is None:
        raise Failure(
            "how large are the parts to be?",
            "so many records in each: mrrc split -n 10000 books.mrc",
            "so many bytes: mrrc split --size 20MB books.mrc",
        )
    with Work(arguments) as work:
        with Parts(arguments, work) as parts:
            work.convert(parts)  # type: ignore[arg-type]
            work.settle()
            work.expect_records()
        if not arguments.quiet:
            for name, (records, length) in zip(parts.names, parts.sizes, strict=True):
                said = f"{numbered(records, 'record')}, {size_of(length)}"
                work.journal.say(f"{visible(name)}: {said}")
            if not parts.names:
                work.journal.say("split: no records, so there are no parts")
            if parts.left is not None:
                work.journal.say(
                    f"split: {visible(parts.left)} is still there, from before; "
                    "it is no part of this"
                )
        return work.finish(parts.records_written)


SPLIT = Command(
    "(-n N | --size SIZE) [OPTION ...] [FILE ...]",
    "Divides records into files of so many records, or of so many bytes. The parts have the name\n"
    "of the file and a number, in the current directory, unless -o says another name, where {}\n"
    "stands for the number. They are in place when all of them are whole.",
    (
        ("books-0001.mrc, books-0002.mrc, ... of 10,000 records", "mrrc split -n 10000 books.mrc"),
        ("of at most 20 MB", "mrrc split --size 20MB books.mrc"),
        ("other names, another format", "mrrc split -n 500 books.mrc -o 'web/part-{}.xml'"),
    ),
    _add_arguments,
    _run,
)
