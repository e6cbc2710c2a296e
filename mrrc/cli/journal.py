"""What is said of records that are not as they should be: to people, in a report, by exit code."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mrrc.cli.beside import BesideFile
from mrrc.cli.failures import Failure, add_said
from mrrc.cli.texts import visible
from mrrc.problems import CODES, ERROR, NOTE

if TYPE_CHECKING:
    from mrrc.cli.progress import Progress
    from mrrc.problems import Problem

# So many records are told of one by one; a report has all of them.
_MOST_LINES = 50
_MOST_TAGS = 6
# Spans of these are in no record.
_UNREAD = ("bytes-unread", "record-unreadable")


class Journal:
    """Takes the problems of all files, in order, and tells of them a record at a time.

    Args:
        progress: is hidden while something is said.
        report: path of a file that gets every problem as a line of JSON.
        rejects: path of a file that gets the bytes that could not be read or written.
        max_errors: stop when there were more errors than that.
        quiet: say nothing.
        notes: also tell of what was wrong only in form.
        everything: tell of all problems one by one, however many they are.
        losses: count and tell only of what was not read at all; for commands that write no records.

    Attributes:
        tells: whether anything is told at all; it is counted in any case.
        are_lines: whether the file is of a format of text.
        counts: how often each code was met.
        changed: number of records that were written otherwise than they were.
        rejected: number of records that were not written.
        gaps: number of places between records where something could not be read.
        noted: number of records that were wrong in form only.
        lost: number of bytes in no record.
    """

    def __init__(
        self,
        progress: Progress,
        *,
        report: str | None = None,
        rejects: str | None = None,
        max_errors: int | None = None,
        quiet: bool = False,
        notes: bool = False,
        everything: bool = False,
        losses: bool = False,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.changed = self.rejected = self.gaps = self.noted = self.lost = 0
        self.file = ""
        self.tells = True
        self.are_lines = False
        self._everything = everything
        self._losses = losses
        self._progress = progress
        self._max_errors = max_errors
        self._errors = 0
        self._quiet = quiet
        self._notes = notes
        self._left = sys.maxsize if everything else _MOST_LINES
        self._more = 0
        self._group: list[Problem] = []
        self._has_report = report is not None
        self._report: BesideFile | None = None
        self._rejects: BesideFile | None = None
        try:
            if report is not None:
                self._report = BesideFile(report)
            if rejects is not None:
                self._rejects = BesideFile(rejects)
        except BaseException:
            self.close()
            raise

    def start_file(self, name: str) -> None:
        """Say which file the problems are of from now on."""
        self._tell()
        self.file = name

    def add(self, problem: Problem) -> None:
        """Take a problem; raises Failure when there are too many."""
        self.counts[problem.code] += 1
        if self._group and not _of_one_record(self._group[-1], problem):
            self._tell()
        self._group.append(problem)
        if self._report is not None:
            self._write_line(self._report, self.as_dict(problem))
        if problem.raw:
            self.reject(problem.raw)
        if problem.severity == ERROR:
            self._errors += 1
            if self._max_errors is not None and self._errors > self._max_errors:
                self._tell()
                where = f"{self.file_of(problem)}: {place_of(problem)}"
                raise Failure(
                    f"{where}: {numbered(self._errors, 'error')}, and --max-errors allows "
                    f"{self._max_errors:,}; the last one: {problem.code}"
                )

    def forget(self, number: int) -> None:
        """Do not tell of the record of this number, which was read last: it is not wanted."""
        last = self._group[-1] if self._group else None
        if last is not None and last.record_number == number and _is_of_record(last):
            self._group = []

    def recall(self, problems: Sequence[Problem]) -> None:
        """Tell of a record that was forgotten; it is wanted after all."""
        if problems:
            self._tell()
            self._group = list(problems)

    def reject(self, raw: bytes) -> None:
        """Keep bytes that could not be read or written."""
        if self._rejects is not None:
            self._rejects.write(raw)
            if self.are_lines and not raw.endswith(b"\n"):
                self._rejects.write(b"\n")

    def as_dict(self, problem: Problem) -> dict[str, Any]:
        """Return a problem as the report has it."""
        return {
            "file": visible(self.file),
            "member": problem.member,
            "code": problem.code,
            "severity": problem.severity,
            "record": problem.record_number,
            "offset": problem.offset,
            "length": problem.length,
            "control_number": problem.control_number,
            "tag": problem.tag,
            "found": problem.found,
            "done": problem.done,
        }

    def file_of(self, problem: Problem) -> str:
        """Return the name of the file that has a problem, and of the file in an archive."""
        file = visible(self.file)
        return file if problem.member is None else f"{file} ({visible(problem.member)})"

    def say(self, text: str) -> None:
        """Write a line to standard error, unless there is to be quiet."""
        if self._quiet or sys.stderr is None:
            return
        self._progress.hide()
        sys.stderr.write(f"{text}\n")

    def finish(self) -> int:
        """Tell the rest, close the files, and return the exit code: 0, or 1 if not all was well.

        It can be called again. The output is not put into its place before: a report that cannot
        be written is a failure, and then there is none.
        """
        self._tell()
        if self._more:
            advice = "" if self._has_report else "; --report FILE lists them all"
            self.say(f"... and {numbered(self._more, 'record')} more{advice}")
            self._more = 0
        self._close_well()
        bad = self.changed or self.rejected or self.gaps or (self._notes and self.noted)
        return 1 if bad else 0

    def _close_well(self) -> None:
        report, self._report = self._report, None
        rejects, self._rejects = self._rejects, None
        for file in (report, rejects):
            if file is not None:
                file.finish()

    def close(self) -> None:
        """Close the files, after a failure; what is in them stays."""
        for file in (self._report, self._rejects):
            if file is not None:
                try:
                    file.close()
                except OSError as error:
                    add_said(error, "a report is not complete")
        self._report = self._rejects = None

    def _write_line(self, file: BesideFile, content: dict[str, Any]) -> None:
        line = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        file.write(line.encode("utf-8", "backslashreplace") + b"\n")

    def _tell(self) -> None:
        """Tell of the record whose problems are together."""
        group, self._group = self._group, []
        if not group:
            return
        self.lost += sum(each.length for each in group if each.code in _UNREAD)
        if any(each.severity == ERROR and each.code in _LEAVES_OUT_RECORD for each in group):
            if all(each.code in _BETWEEN for each in group):
                self.gaps += 1
            else:
                self.rejected += 1
        elif self._losses:
            return
        elif all(each.severity == NOTE for each in group):
            self.noted += _is_of_record(group[0])
            if not self._notes:
                return
        else:
            self.changed += 1
        if not self.tells:
            return
        if self._left <= 0:
            self._more += 1
            return
        self._left -= 1
        start = f"{self.file_of(group[0])}: {place_of(group[0])}: "
        if self._everything:
            for each in group:
                self.say(start + said_of_problem(each))
        else:
            self.say(start + said_of_group(group))


_LEAVES_OUT_RECORD = frozenset((*_UNREAD, "record-not-written", "source-damaged"))
# These are of no record.
_BETWEEN = ("bytes-unread", "source-damaged")


def _of_one_record(one: Problem, other: Problem) -> bool:
    both = _is_of_record(one) and _is_of_record(other)
    return both and (one.record_number, one.member) == (other.record_number, other.member)


def _is_of_record(problem: Problem) -> bool:
    """Say whether a problem is one of a record, not of the bytes between two."""
    return problem.record_offset is not None or problem.code.startswith(("written-", "record-not"))


def numbered(count: int, word: str) -> str:
    """Return a number with its word, in the plural where there is more than one."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def start_of(problem: Problem) -> int | None:
    """Return the offset of the record of a problem, or of the bytes in no record."""
    offset = problem.offset
    if offset is None or problem.record_offset is None or not _is_of_record(problem):
        return offset
    return offset - problem.record_offset


def place_of(problem: Problem) -> str:
    """Return where the record of a problem is, or the bytes in no record."""
    parts = []
    offset = start_of(problem)
    if _is_of_record(problem) and problem.record_number is not None:
        parts.append(f"record {problem.record_number:,}")
    if offset is not None:
        parts.append(f"byte {offset:,}")
    if problem.control_number is not None:
        parts.append(f"001 {visible(problem.control_number.strip())}")
    return ", ".join(parts) or "at its end"


def said_of_group(group: Sequence[Problem]) -> str:
    """Return what is wrong with one record, in one line.

    One problem is told whole; of several the codes, and the tags of the fields.
    """
    if len(group) == 1:
        return said_of_problem(group[0])
    tags: dict[str, list[str]] = {}
    for each in group:
        known = tags.setdefault(each.code, [])
        if each.tag is not None and each.tag not in known:
            known.append(each.tag)
    parts = []
    for code, names in tags.items():
        shown = ", ".join(map(visible, names[:_MOST_TAGS]))
        if len(names) > _MOST_TAGS:
            shown += f" and {len(names) - _MOST_TAGS} more"
        parts.append(f"{code} ({shown})" if shown else code)
    return "; ".join(parts)


def said_of_problem(problem: Problem) -> str:
    """Return what is wrong, what was found, and what was made of it."""
    text = problem.code
    if problem.tag is not None:
        text += f" ({visible(problem.tag)})"
    if problem.code in _UNREAD:
        # What is long has its length said.
        size = "" if problem.found.endswith(" bytes)") else f"{numbered(problem.length, 'byte')}, "
        return f"{text}: {size}{problem.found}"
    code = CODES.get(problem.code)
    meaning = code.meaning.rstrip(".") if code is not None else ""
    text += f": {meaning}" if meaning else ""
    if problem.found:
        text += (
            f"; found {problem.found}" if problem.found.strip() else f"; found '{problem.found}'"
        )
    return f"{text}; {problem.done}" if problem.done else text


def summary(records: int, written: int | None, read: int, seconds: float, journal: Journal) -> str:
    """Return what was done, in one line."""
    from mrrc.cli.progress import size_of

    text = f"{numbered(records, 'record')}"
    if written is not None and written != records:
        text += f", {written:,} written"
    if journal.changed:
        text += f", {journal.changed:,} changed"
    if journal.rejected:
        text += f", {journal.rejected:,} rejected"
    if journal.lost:
        text += f", {numbered(journal.lost, 'byte')} unread"
    damaged = journal.counts["source-damaged"]
    if damaged:
        text += f", {numbered(damaged, 'input')} damaged"
    if journal.noted:
        text += f", {journal.noted:,} wrong in form only"
    text += f"; {size_of(read)} in {seconds:.1f} s"
    return text


def same_file(one: str, other: str) -> bool:
    """Say whether two paths are one file."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.abspath(one) == os.path.abspath(other)
