"""Process control: a fresh process for every measurement, the libraries in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from data import Data
from installed import Absent
from peers import Column, Peer
from tasks import Task

WORKER = Path(__file__).with_name("worker.py")
IMPORT = "import"
# The engine is the peer's affair; and an import that compiles each time is nobody's import.
UNWANTED = ("MRRC_ENGINE", "PYTHONDONTWRITEBYTECODE")
# Seconds. A task that a library of others does not end is none that it does.
FOREIGN_LIMIT = 60.0


class Failure(Exception):
    """A library could not do a task, or its answer is not the first library's."""


class Measurement(NamedTuple):
    """The best of several rounds: seconds, and bytes."""

    cpu: float
    wall: float
    memory: int | None


Measurements = dict[str, dict[str, Measurement]]
"""For each task, by name, what each column needed."""


def environment_of(peer: Peer) -> dict[str, str]:
    """Return the variables of a process that measures a library."""
    environment = {key: os.environ[key] for key in os.environ if key not in UNWANTED}
    if peer.foreign:
        # A source tree on the path would be imported instead of the published package.
        environment.pop("PYTHONPATH", None)
    environment.update(peer.environment)
    return environment


def ask(
    peer: Peer, *arguments: str, worker: Path = WORKER, limit: float | None = None
) -> dict[str, Any]:
    """Run a worker in a process of its own and return what it says.

    Raises Failure: it ended with an error, or not within `limit` seconds.
    """
    doing = " ".join(arguments[:2])
    try:
        done = subprocess.run(
            [peer.find_python(), str(worker), peer.module, *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            # A library of the same name in the current directory is not what is measured.
            cwd=tempfile.gettempdir(),
            env=environment_of(peer),
            timeout=limit,
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{peer.name}: {doing}\nno end after {limit:g} s") from error
    except Absent as error:
        raise Failure(f"{peer.name}: {doing}\n{error}") from error
    if done.returncode != 0:
        raise Failure(f"{peer.name}: {doing} failed\n{done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def about(peers: Sequence[Peer]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return version and engine of each peer, as the process that is measured sees them.

    The second result names those that are not installed here, and why. Raises Failure: the first
    peer is among them.
    """
    present: dict[str, dict[str, Any]] = {}
    absent: dict[str, str] = {}
    for peer in peers:
        try:
            present[peer.name] = {"module": peer.module, **ask(peer, "about")}
        except Failure as failure:
            if not present:
                raise
            absent[peer.name] = str(failure).splitlines()[-1]
    return present, absent


def say(text: str) -> None:
    """Show how far it is, and nothing of it in the table."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{text:<70}", end=end, file=sys.stderr, flush=True)


def has_column(task: Task, column: Column) -> bool:
    """Tell whether the task makes sense there: what reads nothing is in one column of a peer."""
    return task.data is not None or not column.by_path or not column.peer.by_file


def kind(column: Column) -> str:
    return "path" if column.by_path else "file"


def sources_of(tasks: list[Task], column: Column, data: Data) -> list[list[str]]:
    """Return the worker's arguments for each task that makes sense in a column."""
    return [
        [task.name, kind(column), data.source(task)] for task in tasks if has_column(task, column)
    ]


def check_foreign(
    column: Column, asked: list[list[str]], expected: dict[str, str]
) -> dict[str, str]:
    """Return the tasks in which a library's answer is not pymarc's, and what it is instead."""
    reasons = {}
    for arguments in asked:
        name = arguments[0]
        try:
            digest = ask(column.peer, "check", *arguments, limit=FOREIGN_LIMIT)[name]
        except Failure as failure:
            reasons[name] = "fails: " + str(failure).splitlines()[-1]
            continue
        if digest != expected[name]:
            reasons[name] = f"other answer ({digest}, not {expected[name]})"
    return reasons


def check(
    tasks: list[Task], columns: list[Column], data: Data
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return every task's digest; and for each column the tasks it has no part in, and why.

    Raises Failure: one of our own columns answers differently from the first.
    """
    expected: dict[str, str] = {}
    different = []
    left_out: dict[str, dict[str, str]] = {}
    for column in columns:
        say(f"comparing answers: {column.name}")
        asked = sources_of(tasks, column, data)
        if column.peer.foreign:
            left_out[column.name] = check_foreign(column, asked, expected)
            continue
        arguments = [argument for each in asked for argument in each]
        answers = ask(column.peer, "check", *arguments) if arguments else {}
        for name, digest in answers.items():
            first = expected.setdefault(name, digest)
            if digest != first:
                different.append(f"{name}: {columns[0].name} {first}, {column.name} {digest}")
    if different:
        raise Failure("the answers differ, so no time is worth anything:\n" + "\n".join(different))
    return expected, left_out


def best(rounds: list[dict[str, Any]]) -> Measurement:
    """Return the least of each quantity: what disturbs a round only ever adds to it."""
    memory = [each["memory"] for each in rounds if each.get("memory") is not None]
    return Measurement(
        min(each["cpu"] for each in rounds),
        min(each["wall"] for each in rounds),
        min(memory) if memory else None,
    )


def measure(
    tasks: list[Task],
    columns: list[Column],
    data: Data,
    rounds: int,
    left_out: dict[str, dict[str, str]],
) -> Measurements:
    """Measure every task in every column, in turn: A B C, A B C, ..."""
    measurements: Measurements = {}
    for number, task in enumerate(tasks, 1):
        say(f"{number}/{len(tasks)} {task.label}")
        taken: dict[str, list[dict[str, Any]]] = {}
        for _ in range(rounds):
            for column in columns:
                if has_column(task, column) and task.name not in left_out.get(column.name, {}):
                    source, warm_up = data.source(task), data.warm_up_source(task)
                    seen = ask(column.peer, "time", task.name, kind(column), source, warm_up)
                    taken.setdefault(column.name, []).append(seen)
        measurements[task.name] = {name: best(each) for name, each in taken.items()}
    return measurements


def measure_import(columns: list[Column], rounds: int) -> dict[str, Measurement]:
    """Measure `import`, in turn; a short time, so in more rounds."""
    say("import")
    taken: dict[str, list[dict[str, Any]]] = {}
    for _ in range(rounds * 5):
        for column in columns:
            # One column of each peer is enough.
            if not column.by_path or not column.peer.by_file:
                taken.setdefault(column.name, []).append(ask(column.peer, IMPORT))
    return {name: best(each) for name, each in taken.items()}
