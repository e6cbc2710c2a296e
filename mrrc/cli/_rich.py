"""Colour, tables and progress bars by rich; the only module that knows it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from mrrc.cli.terminal import Plain, width

if TYPE_CHECKING:
    from mrrc.cli.texts import Line

STYLES = {
    "head": "bold",
    "tag": "bold cyan",
    "name": "green",
    "code": "magenta",
    "dim": "dim",
    "problem": "yellow",
    "match": "bold red",
}


def rich_console(stream: TextIO, **options: Any) -> Any:
    """Return a console of rich that takes texts as they are."""
    from rich.console import Console

    forced = True if os.environ.get("FORCE_COLOR") else None
    return Console(
        file=stream, highlight=False, markup=False, emoji=False, force_terminal=forced, **options
    )


class Rich(Plain):
    """Writes lines and tables in colour."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._console = rich_console(stream)
        self.width = width()

    def line(self, line: Line) -> None:
        """Write one line."""
        from rich.text import Text

        text = Text.assemble(*((each, STYLES.get(style, "")) for each, style in line))
        self._console.print(text, soft_wrap=True)

    def table(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Write names and what they stand for."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        # As a title it would be as narrow as the table.
        self.line([(title, "head")])
        if not rows:
            return
        table = Table(show_header=False, box=box.ROUNDED)
        table.add_column(style="green", no_wrap=True)
        table.add_column(overflow="fold")
        for name, text in rows:
            table.add_row(Text(name), Text(text))
        self._console.print(table)


class Bar:
    """A progress bar, which goes when the work is done."""

    def __init__(self, stream: TextIO) -> None:
        from rich import progress

        self._progress = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(bar_width=None),
            progress.TaskProgressColumn(),
            progress.TextColumn("{task.fields[said]}", markup=False),
            console=rich_console(stream),
            transient=True,
            expand=True,
            auto_refresh=False,
        )
        self._task = self._progress.add_task("", total=None, said="")
        self._progress.start()

    def show(self, name: str, done: int, total: int | None, said: str) -> None:
        """Draw how far the work is."""
        self._progress.update(
            self._task, description=name, completed=done, total=total, said=said, refresh=True
        )

    def hide(self) -> None:
        """Remove the bar; nothing can be shown afterwards."""
        self._progress.stop()
