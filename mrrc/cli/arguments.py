"""The arguments of the commands, those that several have in common first."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from mrrc.cli.failures import Failure

if TYPE_CHECKING:
    from mrrc.cli.commands import Command

# What people write for the formats, and the names they have everywhere in mrrc.
FORMATS = {
    "marc": "marc",
    "marcxml": "marcxml",
    "json": "json",
    "jsonl": "jsonl",
    "mrk": "mrk",
    "line": "line",
    "aleph": "aleph",
    "mrc": "marc",
    "iso2709": "marc",
    "xml": "marcxml",
    "ndjson": "jsonl",
}
READABLE = ("marc", "marcxml", "json", "jsonl", "mrk", "line", "aleph")
WRITABLE = ("marc", "marcxml", "json", "jsonl", "mrk")
ENCODINGS = ("auto", "checked", "utf-8", "marc8", "cp1252", "latin-1")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
# Other codes than letters and digits are told from what is no code by the sign before them.
_FIELD = re.compile(r"([0-9A-Za-z.]{3})(?:\$([!-~]+)|([0-9A-Za-z]+))?")


def _formatter(prog: str) -> argparse.HelpFormatter:
    # argparse makes one for each argument, and for its width loads modules that few commands need.
    return argparse.RawDescriptionHelpFormatter(prog, width=_columns() - 2)


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in the words of the other messages."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where there is help."""
        message = message.removeprefix("argument ")
        if message.startswith("unrecognized arguments: "):
            from difflib import get_close_matches

            word = message.split()[2]
            close = get_close_matches(word.split("=")[0], self._option_string_actions, 1)
            message = f"there is no option {word}" if word[0] == "-" else f"{word} is too much"
            message += f"; did you mean {close[0]}?" if close else ""
            if os.path.exists(word):
                raise Failure(message, f"for the file of this name: ./{word}")
        if message.endswith(": expected one argument"):
            option = message.split(":")[0].split("/")[-1]
            message = f"{option} needs a value; one that begins with - is joined: {option}=-..."
        raise Failure(message, f"{self.prog} --help explains it, with examples")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End after the help was shown."""
        sys.stdout.flush()
        raise SystemExit(status)


def parser_of(command: Command, name: str) -> Parser:
    """Return the parser of a command."""
    examples = "\n".join(f"  # {comment}\n  {line}\n" for comment, line in command.examples)
    parser = Parser(
        prog=f"mrrc {name}",
        usage=f"mrrc {name} {command.usage}",
        description=f"{command.description}\n\nexamples:\n{examples}".rstrip(),
        formatter_class=_formatter,
        allow_abbrev=False,
        add_help=False,
    )
    command.add_arguments(parser)
    general = parser.add_argument_group("help")
    general.add_argument("-h", "--help", action="help", help="show this help")
    return parser


def parse(command: Command, name: str, words: list[str]) -> argparse.Namespace:
    """Parse the words after the name of a command; options and files may come in any order."""
    # What follows -- is a file, or what is looked for, whatever it begins with.
    end = words.index("--") if "--" in words else len(words)
    words, rest = words[:end], words[end + 1 :]
    parsed = parser_of(command, name).parse_intermixed_args(words)
    parsed.command = name
    for word in getattr(parsed, "files", ()):
        # What looks like a negative number is no option for argparse.
        if re.fullmatch(r"-\d+", word):
            advice = [f"for so many records: -n {word[1:]}"] if hasattr(parsed, "number") else []
            raise Failure(f"there is no option {word}", *advice)
    if rest and getattr(parsed, "pattern", "") is None and parsed.texts is None:
        parsed.pattern = rest.pop(0)
    if rest:
        parsed.files += rest
    return parsed


def add_files(parser: argparse.ArgumentParser, text: str = "") -> None:
    """Add the files to be read."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help=text or "files to read, - for standard input (the default); * and ? are understood",
    )


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options of reading."""
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--from",
        dest="from_format",
        type=_readable,
        metavar="FORMAT",
        help=f"format of the input, if it is not to be found out: {', '.join(READABLE)}",
    )
    group.add_argument(
        "--from-encoding",
        type=_encoding,
        metavar="ENCODING",
        help="encoding of the texts: checked (what a record says, unless it cannot be that; the "
        "default), auto (found out for each record; the default of check and fix), utf-8, marc8, "
        "cp1252, latin-1, or the name of any other codec",
    )
    group.add_argument(
        "--normalize",
        type=_form,
        metavar="FORM",
        help="texts in this form of Unicode: nfc or nfd",
    )
    group.add_argument(
        "--ids", metavar="IDFILE", help="only records whose key is in this file, a key in a line"
    )
    group.add_argument(
        "--key",
        type=_key,
        metavar="FIELD",
        help="where a record has its key, such as 035$a or 999$i; 001 if it is not said",
    )
    group.add_argument(
        "--deleted",
        metavar="OUTFILE",
        help="write the identifiers of records that an OAI response calls deleted, one in a line",
    )
    group.add_argument("--strict", action="store_true", help="stop at the first problem")
    group.add_argument(
        "--max-errors",
        type=count_from_0,
        metavar="N",
        help="stop when more than N errors were found (content that cannot be read or written)",
    )
    group.add_argument(
        "--threads",
        type=count_from_0,
        metavar="N",
        help="number of threads besides the main one; as many as there are processors by default",
    )


def add_quiet(
    group: argparse._ActionsContainer, text: str = "say nothing but why the command failed"
) -> None:
    """Add the option that keeps a command silent."""
    if isinstance(group, argparse.ArgumentParser):
        group = group.add_argument_group("messages")
    group.add_argument("-q", "--quiet", action="store_true", help=text)


def add_messages(parser: argparse.ArgumentParser) -> None:
    """Add the options about what is said of the records."""
    group = parser.add_argument_group("messages")
    group.add_argument(
        "--report", metavar="OUTFILE", help="write every problem and change as a line of JSON"
    )
    group.add_argument(
        "--rejects",
        metavar="OUTFILE",
        help="write the bytes of what could not be read or written, as they are",
    )
    add_quiet(group)


def add_writing(parser: argparse.ArgumentParser) -> None:
    """Add the options of writing."""
    group = parser.add_argument_group("writing")
    group.add_argument(
        "-o",
        "--output",
        metavar="OUTFILE",
        help="file to write, whole or not at all; - for standard output (the default)",
    )
    group.add_argument(
        "--to",
        dest="to_format",
        type=_writable,
        metavar="FORMAT",
        help=f"format of the output: {', '.join(WRITABLE)}; "
        "by default that of the name of the output, or that of the input",
    )
    group.add_argument(
        "--to-encoding",
        type=_target_encoding,
        default="utf-8",
        metavar="ENCODING",
        help="encoding of MARC: utf-8 (the default) or marc8",
    )
    group.add_argument(
        "--oversize",
        choices=("reject", "split", "zeros"),
        default="reject",
        metavar="HOW",
        help="records and fields too long for MARC: reject them (the default), split them, "
        "or write zeros for their length; split divides fields between subfields only",
    )
    group.add_argument("--crlf", action="store_true", help="end lines of mrk as Windows does")
    group.add_argument(
        "--json-form",
        choices=("pymarc", "oclc"),
        default="pymarc",
        metavar="FORM",
        help="form of JSON: that of pymarc, ruby-marc and traject (the default), or oclc",
    )


def _format(word: str, allowed: tuple[str, ...]) -> str:
    name = FORMATS.get(word.lower().removeprefix("."))
    if name not in allowed:
        known = ", ".join(allowed)
        why = "can be read, not written" if name else "is no format"
        raise argparse.ArgumentTypeError(f"{word!r} {why}; there are {known}")
    return name


def _readable(word: str) -> str:
    return _format(word, READABLE)


def _writable(word: str) -> str:
    return _format(word, WRITABLE)


def _encoding(word: str) -> str:
    name = word.lower()
    if name in ("marc8", "marc-8"):
        return "marc8"
    if name in ("auto", "checked", "utf8", "latin1"):
        return {"utf8": "utf-8", "latin1": "latin-1"}.get(name, name)
    from mrrc.encoding import decode

    try:
        decode(b" ", word)
    except LookupError:
        raise argparse.ArgumentTypeError(
            f"{word!r} is no encoding; there are {', '.join(ENCODINGS)}, and Python's codecs"
        ) from None
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{word!r} is no encoding of texts in records: a blank is not one byte in it"
        ) from None
    return word


def _target_encoding(word: str) -> str:
    name = {"utf-8": "utf-8", "utf8": "utf-8", "marc8": "marc8", "marc-8": "marc8"}.get(
        word.lower()
    )
    if name is None:
        raise argparse.ArgumentTypeError(f"{word!r} is neither utf-8 nor marc8")
    return name


def count_from_0(word: str) -> int:
    """Return a number of records."""
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 0 on")
    return int(word)


def count_from_1(word: str) -> int:
    """Return a number of records, at least one."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 1 on")
    return int(word)


def _form(word: str) -> str:
    if word.lower() not in ("nfc", "nfd"):
        raise argparse.ArgumentTypeError(f"{word!r} is no form of Unicode; there are nfc and nfd")
    return word.upper()


def size(word: str) -> int:
    """Return a number of bytes; `500kB`, `20M` and `1.5GB` are understood."""
    match = _SIZE.fullmatch(word.strip())
    number = 0.0
    if match is not None:
        number = float(match[1]) * 1000 ** " kmgt".index(match[2].lower() or " ")
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no size, such as 500kB, 20MB or 1.5GB")
    return int(number)


class Place(NamedTuple):
    """A field, or some of its subfields.

    Attributes:
        tag: three characters, where X and . stand for any; LDR for the leader.
        codes: codes of subfields, empty for the whole field.
    """

    tag: str
    codes: str = ""

    def has_tag(self, tag: str) -> bool:
        """Say whether it means fields with this tag."""
        if tag == self.tag or len(tag) != len(self.tag):
            return tag == self.tag
        return all(mine in ".Xx" or mine == its for mine, its in zip(self.tag, tag, strict=True))


def place(word: str) -> Place:
    """Return the place that a word such as 245, 245$a, 245$ab or 6XX$a names."""
    match = _FIELD.fullmatch(word.strip())
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{word!r} names no field, such as 001, 245, 245$a, 245$ab or 6XX$a"
        )
    tag = match[1].upper() if match[1].upper() == "LDR" else match[1]
    return Place(tag, (match[2] or match[3] or "").replace("$", ""))


def places(word: str) -> list[Place]:
    """Return the places that a word names, with commas between them."""
    return [place(each) for each in word.split(",")]


def _key(word: str) -> Place:
    found = place(word)
    if len(found.codes) > 1:
        raise argparse.ArgumentTypeError(f"{word!r} names several subfields; a key is in one")
    return found
