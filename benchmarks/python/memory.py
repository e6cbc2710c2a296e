"""Memory: all the records of a file at once, and one record at a time."""

from __future__ import annotations

import json
from typing import Any

import data
import run
from peers import Column
from sections import Section, Setting, or_reason, reasons

HELD = {True: 5_000, False: 100_000}
STREAMED = {True: 20_000, False: 250_000}

MOST_TRACED = 1 / 7
MOST_RESIDENT = 1 / 5
"""Of what pymarc takes for a list of all the records."""
MOST_STREAMING = 60 * 2**20

OPTIONS: tuple[dict[str, Any], ...] = ({}, {"recovery": "salvage"}, {"threads": 2})


def mebibytes(value: int | None) -> str:
    return "" if value is None else f"{value / 2**20:,.1f} MiB"


def held(setting: Setting) -> Section:
    """Measure `list(MARCReader(path))` (pymarc: of an open file)."""
    count = HELD[setting.quick]
    path, origin = data.slice_of(count, setting.generated)
    columns = setting.of("pymarc, file", "rust, path", "python, path", "mrrc 0.9.2, path")
    found: dict[str, dict[str, Any]] = {}
    for column in columns:
        run.say(f"memory: a list, {column.name}")
        for action in ("traced", "list"):
            seen = or_reason(
                lambda column=column, action=action: run.ask(  # type: ignore[misc]
                    column.peer, action, run.kind(column), str(path), limit=1200
                )
            )
            found.setdefault(column.name, {})[action] = seen
    table = [["", *(column.name for column in columns)]]
    missed = []
    for action, label, most in (
        ("traced", "tracemalloc", MOST_TRACED),
        ("list", "RSS", MOST_RESIDENT),
    ):
        sizes = {name: each[action].get("bytes") for name, each in found.items()}
        cells, shares = [label], [f"{label}, share of pymarc's"]
        reference = sizes["pymarc, file"]
        for column in columns:
            size = sizes[column.name]
            cells.append(mebibytes(size))
            if not size or not reference or column is columns[0]:
                shares.append("")
                continue
            over = column.name == "rust, path" and size > most * reference
            judged = f" / 1:{1 / most:.0f}" if column.name == "rust, path" else ""
            shares.append(f"1:{reference / size:.1f}{judged}{' !' if over else ''}")
            if over:
                said = f"{column.name}: a list takes 1/{reference / size:.1f} of pymarc's {label}"
                missed.append(f"{said}, the bar is 1/{1 / most:.0f}")
        table += [cells, shares]
    pairs = [(name, each[action]) for name, each in found.items() for action in each]
    notes = [
        f"`list(MARCReader(...))` of {count:,} {origin}; what the process grew by",
        "tracemalloc sees what Python's allocators gave, RSS all that the process holds",
        *reasons(pairs),
    ]
    return Section("memory", "Memory of all the records", notes, table, found, missed)


def streaming(setting: Setting) -> Section:
    """Measure the peak while a large file is read one record at a time."""
    path, origin = data.slice_of(STREAMED[setting.quick], setting.generated)
    table = [["source, options", "peak above what the process held before"]]
    found: list[tuple[str, dict[str, Any]]] = []
    missed = []
    for column in setting.columns:
        for options in OPTIONS:
            ours = not column.peer.foreign and column.peer.module == "mrrc"
            if (options and not ours) or not fits(column, options):
                continue
            label = f"{column.name} {json.dumps(options) if options else ''}".strip()
            run.say(f"memory: streaming, {label}")
            seen = or_reason(
                lambda column=column, options=options: run.ask(  # type: ignore[misc]
                    *(column.peer, "stream", run.kind(column), str(path), json.dumps(options)),
                    limit=600,
                )
            )
            found.append((label, seen))
            size = seen.get("bytes")
            if size is None:
                continue
            over = ours and size > MOST_STREAMING
            bar = f" / {MOST_STREAMING >> 20} MiB" if ours else ""
            table.append([label, mebibytes(size) + bar + (" !" if over else "")])
            if over:
                missed.append(f"{label}: streaming takes {mebibytes(size)}")
    megabytes = path.stat().st_size / 1e6
    notes = [f"{megabytes:.0f} MB: {STREAMED[setting.quick]:,} {origin}", *reasons(found)]
    return Section("streaming", "Memory of reading on", notes, table, dict(found), missed)


def fits(column: Column, options: dict[str, Any]) -> bool:
    """Threads read a path only."""
    return column.by_path or "threads" not in options
