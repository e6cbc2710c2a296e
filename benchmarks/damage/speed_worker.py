"""The process whose time is taken: speed_worker.py MODULE RECOVERY FILE|PATH SOURCE

It prints the CPU seconds of one pass over the records; RECOVERY is empty for pymarc.
"""

from __future__ import annotations

import importlib
import logging
import sys
from contextlib import nullcontext
from time import process_time
from typing import Any

# Seconds. A short task is repeated, and its mean counts.
LEAST = 0.3


def once(m: Any, options: dict[str, str], kind: str, source: str) -> None:
    with open(source, "rb") if kind == "file" else nullcontext(source) as target:
        for _ in m.MARCReader(target, **options):
            pass


def main(module: str, recovery: str, kind: str, source: str) -> float:
    logging.disable(logging.CRITICAL)
    m = importlib.import_module(module)
    options = {"recovery": recovery} if recovery else {}
    once(m, options, kind, source)
    repeats = 0
    begun = process_time()
    while not repeats or process_time() - begun < LEAST:
        once(m, options, kind, source)
        repeats += 1
    return (process_time() - begun) / repeats


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
