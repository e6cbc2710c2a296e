"""Counting: which tasks, how often, and what a count is compared with."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Records are made, and tasks written, as in the benchmark of speed.
sys.path.append(str(HERE.parent / "python"))

BASELINE = HERE / "baseline.json"
WORKER = HERE / "worker.py"
MOST = 1.05
"""How many times the baseline's instructions a task may take."""

# How often a task is done in the two runs whose difference counts: start and preparation cancel
# out, and in Python the first passes load what is loaded when first used.
CORE_RECORDS, CORE_PASSES = 500, (1, 3)
PYTHON_RECORDS, PYTHON_PASSES = 200, (2, 4)
PYTHON_TASKS = (
    "iterate", "title_proper", "values", "copy", "edit", "as_json", "to_xml", "marc8_titles",
)  # fmt: skip
COLLECTED = re.compile(r"Collected : (\d+)")

Counts = dict[str, float]
"""Instructions per record, by task."""


def missing() -> str:
    """Say what is not here that has to be; empty when nothing is missing."""
    for tool in ("valgrind", "cargo"):
        if shutil.which(tool) is None:
            return f"no {tool} on PATH"
    return ""


def instructions(command: list[str], environment: dict[str, str]) -> int:
    """Return how many instructions a process executes."""
    with tempfile.TemporaryDirectory() as directory:
        options = ("--tool=callgrind", f"--callgrind-out-file={directory}/out")
        done = subprocess.run(
            ["valgrind", *options, *command],
            capture_output=True, text=True, cwd=directory, env=environment,
        )  # fmt: skip
    found = COLLECTED.search(done.stderr)
    if done.returncode != 0 or found is None:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return int(found[1])


def per_record(
    command: list[str], passes: tuple[int, int], records: int, environment: dict[str, str]
) -> float:
    """Return the instructions per record; `PASSES` in the command is replaced by a number."""
    few, many = (
        instructions([str(number) if word == "PASSES" else word for word in command], environment)
        for number in passes
    )
    return round((many - few) / (passes[1] - passes[0]) / records, 1)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def built() -> str:
    """Build the program of `rust/benches` and return its path."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve() / "benches"
    manifest = ROOT / "rust" / "benches" / "Cargo.toml"
    subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--manifest-path", str(manifest)],
        check=True, env=os.environ | {"CARGO_TARGET_DIR": str(target)},
    )  # fmt: skip
    return str(target / "release" / "mrrc-benches")


def core(wanted: list[str]) -> Counts:
    """Count the tasks of `rust/benches`."""
    program = built()
    names = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    counts = {}
    for name in names:
        if not wanted or name in wanted:
            say(f"core: {name}")
            command = [program, name, "PASSES", str(CORE_RECORDS)]
            counts[name] = per_record(command, CORE_PASSES, CORE_RECORDS, dict(os.environ))
    return counts


def python(wanted: list[str]) -> Counts:
    """Count the tasks of Python programs, on generated records, with the engine in Rust."""
    import kinds

    environment = {key: os.environ[key] for key in os.environ if not key.startswith("PYTHON")}
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    # The seed of hashes is by chance otherwise, and with it the collisions in every dictionary.
    environment |= {"MRRC_ENGINE": "rust", "PYTHONHASHSEED": "0"}
    counts = {}
    with tempfile.TemporaryDirectory() as directory:
        for name in ("utf8", "marc8"):
            path = Path(directory) / f"{name}.mrc"
            path.write_bytes(kinds.generate(name, PYTHON_RECORDS))
        for name in PYTHON_TASKS:
            if not wanted or name in wanted:
                say(f"python: {name}")
                path = Path(directory) / ("marc8.mrc" if "marc8" in name else "utf8.mrc")
                command = [sys.executable, str(WORKER), name, "PASSES", str(path)]
                counts[name] = per_record(command, PYTHON_PASSES, PYTHON_RECORDS, environment)
    return counts


def compilers() -> dict[str, str]:
    """Return what a count of the core depends on beside the code."""
    said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    lines = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    information = Path("/proc/cpuinfo")
    features = information.read_text(errors="replace") if information.exists() else ""
    return {
        "rustc": lines["release"],
        "host": lines["host"],
        # The core looks for bytes with other instructions where there are these.
        "avx2": "yes" if " avx2" in features else "no",
    }


def interpreter() -> dict[str, str]:
    """Return what a count in Python depends on, in addition."""
    return {"python": f"{platform.python_implementation()} {sys.version}".replace("\n", " ")}


def compare(
    seen: Counts, baseline: Counts, same: bool, strict: bool
) -> tuple[list[str], list[str]]:
    """Return a line for each task, and one for each that takes too much."""
    lines, failed = [], []
    for name, count in seen.items():
        before = baseline.get(name)
        if before is None:
            lines.append(f"{name:<16} {count:>14,.1f}  no baseline yet")
            continue
        share = count / before if before else float(count > 0) + 1
        line = f"{name:<16} {count:>14,.1f}  {before:>14,.1f}  {100 * (share - 1):+6.1f} %"
        if share > MOST:
            line += "  too much" if same or strict else "  more, under another compiler"
            if same or strict:
                failed.append(f"{name}: {100 * (share - 1):.1f} percent above its baseline")
        elif share < 2 - MOST:
            line += "  less: --write keeps it"
        lines.append(line)
    return lines, failed


def read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
