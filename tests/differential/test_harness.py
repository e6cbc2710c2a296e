"""The harness held against itself: no difference where there is none, each planted one found."""

from __future__ import annotations

import importlib
import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.differential.compare import Comparer, Totals
from tests.differential.drive import edit, look_freshly, read_damaged, read_file
from tests.differential.outcomes import Capture, normalise
from tests.differential.sources import VALUES, chunks, full_product, option_subset, sample
from tests.shared import DATA

# The harness holds copies of pymarc against each other.
pytestmark = pytest.mark.once

COPY = "pymarc_renamed"
NAMES = ("plain", "marc8_trouble", "indicators", "subfields", "directories_bad", "xml_trouble")

SHORT = ("title", "value", "as_dict", "iteration", "as_marc", "snapshot", "record[tag]",
         "identity by lookup", "field facts")  # fmt: skip


@pytest.fixture(scope="module")
def renamed(pymarc: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A second pymarc under another name, to be broken at will."""
    base = tmp_path_factory.mktemp("copy")
    source = Path(str(pymarc.__file__)).parent
    shutil.copytree(source, base / COPY, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (base / COPY).glob("*.py"):
        text = path.read_text("utf-8")
        text = text.replace("from pymarc", f"from {COPY}").replace(
            "import pymarc", f"import {COPY}"
        )
        path.write_text(text, "utf-8")
    sys.path.insert(0, str(base))
    try:
        yield importlib.import_module(COPY)
    finally:
        sys.path.remove(str(base))
        for name in [name for name in sys.modules if name.split(".")[0] == COPY]:
            del sys.modules[name]


def run_everything(theirs: ModuleType, ours: ModuleType) -> Comparer:
    """A small pass over all scenarios; its totals stay out of the session's."""
    with Capture() as capture:
        comparer = Comparer(theirs, ours, capture, Totals())
        for name in NAMES:
            path = DATA / "iso2709" / f"{name}.mrc"
            read_file(comparer, path, "BytesIO", (), SHORT, limit=20)
            for index, chunk in sample(chunks(path), 1):
                where = f"{name}#{index}"
                look_freshly(comparer, where, chunk, (), ("as_json", "copy", "str", "linkage"))
                read_damaged(comparer, where, chunk, ())
                edit(comparer, where, chunk, (), ("tag", "leader[5]", "data"), ("untouched",))
    return comparer


def test_a_faithful_copy_gives_no_difference(pymarc: ModuleType, renamed: ModuleType) -> None:
    comparer = run_everything(pymarc, renamed)
    comparer.check()
    assert comparer.steps > 500
    assert not comparer.totals.allowed


def _returning(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def alter(original: Any) -> Any:
        return lambda *args, **kwargs: change(original(*args, **kwargs))

    return alter


def _keeps_leader(original: Any) -> Any:
    def as_marc(self: Any) -> bytes:
        before = str(self.leader)
        written = original(self)
        self.leader = type(self.leader)(before) if not isinstance(self.leader, str) else before
        return bytes(written)

    return as_marc


def _rewinds(original: Any) -> Any:
    def as_dict(self: Any) -> Any:
        result = original(self)
        iter(self)
        return result

    return as_dict


def _own_copy(original: Any) -> Any:
    def get_fields(self: Any, *tags: str) -> Any:
        return list(original(self, *tags))

    return get_fields


def _fresh_objects(original: Any) -> Any:
    import copy

    return lambda self, tag: copy.copy(original(self, tag))


MUTANTS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "title lost": ("Record", "title", lambda _: property(lambda self: None)),
    "value stripped less": ("Field", "value", _returning(lambda text: text + " ")),
    "leader not updated by as_marc": ("Record", "as_marc", _keeps_leader),
    "cursor rewound": ("Record", "as_dict", _rewinds),
    "get_fields gives a copy": ("Record", "get_fields", _own_copy),
    "lookup gives a copy": ("Record", "__getitem__", _fresh_objects),
    "other exception": ("Record", "__getitem__", lambda _: lambda self, tag: self.fields[999]),
    "last byte lost": ("Record", "as_marc", _returning(lambda data: data[:-1])),
    "tags as sets": ("Record", "get_fields", lambda original: (
        lambda self, *tags: original(self, *tags)[::-1] if tags else original(self))),
    "tag never control": ("Field", "is_control_field", _returning(lambda _: False)),
    "copies not shared": ("Record", "__copy__", lambda _: (
        lambda self: __import__("copy").deepcopy(self))),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_copy_is_found_out(
    name: str, pymarc: ModuleType, renamed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, attribute, alter = MUTANTS[name]
    cls = getattr(renamed, owner)
    monkeypatch.setattr(cls, attribute, alter(getattr(cls, attribute, None)), raising=False)
    assert run_everything(pymarc, renamed).differences


class _Silent(logging.Logger):
    def warning(self, *args: Any, **kwargs: Any) -> None:
        return None


class _TooLoud(logging.Logger):
    def warning(self, *args: Any, **kwargs: Any) -> None:
        logging.getLogger("pymarc").error(*args, **kwargs)


@pytest.mark.parametrize("logger", [_Silent("x"), _TooLoud("x")], ids=["silent", "level"])
def test_a_wrong_log_is_found_out(
    logger: Any, pymarc: ModuleType, renamed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renamed.record, "logger", logger)
    assert run_everything(pymarc, renamed).differences


def test_a_missing_warning_is_found_out(
    pymarc: ModuleType, renamed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Quiet:
        @staticmethod
        def warn(*args: Any, **kwargs: Any) -> None:
            return None

    monkeypatch.setattr(renamed.record, "warnings", Quiet)
    assert run_everything(pymarc, renamed).differences


def test_a_line_on_standard_error_is_found_out(
    pymarc: ModuleType, renamed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence instead of pymarc's MARC-8 lines is a fault too: the table asks for a log record."""

    class Nowhere:
        class stderr:
            @staticmethod
            def write(text: str) -> None:
                return None

    monkeypatch.setattr(renamed.marc8, "sys", Nowhere)
    assert run_everything(pymarc, renamed).differences


def test_the_sources_cover_every_option() -> None:
    product = full_product()
    assert len(product) == len(set(product)) == 240
    assert {len(options) for options in product} == {5}
    tried = {pair for options in option_subset() for pair in options}
    for name, values in VALUES.items():
        assert {value for option, value in tried if option == name} >= set(values[1:])
    assert len(option_subset()) == 1 + 1 + 1 + 1 + 5 + 4 + 6


def test_normalised_values_keep_what_matters(pymarc: ModuleType) -> None:
    field = pymarc.Field("245", ["1", "0"], [pymarc.Subfield("a", "x")])
    assert normalise(field) == normalise(pymarc.Field("245", "10", [pymarc.Subfield("a", "x")]))
    assert normalise(field) != normalise(pymarc.Field("245", "1 ", [pymarc.Subfield("a", "x")]))
    assert normalise(field) != normalise(pymarc.Field("245", "10", [pymarc.Subfield("a", b"x")]))
    assert normalise(["a"]) != normalise(("a",))
    assert normalise({"a": 1, "b": 2}) != normalise({"b": 2, "a": 1})
    assert normalise("x") != normalise(b"x")
