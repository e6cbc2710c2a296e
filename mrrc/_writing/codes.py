"""A problem that a writer found, before its place in the file is known."""

from __future__ import annotations

from typing import NamedTuple

from mrrc.problems import CODES, Problem


class Finding(NamedTuple):
    """A problem that has its code, but not its place; `field` is the field's index.

    The other attributes are those of `Problem`.
    """

    code: str
    field: int | None
    tag: str | None
    found: str
    done: str

    def as_problem(
        self,
        record_number: int | None,
        control_number: str | None,
        offset: int | None,
        span: tuple[int, int] | None,
    ) -> Problem:
        """Return the problem; `span` is offset in the record and length, if they are known."""
        start, length = (None, 0) if span is None else span
        return Problem(
            code=self.code,
            severity=CODES[self.code].severity,
            record_number=record_number,
            offset=None if offset is None or start is None else offset + start,
            record_offset=start,
            length=length,
            control_number=control_number,
            tag=self.tag,
            found=self.found,
            done=self.done,
        )
