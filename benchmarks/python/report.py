"""What came out: a table to read, the same in Markdown, and JSON for whoever compares runs."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import bars
import chart
from peers import Column
from run import Measurement, Measurements
from sections import Section
from tasks import Task

MARK = " !"


class Result(NamedTuple):
    """Everything about one run."""

    tasks: list[Task]
    columns: list[Column]
    measurements: Measurements
    imports: dict[str, Measurement]
    digests: dict[str, str]
    about: dict[str, dict[str, Any]]
    options: dict[str, Any]
    origin: str
    begun: datetime
    load: tuple[float, float]
    """The machine's load average before and after."""
    absent: dict[str, str]
    """Peers that could not be measured, and why."""
    left_out: dict[str, dict[str, str]]
    """For each column the tasks in which its answer is not pymarc's, and what it is."""
    sections: list[Section]


def processor() -> str:
    """Return the processor's name, as the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    return {
        "processor": processor(),
        "processors": os.cpu_count(),
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def load() -> float:
    """Return the load average of the last minute; 0 where there is none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def heading(result: Result) -> list[str]:
    """Return the lines above the table: what was measured, on what, of which records."""
    here = machine()
    versions = []
    for name, each in result.about.items():
        engine = f" (engine {each['engine']})" if each.get("engine") else ""
        versions.append(f"{name} = {each['module']} {each['version']}{engine}")
    absent = [f"NOT MEASURED: {name}: {reason}" for name, reason in result.absent.items()]
    return [
        f"{result.options['records']} {result.origin}",
        *absent,
        "; ".join(versions),
        f"{here['processor']}, {here['processors']} processors, {here['system']}, {here['python']};"
        f" load {result.load[0]:.1f} to {result.load[1]:.1f}",
        f"best of {result.options['rounds']} processes, CPU time; times are pymarc's, the others "
        f"are how many times as fast, and behind the stroke how many are promised;{MARK} marks "
        "a bar that was missed",
    ]


def reasons(result: Result) -> list[str]:
    """Return a line for each column and task without a ratio, and why it has none."""
    labels = {task.name: task.label for task in result.tasks}
    return [
        f"{column}: {labels[name]}: {reason}"
        for column, each in result.left_out.items()
        for name, reason in each.items()
    ]


def seconds(value: float) -> str:
    return f"{value:.3f} s" if value >= 0.1 else f"{value * 1000:.1f} ms"


def times(value: float) -> str:
    return f"{value:.0f}x" if value >= 100 else f"{value:.1f}x" if value >= 10 else f"{value:.2f}x"


def with_bar(value: float, bar: float | None, missed: bool | None = None) -> str:
    """Return a ratio, the bar beside it, and the mark if it is missed."""
    if missed is None:
        missed = bar is not None and value < bar
    return times(value) + ("" if bar is None else f" / {bar:g}") + (MARK if missed else "")


def short(reason: str) -> str:
    """Return what a cell has room for."""
    return reason.partition(" (")[0].partition(":")[0][:24]


def rows(result: Result, quantity: str) -> list[list[str]]:
    """Return the table of one quantity, `cpu` or `wall`: the first column's, then the ratios.

    Bars are promises of CPU time; beside wall time there are none.
    """
    first, *others = [column.name for column in result.columns]
    table = [["task", first, *others]]
    for task in result.tasks:
        seen = result.measurements.get(task.name, {})
        if first not in seen:
            continue
        reference = getattr(seen[first], quantity)
        cells = [task.label, seconds(reference)]
        for name in others:
            if name in seen:
                ratio = reference / getattr(seen[name], quantity)
                judged = quantity == "cpu"
                bar = bars.bar(name, task.name) if judged else None
                cells.append(
                    with_bar(ratio, bar, judged and bars.is_missed(name, task.name, ratio))
                )
            else:
                cells.append(short(result.left_out.get(name, {}).get(task.name, "")))
        table.append(cells)
    if first in result.imports:
        reference = getattr(result.imports[first], quantity)
        table.append(["import", seconds(reference)] + [
            times(reference / getattr(result.imports[name], quantity))
            if name in result.imports else ""
            for name in others
        ])  # fmt: skip
    return table


def memory_rows(result: Result) -> list[list[str]]:
    """Return the table of peak memory."""
    names = [column.name for column in result.columns]
    table = [["task", *names]]
    for task in result.tasks:
        seen = result.measurements.get(task.name, {})
        cells = []
        for name in names:
            memory = seen[name].memory if name in seen else None
            cells.append("" if memory is None else f"{memory / 2**20:.0f} MiB")
        if any(cells):
            table.append([task.label, *cells])
    return table


def as_text(table: list[list[str]]) -> str:
    """Return a table for the terminal, numbers to the right."""
    widths = [max(len(row[index]) for row in table) for index in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        for width, cell in zip(widths[1:], row[1:], strict=True):
            # The mark stands outside the number's column.
            number = cell if cell.endswith(MARK) else cell + " " * len(MARK)
            cells.append(number.rjust(width + len(MARK)))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_markdown(table: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in table]
    lines.insert(1, "|---|" + "---:|" * (len(table[0]) - 1))
    return "\n".join(lines)


def markdown(result: Result) -> str:
    """Return the whole page."""
    parts = [f"# Benchmark of {result.begun:%Y-%m-%d}", listed(heading(result))]
    if result.measurements:
        parts += [
            f"![ratios]({name(result)}.svg)",
            "## The tasks\n\nCPU time:",
            as_markdown(rows(result, "cpu")),
        ]
        if result.left_out:
            parts.append(listed(reasons(result)))
        parts += [
            "Wall time (on a shared machine it says more about the neighbours):",
            as_markdown(rows(result, "wall")),
            "Peak memory of the process, interpreter and warm-up included:",
            as_markdown(memory_rows(result)),
        ]
    for section in result.sections:
        parts += [f"## {section.title}", listed(section.notes)]
        if len(section.table) > 1:
            parts.append(as_markdown(section.table))
    return "\n\n".join(part for part in parts if part) + "\n"


def listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def text(result: Result) -> str:
    """Return everything for the terminal."""
    parts = ["\n".join(heading(result))]
    if result.measurements:
        parts += [as_text(rows(result, "cpu")), "\n".join(reasons(result))]
    for section in result.sections:
        title = f"{section.title}\n" + "\n".join(section.notes)
        parts += [title, as_text(section.table) if len(section.table) > 1 else ""]
    return "\n\n".join(part for part in parts if part)


def tables(result: Result) -> dict[str, dict[str, Any]]:
    """Return every table with the remarks on it, as `page` puts them into the documentation."""
    found = {section.name: (section.notes, section.table) for section in result.sections}
    if result.measurements:
        found["tasks"] = (heading(result) + reasons(result), rows(result, "cpu"))
        found["wall"] = ([], rows(result, "wall"))
        found["peak"] = ([], memory_rows(result))
    return {name: {"notes": notes, "table": table} for name, (notes, table) in found.items()}


def as_data(result: Result, missed: list[str]) -> dict[str, Any]:
    """Return everything, for JSON: seconds and bytes."""
    return {
        "begun": result.begun.isoformat(timespec="seconds"),
        "machine": machine(),
        "load": list(result.load),
        "libraries": result.about,
        "options": result.options,
        "records": result.origin,
        "absent": result.absent,
        "digests": result.digests,
        "import": {name: each._asdict() for name, each in result.imports.items()},
        "tasks": {
            name: {column: each._asdict() for column, each in seen.items()}
            for name, seen in result.measurements.items()
        },
        "left_out": result.left_out,
        "sections": {section.name: section.data for section in result.sections},
        "bars_missed": missed,
        "heading": heading(result),
        "tables": tables(result),
    }


def name(result: Result) -> str:
    """Return what the files of a run are called, without their endings."""
    mode = result.options["mode"]
    return f"{result.begun:%Y-%m-%d}" + ("" if mode == "full" else f"-{mode}")


def save(result: Result, missed: list[str], directory: Path) -> Path:
    """Write `<date>.json`, `.md` and `.svg` (`<date>-quick` for a quick run); return the first."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name(result)}.json"
    path.write_text(json.dumps(as_data(result, missed), indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(markdown(result), encoding="utf-8")
    path.with_suffix(".svg").write_text(picture(result), encoding="utf-8")
    return path


def picture(result: Result) -> str:
    """Return the chart of the ratios of CPU time."""
    first = result.columns[0].name
    groups = []
    for task in result.tasks:
        seen = result.measurements.get(task.name, {})
        if first in seen:
            found = [
                chart.Bar(column, seen[first].cpu / each.cpu, bars.bar(column, task.name))
                for column, each in seen.items()
                if column != first
            ]
            groups.append(chart.Group(task.label, found))
    series = [column.name for column in result.columns[1:]]
    title = f"times as fast as pymarc, CPU time, {result.begun:%Y-%m-%d}"
    return chart.svg(title, groups, series)


def now() -> datetime:
    return datetime.now(timezone.utc)
