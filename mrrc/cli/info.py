"""`mrrc info`: what a file is."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from typing import TYPE_CHECKING, Any

from mrrc._formats.names import FORMATS
from mrrc.cli import inputs
from mrrc.cli.arguments import add_files, add_quiet, add_reading
from mrrc.cli.commands import Command
from mrrc.cli.journal import numbered
from mrrc.cli.progress import size_of
from mrrc.cli.tags import LEVELS, RECORD_TYPES
from mrrc.cli.terminal import Plain, console
from mrrc.cli.texts import visible
from mrrc.cli.work import Work, packing_of
from mrrc.problems import CODES

if TYPE_CHECKING:
    from mrrc.record import Record

_CLAIMS = {"a": "UTF-8", " ": "MARC-8"}
_MOST_TAGS = 60


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument_group("what is written").add_argument(
        "--json", action="store_true", help="an object of JSON for each file, in a line"
    )
    add_reading(parser)
    add_quiet(parser, "show no progress")


class Portrait:
    """What is known of a file after it was read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.formats: dict[str, None] = {}
        self.packed = ""
        self.records = 0
        self.bytes = self.stored = 0
        self.smallest = self.largest = self.together = 0
        self.claims: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.fields = 0
        self.tags: Counter[str] = Counter()
        self.with_problems = self.deleted = 0
        self.problems: dict[str, int] = {}
        self._own: Counter[str] = Counter()
        self._of_all = True
        self.accounting = (0, 0, 0)

    def add(self, record: Record, raw: bytes, format: str) -> None:
        """Look at one more record, at the bytes it came from, and at their format."""
        self.formats[format] = None
        self.records += 1
        leader = str(record.leader)
        size = len(raw)
        self.smallest = min(self.smallest or size, size)
        self.largest = max(self.largest, size)
        self.together += size
        self.types[leader[6:8]] += 1
        tags = [field.tag for field in record.fields]
        self.fields += len(tags)
        self.tags.update(set(tags))
        if record.problems:
            self.with_problems += 1
            self._own.update(problem.code for problem in record.problems)
        claim = leader[9:10]
        self.claims[_CLAIMS.get(claim, repr(claim))] += 1
        self.found[_encoding_of(raw, format)] += 1

    def complete(self, reader: Any, of_all: bool) -> None:
        """Take what the reader knows at the end; of damage, only if all records are meant."""
        self.deleted = int(getattr(reader, "deleted_count", 0))
        self._of_all = of_all
        self.problems = dict(reader.problem_counts if of_all else self._own)
        self.accounting = tuple(reader.accounting)
        self.bytes = sum(self.accounting)
        self.stored = reader.bytes_read

    def rows(self) -> list[tuple[str, str]]:
        """Return what there is to show."""
        formats = " and ".join(FORMATS[each] for each in self.formats) or "no records"
        rows = [("format", formats + self.packed)]
        stored = size_of(self.stored)
        if self.stored >= 1000:
            stored += f" ({self.stored:,} bytes)"
        if self.packed:
            stored += f", {size_of(self.bytes)} unpacked"
        rows.append(("size", stored))
        rows.append(("records", f"{self.records:,}"))
        if self.deleted:
            rows.append(("deleted", f"{self.deleted:,}, by the headers of OAI-PMH"))
        if not self.records:
            return rows + self._damage()
        average = self.together // self.records
        rows.append(
            (
                "record size",
                f"{self.smallest:,} to {self.largest:,} bytes, {average:,} on average",
            )
        )
        rows.append(("fields", f"{self.fields:,}, {self.fields / self.records:.1f} in a record"))
        rows.append(("encoding claimed", _counted(self.claims)))
        rows.append(("encoding found", _counted(self.found)))
        for number, (codes, count) in enumerate(self.types.most_common(12)):
            rows.append(("" if number else "record types", f"{count:,} {_kind(codes)}"))
        shown = sorted(self.tags)[:_MOST_TAGS]
        text = " ".join(visible(tag) for tag in shown)
        if len(self.tags) > len(shown):
            text += f" and {len(self.tags) - len(shown)} more"
        rows.append(("tags", text))
        return rows + self._damage()

    def _damage(self) -> list[tuple[str, str]]:
        if not self.problems:
            return [("damage", "none")]
        texts = []
        if self.with_problems:
            plural = "record has" if self.with_problems == 1 else "records have"
            texts.append(f"{self.with_problems:,} {plural} problems")
        if self.accounting[2] and self._of_all:
            texts.append(f"{numbered(self.accounting[2], 'byte')} in no record")
        for code, count in sorted(self.problems.items(), key=lambda pair: -pair[1]):
            severity = CODES[code].severity if code in CODES else ""
            texts.append(f"{count:,} {severity} {code}")
        return [("" if number else "damage", text) for number, text in enumerate(texts)]

    def as_dict(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {
            "file": visible(inputs.shown(self.name)),
            "format": next(iter(self.formats), None),
            "formats": list(self.formats),
            "packed": self.packed.strip(" ()"),
            "bytes_stored": self.stored,
            "bytes": self.bytes,
            "records": self.records,
            "deleted": self.deleted,
            "record_size": {"smallest": self.smallest, "largest": self.largest},
            "fields": self.fields,
            "encodings_claimed": dict(self.claims),
            "encodings_found": dict(self.found),
            "record_types": dict(self.types),
            "records_with_tag": dict(sorted(self.tags.items())),
            "records_with_problems": self.with_problems,
            "problems": self.problems,
            "bytes_sound": self.accounting[0],
            "bytes_salvaged": self.accounting[1],
            "bytes_in_no_record": self.accounting[2],
        }


def _encoding_of(raw: bytes, format: str) -> str:
    if raw.isascii() and b"\x1b" not in raw:
        return "ASCII"
    if format != "marc":
        return "UTF-8" if _is_utf8(raw) else "not UTF-8"
    from mrrc.encoding import detect, needs_look

    if not needs_look(raw):
        return "UTF-8"
    name = detect(raw).encoding
    return {"utf-8": "UTF-8", "marc8": "MARC-8", "latin-1": "Latin-1"}.get(name, name)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


def _kind(codes: str) -> str:
    kind = RECORD_TYPES.get(codes[:1], "unknown type")
    level = LEVELS.get(codes[1:]) if codes[:1] not in "uvwxyzq" else None
    return f"{kind}, {level} ({visible(codes)})" if level else f"{kind} ({visible(codes)})"


def _run(arguments: Namespace) -> int:
    output: Plain = console()
    with Work(arguments) as work:
        work.journal.tells = False
        for name in work.names:
            portrait = Portrait(name)
            with work.opened(name) as reader:
                packing = packing_of(reader)
                portrait.packed = f" ({packing})" if packing else ""
                for record in reader:
                    work.records_read += 1
                    if work.is_wanted(record):
                        portrait.add(record, reader.current_chunk, reader.format)
                    if work.progress.due():
                        work.progress.show(
                            work.shown, reader.bytes_read, reader.bytes_total, work.records_read
                        )
                portrait.complete(reader, work.keys is None)
            work.progress.hide()
            if arguments.json:
                line = json.dumps(portrait.as_dict(), ensure_ascii=False)
                sys.stdout.write(f"{line}\n")
            else:
                output.table(work.shown, portrait.rows())
    return 0


INFO = Command(
    "[OPTION ...] [FILE ...]",
    "Says what files are: format, how they are packed, number and sizes of records, encodings\n"
    "that the records claim and that were found, types of records, tags, and damage.",
    (
        ("what is this file?", "mrrc info vendor.dat"),
        ("all files of a directory", "mrrc info 'incoming/*'"),
        ("for other programs", "mrrc info --json *.mrc | jq '[.file, .records]'"),
    ),
    _add_arguments,
    _run,
)
