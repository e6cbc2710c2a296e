"""`mrrc convert` and `mrrc cat`: all records into one output."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from mrrc._formats.names import format_of_name
from mrrc.cli.arguments import add_files, add_messages, add_reading, add_writing
from mrrc.cli.commands import Command
from mrrc.cli.failures import Failure
from mrrc.cli.inputs import STANDARD, expanded, source_of
from mrrc.cli.outputs import Target, check_target
from mrrc.cli.work import Work


def _add_arguments(parser: ArgumentParser) -> None:
    add_files(parser)
    add_reading(parser)
    add_writing(parser)
    add_messages(parser)


def _convert(arguments: Namespace) -> int:
    _settle_names(arguments)
    return _write_all(arguments)


def _settle_names(arguments: Namespace) -> None:
    """See which of the files is to be written."""
    files = arguments.files
    if arguments.output is None and len(files) == 2:
        target = files.pop()
        if (
            files[0] != STANDARD
            and not os.path.exists(files[0])
            and expanded(files, "convert") == files
        ):
            source_of(files[0])
            raise Failure(f"{files[0]}: there is no such file")
        named, _ = format_of_name(target)
        if named is None and arguments.to_format is None and target != STANDARD:
            raise Failure(
                f"{target}: its name does not say in which format to write it",
                "say it with --to, or to read both: -o FILE",
            )
        if target != STANDARD:
            check_target(target, files)
        # A pattern that stands for just two files would have the second one overwritten.
        if target != STANDARD and named == format_of_name(files[0])[0] and os.path.exists(target):
            raise Failure(
                f"{target} exists, and is a file of the same format",
                f"to overwrite it: mrrc convert {files[0]} -o {target}",
                f"to put both into one: mrrc cat {files[0]} {target} -o FILE",
            )
        arguments.output = target
    elif arguments.output is None and len(files) > 2:
        raise Failure(
            f"which of the {len(files)} files is to be written?",
            "to read all of them into one: -o FILE, or -o - for standard output",
        )
    if arguments.output in (None, STANDARD) and arguments.to_format is None:
        raise Failure(
            "in which format?",
            "name the file to write, as in: mrrc convert books.mrc books.xml",
            "or the format, for standard output: mrrc convert books.mrc --to marcxml",
        )


def _write_all(arguments: Namespace) -> int:
    from mrrc.cli.view import console_show

    with Work(arguments, threads=None) as work:
        show = console_show(work)
        with Target(arguments, work.names, show=show) as target:
            work.convert(target)
            work.settle()
            work.expect_records()
        return work.finish(target.writer.records_written, target.is_shown)


CONVERT = Command(
    "[OPTION ...] FILE TARGET\n       mrrc convert [OPTION ...] [FILE ...] -o TARGET\n"
    "       mrrc convert [OPTION ...] [FILE] --to FORMAT",
    "Writes records in another format, or in another encoding. The format of the input is found\n"
    "out by its content, that of the output by its name. The output is written beside its place\n"
    "and moved there when it is whole.",
    (
        ("MARC to MARCXML", "mrrc convert books.mrc books.xml"),
        ("MARCXML to MARC, compressed", "mrrc convert books.xml books.mrc.gz"),
        ("many files into one", "mrrc convert 'parts/*.mrc' -o all.jsonl"),
        ("old MARC-8 to UTF-8", "mrrc convert old.mrc -o new.mrc"),
        (
            "UTF-8 to MARC-8, for a system that wants it",
            "mrrc convert a.mrc -o b.mrc --to-encoding marc8",
        ),
        ("what cannot be read goes into a file", "mrrc convert a.mrc a.xml --rejects bad.bin"),
        ("only some records, by number", "mrrc convert a.mrc b.xml --ids list.txt --key '035$a'"),
        ("in a pipe", "zcat a.mrc.gz | mrrc convert - --to jsonl | jq .leader"),
    ),
    _add_arguments,
    _convert,
)

CAT = Command(
    "[OPTION ...] [FILE ...]",
    "Puts files together, in any formats, into one of the format of the first, or of the name\n"
    "of the output. Records are written soundly, so damaged files can be put together, too.",
    (
        ("three files into one", "mrrc cat one.mrc two.mrc three.xml -o all.mrc"),
        ("all files of a directory, compressed", "mrrc cat 'updates/*' -o updates.mrc.gz"),
        ("everything as JSON Lines", "mrrc cat *.mrc --to jsonl > all.jsonl"),
    ),
    _add_arguments,
    _write_all,
)
