"""Whole processes, from start to end: programs written in C and Rust beside those in Python.

A program in Python pays for its interpreter and the import here, as its user does.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import data
import installed
import report
import run
from peers import PUBLISHED, PYMARC, PYTHON, RUST, Peer
from sections import Section, Setting

RECORDS = {True: 2_000, False: 20_000}
LIMIT = 300.0
YAZ, MARC21 = "yaz-marcdump", "marc21"

HEAD = "import sys\nimport {module} as m\nreader = m.MARCReader({source})\n"
OUTPUT = "output = open(sys.argv[2], 'wb')\n"
CODE = {
    "count": "print(sum(1 for _ in reader), file=open(sys.argv[2], 'w'))\n",
    "copy": OUTPUT + "writer = m.MARCWriter(output)\n"
    "for record in reader:\n    writer.write(record)\nwriter.close()\n",
    "lines": "with open(sys.argv[2], 'w', encoding='utf-8') as output:\n"
    "    for record in reader:\n        print(record, file=output)\n",
    "xml": OUTPUT + "writer = m.XMLWriter(output)\n"
    "for record in reader:\n    writer.write(record)\nwriter.close()\n",
    "json": OUTPUT + "writer = m.JSONWriter(open(sys.argv[2], 'w'))\n"
    "for record in reader:\n    writer.write(record)\nwriter.close()\n",
}


def number(content: bytes) -> int:
    return int(content.split()[0])


def terminators(content: bytes) -> int:
    return content.count(b"\x1d")


def line_records(content: bytes) -> int:
    """Count leaders: a line that begins with 24 characters, or with =LDR."""
    lines = content.split(b"\n")
    return sum(line.startswith((b"=LDR", b"LDR")) or b"4500" in line[20:24] for line in lines)


def xml_records(content: bytes) -> int:
    return content.count(b"<record")


def json_records(content: bytes) -> int:
    return content.count(b'"leader"')


class Job(NamedTuple):
    """One thing that a program does with a file, and how its records are counted in the result."""

    name: str
    label: str
    count: Callable[[bytes], int]
    yaz: tuple[str, ...] = ()
    marc21: tuple[str, ...] = ()
    """Arguments before the file's name; none where the program has no such thing."""


JOBS = (
    Job("count", "count the records", number, (), ("count",)),
    Job("copy", "write them again", terminators, ("-o", "marc"), ("concat",)),
    Job("lines", "as lines of text", line_records, ("-o", "line"),
        ("print", "--format", "mnemonic")),
    Job("xml", "as MARCXML", xml_records, ("-o", "marcxml")),
    Job("json", "as JSON", json_records, ("-o", "json")),
)  # fmt: skip


class Command(NamedTuple):
    """A process: what it is called with, its variables, whether it prints its result."""

    arguments: list[str]
    environment: dict[str, str]
    prints: bool


def command(name: str, job: Job, path: Path, output: Path) -> Command | None:
    """Return how a program does a job; None where it does not. May raise Absent."""
    if name == YAZ:
        if not job.yaz:
            return None
        program, extra = installed.yaz()
        return Command([program, *job.yaz, str(path)], os.environ | extra, prints=True)
    if name == MARC21:
        if not job.marc21:
            return None
        arguments = [installed.marc21(), *job.marc21, str(path)]
        return Command(arguments, dict(os.environ), prints=True)
    peer: Peer = next(each for each in (PYMARC, RUST, PYTHON, PUBLISHED) if each.name == name)
    source = "open(sys.argv[1], 'rb')" if peer is PYMARC else "sys.argv[1]"
    code = HEAD.format(module=peer.module, source=source) + CODE[job.name]
    arguments = [peer.find_python(), "-c", code, str(path), str(output)]
    return Command(arguments, run.environment_of(peer), prints=False)


def timed(wanted: Command, output: Path, statuses: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Run a process to its end; raise Failure where it fails or does not end.

    `statuses` are the exit statuses with which it has not failed.
    """
    begun = time.perf_counter()
    with output.open("wb") as target, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            wanted.arguments,
            stdin=subprocess.DEVNULL,
            stdout=target if wanted.prints else subprocess.DEVNULL,
            stderr=errors,
            cwd=tempfile.gettempdir(),
            env=wanted.environment,
        )
        cpu = None
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu = usage.ru_utime + usage.ru_stime
        else:
            process.wait(timeout=LIMIT)
        wall = time.perf_counter() - begun
        if process.returncode not in statuses:
            errors.seek(0)
            lines = errors.read().decode("utf-8", "replace").strip().splitlines()
            raise run.Failure(lines[-1] if lines else f"exit status {process.returncode}")
    return {"wall": wall, "cpu": cpu if cpu is not None else wall}


def once(name: str, job: Job, path: Path, expected: int) -> dict[str, Any] | None:
    """Do a job once and look at its result; None where the program has no such job."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "output"
        try:
            wanted = command(name, job, path, output)
            if wanted is None:
                return None
            seen = timed(wanted, output)
        except (installed.Absent, run.Failure) as reason:
            return {"missing": str(reason)}
        content = output.read_bytes()
    found = job.count(content)
    if found != expected:
        return {"missing": f"other answer: {found} records"}
    if job.name == "copy" and content != path.read_bytes():
        return {"missing": "other answer: not the same bytes"}
    return seen


def versions() -> dict[str, str]:
    """Return the versions of the programs that are here, and why the others are not."""
    said = {}
    for name, ask in ((YAZ, installed.yaz_version), (MARC21, installed.marc21_version)):
        try:
            said[name] = f"{name} {ask()}"
        except installed.Absent as reason:
            said[name] = f"left out: {name}: {reason}"
    return said


def measure(setting: Setting) -> Section:
    """Measure every program that is here in every job that is its."""
    path, origin = data.slice_of(RECORDS[setting.quick], setting.generated)
    expected = terminators(path.read_bytes())
    present = {column.peer.name for column in setting.columns}
    names = [peer.name for peer in (PYMARC, RUST, PYTHON, PUBLISHED) if peer.name in present]
    names += [YAZ, MARC21]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for job in JOBS:
        for _ in range(setting.rounds):
            for name in names:
                known = found.setdefault(job.name, {}).get(name)
                if known is not None and "missing" in known:
                    continue
                run.say(f"programs: {job.label}, {name}")
                seen = once(name, job, path, expected)
                if seen is None:
                    continue
                if known is None or "missing" in seen:
                    found[job.name][name] = seen
                else:
                    found[job.name][name] = {key: min(known[key], seen[key]) for key in seen}
    table = [["", *names]]
    reasons = []
    for job in JOBS:
        for quantity in ("cpu", "wall"):
            cells = [f"{job.label}, {'CPU' if quantity == 'cpu' else 'wall'}"]
            for name in names:
                each = found[job.name].get(name)
                if each is None or "missing" in each:
                    cells.append("" if each is None else report.short(each["missing"]))
                    continue
                cells.append(report.seconds(each[quantity]))
            table.append(cells)
        for name, each in found[job.name].items():
            if "missing" in each:
                reasons.append(f"{name}: {job.label}: {each['missing']}")
    notes = [
        f"{RECORDS[setting.quick]:,} {origin}; whole processes, Python's start and import with "
        f"them, best of {setting.rounds}, every result looked at; "
        + "; ".join(versions().values()),
        *reasons,
    ]
    return Section("programs", "Whole programs", notes, table, found, [])
