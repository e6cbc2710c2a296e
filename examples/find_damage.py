"""List the records of MARC files that cannot be read, and where they are.

    python examples/find_damage.py [--save FILE] [SOURCE ...]

One line for each such record, separated by tabs: file, number of the record (from 1), offset of
its first byte in the file, control number (001), tag of the field that could not be read, and the
error. A hyphen stands for what is not known. `--save` collects the bytes of these records.

The exit code is 0 where every record can be read, 1 where one cannot, 2 where a file cannot.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import mrrc

SAMPLE = Path(__file__).with_name("sample.mrc")
PLACE = ("record_number", "offset", "control_number", "tag")


def find_damage(source: Path, rejects: BinaryIO | None) -> tuple[int, int]:
    """Print a line for each damaged record; return how many records and how many of these."""
    count = damaged = 0
    with mrrc.MARCReader(source) as reader:
        for record in reader:
            count += 1
            if record is not None:
                continue
            damaged += 1
            error = reader.current_exception
            # Python's own errors (UnicodeDecodeError) have the attributes of mrrc's.
            place = [getattr(error, name, None) for name in PLACE]
            shown = ["-" if value is None else value for value in place]
            print(source, *shown, f"{type(error).__name__}: {error}", sep="\t")
            if rejects:
                rejects.write(reader.current_chunk)
            if isinstance(error, mrrc.FatalReaderError):
                print(
                    f"find_damage: {source}: the end of record {count} is unknown, "
                    "what follows it was not read",
                    file=sys.stderr,
                )
    return count, damaged


def main() -> int:
    parser = argparse.ArgumentParser(description="List the records that cannot be read.")
    parser.add_argument("sources", nargs="*", type=Path, help=f"default: {SAMPLE.name}")
    parser.add_argument("--save", type=Path, help="write the bytes of these records to this file")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    code = 0
    try:
        with options.save.open("wb") if options.save else nullcontext() as rejects:
            for source in options.sources or [SAMPLE]:
                try:
                    count, damaged = find_damage(source, rejects)
                except OSError as error:
                    print(f"find_damage: {error}", file=sys.stderr)
                    code = 2
                    continue
                print(f"{source}: {count} records, {damaged} damaged", file=sys.stderr)
                code = max(code, 1 if damaged else 0)
    except OSError as error:
        print(f"find_damage: {error}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
