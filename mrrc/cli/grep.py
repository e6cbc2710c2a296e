"""`mrrc grep`: records that have a text."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mrrc._pure.normal_form import normalized
from mrrc.cli.arguments import Place, add_files, add_messages, add_reading, add_writing, places
from mrrc.cli.commands import Command
from mrrc.cli.count import write_counts
from mrrc.cli.failures import Failure
from mrrc.cli.outputs import Target
from mrrc.cli.view import console_show
from mrrc.cli.work import Work, texts_of, values_of

if TYPE_CHECKING:
    from mrrc.record import Record


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("pattern", nargs="?", metavar="TEXT", help="what to look for")
    add_files(parser)
    group = parser.add_argument_group("what is looked for")
    group.add_argument(
        "-e",
        "--text",
        dest="texts",
        action="append",
        metavar="TEXT",
        help="what to look for, instead of the first argument; repeated: any of them",
    )
    group.add_argument(
        "-E", "--regexp", action="store_true", help="it is a regular expression (Python's)"
    )
    group.add_argument(
        "-i", "--ignore-case", action="store_true", help="small and capital letters are the same"
    )
    group.add_argument(
        "--in",
        dest="places",
        type=places,
        metavar="FIELDS",
        help="only in these fields or subfields: 245 or 245$a or 100,700$a or 6XX$a,LDR",
    )
    group.add_argument(
        "-v", "--invert", action="store_true", help="records that do not have it, instead"
    )
    group.add_argument(
        "-c", "--count", action="store_true", help="only the number of records in each file"
    )
    add_reading(parser)
    add_writing(parser)
    add_messages(parser)


def _run(arguments: Namespace) -> int:
    pattern = _pattern(arguments)
    matches = _matcher(pattern, arguments.places or [])
    may_match = _quick_look(arguments)
    inverted: bool = arguments.invert

    def select(record: Record) -> bool:
        return (may_match(record) and matches(record)) is not inverted

    # Where nothing is written nothing is changed.
    with Work(arguments, losses=arguments.count) as work:
        if arguments.count:
            counts = [
                (name, sum(1 for record in work.records_of(name) if select(record)))
                for name in work.names
            ]
            code = work.finish()
            write_counts(counts)
            return code
        show = console_show(work, None if inverted else pattern)
        with Target(arguments, work.names, show=show) as target:
            work.convert(target, select)
            work.settle()
        found = target.writer.records_written
        if target.is_shown and not arguments.quiet:
            sys.stderr.write(f"{found:,} of {work.records_read:,} records\n")
        return work.finish(found, target.is_shown)


def _pattern(arguments: Namespace) -> re.Pattern[str]:
    """Return what is looked for as a regular expression."""
    texts = arguments.texts
    if texts is None:
        if arguments.pattern is None:
            raise Failure("nothing to look for", "as in: mrrc grep 'Moby Dick' books.mrc")
        texts = [arguments.pattern]
    elif arguments.pattern is not None:
        # With -e the first argument is a file.
        arguments.files.insert(0, arguments.pattern)
    if not all(texts):
        raise Failure("an empty text is in every record")
    texts = [normalized("NFC", each) for each in texts]
    if not arguments.regexp:
        texts = [re.escape(each) for each in texts]
    try:
        return re.compile(
            "|".join(f"(?:{each})" for each in texts), re.IGNORECASE if arguments.ignore_case else 0
        )
    except re.error as error:
        raise Failure(
            f"{' or '.join(map(repr, texts))} is no regular expression: {error}"
        ) from None


# What the NFC form of other characters than ASCII can have of ASCII.
_COMPOSED = frozenset("K;`")


def _quick_look(arguments: Namespace) -> Callable[[Record], bool]:
    """Return what says of most records, by their bytes, that they cannot have the text.

    The longest word of the text is in the bytes of a record that has it, as a word is in one
    subfield. What is not ASCII can be written in several ways, and is not looked for.
    """
    texts = [arguments.pattern] if arguments.texts is None else arguments.texts
    words = [max(text.split(), key=len, default="") for text in texts]
    if arguments.regexp or not all(word and word.isascii() for word in words):
        return lambda record: True
    strange = any(not _COMPOSED.isdisjoint(word.upper()) for word in words)
    ignores_case: bool = arguments.ignore_case
    search = re.compile(
        "|".join(map(re.escape, words)), re.IGNORECASE if ignores_case else 0
    ).search
    plain_words = [(word.lower() if ignores_case else word).encode() for word in words]

    def may_match(record: Record) -> bool:
        raw = record._raw
        if raw is None:
            return True
        if raw.isascii():
            # Many times as fast as a search that makes no difference between letters.
            text = raw.lower() if ignores_case else raw
            return any(word in text for word in plain_words)
        if strange:
            return True
        return search(raw.decode("utf-8", "replace")) is not None

    return may_match


def _matcher(pattern: re.Pattern[str], wanted: Sequence[Place]) -> Callable[[Record], bool]:
    """Return what says whether a record has the text.

    A text with marks can be composed or decomposed in a record; both are found. A field is one
    text, its subfields with a blank between them, unless subfields are named.
    """
    search = pattern.search

    def is_in(text: str) -> bool:
        if not text.isascii():
            text = normalized("NFC", text)
        return search(text) is not None

    def anywhere(record: Record) -> bool:
        return any(is_in(text) for field in record.fields for text in texts_of(field, ""))

    def at_places(record: Record) -> bool:
        return any(is_in(text) for place in wanted for text in values_of(record, place))

    return at_places if wanted else anywhere


GREP = Command(
    "[OPTION ...] TEXT [FILE ...]",
    "Writes the records that have a text. On a terminal they are shown as by `view`, the text\n"
    "marked. Composed and decomposed letters are the same. That no record has the text is no\n"
    "failure: the exit code is 0.",
    (
        ("anywhere in a record", "mrrc grep 'Moby Dick' books.mrc"),
        ("in titles, small or capital letters", "mrrc grep -i whale --in '245$a' books.mrc"),
        ("in all subject fields, into a file", "mrrc grep Whales --in 6XX books.mrc -o whales.mrc"),
        ("a regular expression: titles that begin so", "mrrc grep -E '^The ' --in '245$a' *.mrc"),
        ("how many records have no 020 with digits", "mrrc grep -vc -E '\\d' --in 020 books.mrc"),
        ("computer files, by leader position 6", "mrrc grep -E '^.{6}m' --in LDR books.mrc"),
    ),
    _add_arguments,
    _run,
)
