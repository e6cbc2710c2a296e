"""The code in README, documentation and docstrings runs, and gives what stands below it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.docs.running import ENGINES, PAGES, SAMPLE, run
from tests.shared import ROOT

# Each test runs both engines.
pytestmark = pytest.mark.once

# A block of Python, and the block of text right after it, which is what it prints.
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)

RUN_BLOCKS = """
import contextlib, io, json, sys
blocks, names, printed = json.load(open("blocks.json", encoding="utf-8")), {}, []
for line, code in blocks:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile("\\n" * line + code, sys.argv[1], "exec"), names)
    printed.append(output.getvalue())
json.dump(printed, sys.stdout)
"""

RUN_DOCTESTS = """
import doctest, importlib, json, pkgutil, sys, mrrc
results = {}
for info in pkgutil.walk_packages(mrrc.__path__, "mrrc."):
    # These three are a program, a switch and the extension.
    if info.name not in ("mrrc.__main__", "mrrc.as_pymarc", "mrrc._mrrc"):
        results[info.name] = doctest.testmod(importlib.import_module(info.name))
results["mrrc"] = doctest.testmod(mrrc)
for page in sys.argv[1:]:
    results[page] = doctest.testfile(page, module_relative=False, encoding="utf-8")
sys.stderr.write(json.dumps({name: list(result)[:2] for name, result in results.items()}))
"""


def blocks(page: Path) -> list[tuple[int, str, str | None]]:
    """The Python blocks of a page: lines before the code, the code, what it has to print."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start("code")), found["code"], found["printed"])
        for found in BLOCK.finditer(text)
    ]


PAGES_WITH_CODE = [page for page in PAGES if "```python\n" in page.read_text(encoding="utf-8")]


def test_the_pages_that_have_to_have_code_have_it() -> None:
    names = {page.name: blocks(page) for page in PAGES_WITH_CODE}
    assert {"README.md", "from-pymarc.md"} <= names.keys()
    # Or the output of a block would be compared with nothing because of a slip in the Markdown.
    assert sum(printed is not None for _, _, printed in names["from-pymarc.md"]) == 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=lambda page: page.name)
def test_python_blocks(page: Path, engine: str, tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    shutil.copy(SAMPLE, tmp_path / "examples")
    found = blocks(page)
    content = json.dumps([(line, code) for line, code, _ in found])
    (tmp_path / "blocks.json").write_text(content, encoding="utf-8")
    done = run(engine, "-W", "ignore::ResourceWarning", "-c", RUN_BLOCKS, page.name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    printed = json.loads(done.stdout)
    assert len(printed) == len(found) > 0
    for (line, _, expected), output in zip(found, printed, strict=True):
        if expected is not None:
            assert output == expected, f"{page.name}:{line}"


@pytest.mark.parametrize("engine", ENGINES)
def test_readme_first_program(engine: str, tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    shutil.copy(SAMPLE, tmp_path / "examples")
    code = blocks(ROOT / "README.md")[0][1]
    assert len(code.splitlines()) == 6
    done = run(engine, "-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[3] == "quay000004 Kokoro / Kokoro /"
    assert (tmp_path / "out.mrc").read_bytes().count(b"\x1d") == 9


@pytest.mark.parametrize("engine", ENGINES)
def test_doctests(engine: str, tmp_path: Path) -> None:
    done = run(engine, "-c", RUN_DOCTESTS, *PAGES, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stderr.splitlines()[-1])
    failed = {name: failures for name, (failures, _) in results.items() if failures}
    assert not failed, done.stdout
    attempted = {name for name, (_, attempts) in results.items() if attempts}
    public = "mrrc field leader marc8 marcjson marcxml reader record writer".split()
    assert {name if name == "mrrc" else f"mrrc.{name}" for name in public} <= attempted
    assert str(ROOT / "docs" / "reference.md") in attempted
