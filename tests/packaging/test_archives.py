"""What is in the sdist and in the pure wheel."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from source_tree import ROOT, copy_source_tree, run_hook

pytest.importorskip("hatchling", reason="hatchling builds the archives")

COMPILED = (".so", ".pyd", ".dylib", ".dll", ".pyc")
STRAYS = ("_mrrc.cpython-311-x86_64-linux-gnu.so", "_mrrc.cp311-win_amd64.pyd", "lib_mrrc.dylib")


@pytest.fixture(scope="module")
def dirty_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source tree in which extensions were built, and no .gitignore hides them."""
    tree = copy_source_tree(tmp_path_factory.mktemp("source") / "mrrc")
    for stray in STRAYS:
        (tree / "mrrc" / stray).write_bytes(b"compiled")
    (tree / "mrrc" / "__pycache__").mkdir(exist_ok=True)
    (tree / "mrrc" / "__pycache__" / "record.cpython-311.pyc").write_bytes(b"compiled")
    (tree / ".gitignore").unlink(missing_ok=True)
    return tree


@pytest.fixture(scope="module")
def sdist_names(dirty_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of the sdist, without the directory they are in."""
    sdist = run_hook(dirty_tree, "build_sdist", tmp_path_factory.mktemp("sdist"))
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def modules_of_the_source() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mrrc").rglob("*")
        if path.suffix in (".py", ".pyi", ".typed")
    }


def test_the_pure_wheel_is_the_package_and_nothing_compiled(
    dirty_tree: Path, tmp_path: Path
) -> None:
    wheel = run_hook(dirty_tree, "build_wheel", tmp_path, MRRC_BUILD="pure")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {name for name in names if ".dist-info/" not in name}
    assert package == modules_of_the_source()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_has_what_a_build_and_its_tests_need(sdist_names: set[str]) -> None:
    expected = {
        *(".ci/run", "CHANGELOG.md", "Cargo.lock", "Cargo.toml", "LICENSE", "README.md"),
        *("build_backend/mrrc_build.py", "clippy.toml", "noxfile.py", "pyproject.toml"),
        *("rust/core/Cargo.toml", "rust/core/src/lib.rs"),
        *("rust/python/Cargo.toml", "rust/python/src/lib.rs"),
        *("tests/conftest.py", "tests/packaging/test_archives.py"),
        *modules_of_the_source(),
    }
    assert expected - sdist_names == set()


def test_the_sdist_has_every_file_of_the_tests(dirty_tree: Path, sdist_names: set[str]) -> None:
    present = {
        path.relative_to(dirty_tree).as_posix()
        for folder in ("tests", "docs", "examples", "benchmarks", "rust")
        for path in (dirty_tree / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(present) > 300
    assert present - sdist_names == set()


def test_the_sdist_has_nothing_compiled(sdist_names: set[str]) -> None:
    assert [name for name in sdist_names if name.endswith(COMPILED)] == []
    assert [name for name in sdist_names if name.startswith("target")] == []


def test_the_sdist_is_the_same_with_and_without_cargo(dirty_tree: Path, tmp_path: Path) -> None:
    bin_directory = tmp_path / "bin"
    bin_directory.mkdir()
    program = bin_directory / "cargo"
    program.write_text("#!/bin/sh\necho cargo 1.95.0\n")
    program.chmod(0o755)
    path = os.pathsep.join([str(bin_directory), os.environ["PATH"]])
    with_cargo = run_hook(
        dirty_tree, "build_sdist", tmp_path / "with", PATH=path, MRRC_BUILD="rust"
    )
    without_cargo = run_hook(dirty_tree, "build_sdist", tmp_path / "without", PATH=str(tmp_path))
    assert with_cargo.name == without_cargo.name
    assert with_cargo.read_bytes() == without_cargo.read_bytes()
