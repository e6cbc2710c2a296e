"""Count instructions instead of seconds: `nox -s instructions`, `-- --write` for a new baseline.

valgrind counts what a task executes per record, in `rust/benches` (the core alone) and in Python
(the extension as installed). A count does not depend on what else the machine does, so a task that
needs 5 percent more than in baseline.json fails the run. It does depend on the compilers: where
they are others than the baseline's the differences are shown and judged only with `--strict`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import counts

PARTS = ("core", "python")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/instructions", description=__doc__)
    parser.add_argument(
        "--parts", nargs="+", choices=("core", "python"), default=("core", "python")
    )
    parser.add_argument("--tasks", nargs="+", default=[], metavar="TASK")
    parser.add_argument("--write", action="store_true", help="make what was counted the baseline")
    parser.add_argument("--strict", action="store_true", help="judge under other compilers, too")
    parser.add_argument("--baseline", type=Path, default=counts.BASELINE)
    parser.add_argument("--missing", action="store_true", help="say what is not here, nothing else")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    if chosen.missing or counts.missing():
        print(counts.missing())
        return 0
    baseline = counts.read(chosen.baseline)
    failures = []
    for part, counted, made_by in (
        ("core", counts.core, counts.compilers()),
        ("python", counts.python, counts.compilers() | counts.interpreter()),
    ):
        if part not in chosen.parts:
            continue
        before = baseline.get(part, {})
        seen = counted(chosen.tasks)
        same = before.get("made_by") == made_by
        print(f"{part}: instructions per record, those of the baseline")
        if before and not same:
            print(f"  the baseline was made by others: {before.get('made_by')}, here {made_by}")
        lines, failed = counts.compare(seen, before.get("counts", {}), same, chosen.strict)
        print("\n".join(f"  {line}" for line in lines))
        failures += [f"{part}, {line}" for line in failed]
        if chosen.write:
            kept = before.get("counts", {}) if same and chosen.tasks else {}
            baseline[part] = {"made_by": made_by, "counts": kept | seen}
            chosen.baseline.write_text(json.dumps(baseline, indent=1) + "\n", encoding="utf-8")
    if chosen.write:
        return 0
    within = f"no task is more than {100 * (counts.MOST - 1):.0f} percent above"
    print("\n".join(failures) or within)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
