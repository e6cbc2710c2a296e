"""Who is compared, how each is installed, and how it is asked; a new one is a line in LIBRARIES."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import run
from installed import Absent, published_python, yaz, yaz_version

WORKER = Path(__file__).with_name("read_worker.py")
LIMIT = 30.0
"""Seconds for one file; more is a hang."""


class Library(NamedTuple):
    """A library, in one of its configurations."""

    name: str
    reader: str
    """Function of the worker; empty for a program of its own."""
    engine: str = ""
    ours: bool = False


PYMARC = Library("pymarc", "pymarc")
PUBLISHED_MRRC = Library("mrrc 0.9.2", "published")
YAZ = Library("yaz-marcdump", "")
RUST = Library("rust", "mrrc", "rust", ours=True)
PYTHON = Library("python", "mrrc", "python", ours=True)
LIBRARIES = (RUST, PYTHON, PYMARC, PUBLISHED_MRRC, YAZ)


def environment_of(library: Library) -> dict[str, str]:
    wanted = {key: os.environ[key] for key in os.environ if key not in run.UNWANTED}
    if not library.ours:
        # A source tree on the path would be imported instead of the published package.
        wanted.pop("PYTHONPATH", None)
    if library.engine:
        wanted["MRRC_ENGINE"] = library.engine
    return wanted


def python_of(library: Library) -> str:
    return published_python() if library is PUBLISHED_MRRC else sys.executable


def version(library: Library) -> str:
    """Return the version that is asked, or raise Absent."""
    if library is YAZ:
        return yaz_version()
    name = "pymarc" if library is PYMARC else "mrrc"
    code = (
        f"import importlib.metadata, {name} as m;"
        "salvage = getattr(m, 'engine', None);"
        "v = getattr(m, '__version__', None) or importlib.metadata.version(m.__name__);"
        "print(v, salvage or '')"
    )
    try:
        done = subprocess.run(
            [python_of(library), "-c", code],
            capture_output=True, text=True, timeout=60,
            cwd=tempfile.gettempdir(), env=environment_of(library),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise Absent(str(error)) from error
    if done.returncode != 0:
        raise Absent(done.stderr.strip().splitlines()[-1])
    return done.stdout.strip()


class Reading:
    """A process of a library that reads one file after the other, and is replaced when it hangs."""

    def __init__(self, library: Library, limit: float = LIMIT) -> None:
        self.library = library
        self.limit = limit
        self.process: subprocess.Popen[str] | None = None
        self.lines: queue.Queue[str] = queue.Queue()

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [python_of(self.library), str(WORKER), self.library.reader],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=tempfile.gettempdir(),
            env=environment_of(self.library),
        )
        lines: queue.Queue[str] = queue.Queue()

        def forward() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.put(line)
            lines.put("")

        threading.Thread(target=forward, daemon=True).start()
        self.process, self.lines = process, lines
        return process

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def read(self, path: Path) -> dict[str, Any]:
        """Return what the worker says about a file; {"hang": ...} or {"crash": ...} if nothing."""
        process = self.process or self.start()
        assert process.stdin is not None
        try:
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
            line = self.lines.get(timeout=self.limit)
        except queue.Empty:
            self.stop()
            return {"hang": self.limit}
        except OSError:
            line = ""
        if not line:
            process.wait()
            code = process.returncode
            self.stop()
            return {"crash": code}
        answer: dict[str, Any] = json.loads(line)
        return answer


COMMENT = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
OBJECT = re.compile(r"^\{\n.*?^\}\n?", re.MULTILINE | re.DOTALL)


def yaz_record(text: str) -> list[Any] | None:
    """Return a record of yaz-marcdump's JSON, None where it is no JSON."""
    comments = len(COMMENT.findall(text))
    try:
        found = json.loads(COMMENT.sub("", text), strict=False)
    except ValueError:
        return None
    if "leader" not in found:
        return None
    fields = []
    for field in found.get("fields", []):
        for tag, value in field.items():
            if isinstance(value, str):
                fields.append([tag, value])
                continue
            subfields = "".join(
                f"\x1f{code}{content}"
                for subfield in value.get("subfields", [])
                for code, content in subfield.items()
            )
            fields.append([tag, f"{value.get('ind1', '')}{value.get('ind2', '')}{subfields}"])
    return [found["leader"], fields, comments]


class YazReading:
    """yaz-marcdump, one process for each file."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self.program, extra = yaz()
        self.environment = os.environ | extra

    def stop(self) -> None:
        pass

    def read(self, path: Path) -> dict[str, Any]:
        try:
            done = subprocess.run(
                [self.program, "-o", "json", str(path)],
                capture_output=True, timeout=self.limit, env=self.environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"hang": self.limit}
        if done.returncode < 0:
            return {"crash": done.returncode}
        text = done.stdout.decode("utf-8", "surrogateescape")
        records, errors = [], 0
        for found in OBJECT.finditer(text):
            record = yaz_record(found.group())
            if record is None:
                errors += 1
            else:
                records.append(record)
        outside = len(COMMENT.findall(OBJECT.sub("", text)))
        return {"records": records, "errors": errors + bool(outside) + (done.returncode > 0)}


def reading(library: Library) -> Reading | YazReading:
    return YazReading() if library is YAZ else Reading(library)


def present(
    wanted: Sequence[Library], say: Callable[[str], None]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return versions of the libraries that are here, and why the others are not."""
    versions, absent = {}, {}
    for library in wanted:
        try:
            versions[library.name] = version(library)
        except Absent as reason:
            absent[library.name] = str(reason)
            say(f"left out: {library.name}: {reason}")
    return versions, absent


def each_answer(library: Library, paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield what a library makes of each file."""
    process = reading(library)
    try:
        for path in paths:
            yield process.read(path)
    finally:
        process.stop()
