"""Make what the fuzzer starts from: records, texts and fields of `tests/data`, and MARC-8 texts.

The corpus of a target, `corpus/TARGET.zip`, is what a run has found worth keeping of these and of
their mutations. The seeds are made again each time, so that new test data gets in by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ISO2709 = ROOT / "tests" / "data" / "iso2709"
JSON = ROOT / "tests" / "data" / "json"
XML = ROOT / "tests" / "data" / "xml"
MRK = ROOT / "tests" / "data" / "mrk"

RECORD_TERMINATOR = b"\x1d"
FIELD_TERMINATOR = b"\x1e"
DELIMITER = b"\x1f"

LONGEST = 4096
# Designations of the sets with one byte to a character, and of those that answer in G1 only.
SETS = b"BEN23Sgbp"
RIGHT_SETS = b"E4Q"


# A record in each format of lines, and what stands between and around them.
LINES = (
    b"\xef\xbb\xbf=LDR  00000nam\\a2200000\\\\\\4500\r\n=008  a\\b{bsol}\r\n"
    b"=245  1\\$aCaf\xc3\xa9 {lcub}$b\r\n",
    b"=LDR  00000nam a2200000   4500\n# x\n=020  \\\\$c$12.50\n"
    b"=245 10$a{eacute}\nb\n\n \n=001  x\n\n",
    b"(x)\n00377nam a2200097 a 4500\n001 id $ 1\n245 1  $a Caf\xc3\xa9 $b  $c x\n650   \n\n",
    b"00377nam a2200097 a 4500\n245 10 $aTitle$bx\n    y\n00377nam a2200097 a 4500\n001 x",
    b"000000002 FMT   L BK\n000000002 LDR   L 00000nam^^2200301^i 4500\n000000002 001   L a^b\n",
    b"000000002 LDR   L 00000nam^a2200301^i 4500\n000000002 24510 A $$ax$$b\n000000003 001   x\n",
)


def records() -> Iterator[bytes]:
    """Every record of the test files by itself, and files that are short enough as they are."""
    for path in sorted(ISO2709.iterdir()):
        data = path.read_bytes()
        if len(data) <= LONGEST:
            yield data
        parts = data.split(RECORD_TERMINATOR)
        yield from (part + RECORD_TERMINATOR for part in parts if 0 < len(part) < LONGEST)


def fields() -> Iterator[bytes]:
    """The records as the targets read fields: tag, content, terminator, and no directory."""
    for record in records():
        directory, *contents = record.rstrip(RECORD_TERMINATOR)[24:].split(FIELD_TERMINATOR)
        tags = [directory[index : index + 3] for index in range(0, len(directory), 12)]
        pairs = zip(tags, contents, strict=False)
        yield FIELD_TERMINATOR.join(tag + content for tag, content in pairs)


def texts() -> Iterator[bytes]:
    """Values of subfields, and for each MARC-8 set a text that goes through its codes."""
    for record in records():
        for field in record[24:].split(FIELD_TERMINATOR):
            yield from (part[1:] for part in field.split(DELIMITER)[1:])
    for designation in SETS:
        yield b"\x1b(" + bytes([designation]) + bytes(range(0x21, 0x7F)) + b"\x1b(B"
    for designation in RIGHT_SETS:
        yield b"\x1b)" + bytes([designation]) + bytes(range(0xA1, 0xFF)) + b"\x1b)!E"
    for first in (0x21, 0x22, 0x27, 0x39, 0x45, 0x4B, 0x69, 0x6F):
        for second in range(0x21, 0x7F, 9):
            codes = b"".join(bytes([first, second, third]) for third in range(0x21, 0x7F, 7))
            yield b"\x1b$1" + codes + b"\x1b(B"
    # Marks, one and several, before letters of Latin and Hangul's parts, and before nothing.
    for mark in range(0xE0, 0xFF):
        letter, other = bytes([mark]), bytes([0xE0 + (mark * 7) % 31])
        yield letter + b"a" + letter + other + b"o" + other + letter + b"E" + letter


def seeds(target: str) -> set[bytes]:
    """All that a target starts from."""
    if target.startswith("marcxml"):
        documents = {path.read_bytes() for path in XML.iterdir()}
        return {document for document in documents if 0 < len(document) <= LONGEST}
    if target == "json":
        # The first byte is for the size of blocks.
        return {b"\x07" + path.read_bytes()[: LONGEST - 1] for path in JSON.iterdir()}
    if target == "mrk":
        return {path.read_bytes() for path in MRK.iterdir()} | set(LINES) - {b""}
    made = set(texts()) if "marc8" in target else set(records())
    return (made | set(fields())) - {b""}


def write(target: str, directory: Path) -> None:
    """Write the seeds of a target into a directory, a file each."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(sorted(seeds(target))):
        (directory / f"{number:04}").write_bytes(seed)
