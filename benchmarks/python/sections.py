"""What a run says beside its main table: a section each, measured by a module of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from peers import Column
from run import Failure

QUICK = "quick"


class Section(NamedTuple):
    """A table, what stands above and below it, and everything in it as data."""

    name: str
    title: str
    notes: list[str]
    table: list[list[str]]
    """The first row has the heads."""
    data: Any
    missed: list[str]
    """The bars that were not reached, a line each."""


class Setting(NamedTuple):
    """What every section is told."""

    columns: list[Column]
    quick: bool
    rounds: int
    generated: bool

    def of(self, *names: str) -> list[Column]:
        """Return the columns of these names that are here, in the order of the names."""
        found = {column.name: column for column in self.columns}
        return [found[name] for name in names if name in found]


def or_reason(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what was measured, or {"missing": why it cannot be}."""
    try:
        return measure()
    except Failure as failure:
        return {"missing": str(failure).splitlines()[-1]}


def reasons(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return a line for each reason why something was left out, and what was."""
    lines: dict[str, list[str]] = {}
    for label, each in found:
        if "missing" in each:
            lines.setdefault(each["missing"], []).append(label)
    return [
        f"left out: {', '.join(labels[:3])}"
        + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
        + f": {why}"
        for why, labels in lines.items()
    ]
