"""Scenarios: a file through the readers, a record through the looks, a record through an edit."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.differential.compare import Comparer, Step
from tests.differential.edits import ACCESS, EDITS
from tests.differential.outcomes import Capture, Outcome
from tests.differential.sources import Options
from tests.differential.steps import AFTER_EDIT, BRIEF, LOOKS, SEQUENCE, Plan, make_plan

NO_PLAN = Plan("001", "245", "650", ("001", "245", "650"), "a")


class Reading:
    """One package's reader over one source, advanced record by record."""

    def __init__(self, package: ModuleType, target: Any, options: Options) -> None:
        self.reader = package.MARCReader(target, **dict(options))
        self.record: Any = None

    def advance(self, package: ModuleType) -> Any:
        """What a reader says at one step, without touching the record it gave."""
        self.record = None
        try:
            record = next(self.reader)
        except StopIteration:
            return ("end", *self.state())
        self.record = record
        return (None if record is None else type(record).__name__, *self.state())

    def state(self) -> tuple[Any, ...]:
        reader = self.reader
        return reader.current_exception, reader.current_chunk, reader.file_handle.tell()


def targets(path: Path, kind: str) -> tuple[Any, Any]:
    """The source twice, once for each package."""
    if kind == "open file":
        return path.open("rb"), path.open("rb")
    data = path.read_bytes()
    return (data, data) if kind == "bytes" else (io.BytesIO(data), io.BytesIO(data))


def read_file(
    comparer: Comparer,
    path: Path,
    kind: str,
    options: Options,
    looks: Iterable[str] = SEQUENCE,
    limit: int | None = None,
) -> None:
    """The whole file: the reader's answer at each step, and the looks at each record."""
    theirs_target, ours_target = targets(path, kind)
    theirs = Reading(comparer.theirs, theirs_target, options)
    ours = Reading(comparer.ours, ours_target, options)
    looks = tuple(looks)
    number = 0
    while True:
        where = f"{path.name}#{number} ({kind})"
        capture = comparer.capture
        said = (
            capture.run(theirs.advance, comparer.theirs),
            capture.run(ours.advance, comparer.ours),
        )
        comparer.compare(Step("next", where, options), *said)
        ended = [outcome.error or outcome.value[0] == "end" for outcome in said]
        if any(ended):
            break
        if theirs.record is not None and ours.record is not None:
            look_at(comparer, where, options, theirs.record, ours.record, looks)
        number += 1
        if limit is not None and number >= limit:
            break
    for target in (theirs_target, ours_target):
        if kind == "open file":
            target.close()


def look_at(
    comparer: Comparer,
    where: str,
    options: Options,
    theirs: Any,
    ours: Any,
    looks: Iterable[str],
    plan: Plan | None = None,
    prefix: str = "",
) -> None:
    """One record each, the looks in order."""
    plan = plan or NO_PLAN
    for name in looks:
        comparer.both(
            Step(prefix + name, where, options), _with(LOOKS[name], plan), (theirs,), (ours,)
        )


def _with(operation: Any, plan: Plan) -> Any:
    return lambda package, record: operation(package, record, plan)


def fresh(package: ModuleType, chunk: bytes, options: Options) -> Any:
    """The record in these bytes as the reader gives it, None when it gives none."""
    return next(package.MARCReader(chunk, **dict(options)), None)


def plan_for(comparer: Comparer, chunk: bytes, options: Options) -> Plan | None:
    """The plan by pymarc's reading, None when there is no record to plan for."""
    found: list[Plan] = []

    def run() -> None:
        record = fresh(comparer.theirs, chunk, options)
        if record is not None:
            found.append(make_plan(record))

    comparer.capture.run(run)
    return found[0] if found else None


def look_freshly(
    comparer: Comparer, where: str, chunk: bytes, options: Options, looks: Iterable[str]
) -> None:
    """Each look at an untouched record of its own, and what it left behind."""
    plan = plan_for(comparer, chunk, options)
    if plan is None:
        read_damaged(comparer, where, chunk, options)
        return
    for name in looks:
        pair = [_quiet(comparer.capture, package, chunk, options)
                for package in (comparer.theirs, comparer.ours)]  # fmt: skip
        step = Step(name, where, options)
        comparer.both(step, _with(LOOKS[name], plan), (pair[0],), (pair[1],))
        after = Step(f"{name} > snapshot", where, options)
        comparer.both(after, _with(LOOKS["snapshot"], plan), (pair[0],), (pair[1],))


def _quiet(capture: Capture, package: ModuleType, chunk: bytes, options: Options) -> Any:
    found: list[Any] = []
    capture.run(lambda: found.append(fresh(package, chunk, options)))
    return found[0]


def read_damaged(comparer: Comparer, where: str, chunk: bytes, options: Options) -> None:
    """Bytes that give no record: by reader, by constructor, and what decode_marc left."""
    comparer.both(Step("Reader", where, options), lambda lib: read_all(lib, chunk, options))
    comparer.both(
        Step("Record(bytes)", where, options), lambda lib: lib.Record(chunk, **dict(options))
    )
    comparer.both(Step("decode_marc", where, options), lambda lib: partly(lib, chunk, options))


def read_all(package: ModuleType, data: bytes, options: Options) -> list[Any]:
    """Everything a reader gives for these bytes, with its exceptions and chunks."""
    reader = package.MARCReader(data, **dict(options))
    said: list[Any] = []
    for record in reader:
        said.append((record, reader.current_exception, reader.current_chunk))
        if record is not None:
            said.append(str(record))
    said.append((reader.current_exception, reader.current_chunk))
    return said


def partly(package: ModuleType, chunk: bytes, options: Options) -> Any:
    """`decode_marc` on an empty record: its exception, and the fields before the failure."""
    keywords = dict(options)
    record = package.Record(force_utf8=keywords.get("force_utf8", False))
    if "file_encoding" in keywords:
        keywords["encoding"] = keywords.pop("file_encoding")
    raised: Exception | None = None
    try:
        record.decode_marc(chunk, **keywords)
    except Exception as error:
        raised = error
    return raised, record


def edit(
    comparer: Comparer,
    where: str,
    chunk: bytes,
    options: Options,
    edits: Iterable[str] = tuple(EDITS),
    accesses: Iterable[str] = tuple(ACCESS),
    outputs: Iterable[str] = AFTER_EDIT,
) -> None:
    """Each edit after each access, on records of their own; then all outputs."""
    plan = plan_for(comparer, chunk, options)
    if plan is None:
        return
    outputs = tuple(outputs)
    for access in accesses:
        for name in edits:
            pair = [_quiet(comparer.capture, package, chunk, options)
                    for package in (comparer.theirs, comparer.ours)]  # fmt: skip
            prefix = f"{access} > {name} > "
            comparer.both(
                Step(prefix + "access", where, options), _with(ACCESS[access], plan),
                (pair[0],), (pair[1],),
            )  # fmt: skip
            comparer.both(
                Step(prefix + "edit", where, options), _with(EDITS[name], plan),
                (pair[0],), (pair[1],),
            )  # fmt: skip
            look_at(comparer, where, options, pair[0], pair[1], outputs, plan, prefix)


def brief(comparer: Comparer, where: str, chunk: bytes, options: Options) -> None:
    """The reader's answer for one chunk and the record's essentials, with one set of options."""
    readings = [Reading(package, chunk, options) for package in (comparer.theirs, comparer.ours)]
    said: list[Outcome] = [
        comparer.capture.run(reading.advance, package)
        for reading, package in zip(readings, (comparer.theirs, comparer.ours), strict=True)
    ]
    comparer.compare(Step("next", where, options), *said)
    if all(reading.record is not None for reading in readings):
        look_at(comparer, where, options, readings[0].record, readings[1].record, BRIEF)


WRITERS = (("MARCWriter", False), ("JSONWriter", True), ("TextWriter", True), ("XMLWriter", False))


class Writing:
    """One package's records and one of its writers; each call writes and says what came out."""

    def __init__(self, package: ModuleType, writer: str, text: bool) -> None:
        self.target: Any = io.StringIO() if text else io.BytesIO()
        self.writer = getattr(package, writer)(self.target)
        self.taken = 0

    def write(self, package: ModuleType, record: Any) -> Any:
        self.writer.write(record)
        return self.take()

    def close(self, package: ModuleType) -> Any:
        self.writer.close(close_fh=False)
        return self.take(), self.writer.file_handle, self.writer.write(package.Record())

    def take(self) -> Any:
        written = self.target.getvalue()
        fresh, self.taken = written[self.taken :], len(written)
        return fresh


def write_all(comparer: Comparer, where: str, data: bytes) -> None:
    """Every record of a file through each writer, and what is left after a refusal."""
    packages = (comparer.theirs, comparer.ours)
    for writer, text in WRITERS:
        records: list[list[Any]] = []
        for package in packages:
            found: list[Any] = []
            comparer.capture.run(
                lambda p=package, f=found: f.extend(r for r in p.MARCReader(data) if r is not None)
            )
            records.append(found)
        pair = [Writing(package, writer, text) for package in packages]
        for number, (theirs, ours) in enumerate(zip(*records, strict=False)):
            said = [
                comparer.capture.run(writing.write, package, record)
                for writing, package, record in zip(pair, packages, (theirs, ours), strict=True)
            ]
            comparer.compare(Step(writer, f"{where}#{number}"), *said)
        said = [comparer.capture.run(w.close, p) for w, p in zip(pair, packages, strict=True)]
        comparer.compare(Step(f"{writer} close", where), *said)
