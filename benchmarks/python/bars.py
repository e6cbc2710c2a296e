"""What mrrc promises to reach, as ratios to pymarc's CPU time."""

from __future__ import annotations

from peers import PYMARC, PYTHON, RUST
from run import Measurement, Measurements

# Reading from a file object, as pymarc's programs do.
RUST_BARS = {
    "iterate": 60.0,
    "title_proper": 35.0,
    "values": 15.0,
    "values_iterating": 10.0,
    "copy": 50.0,
}
PYTHON_BARS = {"iterate": 5.0}
NEVER_BELOW = 0.95


def missed(measurements: Measurements, imports: dict[str, Measurement]) -> list[str]:
    """Return a line for each bar that was not reached; a task that was not measured has none."""
    lines = []

    def expect(column: str, task: str, bar: float) -> None:
        seen = measurements.get(task, {})
        reference = f"{PYMARC.name}, file"
        if column not in seen or reference not in seen:
            return
        ratio = seen[reference].cpu / seen[column].cpu
        if ratio < bar:
            lines.append(f"{column}: {task} is {ratio:.2f}x pymarc, the bar is {bar:g}x")

    for task in measurements:
        expect(f"{RUST.name}, file", task, RUST_BARS.get(task, 0.0))
        expect(f"{PYTHON.name}, file", task, PYTHON_BARS.get(task, NEVER_BELOW))
        expect(f"{PYTHON.name}, path", task, NEVER_BELOW)
    reference = imports.get(f"{PYMARC.name}, file")
    for column, seen in imports.items():
        if reference is not None and seen.cpu > reference.cpu:
            lines.append(
                f"{column}: import takes {seen.cpu * 1000:.1f} ms, "
                f"pymarc's {reference.cpu * 1000:.1f} ms"
            )
    return lines
