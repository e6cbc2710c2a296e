"""One version number, and one test command."""

from __future__ import annotations

import importlib.metadata
import re

import pytest
from source_tree import ROOT

import mrrc

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
(VERSION,) = re.findall(r'^version = "(.+)"$', PYPROJECT, re.MULTILINE)


def as_cargo_writes_it(version: str) -> str:
    """1.2.0.dev3 is 1.2.0-dev.3 to cargo; a release is the same to both."""
    return re.sub(r"\.dev(\d+)$", r"-dev.\1", version)


def test_the_package_says_the_version() -> None:
    assert mrrc.__version__ == VERSION


def test_the_installed_metadata_say_the_version() -> None:
    try:
        installed = importlib.metadata.version("mrrc")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("mrrc is not installed here, only imported")
    assert installed == VERSION


def test_the_version_module_of_the_source_says_the_version() -> None:
    source = (ROOT / "mrrc" / "_version.py").read_text("utf-8")
    assert re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE) == [VERSION]


def test_cargo_says_the_version() -> None:
    manifest = (ROOT / "Cargo.toml").read_text("utf-8")
    assert re.findall(r'^version = "(.+)"$', manifest, re.MULTILINE) == [
        as_cargo_writes_it(VERSION)
    ]


@pytest.mark.parametrize("crate", ["core", "python"])
def test_the_crates_take_the_version_of_the_workspace(crate: str) -> None:
    manifest = (ROOT / "rust" / crate / "Cargo.toml").read_text("utf-8")
    assert re.findall(r"^version.*$", manifest, re.MULTILINE) == ["version.workspace = true"]


@pytest.mark.parametrize("crate", ["mrrc-core", "mrrc-python"])
def test_the_lock_file_is_of_this_version(crate: str) -> None:
    lock = (ROOT / "Cargo.lock").read_text("utf-8")
    entry = f'name = "{crate}"\nversion = "{as_cargo_writes_it(VERSION)}"\n'
    assert entry in lock


def test_the_readme_names_the_command_that_ci_runs() -> None:
    command = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1]
    assert command.endswith("nox -s ci")
    readme = (ROOT / "README.md").read_text("utf-8")
    assert command in [line.strip() for line in readme.splitlines()]
