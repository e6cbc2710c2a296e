"""The build backend: chooses between the Rust extension and pure Python, then delegates.

PEP 517 and PEP 660 hooks. `MRRC_BUILD` is `auto` (the extension where cargo is usable, else pure
Python), `rust` (the extension or an error) or `pure`. maturin builds the extension, hatchling the
pure wheel and the sdist; the choice is made before either is asked for, because maturin's own
hooks would fetch a Rust toolchain where there is none.
"""

from __future__ import annotations

import importlib.machinery
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MATURIN = "maturin>=1.9.4,<2"
HATCHLING = "hatchling>=1.27,<2"

Settings = dict[str, Any] | None


class Choice(NamedTuple):
    """What is built, and why."""

    rust: bool
    reason: str


def required_rust() -> tuple[int, int]:
    """Return the oldest Rust that compiles the workspace, as (major, minor)."""
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    # Python 3.10 has no TOML parser, and the backend has no dependencies.
    match = re.search(r'^rust-version\s*=\s*"(\d+)\.(\d+)', manifest, re.MULTILINE)
    if match is None:
        raise SystemExit("mrrc: Cargo.toml names no rust-version")
    return int(match[1]), int(match[2])


def missing_for_rust() -> str | None:
    """Say what keeps the extension from being built here; None when nothing does."""
    if sys.implementation.name != "cpython":
        return f"the extension is for CPython, this is {sys.implementation.name}"
    if sysconfig.get_config_var("Py_GIL_DISABLED") and sys.version_info < (3, 14):
        return "pyo3 supports free-threaded Python from 3.14 on"
    cargo = shutil.which("cargo")
    if cargo is None:
        return "no cargo on PATH"
    try:
        # A rustup proxy without a toolchain exists, and fails; it must not download one either.
        answer = subprocess.run(
            [cargo, "--version"],
            cwd=ROOT,
            env={**os.environ, "RUSTUP_AUTO_INSTALL": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError) as error:
        return f"`cargo --version` does not work ({error})"
    match = re.search(r"cargo (\d+)\.(\d+)", answer)
    if match is None:
        return f"`cargo --version` says {answer.strip()!r}"
    needed = required_rust()
    if (int(match[1]), int(match[2])) < needed:
        return f"cargo is {match[1]}.{match[2]}, mrrc needs {needed[0]}.{needed[1]} or newer"
    return None


def choose() -> Choice:
    """Choose what to build; every hook asks anew, in an environment that stays the same."""
    wanted = os.environ.get("MRRC_BUILD") or "auto"
    if wanted not in ("auto", "rust", "pure"):
        raise SystemExit(f"mrrc: MRRC_BUILD is {wanted!r}; it can be auto, rust or pure")
    if wanted == "pure":
        return Choice(False, "MRRC_BUILD=pure asks for it")
    missing = missing_for_rust()
    if missing is None:
        return Choice(True, "cargo is usable")
    if wanted == "rust":
        raise SystemExit(
            f"mrrc: MRRC_BUILD=rust, but {missing}.\n"
            "Install a current Rust toolchain (https://rustup.rs), or set MRRC_BUILD=pure for the "
            "complete pure-Python package."
        )
    return Choice(False, missing)


def log(message: str) -> None:
    """Write one line to the build's log (pip shows it with -v)."""
    sys.stderr.write(f"mrrc: {message}\n")


def build(hook: str, wheel_directory: str, settings: Settings, metadata: str | None) -> str:
    """Run one wheel hook of the chosen builder and return the wheel's file name."""
    choice = choose()
    if not choice.rust:
        log(f"building the pure-Python package: {choice.reason}")
        import hatchling.build

        name: str = getattr(hatchling.build, hook)(wheel_directory, settings, metadata)
        return name
    try:
        import maturin

        name = getattr(maturin, hook)(wheel_directory, settings, metadata)
    except (Exception, SystemExit) as error:
        raise SystemExit(
            f"mrrc: the Rust extension could not be built ({error}); the reason is above.\n"
            "A C linker and the crates of Cargo.lock are needed beside cargo. MRRC_BUILD=pure "
            "installs the complete pure-Python package instead, without a compiler."
        ) from error
    return name


def remove_stale_extensions() -> None:
    """Remove the extensions in the source tree that this interpreter would import."""
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        stale = ROOT / "mrrc" / f"_mrrc{suffix}"
        if stale.exists():
            stale.unlink()
            log(f"removed {stale}: a pure editable install would import it")


def requires() -> list[str]:
    """Name what the chosen builder needs to be installed."""
    return [MATURIN if choose().rust else HATCHLING]


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """PEP 517: maturin or hatchling."""
    return requires()


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """PEP 660: maturin or hatchling."""
    return requires()


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """PEP 517: always hatchling, so that there is one sdist."""
    return [HATCHLING]


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """PEP 517: a wheel with the extension for this interpreter, or a py3-none-any wheel."""
    return build("build_wheel", wheel_directory, config_settings, metadata_directory)


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """PEP 660: a wheel that points into the source tree, where the extension is put as well."""
    name = build("build_editable", wheel_directory, config_settings, metadata_directory)
    if not choose().rust:
        remove_stale_extensions()
    return name


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """PEP 517: the source distribution, the same whether cargo is there or not."""
    import hatchling.build

    name: str = hatchling.build.build_sdist(sdist_directory, config_settings)
    return name
