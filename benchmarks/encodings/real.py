"""What is found in real files whose encodings are labelled, and whether it is right.

Every record here was looked at. Most are what their bytes say at first sight; TRUTH has the others.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mrrc.encoding import detect

sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))

from shared_files import real_path

REMARKS = (
    "utf8_bytes_but_leader_not_a",
    "leader_a_but_bad_utf8",
    "double_encoded",
    "mixed_encodings_in_file",
    "UNIMARC",
    "non_utf8_high_bytes",
    "marc8_escapes",
)
# Files, and records by their place, that are not what `at_first_sight` says.
TRUTH: dict[str, str | dict[int, str]] = {
    "catmandu__t_bu_bibs.mrc": "utf-8-thrice",
    "irbis__TestData_TEST1.ISO.mrc": "cp1251",
    "pymarc__test_1251.mrc": "cp1251",
    "rubymarc__test_cp866_multirecord.mrc": "cp866",
    "rubymarc__test_cp866_unimarc.mrc": "cp866",
    "rubymarc__test_utf8_with_bad_bytes.mrc": "utf-8",
    "solrmarc__examples_GenericVuFind_short007.mrc~old.mrc": "iso8859-7",
    "solrmarc__examples_stanfordBlacklight_aeoeLigatureTests.mrc~old.mrc": "latin-1",
    # One text of record 8 is half UTF-8, half Latin-1.
    "solrmarc__examples_stanfordBlacklight_diacriticTests.mrc~old.mrc": {
        0: "latin-1",
        4: "latin-1",
        8: "no single encoding",
        15: "latin-1",
        18: "latin-1",
    },
    "solrmarc__examples_stanfordBlacklight_displayFieldsTests.mrc~old.mrc": {34: "latin-1"},
    "solrmarc__examples_stanfordBlacklight_titleTests.mrc~old-2.mrc": {4: "latin-1"},
    # Bytes that are characters in no encoding.
    "traject__bad_utf_byte.utf8.mrc": "unknown",
    "yaz__test_marc-files_marc1.mrc": "latin-1",
    "yaz__test_marc-files_marc10.mrc": "latin-1",
    "yaz__test_marc-files_marc11.mrc": "latin-1",
    "yaz__test_marc-files_marc2.mrc": "latin-1",
}


def labelled() -> Iterator[tuple[Path, list[str]]]:
    """Yield the files with a remark on their encoding, and these remarks."""
    listing, directory = real_path("SOURCES.tsv"), real_path("real")
    if listing is None or directory is None:
        return
    for line in listing.read_text("utf-8").splitlines()[1:]:
        columns = line.split("\t")
        remarks = [each for each in REMARKS if each in columns[-1]]
        if remarks and columns[5] == "iso2709":
            yield directory / columns[0], remarks


def records_between_terminators(data: bytes) -> Iterator[bytes]:
    """Yield what is between record terminators; the lengths of these files are not always right."""
    for part in data.split(b"\x1d"):
        raw = part.lstrip(b"\r\n\x00\xef\xbb\xbf \x1a")
        if len(raw) > 24:
            yield raw + b"\x1d"


def at_first_sight(raw: bytes, claimed: str) -> str:
    """Return the encoding that validity and escape sequences alone would tell."""
    body = raw[raw.find(b"\x1e") + 1 :]
    if body.isascii():
        return "marc8" if b"\x1b" in body else claimed
    try:
        body.decode()
    except UnicodeDecodeError:
        return "marc8"
    return "utf-8"


def truth(name: str, number: int, raw: bytes, claimed: str) -> str:
    """Return what a record is."""
    body = raw[raw.find(b"\x1e") + 1 :]
    known = TRUTH.get(name)
    if isinstance(known, str) and not body.isascii():
        return known
    if isinstance(known, dict) and number in known:
        return known[number]
    return at_first_sight(raw, claimed)


def wrong(path: Path) -> list[tuple[int, str, str]]:
    """Return the records of a file that are found to be something else: place, truth, found."""
    return [each for each in _looked_at(path) if each[1] != each[2]]


def _looked_at(path: Path) -> Iterator[tuple[int, str, str]]:
    for number, raw in enumerate(records_between_terminators(path.read_bytes())):
        finding = detect(raw)
        yield number, truth(path.name, number, raw, finding.claimed), finding.encoding


def table() -> list[str]:
    """Return a row for each file as Markdown; nothing where the files are not there."""
    rows, right, total = [], 0, 0
    for path, remarks in labelled():
        looked_at = list(_looked_at(path))
        found = Counter(each[2] for each in looked_at)
        bad = [each for each in looked_at if each[1] != each[2]]
        total += len(looked_at)
        right += len(looked_at) - len(bad)
        counts = ", ".join(f"{name} {count}" for name, count in found.most_common())
        verdict = "yes" if not bad else "; ".join(f"record {n} is {is_}" for n, is_, _ in bad)
        name = re.sub(r"(~old.*)?\.mrc$", r"\1", path.name)
        rows.append(f"| {name} | {', '.join(remarks)} | {counts} | {verdict} |")
    if not rows:
        return []
    head = ["| file | remarks | found (records) | right |", "|---|---|---|---|"]
    return [*head, *rows, "", f"Right: {right:,} of {total:,} records in {len(rows)} files."]
