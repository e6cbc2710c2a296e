"""Which engine is chosen, and what happens to an extension that is missing or broken."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mrrc
from mrrc import _engine

PACKAGE = Path(mrrc.__file__).parent
SHOW = "import mrrc; from mrrc import _engine; print(mrrc.engine, _engine.module.__name__)"
RUST = "rust mrrc._mrrc"
PYTHON = "python mrrc._pure"

needs_extension = pytest.mark.skipif(
    importlib.util.find_spec("mrrc._mrrc") is None, reason="the extension is not built here"
)


def run(home: Path, engine: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the package in `home` with MRRC_ENGINE set to `engine`."""
    environment = {key: value for key, value in os.environ.items() if key != "MRRC_ENGINE"}
    environment["PYTHONPATH"] = str(home)
    if engine is not None:
        environment["MRRC_ENGINE"] = engine
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        timeout=60,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with a copy of the package that has no extension."""
    ignored = shutil.ignore_patterns("_mrrc*", "__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "mrrc", ignore=ignored)
    return tmp_path


def here(engine: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same on the package under test."""
    return run(PACKAGE.parent, engine, *arguments)


@needs_extension
@pytest.mark.parametrize("engine", [None, "", "auto", "rust"])
def test_the_extension_is_taken(engine: str | None) -> None:
    done = here(engine, "-c", SHOW)
    assert (done.stdout.strip(), done.stderr) == (RUST, "")


def test_python_can_be_asked_for() -> None:
    done = here("python", "-c", SHOW)
    assert (done.stdout.strip(), done.stderr) == (PYTHON, "")


@needs_extension
def test_python_does_not_load_the_extension() -> None:
    done = here("python", "-c", "import mrrc, sys; print('mrrc._mrrc' in sys.modules)")
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("engine", ["bogus", "Rust", "PYTHON", " rust", "0", "pure"])
def test_anything_else_is_an_error(engine: str) -> None:
    done = here(engine, "-c", SHOW)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert repr(engine) in last
    assert all(name in last for name in ("auto", "rust", "python"))


@pytest.mark.parametrize("engine", [None, "", "auto", "python"])
def test_without_an_extension_python_is_taken(home: Path, engine: str | None) -> None:
    done = run(home, engine, "-c", SHOW)
    assert (done.stdout.strip(), done.stderr) == (PYTHON, "")


def test_without_an_extension_rust_is_an_error_that_helps(home: Path) -> None:
    done = run(home, "rust", "-c", SHOW)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: MRRC_ENGINE=rust")
    assert "install" in last


BROKEN = {
    "ImportError": 'raise ImportError("libgone.so.1: cannot open shared object file")',
    "a module it needs": "import a_module_that_nobody_has",
    "a module of the package": "import mrrc._nothing_of_this_name",
    "another exception": 'raise RuntimeError("initialisation failed")',
    "an old one": "is_plain = None",
}


@pytest.mark.parametrize("engine", ["auto", "rust"])
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_extension_is_an_error(home: Path, fault: str, engine: str) -> None:
    (home / "mrrc" / "_mrrc.py").write_text(BROKEN[fault])
    done = run(home, engine, "-c", SHOW)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Error" in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_extension_does_not_matter_to_python(home: Path, fault: str) -> None:
    (home / "mrrc" / "_mrrc.py").write_text(BROKEN[fault])
    assert run(home, "python", "-c", SHOW).stdout.strip() == PYTHON


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"no library at all" * 100])
@pytest.mark.parametrize("engine", [None, "auto", "rust"])
def test_a_damaged_library_is_an_error(home: Path, content: bytes, engine: str | None) -> None:
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    (home / "mrrc" / f"_mrrc{suffix}").write_bytes(content)
    done = run(home, engine, "-c", SHOW)
    assert done.returncode == 1
    assert "ImportError" in done.stderr.strip().splitlines()[-1]


@needs_extension
def test_a_truncated_extension_is_an_error(home: Path) -> None:
    spec = importlib.util.find_spec("mrrc._mrrc")
    assert spec is not None
    assert spec.origin is not None
    library = Path(spec.origin)
    content = library.read_bytes()
    (home / "mrrc" / library.name).write_bytes(content[: len(content) // 3])
    done = run(home, "auto", "-c", SHOW)
    assert done.returncode != 0
    assert done.stdout == ""


def test_the_name_and_the_module_agree() -> None:
    assert mrrc.engine in ("rust", "python")
    assert mrrc.engine == _engine.name
    assert f"{_engine.name} {_engine.module.__name__}" in (RUST, PYTHON)
    wanted = os.environ.get("MRRC_ENGINE") or "auto"
    assert wanted in ("auto", mrrc.engine)


@pytest.mark.parametrize(
    ("engine", "reason"),
    [("python", "MRRC_ENGINE=python asks for it"), (None, "no compiled extension")],
)
def test_the_module_run_as_a_program_says_why(home: Path, engine: str | None, reason: str) -> None:
    done = run(home, engine, "-m", "mrrc", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    version, chosen, python, package = done.stdout.splitlines()
    assert version == f"mrrc {mrrc.__version__}"
    assert chosen.startswith("engine: python (")
    assert reason in chosen
    assert python == f"python: {platform.python_implementation()} {platform.python_version()}"
    assert package == f"package: {home.resolve() / 'mrrc'}"


def test_the_source_tree_says_that_it_is_one(home: Path) -> None:
    (home / "Cargo.toml").touch()
    done = run(home, None, "-m", "mrrc", "--version")
    assert "engine: python (this is the source tree" in done.stdout


@needs_extension
@pytest.mark.parametrize(
    ("engine", "reason"),
    [("rust", "MRRC_ENGINE=rust asks for it"), ("auto", "the extension is installed")],
)
def test_the_module_run_as_a_program_names_the_extension(engine: str, reason: str) -> None:
    done = here(engine, "-m", "mrrc", "--version")
    assert done.stdout.splitlines()[1] == f"engine: rust ({reason})"


def test_the_program_fails_like_the_package(home: Path) -> None:
    done = run(home, "rust", "-m", "mrrc", "--version")
    assert done.returncode == 1
    assert done.stdout == ""
