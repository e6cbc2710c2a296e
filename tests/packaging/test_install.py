"""Installations into fresh environments, with and without cargo, tried far from the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from source_tree import copy_source_tree, load_backend, run_hook

pytest.importorskip("hatchling", reason="hatchling builds the sdist")
pytestmark = [pytest.mark.slow, pytest.mark.network]

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RUN_ON_THE_SDIST = (
    *("tests/unit", "tests/parity/test_contract.py", "tests/docs"),
    *("-k", "contract or engine or main or architecture or problems or paths or texts or pages"),
)
WHAT_RUNS = "import mrrc; print(mrrc.engine, mrrc.__file__)"


class Environment:
    """A fresh virtual environment, with cargo on its PATH or without."""

    def __init__(self, directory: Path, with_cargo: bool) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        scripts = directory / ("Scripts" if os.name == "nt" else "bin")
        self.directory = directory
        self.python = str(scripts / "python")
        path = [str(scripts), os.environ["PATH"]] if with_cargo else [str(scripts)]
        self.variables = {**os.environ, "PATH": os.pathsep.join(path)}
        for name in ("MRRC_BUILD", "MRRC_ENGINE", "PYTHONPATH"):
            self.variables.pop(name, None)

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> str:
        done = subprocess.run(
            [self.python, *arguments],
            cwd=cwd or self.directory,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def pip_install(self, *arguments: str, **variables: str) -> str:
        return self.run("-m", "pip", "install", "-v", *arguments, **variables)


def skip_without_cargo(with_cargo: bool) -> None:
    missing = load_backend().missing_for_rust() if with_cargo else None
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The sdist, and the tree that comes out of it."""
    directory = tmp_path_factory.mktemp("source")
    tree = copy_source_tree(directory / "checkout")
    sdist = run_hook(tree, "build_sdist", directory)
    with tarfile.open(sdist) as archive:
        archive.extractall(directory)
    unpacked = directory / sdist.name.removesuffix(".tar.gz")
    return SimpleNamespace(checkout=tree, sdist=sdist, unpacked=unpacked)


@pytest.mark.parametrize("with_cargo", [True, False], ids=["with-cargo", "without-cargo"])
def test_the_sdist_installs_and_passes_its_tests(
    source: SimpleNamespace, tmp_path: Path, with_cargo: bool
) -> None:
    skip_without_cargo(with_cargo)
    environment = Environment(tmp_path / "venv", with_cargo)
    log = environment.pip_install(str(source.sdist))
    engine, file = environment.run("-c", WHAT_RUNS).split()
    assert engine == ("rust" if with_cargo else "python")
    assert Path(file).is_relative_to(tmp_path)
    assert ("building the pure-Python package: no cargo on PATH" in log) is not with_cargo
    said = environment.run("-m", "mrrc", "--version")
    assert "1.0.0" in said
    assert engine in said
    program = Path(environment.python).with_name("mrrc")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == said

    groups = tomllib.loads((source.unpacked / "pyproject.toml").read_text("utf-8"))
    environment.pip_install("--prefer-binary", *groups["dependency-groups"]["test"])
    # No path but the tests' own, and none of the material that is not in the sdist. All of them
    # are imported; those that run touch every module of the package. The others have run on a
    # wheel of the same files, and that no file of theirs is missing here test_archives knows.
    pytest_here = ("-I", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    for arguments in (("--collect-only", "-q", "tests"), RUN_ON_THE_SDIST):
        outcome = environment.run(
            *pytest_here,
            *arguments,
            cwd=source.unpacked,
            MRRC_SHARED=str(tmp_path / "nothing"),
            MRRC_ENGINE=engine,
        )
    assert " passed" in outcome


def test_the_checkout_installs_without_cargo(source: SimpleNamespace, tmp_path: Path) -> None:
    # With cargo, the sessions of nox install a wheel of the checkout before they test anything.
    environment = Environment(tmp_path / "venv", with_cargo=False)
    environment.pip_install(str(source.checkout))
    engine, file = environment.run("-c", WHAT_RUNS).split()
    assert engine == "python"
    assert Path(file).is_relative_to(tmp_path)


def test_an_editable_install_changes_from_rust_to_pure(
    source: SimpleNamespace, tmp_path: Path
) -> None:
    skip_without_cargo(True)
    environment = Environment(tmp_path / "venv", with_cargo=True)
    package = source.checkout / "mrrc"
    for build, engine in (("rust", "rust"), ("pure", "python")):
        environment.pip_install("--editable", str(source.checkout), MRRC_BUILD=build)
        assert environment.run("-c", WHAT_RUNS).split() == [engine, str(package / "__init__.py")]
        compiled = [*package.glob("_mrrc*.so"), *package.glob("_mrrc*.pyd")]
        assert bool(compiled) is (build == "rust")
