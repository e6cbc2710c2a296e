"""Text for people: plain from the standard library, in colour and tables where there is rich."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from mrrc.cli.texts import plain, width_of

if TYPE_CHECKING:
    from mrrc.cli.texts import Line


def is_terminal(stream: Any) -> bool:
    """Say whether a person looks at what is written to a stream."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def moves_cursor(stream: Any) -> bool:
    """Say whether a line on the terminal can be written over."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Return the number of columns of the terminal."""
    # Not at the top, where commands that show nothing would wait for it.
    from shutil import get_terminal_size

    return max(20, get_terminal_size((100, 24)).columns)


def wants_rich(stream: Any) -> bool:
    """Say whether rich is to draw: it is installed, and a terminal (or FORCE_COLOR) asks for it."""
    if not is_terminal(stream) and not os.environ.get("FORCE_COLOR"):
        return False
    from importlib.util import find_spec

    return find_spec("rich") is not None


class Plain:
    """Writes lines and tables without colour."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.width = width() if is_terminal(stream) else None

    def line(self, line: Line) -> None:
        """Write one line."""
        self.stream.write(f"{plain(line)}\n")

    def table(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Write names and what they stand for; a row without a name goes on with the one before."""
        names = max((width_of(name) for name, _ in rows), default=0)
        self.stream.write(f"{title}\n")
        for name, text in rows:
            self.stream.write(f"  {name}{' ' * (names - width_of(name))}  {text}\n")


def console(stream: TextIO | None = None) -> Plain:
    """Return what writes to a stream (standard output) as suits it."""
    stream = sys.stdout if stream is None else stream
    if wants_rich(stream):
        from mrrc.cli._rich import Rich

        return Rich(stream)
    return Plain(stream)
