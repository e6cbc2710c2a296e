"""What a call did: its value or exception, and all it said on the way, in comparable form."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

LOGGER = "pymarc"
ADDRESS = re.compile(r"<(?:\w+\.)*(\w+) object at 0x[0-9a-fA-F]+>")


@dataclass(frozen=True)
class Outcome:
    """One call seen from outside."""

    value: Any
    error: tuple[Any, ...] | None
    warnings: tuple[Any, ...]
    logs: tuple[Any, ...]
    stderr: tuple[str, ...]

    def describe(self) -> str:
        parts = [f"raised {self.error!r}" if self.error else f"gave {self.value!r}"]
        for name in ("warnings", "logs", "stderr"):
            said = getattr(self, name)
            if said:
                parts.append(f"{name} {said!r}")
        return "; ".join(parts)


def class_names(cls: type) -> tuple[str, ...]:
    """The class and its bases by name, down to PymarcException or Exception."""
    names = []
    for base in cls.__mro__:
        names.append(base.__name__)
        if base.__name__ in ("PymarcException", "Exception"):
            break
    return tuple(names)


def normalise_exception(error: BaseException) -> tuple[Any, ...]:
    return (class_names(type(error)), tuple(normalise(arg) for arg in error.args))


def normalise(value: Any) -> Any:
    """A value without identity: equal for equal records of either package."""
    kind = type(value)
    if value is None or kind in (int, bytes, bool, float):
        return value
    if kind is str:
        return ADDRESS.sub(r"<\1 object>", value) if " object at 0x" in value else value
    if isinstance(value, BaseException):
        return ("exception", *normalise_exception(value))
    if isinstance(value, tuple):
        items = tuple(normalise(item) for item in value)
        return (kind.__name__, items) if kind is not tuple else items
    if isinstance(value, list):
        return ["list" if kind is list else kind.__name__, *(normalise(item) for item in value)]
    if isinstance(value, dict):
        return ("dict", tuple((normalise(k), normalise(v)) for k, v in value.items()))
    if isinstance(value, ET.Element):
        # Character references instead of tostring's refusals keep odd texts comparable.
        return ("element", element_tree(value))
    names = {base.__name__ for base in kind.__mro__}
    if "Record" in names:
        return record_snapshot(value)
    if "Field" in names:
        return field_snapshot(value)
    if "Leader" in names:
        return ("Leader", kind.__name__, str(value))
    if isinstance(value, str | bytes | int):
        return (kind.__name__, str(value))
    return ADDRESS.sub(r"<\1 object>", repr(value))


def element_tree(node: ET.Element) -> tuple[Any, ...]:
    return (node.tag, tuple(node.attrib.items()), node.text, tuple(element_tree(n) for n in node))


def attempt(function: Callable[[], Any]) -> Any:
    """The value, or the exception as a value: lets one step look at many fields."""
    try:
        return normalise(function())
    except Exception as error:
        return ("raised", *normalise_exception(error))


def field_snapshot(field: Any) -> tuple[Any, ...]:
    """Everything a Field holds."""
    return (
        type(field).__name__,
        normalise(field.tag),
        field.control_field,
        normalise(field.data),
        normalise(field.indicators),
        normalise(field.subfields),
    )


def record_snapshot(record: Any) -> tuple[Any, ...]:
    """Everything a Record holds, its cursor included."""
    cursor = record._Record__pos
    return (
        type(record).__name__,
        normalise(record.leader),
        cursor,
        record.pos,
        record.force_utf8,
        record.to_unicode,
        normalise(record.fields),
    )


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _log_entry(record: logging.LogRecord) -> tuple[Any, ...]:
    args = record.args
    if isinstance(args, dict):
        args = (args,)
    return (record.name, record.levelname, tuple(normalise(arg) for arg in args or ()))


def _warning_entry(caught: warnings.WarningMessage) -> tuple[Any, ...]:
    return (
        class_names(caught.category),
        os.path.basename(caught.filename),
        normalise(getattr(caught.message, "subf", None)),
    )


class Capture:
    """Catches warnings, log records and standard error while calls are compared."""

    def __enter__(self) -> Capture:
        self._collector = _Collector()
        self._text = io.StringIO()
        logger = logging.getLogger(LOGGER)
        self._logger_state = (logger.level, logger.propagate)
        logger.addHandler(self._collector)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logger = logging.getLogger(LOGGER)
        logger.removeHandler(self._collector)
        logger.level, logger.propagate = self._logger_state

    def run(self, function: Callable[..., Any], *args: Any) -> Outcome:
        """Call, and report what happened; nothing the call does escapes."""
        value: Any = None
        error: tuple[Any, ...] | None = None
        # Swapped for each call: the test runner swaps these too, between its phases.
        stderr, sys.stderr = sys.stderr, self._text
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                value = normalise(function(*args))
        except Exception as raised:
            error = normalise_exception(raised)
        finally:
            sys.stderr = stderr
        said_warnings: tuple[Any, ...] = ()
        said_logs: tuple[Any, ...] = ()
        said: tuple[str, ...] = ()
        if caught:
            said_warnings = tuple(_warning_entry(warning) for warning in caught)
        if self._collector.records:
            said_logs = tuple(_log_entry(record) for record in self._collector.records)
            self._collector.records.clear()
        if self._text.tell():
            said = tuple(self._text.getvalue().splitlines())
            self._text.seek(0)
            self._text.truncate()
        return Outcome(value, error, said_warnings, said_logs, said)


def outcome(function: Callable[..., Any], *args: Any) -> Outcome:
    """One call, captured on its own."""
    with Capture() as capture:
        return capture.run(function, *args)


def distinct(items: list[Any]) -> Iterator[Any]:
    """Each item once, by identity, in order."""
    seen: set[int] = set()
    for item in items:
        if id(item) not in seen:
            seen.add(id(item))
            yield item
