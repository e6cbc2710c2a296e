"""What docs/cli.md and the helps show is what happens."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess

import pytest

from mrrc.cli.arguments import parser_of
from mrrc.cli.commands import COMMANDS, command_named, overview
from tests.cli.running import Here
from tests.shared import ROOT

PAGE = ROOT / "docs" / "cli.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
LARGEST = 60_000


def words_of(line: str) -> list[str]:
    """The words of the mrrc command in a line, without pipes and redirections."""
    words = shlex.split(line, comments=True)
    words = words[words.index("mrrc") + 1 :]
    for number, word in enumerate(words):
        if word in ("|", "<", ">", ">>"):
            return words[:number]
    return words


def examples() -> list[str]:
    """The command lines in all helps."""
    lines = [line for name in COMMANDS for _, line in command_named(name).examples]
    lines += [line.strip() for line in overview().splitlines() if line.startswith("  mrrc ")]
    return [line.split("   ")[0] for line in lines if not line.startswith("eval")]


@pytest.mark.parametrize("line", examples())
def test_examples_are_understood(line: str) -> None:
    name, *words = words_of(line)
    parser_of(command_named(name), name).parse_intermixed_args(words)


@pytest.mark.skipif(not PAGE.exists(), reason="no documentation beside these tests")
def test_the_page_shows_what_happens(here: Here) -> None:
    make_files = runpy.run_path(str(PAGE.with_name("make_screenshots.py")))["make_files"]
    make_files(here.directory)
    steps: list[tuple[str, list[str]]] = []
    for block in CONSOLE.findall(PAGE.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    assert len(steps) > 20
    for line, expected in steps:
        data = b""
        said: list[str] = []
        for part in line.split(" | "):
            # A process is for what is not ours.
            if part.startswith("mrrc "):
                done = here(*shlex.split(part)[1:], input=data)
                data = done.out
                said += done.err.splitlines()
            else:
                data = subprocess.run(["bash", "-c", part], input=data, capture_output=True).stdout
        if expected or not line.startswith("mrrc view"):
            assert data.decode().splitlines() + said == expected, line


@pytest.mark.skipif(not PAGE.exists(), reason="no documentation beside these tests")
def test_every_command_and_option_is_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    for name in COMMANDS:
        assert re.search(rf"^## .*\b{name}\b", text, re.MULTILINE), name
        for action in parser_of(command_named(name), name)._actions:
            named = [each for each in action.option_strings if each.startswith("--")]
            if named and named[0] not in ("--help", "--text", "--record", "--number"):
                short = f"`{action.option_strings[0]}"
                assert named[0] in text or short in text, (name, named)


@pytest.mark.skipif(not PAGE.exists(), reason="no documentation beside these tests")
def test_pictures_are_there_small_and_fetch_nothing() -> None:
    found = IMAGE.findall(PAGE.read_text("utf-8"))
    assert len(found) >= 6
    for name in found:
        data = (PAGE.parent / name).read_bytes()
        assert len(data) < LARGEST
        assert b"<svg" in data
        assert not re.search(rb"url\(\s*[\"']?http|href=\"http", data)
