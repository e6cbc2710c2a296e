"""How commands end: interrupted, with nobody reading, without room; and what they leave."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import PROBLEMS, SAMPLE, Here, environment, records, run, shell

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a shell and signals")

needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


def test_a_closed_pipe_ends_silently(tmp_path: Path) -> None:
    (tmp_path / "a.mrc").write_bytes(records(100) * 15)
    done = shell("mrrc view a.mrc | head -1; echo ${PIPESTATUS[0]}", tmp_path)
    first, code = done.text.splitlines()
    assert first.startswith("── Record 1")
    assert (code, done.err) == ("141", "")
    done = shell('mrrc cat a.mrc --to marcxml | head -c 10; echo " ${PIPESTATUS[0]}"', tmp_path)
    assert done.text.splitlines() == ["<?xml vers 141"]
    assert done.err == ""


def test_a_pipe_that_was_closed_before(tmp_path: Path) -> None:
    done = shell(f"mrrc --help | true; mrrc count {SAMPLE} | sleep 0", tmp_path)
    assert done.err == ""


@needs_full
@pytest.mark.parametrize(
    "line",
    [
        "convert {} --to mrk > /dev/full",
        "view {} > /dev/full",
        "--help > /dev/full",
    ],
)
def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, line: str) -> None:
    done = shell(f"mrrc {line.format(PROBLEMS / 'field-truncated.mrc')}", tmp_path)
    assert done.code == 2
    assert "standard output: no space left on the device" in done.err
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    assert list(tmp_path.iterdir()) == []


@needs_full
@pytest.mark.parametrize(
    "line",
    [
        "convert {} -o /dev/full --to mrk",
        "convert {} b.mrc --report /dev/full",
        "count {}",
        "info {}",
        "check {}",
        "completion bash",
    ],
)
def test_nor_is_a_full_disk_a_crash(here: Here, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    with open("/dev/full", "w") as full:
        if "/dev/full" not in line:
            monkeypatch.setattr(sys, "stdout", full)
        done = here(*line.format(PROBLEMS / "field-truncated.mrc").split())
        assert done.code == 2
        where = "/dev/full" if "/dev/full" in line else "standard output"
        assert f"{where}: no space left on the device" in done.err
        assert here.files == []


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mrrc", "convert", "-", "b.xml"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    )
    assert process.stdin is not None
    process.stdin.write(records(2000))
    process.stdin.flush()
    end = time.monotonic() + 20
    while not any(tmp_path.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    assert [each.name[:7] for each in tmp_path.iterdir()] == [".b.xml."]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == b"mrrc convert: interrupted; b.xml was not written\n"
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_a_session_leaves_nothing_either(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_bytes(b"before")
    process = subprocess.Popen(
        [sys.executable, "-m", "mrrc", "split", "-n", "10", "-", "-o", "p.mrc"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    )
    assert process.stdin is not None
    process.stdin.write(records(2000))
    process.stdin.flush()
    end = time.monotonic() + 20
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 143
    assert said == b"mrrc split: ended by the system; no part was written\n"
    assert [each.name for each in tmp_path.iterdir()] == ["b.xml"]


def test_texts_are_utf8_whatever_the_locale(here: Here) -> None:
    plain = here("view", SAMPLE)
    no_utf8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for changes in (no_utf8, {"PYTHONIOENCODING": "ascii"}):
        done = run("view", SAMPLE, cwd=here.directory, env=environment(**changes))
        assert done == plain
    assert "Чехов" in plain.text


def test_binary_in_and_out_of_a_pipe(here: Here) -> None:
    done = shell(
        f"cat {SAMPLE} | mrrc convert - --to marcxml | gzip | mrrc cat --to marc > b.mrc",
        here.directory,
    )
    assert (done.code, done.err) == (0, "")
    data = (here.directory / "b.mrc").read_bytes()
    assert here("count", input=data).text == "9\n"
    assert here("check", input=data).text == "standard input: 9 records, nothing wrong\n"


def test_standard_output_is_not_the_input(tmp_path: Path) -> None:
    (tmp_path / "a.mrc").write_bytes(records(2))
    done = shell("mrrc cat a.mrc >> a.mrc", tmp_path)
    assert done.code == 2
    assert "standard output goes to it" in done.err
    assert (tmp_path / "a.mrc").read_bytes() == records(2)


def test_patterns_in_quotes_and_without(here: Here) -> None:
    for number in (1, 2):
        here.write(f"p {number}.mrc", records(number))
    for words in (["p 1.mrc", "p 2.mrc"], ["*.mrc"], ["p ?.mrc"]):
        done = here("count", *words)
        assert done.text == "      1 p 1.mrc\n      2 p 2.mrc\n      3 total\n"


def test_a_file_whose_name_is_not_utf8(here: Here) -> None:
    name = os.fsdecode(b"caf\xe9.mrc")
    try:
        here.write(name, records(2))
    except OSError:
        pytest.skip("the file system takes no such name")
    done = here("count", name, name)
    assert done.code == 0
    assert done.lines[0] == "      2 caf\\xe9.mrc"


def test_a_failure_to_read_says_how_far_it_came(here: Here) -> None:
    data = gzip.compress(records(100) * 120, 1)
    here.write("a.mrc.gz", data[: len(data) // 2])
    done = here("grep", "Title", "--strict", "a.mrc.gz", "-o", "b.xml")
    assert done.code == 2
    assert re.match(
        r"mrrc grep: a\.mrc\.gz: after record [0-9,]+, 001 [0-9]+, at byte [0-9,]+: ", done.err
    )
    assert "b.xml was not written" in done.err
    assert here.files == ["a.mrc.gz"]


def test_bytes_that_were_not_read_are_counted(here: Here) -> None:
    junk = (PROBLEMS / "bytes-unread.mrc").read_bytes()
    here.write("a.mrc", junk + records(10))
    left = len(junk) - 128 + len(records(10))
    for words in (["--strict"], ["--max-errors", "0"]):
        done = here("convert", "a.mrc", "b.xml", *words)
        assert done.code == 2
        assert "mrrc convert: a.mrc: byte 128: " in done.err, words
        assert f"  {left:,} bytes from there on were not read\n" in done.err, words


def test_standard_output_is_closed(tmp_path: Path) -> None:
    done = shell(f"mrrc view {SAMPLE} >&-; echo $?; mrrc convert {SAMPLE} b.xml >&-", tmp_path)
    assert done.text == "2\n"
    assert "closed" in done.err
    assert "Traceback" not in done.err
    assert (tmp_path / "b.xml").exists()


def test_it_starts_quickly(tmp_path: Path) -> None:
    """Only what a command needs is loaded; the time itself depends on the machine."""
    program = (
        "import sys\n"
        "from mrrc.cli import main\n"
        "for words in (['--version'], ['count', sys.argv[1]], ['view', sys.argv[1]]):\n"
        "    main(words)\n"
        "    print('loaded', words[0], *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(SAMPLE)],
        capture_output=True,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    lists = [line.split()[1:] for line in lines if line.startswith("loaded ")]
    loaded = {name: set(modules) for name, *modules in lists}
    assert list(loaded) == ["--version", "count", "view"]
    assert "argparse" not in loaded["--version"]
    for name in ("rich", "difflib", "mrrc.cli.view", "mrrc.cli.tags", "dataclasses"):
        assert name not in loaded["count"], name
    for name in ("rich", "mrrc.cli.info", "inspect"):
        assert name not in loaded["view"], name
