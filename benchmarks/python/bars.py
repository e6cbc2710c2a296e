"""What mrrc promises to reach, as ratios to pymarc's CPU time in the same run."""

from __future__ import annotations

from peers import OURS, PYMARC, PYTHON, RUST
from run import Measurement, Measurements

REFERENCE = f"{PYMARC.name}, file"

# Read by path, and what is read from nowhere.
RUST_BY_PATH = {
    "iterate": 150.0,
    "title": 80.0,
    "title_proper": 70.0,
    "subjects": 50.0,
    "values": 20.0,
    "values_iterating": 11.0,
    "subfields": 10.0,
    "subfields_iterating": 5.0,
    "tags": 15.0,
    "copy": 130.0,
    "edit": 12.0,
    "build": 3.0,
    "as_json": 50.0,
    "as_dict": 15.0,
    "to_xml": 80.0,
    "marc8_real_titles": 100.0,
    "from_xml": 20.0,
}
# Read from a file object, as pymarc's programs do.
RUST_BY_FILE = {
    "iterate": 65.0,
    "title": 45.0,
    "title_proper": 40.0,
    "subjects": 40.0,
    "copy": 70.0,
    "as_json": 30.0,
    "to_xml": 60.0,
    "build": 3.0,
}
PYTHON_BY_PATH = {"iterate": 6.0, "title_proper": 4.0, "values": 2.0}
NEVER_BELOW = 0.95

BARS = {
    f"{RUST.name}, path": RUST_BY_PATH,
    f"{RUST.name}, file": RUST_BY_FILE,
    f"{PYTHON.name}, path": PYTHON_BY_PATH,
}


def bar(column: str, task: str) -> float | None:
    """Return what a column promises in a task; None where nothing is promised."""
    return BARS.get(column, {}).get(task, NEVER_BELOW if column.startswith(PYTHON.name) else None)


def is_missed(column: str, task: str, ratio: float) -> bool:
    """Tell whether a ratio is less than was promised; slower than pymarc is never promised."""
    if not any(column.startswith(f"{peer.name},") for peer in OURS):
        return False
    return ratio < (bar(column, task) or NEVER_BELOW)


def missed(measurements: Measurements, imports: dict[str, Measurement]) -> list[str]:
    """Return a line for each bar that was not reached; a task that was not measured has none."""
    lines = []
    for task, seen in measurements.items():
        if REFERENCE not in seen:
            continue
        for column, each in seen.items():
            ratio = seen[REFERENCE].cpu / each.cpu
            if is_missed(column, task, ratio):
                least = bar(column, task) or NEVER_BELOW
                lines.append(f"{column}: {task} is {ratio:.2f}x pymarc, the bar is {least:g}x")
    reference = imports.get(REFERENCE)
    for peer in OURS:
        for column, each in imports.items():
            if reference is None or not column.startswith(f"{peer.name},"):
                continue
            if each.cpu > reference.cpu:
                lines.append(
                    f"{column}: import takes {each.cpu * 1000:.1f} ms, "
                    f"pymarc's {reference.cpu * 1000:.1f} ms"
                )
    return lines
