"""The process that does the work: one library, and nothing else of the benchmark but the tasks.

    worker.py MODULE check TASK FILE|PATH SOURCE ...      (three arguments for each task)
    worker.py MODULE list FILE|PATH SOURCE                (memory of all the records)
    worker.py MODULE traced FILE|PATH SOURCE              (the same, as tracemalloc counts)
    worker.py MODULE stream FILE|PATH SOURCE [OPTIONS]    (memory of one record at a time)
    worker.py MODULE time TASK FILE|PATH SOURCE WARM_UP_SOURCE
    worker.py MODULE import
    worker.py MODULE about

It prints one line of JSON. SOURCE is a path, or a number for a task that reads nothing. OPTIONS are
the reader's, as a JSON object.
"""

from __future__ import annotations

import sys
from time import perf_counter, process_time

if sys.argv[2] == "import":
    # First of all, before anything that the library imports as well.
    wall, cpu = perf_counter(), process_time()
    __import__(sys.argv[1])
    cpu, wall = process_time() - cpu, perf_counter() - wall
    print(f'{{"cpu": {cpu!r}, "wall": {wall!r}}}')
    sys.exit()

import importlib
import importlib.metadata
import json
import tracemalloc
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import published
import tasks

# Seconds. The best of several short times is luckier than the best of long ones, so a fast library
# repeats the task and its mean counts.
LEAST = 0.2

BY_NAME = {task.name: task for task in tasks.TASKS}


def memory(line_of: str) -> int | None:
    """Return a line of this process's status in bytes; None where there is no such thing."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(line_of):
                return int(line.split()[1]) * 1024
    return None


def peak_memory() -> int | None:
    """Return the most memory that this process ever held, in bytes; None where nobody says."""
    # On Linux ru_maxrss survives exec: it would never be less than what the parent held.
    held = memory("VmHWM:")
    if held is not None:
        return held
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def is_published(m: Any) -> bool:
    """Tell whether this is the published package, which has the name of ours and no engine."""
    return m.__name__ == "mrrc" and not hasattr(m, "engine")


def once(m: Any, name: str, kind: str, source: str, keep: tasks.Keep) -> None:
    """Do a task once, from opening its file to the last answer."""
    task = BY_NAME[name]
    if is_published(m):
        task = task._replace(run=published.TASKS.get(name, task.run))
    if task.data is None:
        task.run(m, int(source), keep)
        return
    with open(source, "rb") if kind == "file" else nullcontext(source) as target:
        task.run(m, target, keep)


def as_list(m: Any, kind: str, source: str) -> dict[str, Any]:
    """Return what the memory of this process grows by while it holds all the records."""
    before = memory("VmRSS:")
    with open(source, "rb") if kind == "file" else nullcontext(source) as target:
        records = list(m.MARCReader(target))
    after = memory("VmRSS:")
    grown = None if before is None or after is None else after - before
    return {"records": len(records), "bytes": grown}


def traced(m: Any, kind: str, source: str) -> dict[str, Any]:
    """Return what Python's allocators gave for all the records."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    with open(source, "rb") if kind == "file" else nullcontext(source) as target:
        records = list(m.MARCReader(target))
    after, _ = tracemalloc.get_traced_memory()
    return {"records": len(records), "bytes": after - before}


def stream(m: Any, kind: str, source: str, options: str = "{}") -> dict[str, Any]:
    """Return by what the peak of this process exceeds what it held when nothing was read."""
    before = memory("VmRSS:")
    count = 0
    with open(source, "rb") if kind == "file" else nullcontext(source) as target:
        for _ in m.MARCReader(target, **json.loads(options)):
            count += 1
    after = peak_memory()
    grown = None if before is None or after is None else after - before
    return {"records": count, "bytes": grown}


MEMORY = {"list": as_list, "traced": traced, "stream": stream}


def main(module: str, action: str, *arguments: str) -> dict[str, Any]:
    m = importlib.import_module(module)
    if action == "about":
        engine = getattr(m, "engine", None)
        # A source tree has no metadata, but says its version; pymarc is the other way round.
        version = getattr(m, "__version__", None) or importlib.metadata.version(module)
        return {"version": version, "engine": engine}
    if action in MEMORY:
        return MEMORY[action](m, *arguments)
    if action == "check":
        answers = {}
        for index in range(0, len(arguments), 3):
            digest = tasks.Digest(published.text if is_published(m) else str)
            name, kind, source = arguments[index : index + 3]
            once(m, name, kind, source, digest)
            answers[name] = digest.result()
        return answers
    name, kind, source, warm_up = arguments
    once(m, name, kind, warm_up, tasks.forget())
    keep = tasks.forget()
    repeats = 0
    wall, cpu = perf_counter(), process_time()
    while not repeats or process_time() - cpu < LEAST:
        once(m, name, kind, source, keep)
        repeats += 1
    cpu, wall = process_time() - cpu, perf_counter() - wall
    return {"cpu": cpu / repeats, "wall": wall / repeats, "memory": peak_memory()}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
