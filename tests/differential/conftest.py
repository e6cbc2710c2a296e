"""Fixtures of the differential tests."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.differential.compare import Comparer
from tests.differential.outcomes import Capture


@pytest.fixture(scope="module", autouse=True)
def no_remains() -> None:
    """Collect what other tests have left: a file among it would warn within an outcome."""
    gc.collect()


@pytest.fixture(scope="session")
def pymarc() -> ModuleType:
    """The reference."""
    module = pytest.importorskip("pymarc", reason="differential tests need pymarc beside mrrc")
    # mrrc can stand in for pymarc in a whole process; here that would compare it with itself.
    assert module.Record.__module__.startswith("pymarc"), "pymarc resolves to something else"
    return module


@pytest.fixture(scope="session")
def subject() -> ModuleType:
    """What is held against the reference: mrrc, unless the harness checks itself."""
    return importlib.import_module(os.environ.get("MRRC_SUBJECT", "mrrc"))


@pytest.fixture
def comparer(pymarc: ModuleType, subject: ModuleType) -> Iterator[Comparer]:
    """A comparer that fails the test at its end when there were differences."""
    with Capture() as capture:
        result = Comparer(pymarc, subject, capture)
        yield result
    result.check()
