"""The files that a command reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from mrrc.cli.failures import Failure
from mrrc.cli.terminal import is_terminal

STANDARD = "-"
_SIGNS = set("*?[")


def expanded(words: Sequence[str], command: str) -> list[str]:
    """Return the names of the files that are meant: `*`, `?`, `[...]` and `**` are understood.

    The shell has mostly done it before; that of Windows does not, nor any where there are quotes.
    Without words standard input is meant, but not that of a terminal, where nobody would know it.
    """
    if not words:
        if is_terminal(sys.stdin):
            raise Failure(
                "no file to read",
                f"name one, as in: mrrc {command} books.mrc",
                "or - for what is typed",
            )
        return [STANDARD]
    found: list[str] = []
    for word in words:
        if word == STANDARD or os.path.lexists(word) or not _SIGNS & set(word):
            found.append(word)
            continue
        import glob

        names = sorted(glob.glob(os.path.expanduser(word), recursive=True))
        if not names:
            raise Failure(f"{word}: no file has a name like this")
        found += names
    if found.count(STANDARD) > 1:
        raise Failure("standard input can be read once; - is there more than once")
    return found


def source_of(name: str) -> Any:
    """Return what a reader is to be given for a name."""
    if name != STANDARD:
        if os.path.isdir(name):
            raise Failure(
                f"{name}: it is a directory", f"for the files in it: {os.path.join(name, '*')}"
            )
        return name
    if sys.stdin is None:
        raise Failure("there is no standard input")
    return sys.stdin.buffer


def shown(name: str) -> str:
    """Return a name for messages."""
    return "standard input" if name == STANDARD else name


def size(name: str) -> int | None:
    """Return the number of bytes of a file, None if it is not known beforehand."""
    try:
        status = os.fstat(sys.stdin.fileno()) if name == STANDARD else os.stat(name)
    except (OSError, ValueError, AttributeError):
        return None
    from stat import S_ISREG

    return status.st_size if S_ISREG(status.st_mode) else None


def keys_in(path: str) -> frozenset[str]:
    """Return the keys that a file lists, one in a line.

    Raises Failure if there is none: then no record would be meant, which nobody asks for.
    """
    if path == STANDARD:
        raise Failure("--ids needs a file; standard input is for records")
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        text = file.read()
    if "\0" in text or "\x1d" in text:
        raise Failure(f"{path}: this is no list of keys: a text in UTF-8, with one in a line")
    found = frozenset(filter(None, map(str.strip, text.splitlines())))
    if not found:
        raise Failure(f"{path}: the list of keys is empty")
    return found
