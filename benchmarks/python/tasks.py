"""The tasks, written once: `m` is pymarc or whatever claims to stand in for it.

A task gets the module, a source to read (an open file or a path; a number of records where
nothing is read) and `keep`, which takes every answer. While the answers are compared `keep` makes
a digest of them, while time is measured it does nothing; what is timed is what was compared.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

Keep = Callable[[Any], object]


class Task(NamedTuple):
    """One thing that users do with records."""

    name: str
    label: str
    data: str | None
    """Name of the file in the data directory; None for a task that reads nothing."""
    run: Callable[[Any, Any, Keep], None]


TASKS: list[Task] = []


def task(
    label: str, data: str | None = "books.mrc"
) -> Callable[[Callable[[Any, Any, Keep], None]], Callable[[Any, Any, Keep], None]]:
    """Enter a function in the list of tasks."""

    def enter(run: Callable[[Any, Any, Keep], None]) -> Callable[[Any, Any, Keep], None]:
        TASKS.append(Task(run.__name__, label, data, run))
        return run

    return enter


def forget() -> Keep:
    """Return a `keep` that costs next to nothing."""
    return deque[Any](maxlen=0).append


class Digest:
    """A `keep` that remembers what it was given, in a few bytes.

    `text` makes a text of a record; other answers speak for themselves.
    """

    def __init__(self, text: Callable[[Any], str] = str) -> None:
        self.text = text
        self.answers = 0
        self.state = hashlib.sha256()

    def __call__(self, answer: Any) -> None:
        self.answers += 1
        # A record's own text is comparable; its repr is an address.
        plain = answer is None or isinstance(answer, (str, bytes, int, dict, list, tuple))
        content = (
            answer if isinstance(answer, bytes) else (repr if plain else self.text)(answer).encode()
        )
        self.state.update(b"%d:" % len(content) + content)

    def result(self) -> str:
        return f"{self.answers}:{self.state.hexdigest()[:16]}"


@task("iterate")
def iterate(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record)


@task("record.title")
def title(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record.title)


@task('record["245"]["a"]')
def title_proper(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record["245"]["a"])


@task("subjects: get_fields, get_subfields")
def subjects(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.get_fields("600", "650", "651"):
            keep(field.get_subfields("a", "x"))


@task("value() over record.fields")
def values(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields:
            keep(field.value())


@task("value() over `for f in record`")
def values_iterating(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record:
            keep(field.value())


@task("every subfield over field.subfields")
def subfields(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields:
            for subfield in field.subfields:
                keep(subfield.value)


@task("every subfield over `for s in field`")
def subfields_iterating(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields:
            if not field.control_field:
                for subfield in field:
                    keep(subfield.value)


@task("every tag")
def tags(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        for field in record.fields:
            keep(field.tag)


@task("read, write untouched")
def copy(m: Any, source: Any, keep: Keep) -> None:
    output = BytesIO()
    writer = m.MARCWriter(output)
    for record in m.MARCReader(source):
        writer.write(record)
    keep(output.getvalue())


@task("read, edit, write")
def edit(m: Any, source: Any, keep: Keep) -> None:
    output = BytesIO()
    writer = m.MARCWriter(output)
    for record in m.MARCReader(source):
        local = m.Field("999", m.Indicators(" ", " "), [m.Subfield("a", "checked")])
        record.add_field(local)
        for field in record.get_fields("650"):
            field.add_subfield("9", "local")
        writer.write(record)
    keep(output.getvalue())


@task("build 6 fields, serialise", data=None)
def build(m: Any, count: int, keep: Keep) -> None:
    for number in range(count):
        record = m.Record()
        record.add_field(
            m.Field(tag="001", data=f"{number:08}"),
            m.Field("020", m.Indicators(" ", " "), [m.Subfield("a", "0201616165")]),
            m.Field("100", m.Indicators("1", " "), [m.Subfield("a", "Hunt, Andrew,")]),
            m.Field(
                tag="245",
                indicators=m.Indicators("1", "4"),
                subfields=[
                    m.Subfield(code="a", value="The pragmatic programmer :"),
                    m.Subfield(code="b", value="from journeyman to master /"),
                    m.Subfield(code="c", value="Andrew Hunt, David Thomas."),
                ],
            ),
            m.Field("650", m.Indicators(" ", "0"), [m.Subfield("a", "Computer programming.")]),
            m.Field("700", m.Indicators("1", " "), [m.Subfield("a", "Łukasz, Émile.")]),
        )
        keep(record.as_marc())


@task("as_json")
def as_json(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record.as_json())


@task("as_dict")
def as_dict(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record.as_dict())


@task("record_to_xml")
def to_xml(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(m.record_to_xml(record))


@task("parse_xml_to_array", data="books.xml")
def from_xml(m: Any, source: Any, keep: Keep) -> None:
    for record in m.parse_xml_to_array(source):
        keep(record)


@task("MARC-8 titles, many scripts", data="marc8.mrc")
def marc8_titles(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record.title)


@task("MARC-8 titles, a library's file", data="marc8_real.mrc")
def marc8_real_titles(m: Any, source: Any, keep: Keep) -> None:
    for record in m.MARCReader(source):
        keep(record and record.title)
