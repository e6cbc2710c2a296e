"""The build backend chooses between maturin and hatchling before it asks either for anything."""

from __future__ import annotations

import importlib.machinery
import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from source_tree import load_backend

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake cargo is a shell script")

FakeCargo = Callable[[str], None]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The backend, on an interpreter that pyo3 supports, without MRRC_BUILD."""
    monkeypatch.delenv("MRRC_BUILD", raising=False)
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: None)
    as_interpreter("cpython", monkeypatch)
    return load_backend()


@pytest.fixture
def cargo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCargo:
    """A PATH with nothing but the cargo that the test writes; none as long as it writes none."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))

    def write(script: str) -> None:
        program = directory / "cargo"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return write


def as_interpreter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = SimpleNamespace(**{**vars(sys.implementation), "name": name})
    monkeypatch.setattr(sys, "implementation", changed)


def builder(backend: ModuleType) -> str:
    """Name the builder that the hooks ask for; both wheel hooks must agree."""
    wheel: list[str] = backend.get_requires_for_build_wheel()
    assert backend.get_requires_for_build_editable() == wheel
    (requirement,) = wheel
    return requirement.split(">")[0]


def say(version: str) -> str:
    return f'[ "$*" = --version ] && echo "cargo {version} (0123abcd 2026-01-01)"'


@pytest.mark.parametrize("version", ["1.85.0", "1.95.0", "2.0.0", "1.99.0-nightly"])
def test_a_usable_cargo_means_maturin(backend: ModuleType, cargo: FakeCargo, version: str) -> None:
    cargo(say(version))
    assert backend.choose().rust
    assert builder(backend) == "maturin"


def test_no_cargo_means_hatchling(backend: ModuleType, cargo: FakeCargo) -> None:
    assert backend.choose() == (False, "no cargo on PATH")
    assert builder(backend) == "hatchling"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("exit 1", "does not work", id="proxy-without-toolchain"),
        pytest.param("kill $$", "does not work", id="killed"),
        pytest.param("echo hello", "says 'hello'", id="another-program"),
        pytest.param(say("1.84.1"), "cargo is 1.84, mrrc needs 1.85", id="too-old"),
        pytest.param(say("0.99.0"), "cargo is 0.99, mrrc needs 1.85", id="much-too-old"),
    ],
)
def test_an_unusable_cargo_means_hatchling(
    backend: ModuleType, cargo: FakeCargo, script: str, reason: str
) -> None:
    cargo(script)
    assert not backend.choose().rust
    assert reason in backend.choose().reason
    assert builder(backend) == "hatchling"


def test_cargo_is_asked_without_fetching_a_toolchain(
    backend: ModuleType, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSTUP_AUTO_INSTALL", "1")
    cargo(f'[ "$RUSTUP_AUTO_INSTALL" = 0 ] || exit 1\n{say("1.95.0")}')
    assert backend.choose().rust


def test_the_oldest_rust_is_the_one_of_the_workspace(
    backend: ModuleType, tmp_path: Path, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace.package]\nrust-version = "1.96"\n')
    monkeypatch.setattr(backend, "ROOT", tmp_path)
    cargo(say("1.95.0"))
    assert not backend.choose().rust
    cargo(say("1.96.0"))
    assert backend.choose().rust


def test_other_interpreters_than_cpython_get_the_pure_package(
    backend: ModuleType, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo(say("1.95.0"))
    as_interpreter("pypy", monkeypatch)
    assert backend.choose() == (False, "the extension is for CPython, this is pypy")
    assert builder(backend) == "hatchling"


@pytest.mark.parametrize(("version", "rust"), [((3, 13), False), ((3, 14), True)])
def test_free_threaded_python_gets_the_extension_from_3_14_on(
    backend: ModuleType,
    cargo: FakeCargo,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int],
    rust: bool,
) -> None:
    cargo(say("1.95.0"))
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1)
    monkeypatch.setattr(sys, "version_info", version)
    assert backend.choose().rust is rust


def test_pure_is_built_on_demand(
    backend: ModuleType, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo(say("1.95.0"))
    monkeypatch.setenv("MRRC_BUILD", "pure")
    assert builder(backend) == "hatchling"


@pytest.mark.parametrize("value", ["auto", ""])
def test_auto_is_the_default(
    backend: ModuleType, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    cargo(say("1.95.0"))
    monkeypatch.setenv("MRRC_BUILD", value)
    assert builder(backend) == "maturin"


def test_rust_on_demand_needs_a_usable_cargo(
    backend: ModuleType, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRRC_BUILD", "rust")
    with pytest.raises(SystemExit, match=r"(?s)no cargo on PATH.*rustup.*MRRC_BUILD=pure"):
        backend.get_requires_for_build_wheel()
    cargo(say("1.95.0"))
    assert builder(backend) == "maturin"


def test_an_unknown_choice_is_an_error(
    backend: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRRC_BUILD", "fast")
    with pytest.raises(SystemExit, match="'fast'; it can be auto, rust or pure"):
        backend.get_requires_for_build_wheel()


def test_the_sdist_never_asks_for_cargo(
    backend: ModuleType, cargo: FakeCargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRRC_BUILD", "rust")
    assert backend.get_requires_for_build_sdist() == [backend.HATCHLING]


class Builders:
    """Stand-ins for maturin and hatchling that note which hook was called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.failure: BaseException | None = None
        package = ModuleType("hatchling")
        package.build = self.module("hatchling.build")  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "hatchling", package)
        monkeypatch.setitem(sys.modules, "hatchling.build", package.build)
        monkeypatch.setitem(sys.modules, "maturin", self.module("maturin"))

    def module(self, name: str) -> ModuleType:
        module = ModuleType(name)
        for hook in ("build_wheel", "build_editable"):

            def called(*arguments: object, hook: str = hook) -> str:
                self.calls.append(f"{name}.{hook}")
                if self.failure is not None:
                    raise self.failure
                return "mrrc.whl"

            setattr(module, hook, called)
        return module


@pytest.fixture
def builders(monkeypatch: pytest.MonkeyPatch) -> Builders:
    return Builders(monkeypatch)


@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
def test_the_chosen_builder_builds(
    backend: ModuleType,
    cargo: FakeCargo,
    builders: Builders,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    hook: str,
) -> None:
    monkeypatch.setattr(backend, "remove_stale_extensions", lambda: None)
    assert getattr(backend, hook)("wheels") == "mrrc.whl"
    line = "mrrc: building the pure-Python package: no cargo on PATH\n"
    assert capsys.readouterr().err == line
    cargo(say("1.95.0"))
    assert getattr(backend, hook)("wheels") == "mrrc.whl"
    assert capsys.readouterr().err == ""
    assert builders.calls == [f"hatchling.build.{hook}", f"maturin.{hook}"]


@pytest.mark.parametrize("failure", [SystemExit(1), FileNotFoundError("maturin")])
def test_a_failed_rust_build_is_an_error_with_advice(
    backend: ModuleType, cargo: FakeCargo, builders: Builders, failure: BaseException
) -> None:
    cargo(say("1.95.0"))
    builders.failure = failure
    with pytest.raises(SystemExit, match="could not be built") as raised:
        backend.build_wheel("wheels")
    assert "MRRC_BUILD=pure" in str(raised.value)
    assert builders.calls == ["maturin.build_wheel"]


def test_a_pure_editable_install_removes_the_extension_it_would_import(
    backend: ModuleType,
    cargo: FakeCargo,
    builders: Builders,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "Cargo.toml").write_text('rust-version = "1.85"\n')
    (tmp_path / "mrrc").mkdir()
    stale = [tmp_path / "mrrc" / f"_mrrc{end}" for end in importlib.machinery.EXTENSION_SUFFIXES]
    others = [tmp_path / "mrrc" / name for name in ("_mrrc.cpython-27-vax.so", "_mrrc.pyi")]
    for path in stale + others:
        path.touch()
    monkeypatch.setattr(backend, "ROOT", tmp_path)

    backend.build_wheel("wheels")
    assert all(path.exists() for path in stale)
    backend.build_editable("wheels")
    assert not any(path.exists() for path in stale)
    assert all(path.exists() for path in others)
    assert f"removed {stale[0]}" in capsys.readouterr().err

    stale[0].touch()
    cargo(say("1.95.0"))
    backend.build_editable("wheels")
    assert stale[0].exists()
