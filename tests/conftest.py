"""What every test shares: the engine of the session, the slow marker, the engines side by side."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

# The differential harness can be pointed at another package (its self-check does so).
SUBJECT = os.environ.get("MRRC_SUBJECT", "mrrc")

ENGINE_MODULES = {"python": "mrrc._pure", "rust": "mrrc._mrrc"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_configure(config: pytest.Config) -> None:
    """Let what the tests start be interrupted.

    A shell has what it starts in the background ignore SIGINT, and so would every process of it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or "slow" in (config.getoption("markexpr") or ""):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what was collected out of the garbage collector's work.

    There are ten thousand tests; a collection in one of them would look at all the others, and
    that takes a third of a second.
    """
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()


def differential_totals() -> Any:
    """What the comparisons with pymarc counted in this process; None without any."""
    module = sys.modules.get("tests.differential.compare")
    return module.TOTALS if module is not None and module.TOTALS.steps else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its counts to the process that prints the summary."""
    output = getattr(session.config, "workeroutput", None)
    totals = differential_totals()
    if output is not None and totals is not None:
        counts = (totals.steps, totals.differences, dict(totals.allowed))
        output["differential"] = counts


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add up what a worker of pytest-xdist counted."""
    counts = getattr(node, "workeroutput", {}).get("differential")
    if counts is not None:
        from tests.differential.compare import TOTALS

        TOTALS.steps += counts[0]
        TOTALS.differences += counts[1]
        TOTALS.allowed.update(counts[2])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    totals = differential_totals()
    if totals is None:
        return
    terminalreporter.write_sep(
        "-", f"differential: {totals.steps:,} steps compared, {totals.differences:,} differences"
    )
    for name, count in sorted(totals.allowed.items()):
        terminalreporter.write_line(f"  deliberate: {name}: {count:,} steps")


def session_engine() -> str:
    """The engine `import mrrc` chose in this process (a package without one says so)."""
    try:
        return str(getattr(importlib.import_module(SUBJECT), "engine", "none"))
    except ImportError as error:
        return f"not importable ({error})"


def pytest_report_header() -> list[str]:
    wanted = os.environ.get("MRRC_ENGINE", "auto")
    return [f"{SUBJECT} engine: {session_engine()} (MRRC_ENGINE={wanted})"]


@pytest.fixture(scope="session")
def engine() -> str:
    """Name of the session's engine, `rust` or `python`."""
    return session_engine()


def engine_module(name: str) -> ModuleType:
    """One engine by name; skips when the extension is not built, fails when it is broken."""
    module = ENGINE_MODULES[name]
    importlib.import_module("mrrc")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        pytest.skip(f"{module} is not built here")


@pytest.fixture(params=list(ENGINE_MODULES))
def engine_functions(request: pytest.FixtureRequest) -> ModuleType:
    """Each engine module in turn, ids [python] and [rust]."""
    return engine_module(request.param)


@pytest.fixture
def both_engines() -> tuple[ModuleType, ModuleType]:
    """The pure engine and the extension, side by side."""
    return engine_module("python"), engine_module("rust")


@pytest.fixture
def recorded_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Every warning of the test, none of them filtered."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
