"""The process of one measurement of batches or threads: parallel_worker.py MODULE ACTION ARGUMENTS

ARGUMENTS is a JSON object. It prints wall and CPU seconds and a number that depends on all answers;
or, where the library cannot do it, {"missing": why}.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from time import perf_counter, process_time
from typing import Any

# Seconds. What is quicker is repeated, and the mean counts.
LEAST = 0.3


class Missing(Exception):
    """The library has no such thing; the text says which."""


def title(record: Any) -> int:
    return len(record["245"]["a"])


def any_title(record: Any) -> int:
    return len(record.title or "") if record is not None else 0


def nothing(record: Any) -> int:
    return 1


def values(record: Any) -> int:
    return sum(len(field.value()) for field in record.fields)


USES: dict[str, Callable[[Any], int]] = {
    "nothing": nothing,
    "title": title,
    "any_title": any_title,
    "values": values,
}


def opened(m: Any, path: str, threads: int | None) -> Any:
    try:
        return m.MARCReader(path) if threads is None else m.MARCReader(path, threads=threads)
    except TypeError as error:
        raise Missing(f"MARCReader has no threads yet ({error})") from error


def batches(reader: Any, size: int, own_loop: bool) -> Iterator[Any]:
    """Yield lists of records, by `read_batch` in a loop of one's own or by `batches`."""
    if not hasattr(reader, "read_batch" if own_loop else "batches"):
        raise Missing("MARCReader has no batches yet")
    if not own_loop:
        yield from reader.batches(size)
        return
    while batch := reader.read_batch(size):
        yield batch


def read(
    m: Any,
    path: str,
    use: str,
    threads: int | None = None,
    batch: int | None = None,
    own_loop: bool = True,
) -> Callable[[], int]:
    do = USES[use]

    def once() -> int:
        reader = opened(m, path, threads)
        if batch is None:
            return sum(do(record) for record in reader)
        return sum(do(record) for batch_ in batches(reader, batch, own_loop) for record in batch_)

    return once


def write(
    m: Any, path: str, threads: int | None = None, encoding: str | None = None, edited: bool = False
) -> Callable[[], int]:
    """Write all records of a file: one `write` after the other, or by `write_many`."""
    options = {} if encoding is None else {"encoding": encoding}
    records = [record for record in m.MARCReader(path) if record is not None]
    if edited:
        for record in records:
            record.add_field(m.Field("999", m.Indicators(" ", " "), [m.Subfield("a", "checked")]))

    def once() -> int:
        output = BytesIO()
        writer = m.MARCWriter(output, **options)
        if threads is None:
            for record in records:
                writer.write(record)
        elif not hasattr(writer, "write_many"):
            raise Missing("MARCWriter has no write_many yet")
        else:
            writer.write_many(records, threads=threads)
        return len(output.getvalue())

    return once


def pool(m: Any, paths: list[str], workers: int, use: str = "title") -> Callable[[], int]:
    """Read each file with a reader of its own, in a pool of so many Python threads."""
    do = USES[use]

    def one(path: str) -> int:
        return sum(do(record) for record in m.MARCReader(path_or_file(m, path)))

    def once() -> int:
        if not workers:
            return sum(map(one, paths))
        with ThreadPoolExecutor(workers) as executor:
            return sum(executor.map(one, paths))

    return once


def path_or_file(m: Any, path: str) -> Any:
    return open(path, "rb") if m.__name__ == "pymarc" else path


ACTIONS: dict[str, Callable[..., Callable[[], int]]] = {"read": read, "write": write, "pool": pool}


def main(module: str, action: str, arguments: str) -> dict[str, Any]:
    m = importlib.import_module(module)
    once = ACTIONS[action](m, **json.loads(arguments))
    try:
        # The first pass warms up.
        answer = once()
        repeats = 0
        wall, cpu = perf_counter(), process_time()
        while not repeats or perf_counter() - wall < LEAST:
            if once() != answer:
                raise RuntimeError(f"{action}: another answer the second time")
            repeats += 1
        cpu, wall = process_time() - cpu, perf_counter() - wall
    except Missing as error:
        return {"missing": str(error)}
    return {"wall": wall / repeats, "cpu": cpu / repeats, "answer": answer}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
