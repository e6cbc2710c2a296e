"""What came out, as tables: text for the terminal, Markdown, and JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import report
import speed as speeds
from accounting import Accounting
from injection import Injection
from score import Score
from speed import Speed

SUMMARY: tuple[tuple[str, Callable[[Score], str]], ...] = (
    ("undamaged records unchanged", lambda s: share(s.unchanged, s.untouched)),
    ("damaged records in part", lambda s: share(s.in_part, s.recoverable)),
    ("damaged records in full", lambda s: share(s.in_full, s.recoverable)),
    ("their undamaged fields", lambda s: share(s.fields_kept, s.fields)),
    ("false records", lambda s: str(s.false)),
    ("merged records", lambda s: str(s.merged)),
    ("fields in the wrong record", lambda s: str(s.foreign_fields)),
    ("silent changes and losses", lambda s: str(s.silent)),
    ("None records and errors", lambda s: str(s.errors)),
    ("files with an exception, crash", lambda s: str(s.failures - s.hangs)),
    ("files with a hang", lambda s: str(s.hangs)),
    ("files with bytes unaccounted for", lambda s: str(s.unaccounted)),
)


def share(part: int, whole: int) -> str:
    """Return a percentage, rounded so that 100 means all and 0 none."""
    if not whole:
        return "-"
    if part in (0, whole):
        return f"{100 * part // whole} %"
    return f"{min(99.99, max(0.01, 100 * part / whole)):.2f} %"


def short(part: int, whole: int) -> str:
    if not whole:
        return "-"
    if part in (0, whole):
        return str(100 * part // whole)
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f}"


def total(injection: Injection, name: str) -> Score:
    result = Score()
    for row in injection.scores.values():
        result = result.plus(row.get(name, Score()))
    return result


def summary(injection: Injection) -> list[list[str]]:
    """Return the table of all kinds together: a row for each measure."""
    names = list(injection.versions)
    totals = [total(injection, name) for name in names]
    return [
        ["", *names],
        *([label, *(show(each) for each in totals)] for label, show in SUMMARY),
    ]


def cell(score: Score) -> str:
    """Return one library on one kind: unchanged, in part, in full, false."""
    return " / ".join(
        (
            short(score.unchanged, score.untouched),
            short(score.in_part, score.recoverable),
            short(score.in_full, score.recoverable),
            str(score.false),
        )
    )


def kinds(injection: Injection) -> list[list[str]]:
    """Return the table of kinds of damage: a row for each."""
    names = list(injection.versions)
    table = [["damage", *names]]
    for (group, name), row in injection.scores.items():
        cells = [cell(row[each]) if each in row else "" for each in names]
        table.append([f"{group}: {name}", *cells])
    return table


def sources(accounting: Accounting) -> list[list[str]]:
    """Return the table of the real files: a row for each source."""
    table = [["source", "files", "records", "with problems", "bytes", "sound", "salvaged",
              "reported", "problems"]]  # fmt: skip
    for name, each in accounting.sources.items():
        problems = ", ".join(f"{code} {count}" for code, count in each.problems)
        numbers = (each.files, each.records, each.with_problems, each.bytes, each.sound,
                   each.salvaged, each.reported)  # fmt: skip
        table.append([name, *(f"{number:,}" for number in numbers), problems])
    everything = list(accounting.sources.values())
    sums = [sum(column) for column in zip(*(each[:7] for each in everything), strict=True)]
    table.append(["all", *(f"{number:,}" for number in sums), ""])
    return table


def missed(injection: Injection | None, accounting: Accounting | None,
           speed: Speed | None) -> list[str]:  # fmt: skip
    """Return the bars that were not reached."""
    said = []
    for name in ("rust", "python") if injection else ():
        assert injection is not None
        if name not in injection.versions:
            said.append(f"{name}: not measured")
            continue
        score = total(injection, name)
        if score.unchanged != score.untouched:
            said.append(f"{name}: {score.untouched - score.unchanged} undamaged records changed")
        said += [
            f"{name}: {label}: {getattr(score, label)}"
            for label in ("false", "silent", "failures", "unaccounted")
            if getattr(score, label)
        ]
    if accounting is not None:
        said += accounting.faults or []
        if len(accounting.engines) < 2:
            said.append("accounting: one engine only")
    if speed is not None:
        said += speeds.missed(speed)
    return said


def as_data(
    injection: Injection | None, accounting: Accounting | None, speed: Speed | None
) -> dict[str, Any]:
    """Return everything, for JSON, the tables of the documentation included."""
    result: dict[str, Any] = {}
    if injection is not None:
        result["injection"] = {
            "files": injection.files,
            "bytes": injection.bytes,
            "libraries": injection.versions,
            "absent": injection.absent,
            "summary": summary(injection),
            "kinds": kinds(injection),
            "scores": {
                f"{group}: {name}": {each: score._asdict() for each, score in row.items()}
                for (group, name), row in injection.scores.items()
            },
            "failures": injection.failures,
        }
    if accounting is not None:
        result["accounting"] = {
            "engines": accounting.engines,
            "faults": accounting.faults,
            "table": sources(accounting),
        }
    if speed is not None:
        result["speed"] = {
            "rounds": speed.rounds,
            "records": speed.records,
            "table": speeds.rows(speed),
            "seconds": [
                [each.library.name, each.recovery, "path" if each.by_path else "file", each.data,
                 seconds]
                for each, seconds in speed.seconds.items()
            ],
        }  # fmt: skip
    return result


def heading(content: dict[str, Any]) -> str:
    machine = content["machine"]
    return (
        f"{content['begun'][:10]}, {machine['processor']}, {machine['processors']} processors, "
        f"{machine['system']}, {machine['python']}"
    )


def sections(content: dict[str, Any]) -> dict[str, str]:
    """Return the parts of the page in Markdown, by the name of their place in it."""
    found = {"about": f"Measured {heading(content)}."}
    if "injection" in content:
        part = content["injection"]
        versions = "; ".join(f"{name} = {text}" for name, text in part["libraries"].items())
        absent = "".join(f" Left out: {name}: {why}." for name, why in part["absent"].items())
        told = f"{part['files']:,} damaged files, {part['bytes'] / 1e6:.0f} MB. {versions}.{absent}"
        found["summary"] = f"{told}\n\n{report.as_markdown(part['summary'])}"
        found["kinds"] = report.as_markdown(part["kinds"])
    if "accounting" in content:
        part = content["accounting"]
        faults = "".join(f"\n\nFAULT: {text}" for text in part["faults"])
        found["accounting"] = report.as_markdown(part["table"]) + faults
    if "speed" in content:
        part = content["speed"]
        count = part["records"]["books"]
        found["speed"] = (
            f"{count:,} records in UTF-8, {part['records']['marc8']:,} in MARC-8; CPU time, best "
            f"of {part['rounds']} processes.\n\n{report.as_markdown(part['table'])}"
        )
    return found
