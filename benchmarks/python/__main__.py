"""Measure mrrc's engines beside others: `nox -s bench`, `nox -s bench -- quick`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import by_kind
import conversions
import data
import installed
import memory
import page
import parallel
import peers
import programs
import report
import run
import tasks
from bars import missed
from sections import QUICK, Section, Setting

RESULTS = Path(__file__).resolve().parents[1] / "results"
SIZES = {"full": (10_000, 4), QUICK: (1_000, 3)}
SLICES = (1_000, 10_000, 100_000, 250_000)
TASKS = "tasks"
SECTIONS: dict[str, Callable[[Setting], Section]] = {
    "kinds": by_kind.measure,
    "programs": programs.measure,
    "conversions": conversions.measure,
    "batches": parallel.batches,
    "threads": parallel.threads,
    "readers": parallel.readers,
    "memory": memory.held,
    "streaming": memory.streaming,
}


def arguments() -> argparse.Namespace:
    names = [task.name for task in tasks.TASKS]
    parts = [TASKS, *SECTIONS]
    parser = argparse.ArgumentParser(prog="benchmarks/python", description=__doc__)
    parser.add_argument("mode", nargs="?", choices=list(SIZES), default="full")
    slices = ", ".join(map(str, SLICES))
    parser.add_argument("--records", type=int, help=f"{slices} or any other (10000; quick: 1000)")
    parser.add_argument("--rounds", type=int, help="how many processes each (4; quick: 3)")
    parser.add_argument(
        "--tasks", nargs="+", choices=[*names, run.IMPORT], metavar="TASK", help=", ".join(names)
    )
    parser.add_argument(
        "--sections", nargs="+", choices=parts, metavar="SECTION", help=", ".join(parts)
    )
    parser.add_argument("--generated", action="store_true", help="download nothing")
    parser.add_argument("--bars", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--results", type=Path, default=RESULTS, help="directory to write to")
    parser.add_argument(
        "--page", action="store_true", help="only put the last results into docs/PERFORMANCE.md"
    )
    chosen = parser.parse_args()
    records, rounds = SIZES[chosen.mode]
    chosen.whole = not (chosen.tasks or chosen.sections or chosen.records)
    chosen.records = chosen.records or records
    chosen.rounds = chosen.rounds or rounds
    # Whoever names tasks wants these and nothing else.
    chosen.sections = chosen.sections or ([TASKS] if chosen.tasks else parts)
    return chosen


def main() -> int:
    chosen = arguments()
    if chosen.page:
        written = page.write(chosen.results)
        print("written" if written else f"no results in {chosen.results}")
        return 0 if written else 1
    installed.downloads = not chosen.generated
    begun, load = report.now(), report.load()
    material = data.prepare(chosen.records, chosen.generated)
    wanted = [task for task in tasks.TASKS if not chosen.tasks or task.name in chosen.tasks]
    if TASKS not in chosen.sections:
        wanted = []
    for task in wanted:
        if not material.has(task):
            print(f"left out, its file is not here: {task.label}", file=sys.stderr)
    wanted = [task for task in wanted if material.has(task)]
    try:
        about, absent = run.about(peers.PEERS)
        columns = peers.columns([peer for peer in peers.PEERS if peer.name in about])
        digests, left_out = run.check(wanted, columns, material)
        measurements = run.measure(wanted, columns, material, chosen.rounds, left_out)
        imports = {}
        if TASKS in chosen.sections and (not chosen.tasks or run.IMPORT in chosen.tasks):
            imports = run.measure_import(columns, chosen.rounds)
        setting = Setting(columns, chosen.mode == QUICK, min(chosen.rounds, 3), chosen.generated)
        sections = [SECTIONS[name](setting) for name in SECTIONS if name in chosen.sections]
    except run.Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    options = {"mode": chosen.mode, "records": chosen.records, "rounds": chosen.rounds}
    result = report.Result(
        *(wanted, columns, measurements, imports, digests, about, options, material.origin),
        *(begun, (load, report.load()), absent, left_out, sections),
    )
    ours = {peer.name for peer in peers.OURS}
    lines = [f"{name}: not measured" for name in absent if name in ours]
    lines += missed(measurements, imports)
    lines += [line for section in sections for line in section.missed]
    print(report.text(result))
    if chosen.whole:
        print(f"\nwritten to {report.save(result, lines, chosen.results)}, .md and .svg")
    else:
        print("\nnot written to a file: not everything, or another number of records")
    if chosen.bars:
        print("\n".join(lines) or "all bars reached")
        return 1 if lines else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
