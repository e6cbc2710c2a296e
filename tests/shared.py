"""Where the shared material is: real files, code tables, pymarc's own suite.

This is the only place that knows. `MRRC_SHARED` names the directory; without it the
directory `shared` beside the repository is meant. Tests that need it skip when it is absent.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"

ISO2709_SUFFIXES = (".mrc", ".marc", ".dat", ".bin", ".iso")


def shared_dir() -> Path | None:
    """The directory of shared material, or None when this machine has none."""
    named = os.environ.get("MRRC_SHARED")
    candidate = Path(named) if named else ROOT.parent / "shared"
    return candidate.resolve() if candidate.is_dir() else None


def shared_path(*parts: str) -> Path | None:
    """One path below the shared directory, or None when it does not exist."""
    base = shared_dir()
    if base is None:
        return None
    path = base.joinpath(*parts)
    return path if path.exists() else None


def real_files(*suffixes: str) -> list[Path]:
    """The real-life files with one of the suffixes (all files without), sorted by name."""
    directory = shared_path("data", "real")
    if directory is None:
        return []
    return sorted(
        path
        for path in directory.iterdir()
        if path.is_file() and (not suffixes or path.name.lower().endswith(suffixes))
    )


def real_iso2709_files() -> list[Path]:
    """Every real file in the exchange format, the broken ones included."""
    found = []
    for path in real_files():
        if path.name.lower().endswith(ISO2709_SUFFIXES):
            found.append(path)
            continue
        with path.open("rb") as handle:
            head = handle.read(24)
        if len(head) == 24 and head[:5].isdigit() and head[12:17].isdigit():
            found.append(path)
    return found


def skip_reason() -> str:
    """Why the tests that need shared material are skipped here."""
    named = os.environ.get("MRRC_SHARED")
    if named:
        return f"MRRC_SHARED={named} is no directory with data/real in it"
    return "no shared material: set MRRC_SHARED to a directory with data/real in it"


needs_shared = pytest.mark.skipif(shared_path("data", "real") is None, reason=skip_reason())
