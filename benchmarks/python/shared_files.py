"""Real files of the tests, where there are any: only `tests/shared.py` knows where they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

SHARED_MODULE = Path(__file__).resolve().parents[2] / "tests" / "shared.py"


def shared_module() -> ModuleType | None:
    """Return the module of the tests that knows where the shared material is; None without."""
    spec = importlib.util.spec_from_file_location("benchmark_shared", SHARED_MODULE)
    if spec is None or spec.loader is None or not SHARED_MODULE.exists():
        return None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        return None
    return module


def real_path(*parts: str) -> Path | None:
    """Return a path among the shared data, None where there is none."""
    module = shared_module()
    path: Path | None = None if module is None else module.shared_path("data", *parts)
    return path
