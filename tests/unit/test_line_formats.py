"""YAZ's line format and Aleph sequential, read by the reference."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import MARCReader, Record, _engine
from mrrc._formats.reader import FormatReader
from mrrc._formats.transcoding import _WithLineFeeds
from mrrc._formats.unpacking import Ahead
from mrrc._pure import line_frames
from tests.line_texts import aleph_text, line_text
from tests.shared import needs_shared, real_files, real_iso2709_files

LDR = "00000nam a2200000 a 4500"
JOINED, WRONG_CODE = "line-continued", "subfield-code-invalid"


def read(format: str, text: str | bytes) -> tuple[list[Record], list[str]]:
    """The records of a file, and the codes of its problems."""
    reader = FormatReader(text if isinstance(text, bytes) else text.encode(), format)
    records = list(reader)
    return records, [problem.code for problem in reader.problems]


def lines(record: Record) -> list[str]:
    return [str(field) for field in record.fields]


# -- YAZ -------------------------------------------------------------------------------------------


def test_records_in_the_line_format() -> None:
    records, codes = read(
        "line",
        f"(annotation)\n{LDR}\n001 x $ 1\n005\n245 10 $a Title $b  $c $5.00 $$\n650   \n\n"
        f"<!-- Record 2 offset 1 (0x1) -->\r\n{LDR}\r\n001 y\r\n245 1  $aTitle$bRest $5.00\r\n"
        f"{LDR}\n245 $$ $$ d\n",
    )
    assert [str(record.leader) for record in records] == [LDR] * 3
    assert [record.as_dict()["fields"] for record in records] == [
        [
            {"001": "x $ 1"},
            {"005": ""},
            {
                "245": {
                    "ind1": "1",
                    "ind2": "0",
                    "subfields": [{"a": "Title"}, {"b": ""}, {"c": "$5.00 $$"}],
                }
            },
            {"650": {"ind1": " ", "ind2": " ", "subfields": []}},
        ],
        [
            {"001": "y"},
            {
                "245": {
                    "ind1": "1",
                    "ind2": " ",
                    "subfields": [{"a": "Title"}, {"b": "Rest "}, {"5": ".00"}],
                }
            },
        ],
        [{"245": {"ind1": "$", "ind2": "$", "subfields": [{"$": "d"}]}}],
    ]
    assert codes == []


@pytest.mark.parametrize(
    ("text", "expected", "codes"),
    [
        (f"{LDR}\n245 10 $a A\ntitle $b x\n    y\n", ["=245  10$aA title$bx    y"], [JOINED] * 2),
        (f"{LDR}\n(No separator)\n001 x\n", ["=001  x"], ["comment-line"]),
        ("001 x\n", ["=001  x"], ["leader-missing"]),
        ("00000nam a22\n001 x\n", ["=001  x"], ["leader-length"]),
        (f"     {LDR[5:]}\n001 x\n", ["=001  x"], []),
        (f"{LDR}\n245 é0 $a x\n", ["=245  \\0$ax"], ["indicator-invalid"]),
        (f"{LDR}\n245 10 $éx$by\n", ["=245  10$?$éx$by"], ["text-before-subfields"]),
        (f"{LDR}\n245 $a x $b y\n", ["=245  \\\\$ax$by"], ["indicators-missing"]),
        (f"{LDR}\n245 1 $a x\n", ["=245  1\\$ax"], ["indicators-missing"]),
        (f"{LDR}\n2 5    $a x\nis a $b y\n", ["=2 5  \\\\$ax is a$by"], [JOINED]),
        (f"{LDR}\n12345 x\n001 x\n", ["=001  x"], ["line-unread"]),
    ],
)  # fmt: skip
def test_damage_in_the_line_format(text: str, expected: list[str], codes: list[str]) -> None:
    (record,), found = read("line", text)
    assert (lines(record), found) == (expected, codes)


def test_what_is_no_record_in_the_line_format() -> None:
    records, codes = read("line", f"nothing\nof it\n\n{LDR}\n001 x\n\nand x\n")
    assert [lines(record) for record in records] == [["=001  x"]]
    assert codes == ["bytes-unread", "line-unread", "record-unreadable"]


def ambiguous(record: Record) -> bool:
    """Whether a text has what the format cannot say."""
    texts = [field.data or field.format_field() for field in record.fields]
    values = [each.value for field in record.fields for each in field.subfields]
    return any("\n" in text or "\x1f" in text for text in texts) or any(
        "$" in value or "\n" in value or "\r" in value for value in values
    )


@needs_shared
def test_what_yaz_writes_is_read(tmp_path: Path) -> None:
    dump = shutil.which("yaz-marcdump")
    if dump is None:
        pytest.skip("yaz-marcdump, of Debian's package yaz, is not on the path")
    raws = []
    for path in real_iso2709_files()[::2]:
        for index, record in enumerate(MARCReader(path, recovery="salvage")):
            if record is None or record._raw is None or index == 5:
                break
            if str(record.leader)[9] == "a" and not ambiguous(record):
                raws.append(record.as_marc())
    data = tmp_path / "records.mrc"
    data.write_bytes(b"".join(raws))
    command = [dump, "-i", "marc", "-o", "line", str(data)]
    text = subprocess.run(command, capture_output=True, check=True).stdout
    records, _ = read("line", text)
    assert len(records) == len(raws) > 100
    for found, wanted in zip(records, MARCReader(data), strict=True):
        # Where YAZ does not know what to make of something it says so, or writes another leader.
        if wanted is not None and not found.problems:
            assert found.as_dict()["fields"] == wanted.as_dict()["fields"]
    assert sum(not record.problems for record in records) > 0.95 * len(raws)


# -- Aleph -----------------------------------------------------------------------------------------


def test_records_in_aleph_sequential() -> None:
    records, codes = read(
        "aleph",
        "000000002 FMT   L BK\n"
        "000000002 LDR   L 00000nam^a2200000^a^4500\n"
        "000000002 001   L x^y\n"
        "000000002 24510 L $$aTitle $5$$b$$c^\n"
        "000000002 650 0 A $$aב\r\n"
        "000000003 LDR   00000nam^a2200000^a^4500\n"
        "000000003 008   050601s1921^^^^xx\n"
        "000000003 24510 $$aTitle\n"
        "\n",
    )
    assert [str(record.leader) for record in records] == [LDR] * 2
    assert [lines(record) for record in records] == [
        ["=FMT  \\\\$aBK", "=001  x\\y", "=245  10$aTitle $5$b$c^", "=650  \\0$aב"],
        ["=001  000000003", "=008  050601s1921\\\\\\\\xx", "=245  10$aTitle"],
    ]
    assert codes == []


HEAD = "000000002 LDR   L 00000nam^a2200000^a^4500\n000000002 001   L x\n"


@pytest.mark.parametrize(
    ("text", "expected", "codes"),
    [
        ("000000002 24510 L $$aA\ntitle$$b\n", ["=245  10$aA title$b"], [JOINED]),
        ("000000002 245\n", [], ["line-unread"]),
        ("000000002 2é10 L $$a\n", [], ["line-unread"]),
        ("000000002 LDR   L x\n", [], ["line-unread"]),
        ("000000002 24510 L Title\n", ["=245  10$?Title"], ["text-before-subfields"]),
        ("000000002 24510 L $$$$ x\n", ["=245  10$? x"], ["subfield-code-missing", WRONG_CODE]),
        ("000000002 245^0 L $$ax\n", ["=245  \\0$ax"], []),
        ("000000002 245\x010 L $$ax\n", ["=245  \\0$ax"], ["indicator-invalid"]),
        ("000000002 24510   $$ax\n", ["=245  10$ax"], []),
        ("000000002 24510 $$ax\n", ["=245  10$ax"], []),
        ("000000002 DEL   L Y\n", ["=DEL  \\\\$aY"], []),
    ],
)  # fmt: skip
def test_damage_in_aleph_sequential(text: str, expected: list[str], codes: list[str]) -> None:
    (record,), found = read("aleph", HEAD + text)
    assert (lines(record), found) == (["=001  x", *expected], codes)


def test_what_is_no_record_in_aleph_sequential() -> None:
    records, codes = read("aleph", "nothing\n\n000000001 x\n000000002 24510 L $$ax\n")
    assert [lines(record) for record in records] == [["=001  000000002", "=245  10$ax"]]
    assert codes == ["bytes-unread", "line-unread", "record-unreadable", "leader-missing"]


@needs_shared
def test_a_real_file_of_aleph() -> None:
    for path in real_files(".seq"):
        records, codes = read("aleph", path.read_bytes())
        assert ([record["001"].data for record in records], codes) == (
            ["000000002", "000000003"],
            [],
        )
        assert records[0]["245"]["a"] == "Catmandu Test"


# -- both ------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize("format", ["line", "aleph"])
def test_real_records_are_read(format: str) -> None:
    write = {"line": line_text, "aleph": aleph_text}[format]
    count = 0
    for path in real_iso2709_files()[::5]:
        for index, record in enumerate(MARCReader(path, recovery="salvage")):
            if record is None or record._raw is None or index == 10:
                break
            raw = record._raw
            if ambiguous(record) or "^" in str(record) or record.get("001") is None:
                continue
            (found,), codes = read(format, write(raw))
            if not codes:
                assert found.as_dict()["fields"] == record.as_dict()["fields"], path
                count += 1
    assert count > 80


@pytest.mark.parametrize("length", [1, 7, 64])
def test_a_line_without_end_is_unread_in_pieces(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(line_frames, "LONGEST", 100)
    data = b"=LDR  " + b"x" * 300 + b"\n=001  y\n\n=001  z\n\n"
    frames = line_frames.MrkFrames()
    found = []
    start = 0
    for end in [*range(length, len(data), length), len(data)]:
        while frame := frames.next_frame(data[:end], start, end == len(data)):
            found.append((frame[0], frame[1] - start))
            start = frame[1]
    assert found == [
        (line_frames.UNREAD, 100),
        (line_frames.UNREAD, 100),
        (line_frames.UNREAD, 100),
        (line_frames.UNREAD, 16),
        (line_frames.UNCLEAR, 9),
    ]


@pytest.mark.parametrize(
    ("format", "data"),
    [
        ("aleph", b"000000001 24510 L \x84before$$aA\n"),
        ("line", b"245 \x84\x84 $a A\x84\n"),
        ("mrk", b"=245  \x84\x84\x84$\x84A\n"),
        ("mrk", b"=245  10before\x84$aA\n"),
    ],
)
def test_bytes_that_are_no_characters_where_something_is_wrong(format: str, data: bytes) -> None:
    with FormatReader(data, format) as reader:
        (record,) = reader
        assert record["245"].subfields
        assert reader.accounting == (0, len(data), 0)
        assert len(reader.problem_counts) > 1


# -- ends of lines, and marks at the beginning of files --------------------------------------------

MRK = f"=LDR  {LDR}\n=001  %s\n=245  10$aTitel\n"
YAZ = f"{LDR}\n001 %s\n245 10 $a Titel\n"
ALEPH = "%s LDR   L 00000nam^a2200000^a^4500\n%s 24510 L $$aTitel\n"
TEXTS = {"mrk": MRK, "line": YAZ, "aleph": ALEPH}
IDS = ["000000001", "000000002"]


def text_of(format: str, number: str) -> str:
    return TEXTS[format].replace("%s", number)


def ids_of(reader: Any) -> list[str | None]:
    return [record["001"].data for record in reader]


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("between", ["", "\n"])
def test_files_that_were_joined_with_their_byte_order_marks(format: str, between: str) -> None:
    data = between.join("\ufeff" + text_of(format, number) for number in (*IDS, IDS[1])).encode()
    for block in (1, 2, 3, 7, len(data)):
        frames = _engine.TextRecords(format, None, 0)
        pieces = [data[start : start + block] for start in range(0, len(data), block)]
        items = [item for piece in pieces for item in frames.feed(piece, False)]
        items += frames.feed(b"", True)
        assert sum(item[1] for item in items) == len(data)
    with mrrc.open(data) as reader:
        # Also two of the same number are two, if a file begins between them.
        assert ids_of(reader) == [*IDS, IDS[1]]
        assert not reader.problems
        assert reader.accounting == (len(data), 0, 0)


def test_what_is_no_record_before_a_mark_in_mrk() -> None:
    data = ("=001  a\nword\n\nword\n\ufeff" + MRK % "b" + "\ufeff=001  c\n").encode()
    with mrrc.open(data) as reader:
        assert ids_of(reader) == ["a word", "b", "c"]
        assert [each.code for each in reader.problems].count("bytes-unread") == 1


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("how", ["bytes", "file", "path"])
def test_lines_that_end_with_a_carriage_return(
    format: str, encoding: str, how: str, tmp_path: Path
) -> None:
    text = "\n".join(text_of(format, number) for number in IDS) * 1000
    data = text.replace("\n", "\r").encode(encoding)
    (tmp_path / "a").write_bytes(data)
    target: Any = {"bytes": data, "file": io.BytesIO(data), "path": tmp_path / "a"}[how]
    with mrrc.open(target) as reader:
        assert reader.format == format
        assert ids_of(reader) == IDS * 1000
        assert not reader.problems
    with mrrc.open(data, format=format) as reader:
        assert len(list(reader)) == 2000


def test_carriage_returns_become_line_feeds_block_by_block() -> None:
    content = b"a\rb\r\rc\r\nd\r\r\ne\r"
    for size in range(1, len(content) + 1):
        file = _WithLineFeeds(Ahead(io.BytesIO(content)))
        assert b"".join(iter(lambda: file.read(size), b"")) == b"a\nb\n\nc\r\nd\n\r\ne\n"  # noqa: B023


def test_a_place_of_a_problem_where_lines_end_with_a_carriage_return() -> None:
    data = (MRK % "a" + "=245  10$aü$\n").replace("\n", "\r").encode()
    with mrrc.open(data) as reader:
        list(reader)
        (problem,) = reader.problems
    assert problem.offset == data.rindex(b"$")
    assert problem.line == 4


def test_wrong_codes_of_a_line_have_their_places_in_bytes() -> None:
    data = ("000000001 24510 L ä$$aü$$ö1$$$$ä2\n").encode()
    with mrrc.open(data, format="aleph") as reader:
        (record,) = reader
        found = [(each.code, each.offset) for each in reader.problems if each.offset]
    assert [str(each) for each in record["245"].subfields] != []
    assert found == [
        ("text-before-subfields", data.index("ä".encode())),
        ("subfield-code-invalid", data.index("ö".encode())),
        ("subfield-code-missing", data.index(b"$$$$")),
        ("subfield-code-invalid", data.rindex("ä".encode())),
    ]
