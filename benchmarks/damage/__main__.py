"""Damage files and see what is read of them: `nox -s damage`, `nox -s damage -- quick`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

# Fetching records, processes and tables are as in the benchmark of speed.
sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))

import accounting
import injection
import libraries
import report
import speed
import tables

RESULTS = Path(__file__).resolve().parents[1] / "results"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "damage.md"
PARTS = ("injection", "accounting", "speed")
PLACE = re.compile(r"<!-- (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/damage", description=__doc__)
    parser.add_argument("mode", nargs="?", choices=list(injection.SEEDS), default="full")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seeds", type=int, help="files of each kind and base (3; quick: 1)")
    parser.add_argument("--only", nargs="+", default=(), metavar="WORD",
                        help="kinds of damage whose name has one of the words")  # fmt: skip
    parser.add_argument("--libraries", nargs="+", metavar="NAME", choices=[
        library.name for library in libraries.LIBRARIES
    ], help=", ".join(library.name for library in libraries.LIBRARIES))  # fmt: skip
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep the damaged files")
    parser.add_argument("--bars", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--results", type=Path, default=RESULTS, help="directory to write to")
    parser.add_argument("--markdown", action="store_true", help="print the last results' tables")
    parser.add_argument("--page", action="store_true", help="put them into docs/damage.md")
    return parser.parse_args()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def last_results(directory: Path) -> dict[str, Any]:
    found = sorted(directory.glob("*-damage.json")) or sorted(directory.glob("*-damage-quick.json"))
    if not found:
        sys.exit(f"no results in {directory}: run without --markdown and --page first")
    content: dict[str, Any] = json.loads(found[-1].read_text(encoding="utf-8"))
    return content


def filled(page: str, content: dict[str, Any]) -> str:
    """Return the page with the tables in their places; those without results stay as they are."""
    parts = tables.sections(content)

    def fill(place: re.Match[str]) -> str:
        name = place[1]
        return f"<!-- {name} -->\n{parts[name]}\n<!-- end -->" if name in parts else place[0]

    return PLACE.sub(fill, page)


def main() -> int:
    chosen = arguments()
    if chosen.markdown:
        print("\n\n".join(tables.sections(last_results(chosen.results)).values()))
        return 0
    if chosen.page:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(filled(page, last_results(chosen.results)), encoding="utf-8")
        return 0
    begun, load = report.now(), report.load()
    wanted = [
        library
        for library in libraries.LIBRARIES
        if not chosen.libraries or library.name in chosen.libraries
    ]
    injected = accounted = timed = None
    if "injection" in chosen.parts:
        seeds = chosen.seeds or injection.SEEDS[chosen.mode]
        injected = injection.run(wanted, seeds, chosen.only, say, chosen.keep)
    if "accounting" in chosen.parts:
        accounted = accounting.run(say)
    if "speed" in chosen.parts:
        timed = speed.run(chosen.mode, say)
    lines = tables.missed(injected, accounted, timed)
    content = {
        "begun": begun.isoformat(timespec="seconds"),
        "machine": report.machine(),
        "load": [load, report.load()],
        "options": {"mode": chosen.mode},
        **tables.as_data(injected, accounted, timed),
        "bars_missed": lines,
    }
    if injected is not None:
        print("unchanged / in part / in full (percent) / false records\n")
        print(report.as_text(tables.kinds(injected)), end="\n\n")
        print(report.as_text(tables.summary(injected)), end="\n\n")
        print("\n".join(injected.failures[:50]))
    if accounted is not None:
        print(report.as_text(tables.sources(accounted)), end="\n\n")
    if timed is not None:
        print(report.as_text(speed.rows(timed)), end="\n\n")
    if chosen.only or chosen.libraries or chosen.seeds or len(chosen.parts) < len(PARTS):
        print("not written to a file: not everything was run")
    else:
        chosen.results.mkdir(parents=True, exist_ok=True)
        quick = "" if chosen.mode == "full" else f"-{chosen.mode}"
        path = chosen.results / f"{begun:%Y-%m-%d}-damage{quick}.json"
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"written to {path}")
    print("\n".join(lines) or "all bars reached")
    return 1 if chosen.bars and lines else 0


if __name__ == "__main__":
    sys.exit(main())
