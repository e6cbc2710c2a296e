"""Batches and threads, by wall time: what several processors, or fewer calls, are good for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import data
import report
import run
from peers import PUBLISHED, PYMARC, PYTHON, RUST, Peer
from sections import Section, Setting, or_reason, reasons

WORKER = Path(__file__).with_name("parallel_worker.py")
BATCHES = (10, 25, 50, 100, 200, 500)
THREADS = (1, 2, 4)
READERS = (1, 2, 4, 8)
RECORDS = {True: 4_000, False: 100_000}
# What takes a slow library long has a tenth.
FEW = {True: 1_000, False: 10_000}

LEAST_PARALLEL = 1.8
MOST_TOGETHER = 1.10

Found = dict[str, dict[str, Any]]


def in_turn(asked: dict[str, tuple[Peer, str, dict[str, Any]]], rounds: int) -> Found:
    """Measure each once, then each again: the least wall time counts, with its CPU time.

    Raises Failure: two that should have the same answer have not (the label's part before `|`).
    """
    found: Found = {}
    for _ in range(rounds):
        for label, (peer, action, arguments) in asked.items():
            if "missing" in found.get(label, {}):
                continue
            run.say(f"threads and batches: {label}")
            seen = or_reason(
                lambda peer=peer, action=action, arguments=arguments: run.ask(  # type: ignore[misc]
                    peer, action, json.dumps(arguments), worker=WORKER, limit=300
                )
            )
            if label not in found or seen.get("wall", 0) < found[label].get("wall", 0):
                found[label] = seen
    answers: dict[str, set[int]] = {}
    for label, seen in found.items():
        if "answer" in seen:
            answers.setdefault(label.partition("|")[0], set()).add(seen["answer"])
    different = [name for name, each in answers.items() if len(each) > 1]
    if different:
        raise run.Failure(f"the answers differ: {', '.join(different)}")
    return found


def cell(found: Found, label: str, reference: str, bar: float | None = None) -> str:
    """Return how many times as fast as another, by wall time."""
    if "wall" not in found[label] or "wall" not in found[reference]:
        return ""
    ratio = found[reference]["wall"] / found[label]["wall"]
    return report.with_bar(ratio, bar)


def batches(setting: Setting) -> Section:
    """Sweep the sizes of batches, beside the plain loop."""
    path, origin = data.slice_of(RECORDS[setting.quick], setting.generated)
    uses = {"nothing": "count them", "title": 'record["245"]["a"]'}
    asked = {}
    for use in uses:
        asked[f"{use}|loop"] = (RUST, "read", {"path": str(path), "use": use})
        for size in BATCHES:
            for own_loop in (True, False):
                arguments = {"path": str(path), "use": use, "batch": size, "own_loop": own_loop}
                asked[f"{use}|{size}, {own_loop}"] = (RUST, "read", arguments)
    found = in_turn(asked, setting.rounds)
    table = [["", "plain loop", *(f"n = {size}" for size in BATCHES)]]
    for use, label in uses.items():
        for own_loop in (True, False):
            name = "read_batch(n)" if own_loop else "batches(n)"
            cells = [f"{label}, {name}", report.seconds(found[f"{use}|loop"]["wall"])]
            cells += [cell(found, f"{use}|{size}, {own_loop}", f"{use}|loop") for size in BATCHES]
            if any(cells[2:]):
                table.append(cells)
    notes = [
        f"{RECORDS[setting.quick]:,} {origin}, engine rust, by path; wall time of the plain loop, "
        "and how many times as fast batches are",
        *reasons(list(found.items())),
    ]
    return Section("batches", "Batches", notes, table, found, [])


def threads(setting: Setting) -> Section:
    """Measure `threads=N` of reader and writer beside what has no threads."""
    books, origin = data.slice_of(RECORDS[setting.quick], setting.generated)
    few, _ = data.slice_of(FEW[setting.quick], setting.generated)
    marc8 = data.kind_file("marc8", FEW[setting.quick])
    # The rows where the work is Rust's have the bar.
    rows: dict[str, tuple[str, dict[str, Any], bool]] = {
        "read, count them": ("read", {"path": str(books), "use": "nothing"}, False),
        'read, record["245"]["a"]': ("read", {"path": str(books), "use": "title"}, False),
        "read MARC-8, titles": ("read", {"path": str(marc8), "use": "any_title"}, True),
        "read MARC-8, values": ("read", {"path": str(marc8), "use": "values"}, False),
        "write, untouched": ("write", {"path": str(few)}, False),
        "write, a field added": ("write", {"path": str(few), "edited": True}, True),
        "write as MARC-8": ("write", {"path": str(few), "encoding": "marc8"}, True),
    }
    asked = {}
    for label, (action, arguments, _) in rows.items():
        asked[f"{label}|one by one"] = (RUST, action, arguments)
        for number in THREADS:
            asked[f"{label}|{number}"] = (RUST, action, arguments | {"threads": number})
    found = in_turn(asked, setting.rounds)
    table = [["", "no threads", *(f"threads={number}" for number in THREADS)]]
    missed = []
    for label, (_, _, has_bar) in rows.items():
        reference = f"{label}|one by one"
        if "wall" not in found[reference]:
            continue
        cells = [label, report.seconds(found[reference]["wall"])]
        for number in THREADS:
            bar = LEAST_PARALLEL if has_bar and number == 2 else None
            cells.append(cell(found, f"{label}|{number}", reference, bar))
            if bar is not None and cells[-1].endswith(report.MARK):
                missed.append(f"threads={number}: {label} is {cells[-1].rstrip(report.MARK)}")
        table.append(cells)
    notes = [
        f"engine rust, by path, {os.cpu_count()} processors; wall time without threads, and how "
        f"many times as fast with; {origin}, MARC-8: generated",
        *reasons(list(found.items())),
    ]
    return Section("threads", "Threads of the library", notes, table, found, missed)


def readers(setting: Setting) -> Section:
    """Measure readers in Python threads, a file each, beside one file after the other."""
    many = data.parts(data.slice_of(RECORDS[setting.quick], setting.generated)[0], max(READERS))
    few = data.parts(data.slice_of(FEW[setting.quick], setting.generated)[0], max(READERS))
    asked = {}
    for peer in (PYMARC, PYTHON, RUST, PUBLISHED):
        if all(column.peer is not peer for column in setting.columns):
            continue
        slow = peer in (PYMARC, PYTHON)
        paths = [str(path) for path in (few if slow else many)]
        for number in READERS:
            for workers in (0, number):
                arguments = {"paths": paths[:number], "workers": workers}
                asked[f"{peer.name}, {number}|{workers}"] = (peer, "pool", arguments)
    found = in_turn(asked, setting.rounds)
    heads = (f"{number} {'thread' if number == 1 else 'threads'}" for number in READERS)
    table = [["", *heads]]
    missed = []
    for peer in (PYMARC, PYTHON, RUST, PUBLISHED):
        if f"{peer.name}, 1|0" not in found:
            continue
        cells = [peer.name]
        for number in READERS:
            apart, together = (found[f"{peer.name}, {number}|{each}"] for each in (0, number))
            if "wall" not in apart or "wall" not in together:
                cells.append("")
                continue
            ratio = together["wall"] / apart["wall"]
            judged = number == 2 and peer in (RUST, PYTHON)
            over = judged and ratio > MOST_TOGETHER
            bar = f" / {MOST_TOGETHER:g}" if judged else ""
            cells.append(f"{ratio:.2f}{bar}{report.MARK if over else ''}")
            if over:
                missed.append(f"{peer.name}: two threads take {ratio:.2f} of one after the other")
        table.append(cells)
    notes = [
        "readers in as many Python threads as files, wall time as a share of reading these files "
        'one after the other; record["245"]["a"] of every record',
        "the GIL lets one thread at a time make objects, so about 1 is what can be had",
        *reasons(list(found.items())),
    ]
    return Section("readers", "Readers in Python threads", notes, table, found, missed)
