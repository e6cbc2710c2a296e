"""Where a command writes records: a file that is whole or not there, or standard output."""

from __future__ import annotations

import os
import stat
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

from mrrc._formats.names import COMPRESSIONS, PACKED, WRITABLE, format_of_name
from mrrc._formats.writing import FormatWriter, WritingOptions
from mrrc.cli import inputs
from mrrc.cli.failures import Failure, add_said
from mrrc.cli.journal import same_file
from mrrc.cli.terminal import is_terminal
from mrrc.cli.texts import visible
from mrrc.record import Record

# Formats that can only be read are text; so is what is written for them.
_INSTEAD = "mrk"


class Output(FormatWriter):
    """A writer whose errors can be told from those of reading."""

    _name: str | None = None

    def _hand_over(self, data: bytes) -> None:
        try:
            super()._hand_over(data)
        except OSError as error:
            raise of_output(error, self._name) from None

    def close(self) -> None:
        """Complete the file, and put it into its place."""
        try:
            super().close()
        except OSError as error:
            raise of_output(error, self._name) from None


def of_output(error: OSError, name: str | None) -> OSError:
    """Return an error of writing, which says so and names the file."""
    error.of_output = True  # type: ignore[attr-defined]
    if not isinstance(error, BrokenPipeError):
        error.filename = "standard output" if name is None else name
        error.filename2 = None
    return error


def of_opening(error: Exception, name: str) -> BaseException:
    """Return what is to be raised if a file cannot be opened for writing."""
    if isinstance(error, OSError):
        return of_output(error, name)
    if isinstance(error, ImportError):
        # A package is missing, which the message names.
        return Failure(f"{visible(name)} cannot be written: {error}")
    return error


class Shown:
    """Takes the place of a writer where records are shown on a terminal."""

    runs_as = None
    format = "view"

    def __init__(self, show: Callable[[Record], None]) -> None:
        self._show = show
        self.records_written = 0
        self.bytes_written = 0

    def write(self, record: Record) -> int:
        """Show a record; there is never anything to change."""
        self._show(record)
        self.records_written += 1
        return 0

    def write_run(self, count: int, data: bytes) -> None:
        """Stand for the method of a writer: there are no runs."""

    def close(self) -> None:
        """Hand over what is left."""
        sys.stdout.flush()

    def discard(self) -> None:
        """Leave what was shown."""


class Target:
    """What a command writes to; the writer is made when the format of the input is known.

    Args:
        arguments: with `output`, `to_format` and the other options of writing.
        names: the files that are read, none of which may be written.
        show: shows a record on a terminal, where nobody could read a format of bytes.
        report: called with every change made in writing.

    Attributes:
        writer: what takes the records, None until `open` was called.
    """

    def __init__(
        self,
        arguments: Namespace,
        names: Sequence[str],
        *,
        show: Callable[[Record], None] | None = None,
        report: Callable[[Any], object] | None = None,
    ) -> None:
        self.name: str = arguments.output or inputs.STANDARD
        self._options = options_of(arguments)
        self._report = report
        self._show = show
        self.format: str | None = arguments.to_format
        self.is_standard = self.name == inputs.STANDARD
        if self.format is None and not self.is_standard:
            self.format, _ = format_of_name(self.name)
        self.is_shown = (
            show is not None
            and self.is_standard
            and arguments.to_format is None
            and is_terminal(sys.stdout)
        )
        check_target(self.name, names)
        self.writer: Any = None
        self._existed = not self.is_standard and os.path.lexists(self.name)

    def open(self, read_format: str) -> Any:
        """Return the writer, for input of this format."""
        if self.writer is None:
            self.writer = self._opened(read_format)
        return self.writer

    def _opened(self, read_format: str) -> Any:
        if self.is_shown and self._show is not None:
            return Shown(self._show)
        format = self.format or (read_format if read_format in WRITABLE else _INSTEAD)
        options = settled(self._options, format)
        if self.is_standard:
            return Output(sys.stdout.buffer, format, options=options, report=self._report)
        try:
            writer = Output(self.name, format, options=options, report=self._report)
        except Exception as error:  # noqa: BLE001 - all of them are raised again
            raise of_opening(error, self.name) from None
        writer._name = self.name
        return writer

    def __enter__(self) -> Target:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        atomic = True if self.writer is None else getattr(self.writer, "is_atomic", False)
        if error is None:
            try:
                # An input without a single byte has no format.
                self.open("marc").close()
            except OSError as failed:
                add_said(failed, self.fate(atomic))
                raise
        elif self.writer is not None:
            self.writer.discard()
            add_said(error, self.fate(atomic))

    def fate(self, atomic: bool) -> str:
        """Return what became of the output after a failure."""
        if self.is_standard:
            return "what was written to standard output is not complete"
        name = visible(self.name)
        if not atomic:
            return f"what was written to {name} is not complete"
        return f"{name} is as it was" if self._existed else f"{name} was not written"


def options_of(arguments: Namespace) -> WritingOptions:
    """Return how records are to be written."""
    return WritingOptions(
        encoding=arguments.to_encoding,
        undecodable="replace",
        oversize="raise" if arguments.oversize == "reject" else arguments.oversize,
        crlf=arguments.crlf,
        json_form="oclc" if arguments.json_form == "oclc" else "marc-in-json",
    )


def settled(options: WritingOptions, format: str) -> WritingOptions:
    """Return the options, if they can be had for a format."""
    if options.encoding == "marc8" and format != "marc":
        raise Failure(f"MARC-8 is for MARC (ISO 2709); {format} is always UTF-8")
    if options.crlf and format != "mrk":
        raise Failure(f"--crlf is for mrk; there is nothing to choose for {format}")
    if options.json_form == "oclc" and format not in ("json", "jsonl"):
        raise Failure(f"--json-form is for json and jsonl, not for {format}")
    return options


def check_target(name: str, names: Sequence[str]) -> None:
    """Refuse to write a file that is read, and what cannot be a file."""
    if name == inputs.STANDARD:
        _check_standard(names)
        return
    for each in names:
        if each != inputs.STANDARD and os.path.isfile(name) and same_file(each, name):
            raise Failure(
                f"{name} is read, so it cannot be written at the same time",
                "name another file to write",
            )
    if os.path.isdir(name):
        raise Failure(f"{name} is a directory; name a file to write")
    check_suffix(name)
    directory = os.path.dirname(name)
    if directory and not os.path.isdir(directory):
        raise Failure(f"{name} cannot be written: there is no directory {directory}")


def check_suffix(name: str) -> None:
    """Refuse a name that says of a file that it is packed as it will not be."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in PACKED:
        raise Failure(
            f"{name} cannot be written: {suffix} is only read",
            f"compressed files that can be written: {', '.join(COMPRESSIONS)}",
        )


def check_beside(arguments: Namespace, names: Sequence[str]) -> None:
    """Refuse to let a report or the like overwrite what is read or written."""
    writes = hasattr(arguments, "output")
    target = getattr(arguments, "output", None) or inputs.STANDARD
    taken = [*names, arguments.ids, target if writes else None]
    for option in ("report", "rejects", "deleted"):
        path = getattr(arguments, option, None)
        if path is None:
            continue
        if path == inputs.STANDARD:
            if writes and target == inputs.STANDARD:
                raise Failure(f"--{option} - and the records would both go to standard output")
            if not writes and not arguments.quiet:
                raise Failure(
                    f"--{option} - and what {arguments.command} says would both go to standard "
                    "output",
                    "--quiet leaves only the one",
                )
            continue
        for each in taken:
            if each in (None, inputs.STANDARD) or _is_special(path):
                continue
            if same_file(each, path):
                raise Failure(f"--{option} {path}: this file is read or written already")
        taken.append(path)


def _is_special(path: str) -> bool:
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def _check_standard(names: Sequence[str]) -> None:
    try:
        status = os.fstat(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):
        return
    if not stat.S_ISREG(status.st_mode):
        return
    for name in names:
        if name == inputs.STANDARD:
            continue
        try:
            other = os.stat(name)
        except OSError:
            continue
        if os.path.samestat(status, other):
            raise Failure(
                f"{name} is read, and standard output goes to it",
                "write to another file, with -o",
            )
