"""What came out: a table to read, the same in Markdown, and JSON for whoever compares runs."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from bars import NEVER_BELOW
from peers import Column
from run import Measurement, Measurements
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
        f"best of {result.options['rounds']} processes, CPU time; times are pymarc's, "
        f"the others are how many times as fast;{MARK} marks less than {NEVER_BELOW}",
    ]


def seconds(value: float) -> str:
    return f"{value:.3f} s" if value >= 0.1 else f"{value * 1000:.1f} ms"


def ratio(value: float) -> str:
    text = f"{value:.0f}x" if value >= 100 else f"{value:.1f}x" if value >= 10 else f"{value:.2f}x"
    return text + (MARK if value < NEVER_BELOW else "")


def rows(result: Result, quantity: str) -> list[list[str]]:
    """Return the table of one quantity, `cpu` or `wall`: the first column's, then the ratios."""
    first, *others = [column.name for column in result.columns]
    table = [["task", first, *others]]
    lines = [(task.label, result.measurements.get(task.name, {})) for task in result.tasks]
    for label, seen in [*lines, ("import", result.imports)]:
        if first not in seen:
            continue
        reference = getattr(seen[first], quantity)
        ratios = [
            ratio(reference / getattr(seen[name], quantity)) if name in seen else ""
            for name in others
        ]
        table.append([label, seconds(reference), *ratios])
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
    parts = [
        f"# Benchmark of {result.begun:%Y-%m-%d}",
        "\n".join(f"- {line}" for line in heading(result)),
        "CPU time:",
        as_markdown(rows(result, "cpu")),
        "Wall time (on a shared machine it says more about the neighbours):",
        as_markdown(rows(result, "wall")),
        "Peak memory of the process, interpreter and warm-up included:",
        as_markdown(memory_rows(result)),
    ]
    return "\n\n".join(parts) + "\n"


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
        "bars_missed": missed,
    }


def save(result: Result, missed: list[str], directory: Path) -> Path:
    """Write `<date>.json` and `<date>.md` (`<date>-quick` for a quick run); return the first."""
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{result.begun:%Y-%m-%d}"
    if result.options["mode"] != "full":
        name += f"-{result.options['mode']}"
    path = directory / f"{name}.json"
    path.write_text(json.dumps(as_data(result, missed), indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(markdown(result), encoding="utf-8")
    return path


def now() -> datetime:
    return datetime.now(timezone.utc)
