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

from tests.cli.running import PROBLEMS, SAMPLE, environment, records, run, shell

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a shell and signals")

needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


def test_a_closed_pipe_ends_silently(tmp_path: Path) -> None:
    (tmp_path / "a.mrc").write_bytes(records(3000))
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
        "convert {} -o /dev/full --to mrk",
        "view {} > /dev/full",
        "count {} > /dev/full",
        "info {} > /dev/full",
        "check {} > /dev/full",
        "--help > /dev/full",
        "completion bash > /dev/full",
        "convert {} b.mrc --report /dev/full",
    ],
)
def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, line: str) -> None:
    done = shell(f"mrrc {line.format(PROBLEMS / 'field-truncated.mrc')}", tmp_path)
    assert done.code == 2
    assert "no space left on the device" in done.err
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    assert list(tmp_path.iterdir()) == []


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


def test_texts_are_utf8_whatever_the_locale(tmp_path: Path) -> None:
    plain = run("view", SAMPLE, cwd=tmp_path)
    for changes in ({"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0"}):
        done = run("view", SAMPLE, cwd=tmp_path, env=environment(**changes))
        assert done == plain
    assert "Чехов" in plain.text


def test_binary_in_and_out_of_a_pipe(tmp_path: Path) -> None:
    done = shell(
        f"cat {SAMPLE} | mrrc convert - --to marcxml | mrrc cat | gzip | mrrc cat --to marc > b.mrc"
        f" && mrrc count < b.mrc && mrrc check < b.mrc",
        tmp_path,
    )
    assert (done.code, done.err) == (0, "")
    assert done.text == "9\nstandard input: 9 records, nothing wrong\n"


def test_standard_output_is_not_the_input(tmp_path: Path) -> None:
    (tmp_path / "a.mrc").write_bytes(records(2))
    done = shell("mrrc cat a.mrc >> a.mrc", tmp_path)
    assert done.code == 2
    assert "standard output goes to it" in done.err
    assert (tmp_path / "a.mrc").read_bytes() == records(2)


def test_patterns_in_quotes_and_without(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"p {number}.mrc").write_bytes(records(number))
    done = shell("mrrc count *.mrc; mrrc count '*.mrc'; mrrc count 'p ?.mrc'", tmp_path)
    assert done.text == ("      1 p 1.mrc\n      2 p 2.mrc\n      3 total\n") * 3


def test_a_file_whose_name_is_not_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mrc")
    try:
        (tmp_path / name).write_bytes(records(2))
    except OSError:
        pytest.skip("the file system takes no such name")
    done = run("count", name, name, cwd=tmp_path)
    assert done.code == 0
    assert done.lines[0] == "      2 caf\\xe9.mrc"


def test_a_failure_to_read_says_how_far_it_came(tmp_path: Path) -> None:
    data = gzip.compress(records(12_000), 1)
    (tmp_path / "a.mrc.gz").write_bytes(data[: len(data) // 2])
    done = run("grep", "Title", "--strict", "a.mrc.gz", "-o", "b.xml", cwd=tmp_path)
    assert done.code == 2
    assert re.match(
        r"mrrc grep: a\.mrc\.gz: after record [0-9,]+, 001 [0-9]+, at byte [0-9,]+: ", done.err
    )
    assert "b.xml was not written" in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["a.mrc.gz"]


def test_bytes_that_were_not_read_are_counted(tmp_path: Path) -> None:
    junk = (PROBLEMS / "bytes-unread.mrc").read_bytes()
    (tmp_path / "a.mrc").write_bytes(junk + records(10))
    left = len(junk) - 128 + len(records(10))
    for words in (["--strict"], ["--max-errors", "0"]):
        done = run("convert", "a.mrc", "b.xml", *words, cwd=tmp_path)
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
    program = "import sys; from mrrc.cli import main; main([*sys.argv[1:]]); print(*sys.modules)"
    loaded = {}
    for words in (["--version"], ["count", str(SAMPLE)], ["view", str(SAMPLE)]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            capture_output=True,
            cwd=tmp_path,
            env=environment(),
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        loaded[words[0]] = set(done.stdout.decode().splitlines()[-1].split())
    assert "argparse" not in loaded["--version"]
    for name in ("rich", "difflib", "mrrc.cli.view", "mrrc.cli.tags", "dataclasses"):
        assert name not in loaded["count"], name
    for name in ("rich", "mrrc.cli.info", "inspect"):
        assert name not in loaded["view"], name
