"""Convert a file to MARC-8 with several threads, and name the records that stayed behind.

    python examples/concurrent_writing.py [--threads N] [SOURCE [OUTPUT]]

The records go through write_many in the order of the source; the output is the same for any number
of threads. A line on standard error says which record could not be read or written, by its
number and place. Without OUTPUT the records are encoded and dropped. Where one was lost the exit
code is 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import mrrc
from mrrc.exceptions import describe_place

SAMPLE = Path(__file__).with_name("sample.mrc")


def convert(source: Path, output: Path, threads: int) -> int:
    """Write the records of `source` to `output`; return how many were lost."""
    lost = 0

    def complain(number: int, record: mrrc.Record | None, error: Exception) -> None:
        nonlocal lost
        lost += 1
        if record is None:
            # It could not be read, and the reader, which is still there, knows why.
            error = reader.current_exception
        complaint = f"{source}: {describe_place(error)}: {type(error).__name__}"
        print(f"concurrent_writing: {complaint}", file=sys.stderr)

    with mrrc.MARCReader(source) as reader, mrrc.MARCWriter(output, encoding="marc8") as writer:
        writer.write_many(reader, threads=threads, on_error=complain)
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description="Convert a file to MARC-8 with several threads.")
    parser.add_argument("source", nargs="?", type=Path, default=SAMPLE, help="default: %(default)s")
    parser.add_argument("output", nargs="?", type=Path, default=Path(os.devnull))
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args()
    sys.stderr.reconfigure(errors="backslashreplace")
    try:
        if options.output.exists() and options.output.samefile(options.source):
            parser.error("SOURCE and OUTPUT are the same file")
        return 1 if convert(options.source, options.output, options.threads) else 0
    except OSError as error:
        print(f"concurrent_writing: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
