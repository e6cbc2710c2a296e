"""The comparison itself: steps counted, differences looked up in the table, the rest failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.differential.differences import TABLE
from tests.differential.outcomes import Capture, Outcome


@dataclass(frozen=True)
class Step:
    """One thing done to both packages."""

    name: str
    where: str
    options: tuple[tuple[str, Any], ...] = ()

    def option(self, name: str, default: Any = None) -> Any:
        return dict(self.options).get(name, default)


@dataclass
class Totals:
    """Counts of the whole session, for the summary at the end."""

    steps: int = 0
    differences: int = 0
    allowed: Counter[str] = field(default_factory=Counter)


TOTALS = Totals()


@dataclass
class Difference:
    step: Step
    theirs: Outcome
    ours: Outcome

    def __str__(self) -> str:
        options = dict(self.step.options)
        theirs, ours = self.theirs.describe(), self.ours.describe()
        start = 0
        limit = min(len(theirs), len(ours))
        while start < limit and theirs[start] == ours[start]:
            start += 1
        start = max(0, start - 80)
        return (
            f"{self.step.where} {options or ''} {self.step.name}\n"
            f"    pymarc: ...[{start}] {theirs[start : start + 400]}\n"
            f"    mrrc:   ...[{start}] {ours[start : start + 400]}"
        )


class Comparer:
    """Runs each step on pymarc and on the subject and keeps the differences."""

    def __init__(
        self, theirs: ModuleType, ours: ModuleType, capture: Capture, totals: Totals = TOTALS
    ) -> None:
        self.theirs = theirs
        self.ours = ours
        self.capture = capture
        self.totals = totals
        self.differences: list[Difference] = []
        self.steps = 0

    def compare(self, step: Step, theirs: Outcome, ours: Outcome) -> bool:
        self.steps += 1
        self.totals.steps += 1
        if theirs == ours:
            return True
        for row in TABLE:
            if row.applies(step, theirs, ours):
                self.totals.allowed[row.name] += 1
                return True
        self.totals.differences += 1
        self.differences.append(Difference(step, theirs, ours))
        return False

    def both(self, step: Step, function: Any, theirs_args: tuple[Any, ...] = (),
             ours_args: tuple[Any, ...] = ()) -> tuple[Outcome, Outcome]:  # fmt: skip
        """`function(package, *args)` on both sides."""
        theirs = self.capture.run(function, self.theirs, *theirs_args)
        ours = self.capture.run(function, self.ours, *ours_args)
        self.compare(step, theirs, ours)
        return theirs, ours

    def check(self) -> None:
        """Fail with the first differences found."""
        if not self.differences:
            return
        kinds = Counter(d.step.name.split(" > ")[-1] for d in self.differences)
        shown = "\n".join(str(d) for d in self.differences[:8])
        raise AssertionError(
            f"{len(self.differences)} of {self.steps} steps differ "
            f"({dict(kinds.most_common(12))})\n{shown}"
        )
