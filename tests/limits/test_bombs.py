"""Small files that would become large ones end in a problem or an error, not in memory or time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.limits.measuring import Measured, has_proc, measure

pytestmark = pytest.mark.skipif(not has_proc(), reason="needs /proc")

MB = 1_000_000
RECORD = (
    b'<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000   4500</leader>'
    b'<datafield tag="245" ind1=" " ind2=" "><subfield code="a">%b</subfield></datafield></record>'
)
PROGRAM = """
def work():
    count, longest = 0, 0
    codes = set()
    error = None
    format = sys.argv[2] or None
    try:
        with mrrc.open(sys.argv[1], format, **json.loads(sys.argv[3])) as reader:
            for record in reader:
                count += 1
                longest = max(longest, len(str(record)))
            codes = set(reader.problem_counts)
            accounted = sum(reader.accounting)
    except Exception as raised:
        error = type(raised).__name__
        accounted = None
    return [count, longest, sorted(codes), error, accounted]

measured(work)
"""


def opened(
    data: bytes, path: Path, format: str = "", options: str = "{}", seconds: int = 100
) -> Measured:
    """What comes of reading these bytes: records, the longest, problems, error, bytes."""
    path.write_bytes(data)
    return measure(PROGRAM, path, format, options, seconds=seconds)


# -- XML ------------------------------------------------------------------------------------------


def laughs() -> bytes:
    """Entities of entities: a thousand million laughs."""
    entities = ['<!ENTITY e0 "ha">']
    for number in range(1, 10):
        entities.append(f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">')
    return f"<?xml version='1.0'?><!DOCTYPE c [{''.join(entities)}]>".encode() + RECORD % b"&e9;"


def quadratic() -> bytes:
    """One long entity, very often."""
    entity = b"<!DOCTYPE c [<!ENTITY long '%b'>]>" % (b"x" * 100_000)
    return entity + RECORD % (b"&long;" * 100_000)


def external() -> bytes:
    """An entity that is a file of the machine."""
    return b'<!DOCTYPE c [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + RECORD % b"&f;"


def parameters() -> bytes:
    """A parameter entity, and a subset from elsewhere."""
    return (
        b'<!DOCTYPE c SYSTEM "http://192.0.2.1/x.dtd" '
        b'[<!ENTITY % p SYSTEM "http://192.0.2.1/y">%p;]>' + RECORD % b"x"
    )


@pytest.mark.parametrize("make", [laughs, quadratic, external, parameters])
def test_entities_are_not_expanded(make: Callable[[], bytes], tmp_path: Path) -> None:
    peak, (count, longest, codes, error, _) = opened(make(), tmp_path / "bomb.xml")
    assert peak < 60 * MB
    assert longest < 2_000_000
    assert count <= 1
    assert codes or error or make is parameters


def test_no_file_is_read_for_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    entity = f'<!DOCTYPE c [<!ENTITY f SYSTEM "{secret.as_uri()}">]>'.encode()
    path = tmp_path / "external.xml"
    path.write_bytes(entity + RECORD % b"said &f; so")
    import mrrc

    with mrrc.open(path) as reader:
        assert "do not tell" not in "".join(map(str, reader))
        assert "do not tell" not in "".join(map(str, reader.problems))


@pytest.mark.parametrize("depth", [100, 100_000, pytest.param(500_000, marks=pytest.mark.slow)])
def test_deep_elements(depth: int, tmp_path: Path) -> None:
    nested = b"<a>" * depth + b"</a>" * depth
    for data in (nested, RECORD % nested, b"<c>" + nested + RECORD % b"x" + b"</c>"):
        peak, (count, *_) = opened(data, tmp_path / "deep.xml", "marcxml")
        assert peak < 8 * len(data) + 40 * MB
        assert count <= 1


def endless(start: bytes) -> bytes:
    return start + b"x" * (90 * MB)


@pytest.mark.slow
@pytest.mark.parametrize(
    "start",
    [
        b"<record><leader>",
        b'<record><datafield tag="245" ind1="',
        b"<record><!-- ",
        b"<record><![CDATA[",
        b"<record><",
        b"<collection><",
        b"<collection>",
        b"<?xml version='1.0' ",
        b"<!DOCTYPE c [",
    ],
)
def test_what_never_ends_in_xml(start: bytes, tmp_path: Path) -> None:
    data = endless(start)
    peak, (count, longest, codes, error, accounted) = opened(
        data, tmp_path / "endless.xml", "marcxml"
    )
    assert count <= 1
    assert codes or error
    assert longest < MB or count == 0
    # A span may be 64 MiB, and has to be looked at as a whole.
    assert peak < 400 * MB
    if error is None:
        assert accounted == len(data)


# -- JSON -----------------------------------------------------------------------------------------

FIELDS = b'{"leader":"00000nam a2200000   4500","fields":[%b]}'
TITLE = b'{"245":{"ind1":" ","ind2":" ","subfields":[{"a":%b}]}}'


@pytest.mark.parametrize("depth", [60, 1_000, 100_000, 5_000_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")], ids=["array", "object"])
def test_deep_json(depth: int, brackets: tuple[bytes, bytes], tmp_path: Path) -> None:
    start, end = brackets
    nested = start * depth + b"1" + end * depth
    for data in (nested, FIELDS % nested, FIELDS % (TITLE % nested)):
        peak, (count, *_) = opened(data, tmp_path / "deep.json", "json")
        assert peak < 8 * len(data) + 40 * MB
        assert count <= 1


@pytest.mark.parametrize(
    "value",
    [b"9" * (5 * MB), b"-1e" + b"9" * MB, b"0." + b"3" * (5 * MB), b"1e400", b"NaN", b"-Infinity"],
    ids=["digits", "exponent", "decimals", "infinite", "nan", "minus-infinity"],
)
def test_huge_numbers(value: bytes, tmp_path: Path) -> None:
    # Python takes the square of the time for numbers of many digits.
    for data in (FIELDS % (TITLE % value), FIELDS % (b'{"001":%b}' % value), value):
        peak, (count, *_) = opened(data, tmp_path / "number.json", "json", seconds=20)
        assert count <= 1
        assert peak < 100 * MB


@pytest.mark.slow
def test_huge_strings(tmp_path: Path) -> None:
    for value in (b'"%b"' % (b"x" * (30 * MB)), b'"%b"' % (b"\\u00e9" * MB)):
        peak, (count, *_) = opened(FIELDS % (TITLE % value), tmp_path / "string.json", "json")
        assert count == 1
        assert peak < 500 * MB


@pytest.mark.slow
@pytest.mark.parametrize(
    "start", [b'{"leader":"', b"[", b"{", b'[{"fields":[', b'"', b"[1,", b"\\"]
)
def test_what_never_ends_in_json(start: bytes, tmp_path: Path) -> None:
    data = endless(start)
    peak, (count, _, codes, error, accounted) = opened(data, tmp_path / "endless.json", "json")
    assert count == 0
    assert codes or error
    assert peak < 400 * MB
    if error is None:
        assert accounted == len(data)


@pytest.mark.slow
def test_very_many_keys_and_fields(tmp_path: Path) -> None:
    many = b",".join(b'{"%03d":"x"}' % (number % 1000) for number in range(30_000))
    keys = b"{" + b",".join(b'"k%d":1' % number for number in range(30_000)) + b"}"
    for data, most in ((FIELDS % many, 1), (keys, 1), (b"[" + keys + b"]", 1)):
        peak, (count, *_) = opened(data, tmp_path / "many.json", "json")
        assert count <= most
        assert peak < 400 * MB


# -- formats of lines -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format", "start"),
    [
        ("mrk", b"=245  10$a"),
        ("mrk", b"="),
        ("mrk", b"=LDR  00000nam a2200000   4500\n=500  \\\\$a{"),
        ("line", b"00000nam a2200000   4500\n245 10 $a "),
        ("aleph", b"000000001 245   L $$a"),
        ("jsonl", b'{"leader":"'),
    ],
)
def test_lines_that_never_end(format: str, start: bytes, tmp_path: Path) -> None:
    data = endless(start)
    peak, (count, _, codes, error, accounted) = opened(data, tmp_path / "endless.txt", format)
    assert count <= 1
    assert codes or error
    assert peak < 600 * MB
    if error is None:
        assert accounted == len(data)


# -- packed files ---------------------------------------------------------------------------------


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: zipped({"blanks.mrc": data}),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", PACKED)
def test_packed_nothing(kind: str, tmp_path: Path) -> None:
    """A third of a gigabyte of blanks, in some kilobytes."""
    data = PACKED[kind](b" " * (300 * MB))
    assert len(data) < MB
    peak, (count, _, codes, error, accounted) = opened(data, tmp_path / f"bomb.{kind}", "marc")
    assert count == 0
    assert codes or error or accounted == 300 * MB
    assert peak < 100 * MB


@pytest.mark.slow
def test_packed_over_and_over(tmp_path: Path) -> None:
    data = b" " * (200 * MB)
    for _ in range(4):
        data = gzip.compress(data)
    peak, (count, *_) = opened(data, tmp_path / "often.mrc.gz")
    assert count == 0
    assert peak < 100 * MB


@pytest.mark.slow
def test_an_archive_in_an_archive(tmp_path: Path) -> None:
    data = zipped({"blanks.mrc": b" " * (200 * MB)})
    for depth in range(5):
        data = zipped({f"{depth}.zip": data, "other.zip": data})
    peak, (count, *_) = opened(data, tmp_path / "nested.zip")
    assert count == 0
    assert peak < 100 * MB


@pytest.mark.slow
def test_very_many_members(tmp_path: Path) -> None:
    members = {f"{number}.mrc": b"" for number in range(20_000)}
    peak, (count, *_) = opened(zipped(members), tmp_path / "many.zip")
    assert count == 0
    assert peak < 100 * MB
