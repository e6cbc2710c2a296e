"""The tasks in the published package's own calls, where they are not pymarc's.

Its methods have other names, or are methods where pymarc has attributes. Measured are the calls a
user of that package would write; an answer still has to be pymarc's, or there is no ratio.
"""

from __future__ import annotations

from typing import Any

from tasks import Keep


def text(record: Any) -> str:
    """Return what pymarc's `str(record)` has; the package's own says nothing of the content."""
    lines = [f"=LDR  {record.leader}"]
    for field in record.fields():
        subfields = field.subfields()
        if not subfields and field.tag < "010":
            value = field.value().replace(" ", "\\")
            lines.append(f"={field.tag}  {value}")
            continue
        indicators = f"{field.indicator1}{field.indicator2}".replace(" ", "\\")
        content = "".join(f"${each.code}{each.value}" for each in subfields)
        lines.append(f"={field.tag}  {indicators}{content}")
    return "\n".join(lines) + "\n"


def values(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields():
            keep(field.value())


def subfields(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields():
            for subfield in field.subfields():
                keep(subfield.value)


def tags(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields():
            keep(field.tag)


TASKS = {run.__name__: run for run in (values, subfields, tags)}
