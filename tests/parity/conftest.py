"""Both engines, knowing the public classes whichever of them the session runs on."""

from __future__ import annotations

from types import ModuleType

import pytest

from mrrc import Field, Indicators, Leader, Record, Subfield
from tests.conftest import engine_module


@pytest.fixture(scope="session")
def engines() -> tuple[ModuleType, ModuleType]:
    """The pure engine and the extension, the public classes registered with each."""
    pure, extension = engine_module("python"), engine_module("rust")
    for engine in (pure, extension):
        engine.register(Record, Field, Subfield, Indicators, Leader)
    return pure, extension
