"""The documentation is current: its reference, tables, names and links agree with the code."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

import mrrc
from mrrc import _pure
from tests.differential.differences import ADDITIONS, TABLE
from tests.docs.running import PAGES
from tests.shared import ROOT

pytestmark = pytest.mark.once

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_reference_is_current() -> None:
    """If this fails: python docs/make_reference.py."""
    made = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))["reference"]()
    assert read("docs/reference.md") == made


def test_the_reference_has_every_public_name() -> None:
    text = read("docs/reference.md")
    missing = [
        name
        for name in mrrc.__all__
        if f"`{name}`" not in text and name != "__version__" and not isinstance_module(name)
    ]
    assert missing == []


def isinstance_module(name: str) -> bool:
    return type(getattr(mrrc, name)) is type(mrrc)


def anchors(text: str) -> Iterator[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    for heading in re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        assert ROOT in [file.resolve(), *file.resolve().parents], target
        if anchor:
            assert anchor in set(anchors(file.read_text(encoding="utf-8"))), target


def test_there_are_links() -> None:
    assert {"docs/from-pymarc.md", "docs/reference.md"} <= set(LINK.findall(read("README.md")))


def table_names(text: str, heading: str) -> list[str]:
    """The first column of the table below a heading."""
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_every_deliberate_difference_is_in_the_table() -> None:
    shown = table_names(read("docs/from-pymarc.md"), "What mrrc does differently on purpose")
    assert sorted(shown) == sorted([*(row.name for row in TABLE), *ADDITIONS])


def test_every_module_has_its_place() -> None:
    shown = set(CODE.findall(read("docs/ARCHITECTURE.md")))
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "mrrc").rglob("*.py")}
    assert modules - shown == {"mrrc/_pure/__init__.py"}
    for crate in ("core", "python"):
        for path in (ROOT / "rust" / crate / "src").iterdir():
            assert path.stem == "lib" or path.stem in shown, path


def test_every_engine_function_is_named() -> None:
    text = read("docs/ARCHITECTURE.md")
    section = text.partition("## Two engines, one contract\n")[2].partition("\n## ")[0]
    listed = [name for row in table_names(text, "Two engines, one contract") for name in
              CODE.findall(row)]  # fmt: skip
    assert section
    assert sorted(listed) == sorted(_pure.__all__)


@pytest.mark.parametrize("page", ["docs/ARCHITECTURE.md", "docs/CONTRIBUTING.md"])
def test_paths_exist(page: str) -> None:
    paths = [text for text in CODE.findall(read(page)) if re.fullmatch(r"[\w.]+(/[\w.]+)+", text)]
    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_sessions_exist() -> None:
    defined = re.findall(r"^def (\w+)\(session: nox\.Session", read("noxfile.py"), re.MULTILINE)
    named = set()
    for page in ("README.md", "docs/CONTRIBUTING.md"):
        for command in re.findall(r"nox -s ([^`\n#]+)", read(page)):
            words = command.strip().strip('"').partition(" -- ")[0]
            named |= set(re.findall(r"[a-z_]+", words.partition("-")[0]))
    assert {"ci", "tests", "suite"} <= named <= set(defined)


def test_the_test_command_is_the_one_that_is_run() -> None:
    (command,) = re.findall(r"^python3 -m venv .*nox -s ci$", read("README.md"), re.MULTILINE)
    assert command in read(".ci/run")


def test_the_changelog_begins_with_this_version() -> None:
    version = re.match(r"\d+\.\d+\.\d+", mrrc.__version__)
    headings = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert version
    assert headings[0] == version[0]
