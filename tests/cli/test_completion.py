"""Completion scripts, loaded in the shells there are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mrrc.cli.commands import COMMANDS
from tests.cli.running import Here

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")


@needs_bash
def test_bash_completes(here: Here) -> None:
    script = here("completion", "bash")
    assert (script.code, script.err) == (0, "")
    here.write("mrrc.bash", script.out)

    asked = {
        "mrrc con": ["convert"],
        "mrrc c": ["convert", "count", "cat", "check", "completion"],
        "mrrc convert --to ": ["marc", "marcxml", "json", "jsonl", "mrk"],
        "mrrc convert --from a": ["aleph"],
        "mrrc grep --ign": ["--ignore-case"],
        "mrrc convert --from-encoding la": ["latin-1"],
        "mrrc completion ": ["bash", "zsh", "fish"],
        "mrrc split --si": ["--size"],
        "mrrc convert -o ": [],
        "mrrc convert boo": [],
    }
    lines = ["source ./mrrc.bash"]
    for line in asked:
        words = " ".join(f"'{word}'" for word in line.split(" "))
        lines.append(f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); COMPREPLY=(x)")
        lines.append('mrrc_completion; echo "${COMPREPLY[*]}"')
    done = subprocess.run(
        ["bash", "-u", "-c", "\n".join(lines)],
        capture_output=True,
        cwd=here.directory,
        timeout=60,
        text=True,
    )
    assert done.stderr == ""
    found = [line.split() for line in done.stdout.splitlines()]
    assert dict(zip(asked, found, strict=True)) == asked


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_take_the_script(here: Here, shell: str, tmp_path: Path) -> None:
    script = here("completion", shell)
    assert script.code == 0
    for name in COMMANDS:
        assert name in script.text
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed; only looked at")
    path = here.write("script", script.out)
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_quotes_are_balanced_in_all_of_them(here: Here) -> None:
    for shell in ("bash", "zsh", "fish"):
        for line in here("completion", shell).lines:
            if not line.lstrip().startswith("#"):
                assert line.count("'") % 2 == 0, line


def test_another_shell_is_refused(here: Here) -> None:
    assert here("completion", "tcsh").code == 2
    assert here("completion").code == 2
