"""What the packaging tests share: the project's root, a clean copy of it, the build backend."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]

BUILT_OR_PRIVATE = shutil.ignore_patterns(
    *(".*_cache", ".git", ".hypothesis", ".nox", ".venv"),
    *("*.so", "__pycache__", "build", "dist", "target"),
)


def load_backend(root: Path = ROOT) -> ModuleType:
    """Import the build backend of a source tree under a name of its own."""
    spec = importlib.util.spec_from_file_location("backend", root / "build_backend/mrrc_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_source_tree(target: Path) -> Path:
    """Copy the project without anything that was built in it."""
    shutil.copytree(ROOT, target, ignore=BUILT_OR_PRIVATE, symlinks=True)
    return target


def run_hook(tree: Path, hook: str, directory: Path, **environment: str) -> Path:
    """Run a build hook the way a frontend does, in a process of its own; return what it built."""
    code = (
        "import sys; sys.path.insert(0, 'build_backend'); import mrrc_build;"
        f"print(mrrc_build.{hook}(sys.argv[1]))"
    )
    directory.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", code, str(directory)],
        cwd=tree,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return directory / done.stdout.splitlines()[-1]
