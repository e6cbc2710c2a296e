"""Prepare a vendor's records for loading: drop local fields, name the agency, add a note.

    python examples/edit_records.py [--remove TAG] [--agency CODE] [--note TEXT] [SOURCE [OUTPUT]]

Every field with a tag given by --remove goes (by default 949); --agency adds 040 $d; --note adds
a local note (590) in the order of tags. A line says what was done to each record that changed.
Without OUTPUT nothing is written. Where a record cannot be read or written the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

import mrrc
from mrrc.exceptions import describe_place

SAMPLE = Path(__file__).with_name("sample.mrc")


def edit(record: mrrc.Record, remove: list[str], agency: str | None, note: str | None) -> list[str]:
    """Change `record` in place; return what was done, in words."""
    done = []
    unwanted = record.get_fields(*remove)
    if unwanted:
        record.remove_field(*unwanted)
        done.append(f"removed {', '.join(field.tag for field in unwanted)}")
    if agency:
        source = record.get("040")
        if source is None:
            source = mrrc.Field("040")
            record.add_ordered_field(source)
        if agency not in source.get_subfields("d"):
            source.add_subfield("d", agency)
            done.append(f"added 040 $d {agency}")
    if note:
        record.add_ordered_field(mrrc.Field("590", subfields=[mrrc.Subfield("a", note)]))
        done.append("added 590")
    return done


def edit_file(options: argparse.Namespace) -> int:
    """Edit the records of the source; return how many were lost."""
    lost = 0
    with (
        mrrc.MARCReader(options.source) as reader,
        mrrc.MARCWriter(options.output.open("wb")) if options.output else nullcontext() as writer,
    ):
        for record in reader:
            if record is None:
                lost += 1
                error = reader.current_exception
                place = describe_place(error)
                complaint = f"{options.source}: {place}: {type(error).__name__}"
                print(f"edit_records: {complaint}", file=sys.stderr)
                continue
            number = record["001"].data if "001" in record else "-"
            done = edit(record, options.remove, options.agency, options.note)
            try:
                if writer:
                    writer.write(record)
            except (mrrc.FieldTooLong, mrrc.RecordTooLong) as error:
                # Nothing of this record was written, and the others go on.
                lost += 1
                print(f"edit_records: {options.source}: {error}", file=sys.stderr)
                continue
            if done:
                print(number, "; ".join(done), sep="\t")
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare a vendor's records for loading.")
    parser.add_argument("source", nargs="?", type=Path, default=SAMPLE, help="default: %(default)s")
    parser.add_argument("output", nargs="?", type=Path, help="write the records to this file")
    parser.add_argument("--remove", action="append", metavar="TAG", help="default: 949")
    parser.add_argument("--agency", metavar="CODE", help="MARC organization code for 040 $d")
    parser.add_argument("--note", metavar="TEXT", help="local note (590)")
    options = parser.parse_args()
    options.remove = options.remove or ["949"]
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if options.output and options.output.exists() and options.output.samefile(options.source):
            parser.error("SOURCE and OUTPUT are the same file")
        return 1 if edit_file(options) else 0
    except OSError as error:
        print(f"edit_records: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
