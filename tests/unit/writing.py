"""What the tests of the writers share: records, and reading back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mrrc
from mrrc import Field, Indicators, MARCReader, Record, Subfield

LEADER = "     nam a22      a 4500"


def data(tag: str, *subfields: tuple[str, str], indicators: str = "  ") -> Field:
    return Field(tag, Indicators(*indicators), [Subfield(*each) for each in subfields])


def record(number: str = "id1", *fields: Field) -> Record:
    """A record with its number, a title and these fields."""
    made = Record(leader=LEADER)
    made.add_field(Field("001", data=number), data("245", ("a", "Title"), indicators="10"))
    made.add_field(*fields)
    return made


def read(source: bytes | Path) -> list[Record]:
    """Every record, and none that is broken."""
    raw = source if isinstance(source, bytes) else source.read_bytes()
    records = list(MARCReader(raw))
    assert None not in records
    assert sum(len(each.as_marc()) for each in records if each is not None) == len(raw)
    return [each for each in records if each is not None]


def numbers(source: bytes | Path) -> list[str | None]:
    return [each["001"].data for each in read(source)]


def shape(made: Record) -> list[Any]:
    """All that is in the fields."""
    return [
        (f.tag, f.data, f.indicators, [tuple(each) for each in f.subfields]) for f in made.fields
    ]


def run(
    program: str, *arguments: object, cwd: Path, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program that can import mrrc, and has `record(number)`, in a process of its own."""
    head = (
        "import os, signal, sys\n"
        "from mrrc import Field, MARCWriter, Record, Subfield\n"
        "def record(number, text='x'):\n"
        "    field = Field('500', subfields=[Subfield('a', text)])\n"
        "    return Record(fields=[Field('001', data=str(number)), field])\n"
    )
    return subprocess.run(
        [sys.executable, "-c", head + program, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(mrrc.__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )
