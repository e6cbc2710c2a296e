"""MARC-8 subfields of real records: the same texts, errors and complaints as pymarc's."""

from __future__ import annotations

import contextlib
import io
import re
from types import ModuleType

import pytest

from mrrc.marc8 import decode_noting
from tests.shared import needs_shared, real_iso2709_files


@pytest.fixture(scope="module")
def pymarc_marc8() -> ModuleType:
    module: ModuleType = pytest.importorskip(
        "pymarc.marc8", reason="pymarc is not installed beside mrrc"
    )
    assert module.marc8_to_unicode.__module__ == "pymarc.marc8", "pymarc is not pymarc"
    return module


def marc8_subfields() -> set[bytes]:
    """Every value in a record whose leader does not say UTF-8, each once."""
    values: set[bytes] = set()
    for path in real_iso2709_files():
        for record in path.read_bytes().split(b"\x1d"):
            if record[9:10] != b"a":
                for field in record[24:].split(b"\x1e"):
                    values.update(field.split(b"\x1f"))
    return values


def outcome_of_pymarc(marc8: ModuleType, value: bytes) -> tuple[object, int]:
    errors = io.StringIO()
    result: object
    with contextlib.redirect_stderr(errors):
        try:
            result = marc8.marc8_to_unicode(value)
        except UnicodeDecodeError as error:
            result = error.args
    # A sequence that is cut off gets two lines, one of them with 0x20 in g0=49. Any other 0x20 is
    # a blank, which is no news here.
    lines = re.findall("Unable to parse character (?!0x20 in g0=(?!49 ))", errors.getvalue())
    return result, len(lines)


def outcome(value: bytes) -> tuple[object, int]:
    notes: list[str] = []
    result: object
    try:
        result = decode_noting(value, notes)
    except UnicodeDecodeError as error:
        result = error.args
    return result, len(notes)


@needs_shared
def test_same_as_pymarc(pymarc_marc8: ModuleType) -> None:
    values = marc8_subfields()
    not_ascii = [value for value in values if not value.isascii() or b"\x1b" in value]
    assert len(not_ascii) > 1000
    # Plain ASCII is nearly all there is, and no news after the first few thousand.
    for value in [*not_ascii, *sorted(values.difference(not_ascii))[::20]]:
        assert outcome(value) == outcome_of_pymarc(pymarc_marc8, value), value
