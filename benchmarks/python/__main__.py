"""Measure mrrc's engines beside pymarc: `nox -s bench`, `nox -s bench -- quick`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import data
import peers
import report
import run
import tasks
from bars import missed

RESULTS = Path(__file__).resolve().parents[1] / "results"
SIZES = {"full": (20_000, 5), "quick": (2_000, 3)}


def arguments() -> argparse.Namespace:
    names = [task.name for task in tasks.TASKS]
    parser = argparse.ArgumentParser(prog="benchmarks/python", description=__doc__)
    parser.add_argument("mode", nargs="?", choices=list(SIZES), default="full")
    parser.add_argument("--records", type=int, help="how many records (20000; quick: 2000)")
    parser.add_argument("--rounds", type=int, help="how many processes each (5; quick: 3)")
    parser.add_argument(
        "--tasks", nargs="+", choices=[*names, run.IMPORT], metavar="TASK", help=", ".join(names)
    )
    parser.add_argument("--generated", action="store_true", help="generated records, no download")
    parser.add_argument("--bars", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--results", type=Path, default=RESULTS, help="directory to write to")
    chosen = parser.parse_args()
    records, rounds = SIZES[chosen.mode]
    chosen.records = chosen.records or records
    chosen.rounds = chosen.rounds or rounds
    return chosen


def main() -> int:
    chosen = arguments()
    begun, load = report.now(), report.load()
    material = data.prepare(chosen.records, chosen.generated)
    wanted = [task for task in tasks.TASKS if not chosen.tasks or task.name in chosen.tasks]
    for task in wanted:
        if not material.has(task):
            print(f"left out, its file is not here: {task.label}", file=sys.stderr)
    wanted = [task for task in wanted if material.has(task)]
    try:
        about, absent = run.about(peers.PEERS)
        columns = peers.columns([peer for peer in peers.PEERS if peer.name in about])
        digests = run.check(wanted, columns, material)
        measurements = run.measure(wanted, columns, material, chosen.rounds)
        imports = {}
        if not chosen.tasks or run.IMPORT in chosen.tasks:
            imports = run.measure_import(columns, chosen.rounds)
    except run.Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    options = {"mode": chosen.mode, "records": chosen.records, "rounds": chosen.rounds}
    result = report.Result(
        *(wanted, columns, measurements, imports, digests, about, options, material.origin),
        *(begun, (load, report.load()), absent),
    )
    lines = [f"{name}: not measured" for name in absent] + missed(measurements, imports)
    print("\n".join(report.heading(result)), end="\n\n")
    print(report.as_text(report.rows(result, "cpu")))
    if chosen.tasks or chosen.records != SIZES[chosen.mode][0]:
        print("\nnot written to a file: not all tasks, or another number of records")
    else:
        print(f"\nwritten to {report.save(result, lines, chosen.results)} and .md")
    if chosen.bars:
        print("\n".join(lines) or "all bars reached")
        return 1 if lines else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
