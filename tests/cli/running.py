"""Runs the command line: in this process, in one of its own, in a shell, on a terminal."""

from __future__ import annotations

import atexit
import io
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mrrc import Field, Indicators, Record, Subfield
from mrrc.cli import main
from tests.shared import DATA, ROOT

SAMPLE = ROOT / "examples" / "sample.mrc"
PROBLEMS = DATA / "problems"

# Compiled once for all processes, wherever the tests are not to leave such files.
_CACHE = tempfile.mkdtemp(prefix="mrrc-cli-cache-")
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def seen(self) -> str:
        """The text without what makes it coloured."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.text)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def environment(**changes: str | None) -> dict[str, str]:
    """What processes see: nothing that asks for colour or another language."""
    left_out = {"PYTHONDONTWRITEBYTECODE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING"}
    found = {name: value for name, value in os.environ.items() if name not in left_out}
    found["PYTHONPYCACHEPREFIX"] = _CACHE
    for name, value in changes.items():
        found.pop(name, None)
        if value is not None:
            found[name] = value
    return found


def run(
    *words: str | Path, cwd: Path, input: bytes = b"", env: Mapping[str, str] | None = None
) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mrrc", *map(str, words)],
        input=input,
        capture_output=True,
        cwd=cwd,
        env=environment() if env is None else env,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8"))


def shell(line: str, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run a line of bash, in which `mrrc` is the command."""
    program = f'mrrc() {{ {shlex.quote(sys.executable)} -m mrrc "$@"; }}\n{line}'
    done = subprocess.run(
        ["bash", "-c", program],
        capture_output=True,
        cwd=cwd,
        env=environment() if env is None else env,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8"))


class Terminal:
    """A command on a pseudo-terminal; standard error and, if asked for, output are the terminal."""

    def __init__(
        self, *words: str | Path, cwd: Path, output: Any = None, **changes: str | None
    ) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        env = environment(TERM="xterm", **changes)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mrrc", *map(str, words)],
            stdin=side,
            stdout=side if output is None else output,
            stderr=side,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
        os.close(side)
        self.seen = b""

    def read(self, seconds: float) -> bytes:
        """Take what is written within some time, or until the end."""
        ready, _, _ = select.select([self._main], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self._main, 65536)
        except OSError:
            data = b""
        self.seen += data
        return data

    def wait_for(self, wanted: Callable[[bytes], bool], seconds: float = 20) -> None:
        """Read until what was seen is as wanted."""
        end = time.monotonic() + seconds
        while not wanted(self.seen) and time.monotonic() < end:
            if not self.read(0.2) and self.process.poll() is not None:
                break
        assert wanted(self.seen), self.seen

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> Done:
        """Read all that is left, and return how it ended."""
        while self.read(20):
            pass
        code = self.process.wait(20)
        os.close(self._main)
        return Done(code, self.seen.replace(b"\r\n", b"\n"), "")


class Here:
    """Runs commands in this process, which is quick."""

    def __init__(self, directory: Path, capture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self._capture = capture
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str | Path, input: bytes = b"") -> Done:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input)))
        self._capture.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = self._capture.readouterr()
        return Done(code, out, err.decode("utf-8"))

    def write(self, name: str, data: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(data)
        return path

    @property
    def files(self) -> list[str]:
        return sorted(each.name for each in self.directory.iterdir())


def record(number: str, title: str = "A title", *fields: Field) -> Record:
    """A small record."""
    made = Record(leader="00000nam a2200000 a 4500")
    made.add_field(Field("001", data=number))
    made.add_field(Field("245", Indicators("1", "0"), [Subfield("a", title)]))
    made.add_field(*fields)
    return made


def records(count: int, start: int = 1) -> bytes:
    """The bytes of so many records, whose 001 are their numbers."""
    return b"".join(
        record(str(number), f"Title {number}").as_marc() for number in range(start, start + count)
    )


def numbers(data: bytes) -> list[str]:
    """The 001 of the records in ISO 2709."""
    from mrrc import MARCReader

    return [each["001"].data for each in MARCReader(data)]  # type: ignore[index,union-attr]
