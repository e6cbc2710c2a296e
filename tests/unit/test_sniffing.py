"""What data are, by their first bytes: found early, never wrongly, the same for each prefix."""

from __future__ import annotations

import io
import random
import time

import pytest

import mrrc
from mrrc._formats.sniffing import LONGEST_HEAD, Sniffed, sniff
from tests.shared import needs_shared, real_files
from tests.unit.packed import PACKED, SAMPLES, tarred, zipped

RECORD = '{"leader":"00000nam a2200000 i 4500","fields":[{"001":"x"}]}'
FOLIO = '{"records":[{"parsedRecord":{"content":{"leader":"00000nam a2200000 i 4500"}}}]}'
SLIM = 'xmlns="http://www.loc.gov/MARC21/slim"'

HEADS = {
    "one record": (RECORD, "json"),
    "one record over several lines": (RECORD.replace(",", ",\n  "), "json"),
    "an array": (f"[{RECORD}]", "json"),
    "an empty array": (" [ ]\n", "json"),
    "two lines": (f"{RECORD}\n{RECORD}\n", "jsonl"),
    "two records without a line end": (RECORD + RECORD, "jsonl"),
    "a wrapping": (FOLIO, "json"),
    "another order": ('{"fields":[{"001":"x"}],"leader":"00000nam a2200000 i 4500"}', "json"),
    "the other form": ('{"controlfield":[{"tag":"001","data":"x"}]}', "json"),
    "a record element": (f"<record {SLIM}><leader/></record>", "marcxml"),
    "a prefix": ('<m:collection xmlns:m="http://www.loc.gov/MARC21/slim">', "marcxml"),
    "no namespace": ("<collection>\n<record>", "marcxml"),
    "a comment first": (f"<!-- <html> --><?x y?><record {SLIM}>", "marcxml"),
    "a document type": ('<!DOCTYPE r [<!ENTITY a "b">]>' + f"<record {SLIM}>", "marcxml"),
    "OAI-PMH": ('<?xml version="1.0"?><OAI-PMH><ListRecords>', "marcxml"),
    "SRU": ("<zs:searchRetrieveResponse>", "marcxml"),
    "marcxchange": ('<collection xmlns="info:lc/xmlns/marcxchange-v1">', "marcxml"),
    "mrk without a leader": ("=001  x\n=245  10$aTitle\n", "mrk"),
    "mrk after a comment": ("# exported\n\n=LDR  00000nam a2200000 i 4500\n", "mrk"),
    "line format": ("00714cam a2200205 a 4500\n001 123\n245 10 $a T\n", "line"),
    "line format without a leader": ("001 123\n245 10 $a T\n", "line"),
    "Aleph": ("000000001 LDR   L ^^^^^nam^a22^^^^^^a^4500\n", "aleph"),
    "a leader alone": ("00714cam a2200205 a 4500", "marc"),
    "a leader of another kind": ("00714cx  a22002053i 45  001000900000", "marc"),
}


@pytest.mark.parametrize("name", HEADS)
def test_heads(name: str) -> None:
    text, format = HEADS[name]
    assert sniff(text.encode(), True) == Sniffed(format=format)
    for before in ("\n\n  ", "\ufeff", "\ufeff\r\n"):
        assert sniff((before + text).encode(), True) == Sniffed(format=format)
    for encoding in ("utf-16", "utf-16-be", "utf-32"):
        if format != "marc":
            assert sniff(text.encode(encoding), True) == Sniffed(format=format)


def test_packed() -> None:
    marc = SAMPLES["marc"]
    for packing, name in (("gz", "gzip"), ("bz2", "bzip2"), ("xz", "xz")):
        for data in (marc, b""):
            assert sniff(PACKED[packing](data), True) == Sniffed(compression=name)
    assert sniff(b"\x28\xb5\x2f\xfd" + marc, True) == Sniffed(compression="zstd")
    assert sniff(zipped(("a", marc)), True) == Sniffed(archive="zip")
    assert sniff(zipped(), True) == Sniffed(archive="zip")
    assert sniff(tarred(("a", marc)), True) == Sniffed(archive="tar")


@pytest.mark.parametrize("format", SAMPLES)
def test_a_prefix_says_the_same_or_asks_for_more(format: str) -> None:
    data = SAMPLES[format]
    found = [sniff(data[:length], False) for length in range(len(data))]
    said = {each.format for each in found if each is not None}
    if format == "jsonl":
        # With one record there is nothing to tell them by.
        assert said <= {"json", "jsonl"}
    else:
        assert said == {format}
    assert sniff(b"", False) is None
    assert sniff(data, False) == sniff(data, True) == Sniffed(format=format)


def test_no_random_bytes_are_marc() -> None:
    for seed in range(40):
        data = random.Random(seed).randbytes(1 << 16)
        assert sniff(data, True) == Sniffed(unknown="binary data of an unknown kind")
        # Nor with the bytes that ISO 2709 is known by.
        delimiters = bytes(b"\x1d\x1e\x1f 0123456789abc"[byte % 17] for byte in data[: 1 << 13])
        found = sniff(delimiters, True)
        assert found is not None
        assert found.unknown or found.format == "marc"


def test_more_is_asked_for_only_so_long() -> None:
    for data in (b"nothing in particular ", b"\x00\x01\x02\x03", b"<p>text</p>", b'{"a": "b"}'):
        head = data * (LONGEST_HEAD // len(data) + 1)
        assert sniff(head[:1000], False) is None
        found = sniff(head, False)
        assert found is not None
        assert found.unknown


@needs_shared
def test_real_files_are_what_their_names_say() -> None:
    formats = {".mrc": "marc", ".xml": "marcxml", ".mrk": "mrk", ".seq": "aleph"}
    wrong = []
    for path in real_files(*formats, ".json", ".jsonl"):
        with path.open("rb") as file:
            head = file.read(LONGEST_HEAD)
        found = sniff(head, len(head) < LONGEST_HEAD)
        expected = {formats.get(path.suffix, "json"), formats.get(path.suffix, "jsonl")}
        if found is None or found.format not in expected:
            wrong.append((path.name, found))
    assert wrong == []


@pytest.mark.parametrize("opening", [b"<!-- ", b"<?x ", b"<!x [", b"<!x "])
def test_what_is_never_closed_is_searched_once(opening: bytes) -> None:
    # Each would be searched to the end of a megabyte, which takes minutes.
    start = time.process_time()
    with mrrc.open(io.BytesIO(b"<collection>" + opening * 40_000)) as reader:
        assert list(reader) == []
        assert sum(reader.accounting) == 12 + len(opening) * 40_000
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "data",
    [
        b"<!-- c -->\n" * 3_000 + b"<collection/>",
        b'{"leader":"' + b'\\"' * 40_000 + b'"}',
        b'{"fields":[' + b'\\"' * 40_000 + b"]}",
        b"001 \n" * 12_000,
        b"<!x" + b"<![a" * 15_000 + b"]x",
    ],
    ids=["comments", "a long string", "strings that end nowhere", "control fields", "declarations"],
)
def test_looking_takes_no_longer_than_the_data_are_long(data: bytes) -> None:
    start = time.process_time()
    sniff(data, True)
    sniff(data[:65_536], False)
    assert time.process_time() - start < 3
