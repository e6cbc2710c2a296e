"""Conversions between formats: whole commands beside programs in C and Rust, and pymarc.

The answers are held against each other first, on some records: whoever wrote them, the fields are
the same.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import data
import installed
import programs
import report
import run
from peers import PYMARC, RUST, Peer
from sections import Section, Setting

RECORDS = {True: 2_000, False: 250_000}
"""Fewer say more about the start of an interpreter than about a conversion."""
COMPARED = 1_000
THREADS = "2"
NAMESPACE = "{http://www.loc.gov/MARC21/slim}"

# Each prints its seconds and how many records there were.
COUNT_XML = {
    PYMARC.name: "count = 0\ndef found(record):\n    global count\n    count += 1\n"
    "begun = time.process_time()\nm.map_xml(found, sys.argv[1])\n",
    RUST.name: "begun = time.process_time()\n"
    "with m.open(sys.argv[1], threads=0) as reader:\n    count = sum(1 for _ in reader)\n",
}
WRITE_JSON = {
    PYMARC.name: "records = [each for each in m.MARCReader(open(sys.argv[1], 'rb'))]\n"
    "count = len(records)\nbegun = time.process_time()\n"
    "with open(os.devnull, 'w') as output:\n    writer = m.JSONWriter(output)\n"
    "    for record in records:\n        writer.write(record)\n    writer.close()\n",
    RUST.name: "records = [each for each in m.MARCReader(sys.argv[1])]\n"
    "begun = time.process_time()\ncount = m.write(records, os.devnull, 'jsonl')\n",
}
SCRIPT = (
    "import json, os, sys, time\nimport {module} as m\n{code}"
    "print(json.dumps([time.process_time() - begun, count]))\n"
)

Fields = list[list[Any]]
_BLANKS: Callable[[str, int], re.Match[str]] = re.compile(r"\s*").match  # type: ignore[assignment]


class Job(NamedTuple):
    """One thing to be done by us and by another, and how many times as fast it is to be."""

    name: str
    label: str
    other: str
    bar: float
    ours: tuple[str, ...] = ()
    """Arguments of our command."""
    theirs: tuple[str, ...] = ()
    """Arguments of the other one, before the file's name."""
    code: dict[str, str] | None = None
    """What each library does, where it is no command."""


JOBS = (
    Job("count", "count ISO 2709", programs.MARC21, 1.0, ("count",), ("count",)),
    Job("xml", "ISO 2709 to MARCXML", programs.YAZ, 8.0,
        ("convert", "--to", "marcxml"), ("-i", "marc", "-o", "marcxml")),
    Job("json", "ISO 2709 to JSON", programs.YAZ, 6.0,
        ("convert", "--to", "jsonl"), ("-i", "marc", "-o", "json")),
    Job("from_xml", "MARCXML to ISO 2709", programs.YAZ, 5.0,
        ("convert", "--to", "marc"), ("-i", "marcxml", "-o", "marc")),
    Job("read_xml", "read MARCXML, beside map_xml", PYMARC.name, 30.0, code=COUNT_XML),
    Job("write_json", "write JSON Lines, beside JSONWriter", PYMARC.name, 30.0, code=WRITE_JSON),
)  # fmt: skip


def command(ours: bool, job: Job, path: Path) -> programs.Command:
    """Return a command whose output goes where that of `timed` does; may raise Absent."""
    if ours:
        arguments = [RUST.find_python(), "-m", "mrrc", *job.ours, "-q", "--threads", THREADS]
        return programs.Command([*arguments, str(path)], run.environment_of(RUST), prints=True)
    if job.other == programs.YAZ:
        program, extra = installed.yaz()
        return programs.Command([program, *job.theirs, str(path)], os.environ | extra, prints=True)
    return programs.Command([installed.marc21(), *job.theirs, str(path)], dict(os.environ), True)


def by_code(peer: Peer, job: Job, path: Path) -> float:
    """Return the seconds of processor time that a library takes; raise Failure for none."""
    assert job.code is not None
    code = SCRIPT.format(module=peer.module, code=job.code[peer.name])
    wanted = programs.Command(
        [peer.find_python(), "-c", code, str(path)], run.environment_of(peer), prints=True
    )
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "output"
        programs.timed(wanted, output)
        seconds, count = json.loads(output.read_text())
    expected = path.read_bytes().count(b"</record>" if path.suffix == ".xml" else b"\x1d")
    if count != expected:
        raise run.Failure(f"{peer.name}: other answer: {count} records")
    return float(seconds)


def once(ours: bool, job: Job, path: Path) -> float:
    """Return the seconds of a job; may raise Absent and Failure."""
    if job.code is not None:
        return by_code(RUST if ours else PYMARC, job, path)
    # Ours ends with 1 where there were problems in the records, of which some of the Library of
    # Congress have one; that it works at all was seen before.
    statuses = (0, 1) if ours else (0,)
    return float(programs.timed(command(ours, job, path), Path(os.devnull), statuses)["wall"])


# -- the answers -----------------------------------------------------------------------------------


def fields_of_xml(content: bytes) -> list[Fields]:
    """Return the fields of each record of a document of MARCXML."""
    found = []
    for record in ElementTree.fromstring(content).iter(f"{NAMESPACE}record"):
        fields: Fields = []
        for element in record:
            tag, text = element.get("tag"), element.text or ""
            if element.tag == f"{NAMESPACE}controlfield":
                fields.append([tag, text])
            elif element.tag == f"{NAMESPACE}datafield":
                subfields = [[each.get("code"), each.text or ""] for each in element]
                fields.append([tag, element.get("ind1"), element.get("ind2"), subfields])
        found.append(fields)
    return found


def fields_of_json(content: bytes) -> list[Fields]:
    """Return the fields of each record of objects of MARC-in-JSON, one behind the other."""
    found, decoder, text, place = [], json.JSONDecoder(), content.decode(), 0
    while (place := _BLANKS(text, place).end()) < len(text):
        document, place = decoder.raw_decode(text, place)
        fields: Fields = []
        for field in document["fields"]:
            ((tag, value),) = field.items()
            if isinstance(value, str):
                fields.append([tag, value])
            else:
                subfields = [
                    [*code_and_text]
                    for each in value["subfields"]
                    for code_and_text in each.items()
                ]
                fields.append([tag, value["ind1"], value["ind2"], subfields])
        found.append(fields)
    return found


def fields_of_marc(content: bytes) -> list[Fields]:
    """Return the fields of each record of ISO 2709 in UTF-8, as its directory has them."""
    found = []
    for record in content.split(b"\x1d")[:-1]:
        base = int(record[12:17])
        fields: Fields = []
        for entry in range(24, base - 1, 12):
            tag = record[entry : entry + 3].decode()
            length, offset = int(record[entry + 3 : entry + 7]), int(record[entry + 7 : entry + 12])
            data = record[base + offset : base + offset + length - 1].decode()
            head, *subfields = data.split("\x1f")
            if subfields:
                pairs = [[each[:1], each[1:]] for each in subfields]
                fields.append([tag, head[0], head[1], pairs])
            else:
                fields.append([tag, head])
        found.append(fields)
    return found


ANSWERS: dict[str, Callable[[bytes], Any]] = {
    "count": programs.number,
    "xml": fields_of_xml,
    "from_xml": fields_of_marc,
    "json": fields_of_json,
}


def check(job: Job, path: Path) -> None:
    """Raise Failure if our command does not give what the other one gives; may raise Absent."""
    answers = []
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "output"
        for ours in (False, True):
            programs.timed(command(ours, job, path), output)
            answers.append(ANSWERS[job.name](output.read_bytes()))
    theirs, own = answers
    if own != theirs:
        raise run.Failure(f"{job.label}: other answer than {job.other}")


def check_whole(job: Job, path: Path) -> None:
    """Raise Failure if the two do not write as many records of the whole file."""
    counts = []
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "output"
        for ours in (False, True):
            programs.timed(command(ours, job, path), output, (0, 1))
            with output.open("rb") as written:
                blocks = iter(lambda: written.read(1 << 20), b"")
                counts.append(sum(block.count(b"\x1d") for block in blocks))
    theirs, own = counts
    if own != theirs:
        raise run.Failure(f"{job.label}: {own} records, and {theirs} by {job.other}")


# -- the table -------------------------------------------------------------------------------------


def as_document(path: Path) -> Path:
    """Return a file of records as MARCXML; written once.

    By mrrc: the one that pymarc writes of all of the records has a character that XML does not
    allow, and yaz-marcdump ends there without a word.
    """
    document = path.parent / "converted.xml"
    if not document.exists():
        part = path.parent / "converted.part"
        arguments = [RUST.find_python(), "-m", "mrrc", "convert", "-q", "--to", "marcxml"]
        wanted = [*arguments, str(path)]
        programs.timed(programs.Command(wanted, run.environment_of(RUST), True), part, (0, 1))
        part.replace(document)
    return document


def material(setting: Setting, count: int) -> tuple[dict[str, Path], str]:
    """Return the file of each job."""
    path, origin = data.slice_of(count, setting.generated)
    # What is read whole by pymarc need not be a quarter of a million of records.
    small, _ = data.slice_of(min(count, 10_000), setting.generated)
    others = {
        "from_xml": as_document(path),
        "read_xml": as_document(small),
        "write_json": small,
    }
    return {job.name: others.get(job.name, path) for job in JOBS}, origin


def measure(setting: Setting) -> Section:
    """Measure every job, ours and the other's in turn: the median of the rounds."""
    count = RECORDS[setting.quick]
    files, origin = material(setting, count)
    few, _ = data.slice_of(COMPARED, setting.generated)
    table = [["", "by", "theirs", "mrrc", "times / bar"]]
    found: dict[str, dict[str, Any]] = {}
    reasons, missed = [], []
    for job in JOBS:
        run.say(f"conversions: {job.label}")
        rounds: dict[bool, list[float]] = {False: [], True: []}
        try:
            if job.code is None:
                check(job, as_document(few) if job.name == "from_xml" else few)
                if job.name == "from_xml":
                    check_whole(job, files[job.name])
            for _ in range(setting.rounds):
                for ours, taken in rounds.items():
                    taken.append(once(ours, job, files[job.name]))
        except (installed.Absent, run.Failure) as reason:
            found[job.name] = {"missing": str(reason)}
            reasons.append(f"left out: {job.label}: {reason}")
            table.append([job.label, job.other, report.short(str(reason)), "", ""])
            continue
        theirs, own = (statistics.median(rounds[ours]) for ours in (False, True))
        ratio = theirs / own
        # The start of the interpreter is most of a short conversion.
        bar = None if setting.quick and job.code is None else job.bar
        found[job.name] = {"other": job.other, "theirs": theirs, "ours": own}
        cells = [job.label, job.other, report.seconds(theirs), report.seconds(own)]
        table.append([*cells, report.with_bar(ratio, bar)])
        if bar is not None and ratio < bar:
            missed.append(f"{job.label}: {ratio:.2f}x {job.other}, the bar is {bar:g}x")
    notes = [
        f"{count:,} {origin}, 10,000 at most beside pymarc; median of {setting.rounds}. Commands "
        f"are `mrrc ... --threads {THREADS}`: wall time, Python's start and import with it, output "
        "to the null device. Beside pymarc it is processor time in one thread, without start and "
        "import, and without reading where records are written",
        *reasons,
    ]
    return Section("conversions", "Conversions", notes, table, found, missed)
