"""FormatReader: an interrupt in the middle of a step, after which the reading goes on."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from mrrc._formats.reader import FormatReader
from mrrc._formats.xml_reader import MARCXMLReader
from tests.json_documents import LEADER

# Some of them with something to be said, so that the reference reader has them too.
XML = (
    '<?xml version="1.0" encoding="{}"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
    + "".join(
        f'<record><leader>{LEADER}</leader><controlfield tag="001">été {number}</controlfield>'
        f"{'<x/>' * (number % 2)}</record>\n"
        for number in range(6)
    )
    + "</collection>\n"
)
MRK = "".join(f"=LDR  {LEADER}\n=001  {number}\n=245  10$aA$\n\n" for number in range(6))
FILES = {
    "latin-1": ("marcxml", XML.format("iso-8859-1").encode("latin-1")),
    "utf-16": ("marcxml", XML.format("utf-16").encode("utf-16")),
    "mrk": ("mrk", MRK.encode()),
}
# Where the blocks become items; what is only handed over after it has its own rules.
STEPS = ("xml_encoding.py", "text_records.py", "reader.py", "mrk_reading.py", "xml_reading.py")


class Interrupted(BaseException):
    """An interrupt, where Python looks for one: when a function in C is done."""


@contextmanager
def interrupted(at: int) -> Iterator[Callable[[], bool]]:
    """Raise at one of the steps; yields a function that says whether it has come."""
    steps = 0

    def look(frame: FrameType, event: str, _: Any) -> None:
        nonlocal steps
        code = frame.f_code
        if event == "c_return" and code.co_filename.endswith(STEPS):
            # The last step but for handing over; and what the test itself asks the reader for.
            if code.co_name in ("__next__", "_handed_over", "place"):
                return
            steps += 1
            if steps == at:
                sys.setprofile(None)
                raise Interrupted

    sys.setprofile(look)
    try:
        yield lambda: steps >= at
    finally:
        sys.setprofile(None)


def read(name: str, at: int) -> tuple[bool, list[Any], tuple[int, ...], list[Any]]:
    format, data = FILES[name]
    found: list[Any] = []
    reader: Any
    if format == "marcxml":
        reader = MARCXMLReader(io.BytesIO(data))
    else:
        reader = FormatReader(io.BytesIO(data), format)

    def take() -> None:
        for record in reader:
            problems = [tuple(problem) for problem in record.problems]
            found.append((reader.record_number, reader.offset, str(record), problems))

    with reader:
        with interrupted(at) as has_come:
            try:
                take()
            except Interrupted:
                take()
        problems = [tuple(problem) for problem in reader.problems]
        return has_come(), found, tuple(reader.accounting), problems


@pytest.mark.parametrize("name", FILES)
def test_after_an_interrupt_the_rest_is_read_as_without(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mrrc._formats.reader._BLOCK", 400)
    expected = read(name, 0)[1:]
    assert len(expected[0]) == 6
    # All of them take some seconds.
    for at in range(1, 100_000, 7):
        has_come, *found = read(name, at)
        if not has_come:
            assert at > 50
            return
        assert tuple(found) == expected, at
