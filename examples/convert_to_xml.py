"""Convert a MARC file to MARCXML.

    python examples/convert_to_xml.py [SOURCE [OUTPUT]]

Without OUTPUT the XML goes to standard output. Records that cannot be read are named on standard
error and left out; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import BinaryIO

import mrrc
from mrrc.exceptions import describe_place

SAMPLE = Path(__file__).with_name("sample.mrc")


def convert(source: Path, target: BinaryIO) -> int:
    """Write the records of `source` to `target` as MARCXML; return how many were lost."""
    lost = 0
    with mrrc.MARCReader(source) as reader:
        writer = mrrc.XMLWriter(target)
        for record in reader:
            if record is None:
                lost += 1
                error = reader.current_exception
                place = describe_place(error)
                print(f"convert_to_xml: {source}: {place}: {type(error).__name__}", file=sys.stderr)
            else:
                writer.write(record)
        # The end tag is written here; the file is not this function's to close.
        writer.close(close_fh=False)
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description="Convert a MARC file to MARCXML.")
    parser.add_argument("source", nargs="?", type=Path, default=SAMPLE, help="default: %(default)s")
    parser.add_argument("output", nargs="?", type=Path, help="default: standard output")
    options = parser.parse_args()
    try:
        if options.output and options.output.exists() and options.output.samefile(options.source):
            parser.error("SOURCE and OUTPUT are the same file")
        if options.output is None:
            return 1 if convert(options.source, sys.stdout.buffer) else 0
        with options.output.open("wb") as target:
            return 1 if convert(options.source, target) else 0
    except OSError as error:
        print(f"convert_to_xml: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
