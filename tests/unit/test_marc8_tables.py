"""The MARC-8 tables: generated as they should be, equal to pymarc's, dictionaries for users."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

import mrrc
from mrrc import marc8_mapping
from tests.shared import ROOT, shared_path, skip_reason

SIZES = {
    "CHARSET_31": 15739,
    "CHARSET_32": 78,
    "CHARSET_33": 83,
    "CHARSET_34": 90,
    "CHARSET_42": 99,
    "CHARSET_45": 69,
    "CHARSET_4E": 94,
    "CHARSET_51": 42,
    "CHARSET_53": 73,
    "CHARSET_62": 14,
    "CHARSET_67": 3,
    "CHARSET_70": 14,
    "CODESETS": 12,
    "ODD_MAP": 6,
}


@pytest.fixture
def generator() -> ModuleType:
    path = ROOT / "rust" / "core" / "generate_marc8_tables.py"
    if not path.exists():
        pytest.skip("the generator is not here: this is no source tree")
    specification = importlib.util.spec_from_file_location("generate_marc8_tables", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_files_are_what_the_generator_makes(generator: ModuleType) -> None:
    code_tables = shared_path("data", "codetables.xml")
    if code_tables is None:
        pytest.skip(skip_reason())
    files = generator.render(code_tables)
    assert len(files) == 2
    for path, text in files.items():
        assert (ROOT / path).read_text(encoding="ascii") == text, path


def test_departures_are_departures(generator: Any) -> None:
    code_tables = shared_path("data", "codetables.xml")
    if code_tables is None:
        pytest.skip(skip_reason())
    with_departures, _ = generator.read_code_tables(code_tables)
    departures = generator.DEPARTURES
    generator.DEPARTURES = {}
    without, _ = generator.read_code_tables(code_tables)
    differing = {
        designation: {code: entry for code, entry in entries.items() if entry != other[code]}
        for designation, entries in with_departures.items()
        for other in [without[designation]]
        if entries != other
    }
    assert differing == departures


def test_generator_wants_one_argument(
    generator: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generator.main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_sizes() -> None:
    assert {name: len(getattr(marc8_mapping, name)) for name in SIZES} == SIZES


def test_dictionaries_are_made_once() -> None:
    assert marc8_mapping.CODESETS[0x45] is marc8_mapping.CHARSET_45
    assert marc8_mapping.ODD_MAP is marc8_mapping.ODD_MAP
    assert list(marc8_mapping.CODESETS) == [52, 69, 51, 50, 49, 112, 81, 83, 66, 98, 103, 78]
    for designation, entries in marc8_mapping.CODESETS.items():
        assert entries is getattr(marc8_mapping, f"CHARSET_{designation:X}")


@pytest.mark.parametrize("first", ["CODESETS", "CHARSET_31"])
def test_dictionaries_are_made_when_asked_for(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The import below binds the fresh module to the package; this brings the old one back.
    monkeypatch.setattr(mrrc, "marc8_mapping", marc8_mapping)
    monkeypatch.delitem(sys.modules, "mrrc.marc8_mapping")
    fresh: Any = importlib.import_module("mrrc.marc8_mapping")
    assert not set(SIZES) & set(vars(fresh))
    assert set(SIZES) <= set(dir(fresh))
    made = getattr(fresh, first)
    assert fresh.CODESETS[0x31] is fresh.CHARSET_31
    assert getattr(fresh, first) is made


def test_a_change_does_not_reach_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    from mrrc.marc8 import marc8_to_unicode

    monkeypatch.setitem(marc8_mapping.CHARSET_42, 0x41, (0x42, 0))
    monkeypatch.setitem(marc8_mapping.ODD_MAP, 0x212121, 0x42)
    assert marc8_to_unicode(b"A\xe2e\x1b$1!!!", hide_utf8_warnings=True) == "Aé "


def test_star_import_and_unknown_names() -> None:
    namespace: dict[str, Any] = {}
    exec("from mrrc.marc8_mapping import *", namespace)
    assert set(SIZES) == set(namespace) - {"__builtins__"}
    with pytest.raises(AttributeError, match="CHARSET_99"):
        marc8_mapping.__getattr__("CHARSET_99")


def test_equal_to_pymarcs() -> None:
    pymarc_mapping = pytest.importorskip("pymarc.marc8_mapping")
    assert pymarc_mapping is not marc8_mapping
    for name in SIZES:
        assert getattr(marc8_mapping, name) == getattr(pymarc_mapping, name), name
