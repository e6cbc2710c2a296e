"""How far a command is: a line on the terminal's standard error, nothing in a pipe."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

from mrrc.cli.terminal import moves_cursor, wants_rich, width
from mrrc.cli.texts import width_of

if TYPE_CHECKING:
    from mrrc.cli._rich import Bar

# What takes less is over before somebody asks.
_QUIET_SECONDS = 0.5
_BETWEEN_SECONDS = 0.1


class Progress:
    """Shows how many bytes and records are done, how fast, and how long it will take.

    Args:
        stream: where to; nothing is shown if that is no terminal.
        quiet: show nothing.
    """

    def __init__(self, stream: TextIO | None = None, quiet: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self.shows = not quiet and moves_cursor(self._stream)
        self.started = time.monotonic()
        self._next = self.started + _QUIET_SECONDS
        self._bar: Bar | None = None
        self._drawn = 0
        # Of the files before the one that is read.
        self._bytes_before = 0
        self._total: int | None = None
        self._done = 0

    @property
    def seconds(self) -> float:
        """How long the command has run."""
        return time.monotonic() - self.started

    def expect(self, total: int | None) -> None:
        """Say how many bytes all files have together, if that is known."""
        self._total = total

    def next_file(self) -> None:
        """Say that the next file is read from now on."""
        self._bytes_before += self._done
        self._done = 0

    def due(self) -> bool:
        """Say whether it is time to show something; costs next to nothing."""
        return self.shows and time.monotonic() >= self._next

    def show(self, name: str, done: int, total: int | None, records: int) -> None:
        """Show how far the file is: bytes done, bytes in all, and the records of all files."""
        self._done = done
        name = os.path.basename(name) or name
        now = time.monotonic()
        if not self.shows or now < self._next:
            return
        self._next = now + _BETWEEN_SECONDS
        done += self._bytes_before
        total = self._total if self._total is not None else total
        seconds = max(now - self.started, 1e-6)
        said = f"{records:,} records, {size_of(done / seconds)}/s"
        if total and done:
            left = max(0.0, (total - done) * seconds / done)
            said += f", {_clock(left)} left"
        if wants_rich(self._stream):
            if self._bar is None:
                from mrrc.cli._rich import Bar

                self._bar = Bar(self._stream)
            self._bar.show(name, done, total, said)
            return
        share = f" {min(100, 100 * done // total)}%" if total else ""
        text = f"{name}:{share} {said}"
        while width_of(text) >= width():
            text = text[:-1]
        self._stream.write(f"\r{text}{' ' * (self._drawn - width_of(text))}")
        self._stream.flush()
        self._drawn = width_of(text)

    def hide(self) -> None:
        """Remove what is shown, so that something else can be written; the next `show` draws it."""
        if self._bar is not None:
            self._bar.hide()
            self._bar = None
        if self._drawn:
            self._stream.write(f"\r{' ' * self._drawn}\r")
            self._stream.flush()
            self._drawn = 0


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size_of(count: float) -> str:
    """Return a number of bytes as people say it.

    >>> size_of(999), size_of(1234567)
    ('999 bytes', '1.2 MB')
    """
    if count < 1000:
        return f"{count:.0f} byte{'' if round(count) == 1 else 's'}"
    units = iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    count /= 1000
    while count >= 999.95 and unit != "TB":
        count /= 1000
        unit = next(units)
    return f"{count:.1f} {unit}"
