"""Programs and libraries that are not mrrc's, and where they are installed.

What can be had as a package is put into the cache directory, once; nothing is installed in the
system. Whatever cannot be had raises Absent, which says why.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import data

PUBLISHED = "mrrc==0.9.2"
MARC21_CRATE = "marc21-cli"


downloads = True
"""Whether what is not there yet may be downloaded."""


class Absent(Exception):
    """A library cannot be had here; the text says why."""


def may_download(name: str) -> None:
    """Raise Absent where nothing may be downloaded."""
    if not downloads:
        raise Absent(f"{name} is not installed, and nothing is to be downloaded")


def called(*command: str, timeout: float = 300) -> str:
    """Run a command and return what it prints; raise Absent where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except (OSError, subprocess.SubprocessError) as error:
        raise Absent(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["failed"]
        raise Absent(f"{' '.join(command[:4])}: {lines[-1]}")
    return done.stdout


def published_directory() -> Path:
    return data.cache() / f"{PUBLISHED.replace('==', '-')}-{sys.implementation.cache_tag}"


def published_python() -> str:
    """Return the interpreter of an environment with the published mrrc, made once."""
    directory = published_directory()
    python = directory / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (directory / "made").exists():
        may_download(PUBLISHED)
        shutil.rmtree(directory, ignore_errors=True)
        called(sys.executable, "-m", "venv", str(directory))
        options = ("--quiet", "--disable-pip-version-check", "--only-binary", ":all:")
        called(str(python), "-m", "pip", "install", *options, PUBLISHED)
        (directory / "made").touch()
    return str(python)


def yaz() -> tuple[str, dict[str, str]]:
    """Return the path of yaz-marcdump and what it needs in its environment.

    Where it is not installed, Debian's packages are unpacked in the cache, once.
    """
    installed = shutil.which("yaz-marcdump")
    if installed:
        return installed, {}
    root = data.cache() / "yaz"
    program = root / "usr" / "bin" / "yaz-marcdump"
    if not program.exists():
        may_download("yaz-marcdump")
        for tool in ("apt-get", "dpkg"):
            if not shutil.which(tool):
                raise Absent(f"yaz-marcdump is not installed, and there is no {tool}")
        options = ("-s", "install", "--no-install-recommends")
        planned = called("apt-get", *options, "yaz")
        packages = re.findall(r"^Inst (\S+)", planned, re.MULTILINE)
        with tempfile.TemporaryDirectory() as directory:
            try:
                subprocess.run(
                    ["apt-get", "download", *packages],
                    cwd=directory, check=True, capture_output=True, timeout=300,
                )  # fmt: skip
            except (OSError, subprocess.SubprocessError) as error:
                raise Absent(f"apt-get download yaz: {error}") from error
            for package in Path(directory).glob("*.deb"):
                called("dpkg", "-x", str(package), str(root))
    paths = sorted({str(path.parent) for path in root.glob("usr/lib/**/*.so.*")})
    return str(program), {"LD_LIBRARY_PATH": os.pathsep.join(paths)}


def yaz_version() -> str:
    program, environment = yaz()
    done = subprocess.run(
        [program, "-V"], capture_output=True, text=True, env=os.environ | environment
    )
    found = re.search(r"YAZ version:? *(\S+)|(\d+\.\d+\.\d+)", done.stdout + done.stderr)
    return found.group(0).split()[-1] if found else "unknown"


def marc21() -> str:
    """Return the path of marc21, a program of the German National Library.

    It is not compiled here, that takes many minutes; the text of Absent has the command.
    """
    installed = shutil.which("marc21")
    if installed:
        return installed
    root = data.cache() / "marc21"
    program = root / "bin" / ("marc21.exe" if os.name == "nt" else "marc21")
    if not program.exists():
        raise Absent(f"not installed: cargo install {MARC21_CRATE} --root {root}")
    return str(program)


def marc21_version() -> str:
    return called(marc21(), "--version").strip().split()[-1]
