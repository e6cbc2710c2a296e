"""Which commands there are, and where each of them is."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from mrrc import __version__, _engine

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(NamedTuple):
    """One command.

    Attributes:
        usage: what follows its name.
        description: what it does, for its help.
        examples: a comment and a command line, each.
        add_arguments: adds what it understands to a parser.
        run: does it, with the parsed arguments, and returns the exit code.
    """

    usage: str
    description: str
    examples: tuple[tuple[str, str], ...]
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Any], int]


# The module with a command, and what the command does; `mrrc.cli.MODULE.NAME` is the command.
COMMANDS: dict[str, tuple[str, str]] = {
    "convert": ("convert", "change the format: MARC, MARCXML, JSON, JSON Lines, mrk"),
    "view": ("view", "show records for human eyes, tags explained"),
    "info": ("info", "say what a file is: format, encoding, types, sizes, damage"),
    "count": ("count", "count records"),
    "grep": ("grep", "find records by a text or a regular expression"),
    "head": ("portions", "the first records"),
    "tail": ("portions", "the last records"),
    "sample": ("portions", "records chosen by chance"),
    "cat": ("convert", "put files together"),
    "split": ("split", "divide a file into parts"),
    "check": ("check", "list what is wrong with a file"),
    "fix": ("fix", "write damaged records as sound ones"),
    "completion": ("completion", "completion for bash, zsh or fish"),
}

_OVERVIEW = """\
usage: mrrc COMMAND [OPTION ...] [FILE ...]

Reads and writes MARC records. Every command knows every format by its content, also compressed
(.gz, .bz2, .xz, .zst) and inside .zip and .tar archives, and reads damaged files to their end.

commands:
{commands}

examples:
  mrrc convert books.mrc books.xml             MARC to MARCXML
  mrrc view books.mrc                          what is in it, for human eyes
  mrrc view books.mrc -r 17                    record number 17
  mrrc grep -i 'moby dick' *.mrc -o found.mrc  records that have a text
  mrrc check vendor.mrc                        what is wrong with a file
  curl -s URL | mrrc convert - --to jsonl      standard input and output

mrrc COMMAND --help explains a command, mrrc --version says what is installed.
"""


def command_named(name: str) -> Command:
    """Load a command's module, and return the command."""
    module = importlib.import_module(f"mrrc.cli.{COMMANDS[name][0]}")
    command: Command = getattr(module, name.upper())
    return command


def overview() -> str:
    """Return the help about all commands."""
    lines = (f"  {name:<12}{summary}" for name, (_, summary) in COMMANDS.items())
    return _OVERVIEW.format(commands="\n".join(lines))


def version() -> str:
    """Return which version this is, which engine it runs on and why, and where it is."""
    import platform

    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"mrrc {__version__}\n"
        f"engine: {_engine.name} ({_engine.reason})\n"
        f"python: {implementation}\n"
        f"package: {os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}\n"
    )
