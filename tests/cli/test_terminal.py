"""What is seen on a terminal: progress, colour, records for human eyes instead of bytes."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from pathlib import Path

import pytest

from mrrc.cli.texts import width_of
from tests.cli.running import PROBLEMS, SAMPLE, Here, Terminal, environment, records

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no pseudo-terminal")

RICH = importlib.util.find_spec("rich") is not None
needs_rich = pytest.mark.skipif(not RICH, reason="rich is not installed")


def test_progress_is_shown_on_a_terminal_and_removed(tmp_path: Path) -> None:
    (tmp_path / "a.fifo").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "a.fifo")
    terminal = Terminal("convert", "a.fifo", "b.xml", "--threads", "0", cwd=tmp_path, NO_COLOR="1")
    with open(tmp_path / "a.fifo", "wb") as pipe:
        end = 0
        while b"records" not in terminal.seen and end < 400:
            pipe.write(records(400))
            pipe.flush()
            terminal.read(0.05)
            end += 1
    done = terminal.end()
    assert done.code == 0
    assert re.search(r"[0-9,]+ records, [0-9.]+ (.B|bytes)/s", done.text)
    # The last line is what was done; what was shown of it before is overwritten.
    last = done.text.rstrip("\n").split("\n")[-1].split("\r")[-1]
    assert re.search(r"convert: [0-9,]+ records; [0-9.]+ [kM]B in ", last)


def test_no_progress_in_a_pipe_nor_if_it_is_to_be_quiet(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mrrc.cli.progress._QUIET_SECONDS", 0)
    here.write("a.mrc", records(200))
    done = here("convert", "a.mrc", "b.xml")
    assert (done.out, done.err) == (b"", "")
    # Long enough for something to be shown, if anything were.
    here.write("b.mrc", records(100) * 200)
    assert Terminal("grep", "-q", "x", "b.mrc", "-o", "c", cwd=here.directory).end().out == b""


def test_records_are_shown_on_a_terminal_and_written_in_a_pipe(here: Here) -> None:
    tmp_path = here.directory
    shown = Terminal("head", "-n", "2", SAMPLE, cwd=tmp_path, NO_COLOR="1").end()
    assert shown.code == 0
    assert "Title Statement" in shown.text
    assert "── Record 2 · quay000002" in shown.seen
    assert "\x1d" not in shown.text
    assert shown.seen.rstrip().endswith("$y 19th century.")
    assert here("head", "-n", "2", SAMPLE).out.count(b"\x1d") == 2
    asked = Terminal("head", "-n", "1", SAMPLE, "--to", "mrk", cwd=tmp_path).end()
    assert asked.text.startswith("=LDR  ")


def test_lines_are_as_wide_as_the_terminal(tmp_path: Path) -> None:
    done = Terminal("view", SAMPLE, cwd=tmp_path, NO_COLOR="1").end()
    assert 80 < max(map(width_of, done.seen.splitlines())) <= 100


def test_grep_says_how_many(tmp_path: Path) -> None:
    done = Terminal("grep", "Чехов", SAMPLE, cwd=tmp_path, NO_COLOR="1").end()
    assert "── Record 3 · quay000003" in done.seen
    assert "1 of 9 records" in done.text


def test_standard_input_is_not_waited_for_on_a_terminal(tmp_path: Path) -> None:
    done = Terminal("count", cwd=tmp_path).end()
    assert done.code == 2
    assert "no file to read" in done.text


def test_fix_asks_where_to(tmp_path: Path) -> None:
    done = Terminal("fix", PROBLEMS / "field-truncated.mrc", cwd=tmp_path).end()
    assert done.code == 2
    assert "mrrc fix vendor.mrc -o fixed.mrc" in done.text


def test_an_interrupt_ends_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.fifo")
    terminal = Terminal("convert", "a.fifo", "b.xml", cwd=tmp_path, NO_COLOR="1")
    with open(tmp_path / "a.fifo", "wb") as pipe:
        for _ in range(400):
            pipe.write(records(100))
            pipe.flush()
            if b"records" in terminal.seen:
                break
            terminal.read(0.05)
        terminal.interrupt()
        terminal.wait_for(lambda seen: b"interrupted" in seen)
    done = terminal.end()
    assert done.code == 130
    last = done.text.rstrip("\n").split("\n")[-1].split("\r")[-1]
    assert last.endswith("mrrc convert: interrupted; b.xml was not written")
    assert [each.name for each in tmp_path.iterdir()] == ["a.fifo"]


@needs_rich
def test_colour_where_rich_is_installed(tmp_path: Path) -> None:
    done = Terminal("view", SAMPLE, cwd=tmp_path).end()
    assert "\x1b[1;36m245 10" in done.text
    done = Terminal("info", SAMPLE, cwd=tmp_path).end()
    assert "╭" in done.text
    done = Terminal("grep", "Чехов", SAMPLE, cwd=tmp_path).end()
    assert "\x1b[1;31mЧехов" in done.text


@needs_rich
def test_no_color_is_honoured(tmp_path: Path) -> None:
    done = Terminal("view", SAMPLE, cwd=tmp_path, NO_COLOR="1").end()
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", done.text)
    assert "Title Statement" in done.text


@needs_rich
def test_texts_are_no_markup(tmp_path: Path) -> None:
    from tests.cli.running import record

    data = record("1", "[bold]x[/bold] :smile: https://example.org/ 42").as_marc()
    (tmp_path / "a.mrc").write_bytes(data)
    done = Terminal("view", "a.mrc", cwd=tmp_path).end()
    assert "[bold]x[/bold] :smile: https://example.org/ 42" in done.text


def test_without_rich_it_is_plain(tmp_path: Path) -> None:
    """A module in its place that cannot be imported is as good as none."""
    program = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'rich' else find(name, *rest)\n"
        "from mrrc.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    import sys

    done = subprocess.run(
        [sys.executable, "-c", program, "view", str(SAMPLE)],
        capture_output=True,
        cwd=tmp_path,
        env=environment(FORCE_COLOR="1"),
        timeout=60,
    )
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert b"Title Statement" in done.stdout
