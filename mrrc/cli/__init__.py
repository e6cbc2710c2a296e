"""The command line: `mrrc COMMAND ...`, also as `python -m mrrc`.

Each command is a module of its own that loads when it is called, so that none waits for the others.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from mrrc.cli.commands import COMMANDS, command_named, overview, version
from mrrc.cli.failures import Failure, said_of

# What a shell reports of a program that was ended by an interrupt, a closed pipe, a request to end.
INTERRUPTED, PIPE_CLOSED, TERMINATED = 130, 141, 143
FAILED = 2


class _Terminated(BaseException):
    """The system asks the program to end."""


def _end(signum: int, frame: Any) -> None:
    raise _Terminated


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return the exit code.

    0 if all is well, 1 if the output is complete but some records were rejected or changed, 2 if
    there is no output; 130 after an interrupt, 141 if nobody reads the output any more.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:
        # Nothing is lost silently: whatever is written to this fails.
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # What is written is UTF-8 whatever the locale; a name of a file can have any bytes.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if arguments is None:
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _end)
    # What would be logged is told in words of this program's own.
    logging.getLogger("pymarc").addHandler(logging.NullHandler())
    name = f"mrrc {words[0]}" if words and words[0] in COMMANDS else "mrrc"
    try:
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt as error:
        return _say(INTERRUPTED, name, _with_notes("interrupted", error))
    except _Terminated as error:
        return _say(TERMINATED, name, _with_notes("ended by the system", error))
    except BrokenPipeError:
        _forget_output()
        return PIPE_CLOSED
    except Failure as error:
        return _say(FAILED, name, _with_said(error))
    except (OSError, EOFError, MemoryError) as error:
        # What was not written yet cannot be written now either.
        _forget_output()
        if isinstance(error, OSError) and error.filename is None:
            # Errors of files have names, and those of reading became a Failure on their way.
            error.filename = "standard output"
        return _say(FAILED, name, said_of(error))
    return code


def _run(words: list[str]) -> int:
    first = words[0] if words else ""
    if first in COMMANDS:
        from mrrc.cli.arguments import parse

        command = command_named(first)
        return int(command.run(parse(command, first, words[1:])))
    if first in ("--version", "-V"):
        sys.stdout.write(version())
        return 0
    if first in ("", "help", "--help", "-h"):
        if len(words) > 1:
            return _run([words[1], "--help"])
        stream = sys.stdout if first else sys.stderr
        stream.write(overview())
        return 0 if first else FAILED
    if first.startswith("-"):
        raise Failure(
            f"there is no option {first} before a command",
            "options come behind it, as in: mrrc convert --quiet books.mrc books.xml",
        )
    raise Failure(_unknown(first), "mrrc --help lists the commands")


def _unknown(word: str) -> str:
    import difflib

    close = difflib.get_close_matches(word, COMMANDS, 1)
    if not close and os.path.exists(word):
        return f"a command comes first, as in: mrrc view {word}"
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"there is no command {word}{meant}"


def _with_notes(text: str, error: BaseException) -> str:
    said = getattr(error, "said", None)
    return f"{text}; {said}" if said else text


def _with_said(error: Failure) -> str:
    said = getattr(error, "said", None)
    return f"{error}\n  {said}" if said else str(error)


def _say(code: int, name: str, text: str) -> int:
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{name}: {text}\n")
            sys.stderr.flush()
        except OSError:
            return code
    return code


def _forget_output() -> None:
    """Let the interpreter not fail once more, at its end, over output that nobody takes."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
