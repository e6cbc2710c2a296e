"""Print the title of every record of a MARC file, and write the records to another file.

    python examples/titles.py [SOURCE [OUTPUT]]

One line for each record: its control number (001), its title, and the title in the original
script where the record links one (field 880). Records that cannot be read are named on standard
error and left out of OUTPUT; the exit code is then 1. OUTPUT is always UTF-8.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

import mrrc
from mrrc.exceptions import describe_place

SAMPLE = Path(__file__).with_name("sample.mrc")


def original_title(record: mrrc.Record) -> str | None:
    """Return the title from the field 880 that is linked to field 245."""
    for field in record.get_fields("880"):
        if (field.get("6") or "").startswith("245-"):
            return " ".join(field.get_subfields("a", "b"))
    return None


def print_titles(source: Path, output: Path | None) -> int:
    """Print the titles, write the records if there is an `output`; return how many were lost."""
    lost = 0
    with (
        mrrc.MARCReader(source) as reader,
        mrrc.MARCWriter(output.open("wb")) if output else nullcontext() as writer,
    ):
        for record in reader:
            if record is None:
                lost += 1
                error = reader.current_exception
                place = describe_place(error)
                print(f"titles: {source}: {place}: {type(error).__name__}", file=sys.stderr)
                continue
            number = record["001"].data if "001" in record else "-"
            titles = [record.title or "(no title)", original_title(record)]
            print(number, *filter(None, titles), sep="\t")
            if writer:
                writer.write(record)
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description="Print the titles of a MARC file.")
    parser.add_argument("source", nargs="?", type=Path, default=SAMPLE, help="default: %(default)s")
    parser.add_argument("output", nargs="?", type=Path, help="write the records to this file")
    options = parser.parse_args()
    # A terminal that cannot show a script gets escapes, not an error.
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if options.output and options.output.exists() and options.output.samefile(options.source):
            parser.error("SOURCE and OUTPUT are the same file")
        return 1 if print_titles(options.source, options.output) else 0
    except OSError as error:
        print(f"titles: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
