"""Zip and tar archives of files of records: each file looked at, everything else reported."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import DamagedRecord
from mrrc._formats.members import _pax
from mrrc.exceptions import UnknownFormat
from mrrc.problems import CODES
from tests.unit.packed import (
    IDS,
    MARC,
    PACKED,
    SAMPLES,
    Trickle,
    tarred,
    zipped,
    zipped_as_it_comes,
)

README = b"These are the records of our library.\n"
MEMBERS = [
    ("records/", b""),
    *((f"records/in {format}.dat", data) for format, data in SAMPLES.items()),
    ("read me.txt", README),
    ("packed/again.bin", gzip.compress(MARC)),
    ("empty.mrc", b""),
]
FILES = [(name, data) for name, data in MEMBERS if not name.endswith("/")]
COUNT = len(SAMPLES) + 1

ARCHIVES = {
    "zip": zipped(*FILES),
    "zip, stored": zipped(*FILES, method=zipfile.ZIP_STORED),
    "zip, bzip2": zipped(*FILES, method=zipfile.ZIP_BZIP2),
    "zip, as it comes": zipped_as_it_comes(*FILES),
    "tar": tarred(*MEMBERS),
    "tar, GNU": tarred(*MEMBERS, format=tarfile.GNU_FORMAT),
    "tar, ustar": tarred(*MEMBERS, format=tarfile.USTAR_FORMAT),
    "tar.gz": tarred(*MEMBERS, mode="w:gz"),
    "tar.bz2": tarred(*MEMBERS, mode="w:bz2"),
    "tar.xz": tarred(*MEMBERS, mode="w:xz"),
}


def given(data: bytes, how: str, directory: Path) -> Any:
    if how == "path":
        path = directory / "archive.mrc"
        path.write_bytes(data)
        return path
    return {"bytes": data, "file": io.BytesIO(data), "read only": Trickle(data, 4000)}[how]


def ids(records: Any) -> list[str | None]:
    return [record["001"].data for record in records]


@pytest.mark.parametrize("how", ["path", "bytes", "file", "read only"])
@pytest.mark.parametrize("kind", ARCHIVES)
def test_all_members_are_read(kind: str, how: str, tmp_path: Path) -> None:
    if (kind, how) == ("zip, bzip2", "read only"):
        pytest.skip("what Python does not inflate itself is read by the list at the end only")
    data = ARCHIVES[kind]
    seen = []
    with mrrc.open(given(data, how, tmp_path)) as reader:
        for record in reader:
            seen.append((reader.member, reader.format, record["001"].data))  # type: ignore[attr-defined]
            assert reader.record_number == IDS.index(seen[-1][2]) + 1
        assert reader.bytes_read == len(data)
        assert reader.bytes_total == (None if how == "read only" else len(data))
        total = sum(len(member) for _, member in FILES) - len(FILES[-2][1]) + len(MARC)
        assert sum(reader.accounting) == total
        assert reader.accounting.reported == len(README)
        (skipped,) = [each for each in reader.problems if each.code == "member-skipped"]
    assert skipped.member == "read me.txt"
    assert skipped.done.startswith("skipped, as it is text that begins with 'These are the")
    assert str(skipped).endswith("(in read me.txt)")
    expected = [(f"records/in {format}.dat", format, each) for format in SAMPLES for each in IDS]
    expected += [("packed/again.bin", "marc", each) for each in IDS]
    assert seen == expected


def test_nothing_is_put_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = [("../../outside.mrc", MARC), ("/absolute.mrc", MARC), ("C:\\x.mrc", MARC)]
    for data in (zipped(*evil), tarred(*evil), tarred(*evil, mode="w:gz")):
        with mrrc.open(data) as reader:
            names = [reader.member for _ in reader]  # type: ignore[attr-defined]
        assert len(names) == 9
        assert names[0] == "../../outside.mrc"
        assert len(mrrc.read(Trickle(data, 1000))) == 9  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


def test_batches_and_the_end(tmp_path: Path) -> None:
    with mrrc.open(given(ARCHIVES["zip"], "path", tmp_path)) as reader:
        assert [len(batch) for batch in reader.batches(10)] == [10, 10, 4]
        assert reader.read_batch(5) == []
        with pytest.raises(ValueError, match="batch_size"):
            reader.read_batch(0)
    with mrrc.open(given(ARCHIVES["tar"], "path", tmp_path)) as reader:
        assert ids(reader.read_batch(2)) == IDS[:2]
    file = io.BytesIO(ARCHIVES["tar"])
    with mrrc.open(file):
        pass
    assert file.closed


def test_an_archive_without_marc_is_an_error() -> None:
    for data in (zipped(("a.txt", README)), tarred(("a.txt", README), ("b.txt", README))):
        with mrrc.open(data) as reader:
            with pytest.raises(UnknownFormat, match="archive without a MARC file in it"):
                list(reader)
            assert set(reader.problem_counts) == {"member-skipped"}
    assert mrrc.read(zipped()) == []
    assert mrrc.read(tarred()) == []


def test_an_archive_in_an_archive_is_skipped() -> None:
    with mrrc.open(zipped(("a.zip", zipped(("a.mrc", MARC))), ("b.mrc", MARC))) as reader:
        assert ids(reader) == IDS
        (problem,) = reader.problems
        assert problem.done == "skipped, as it is an archive in an archive"


def test_a_format_that_is_said_is_that_of_the_members() -> None:
    data = zipped(("a.txt", b"no record\n" + MARC), ("b.gz", gzip.compress(MARC)))
    with mrrc.open(data, "marc") as reader:
        assert ids(reader) == IDS * 2
        assert reader.problem_counts == {"bytes-unread": 1}
        assert reader.problems[0].member == "a.txt"


def test_a_member_with_a_wrong_checksum() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        whole = zipped(("a.mrc", MARC), ("b.mrc", MARC), method=method)
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            crc = archive.infolist()[0].CRC.to_bytes(4, "little")
        # Before the file, and in the list of both, of which the second is another.
        first = whole.find(crc)
        listed = whole.find(crc, whole.find(b"PK\x01\x02"))
        damaged = bytearray(whole)
        damaged[first] ^= 1
        damaged[listed] ^= 1
        for source in (bytes(damaged), Trickle(bytes(damaged), 100)):
            with mrrc.open(source) as reader:  # type: ignore[arg-type]
                assert ids(reader) == IDS * 2
                (problem,) = reader.problems
                assert (problem.code, problem.member) == ("source-damaged", "a.mrc")
                assert "checksum" in problem.found
            with pytest.raises(ValueError, match="checksum"):
                list(mrrc.open(bytes(damaged), recovery="strict"))


def test_a_member_that_cannot_be_inflated() -> None:
    many = MARC * 5000
    whole = bytearray(zipped(("a.mrc", many), ("b.mrc", MARC)))
    at = whole.find(b"b.mrc") - 30
    whole[at // 2 : at // 2 + 40] = b"\xff" * 40
    for source in (bytes(whole), Trickle(bytes(whole), 10_000)):
        with mrrc.open(source) as reader:  # type: ignore[arg-type]
            found = ids(reader)
            assert 3 < len(found) < 15_000
            assert found[-3:] == IDS
            problem = next(each for each in reader.problems if each.code == "source-damaged")
            assert problem.member == "a.mrc"
    with pytest.raises(Exception, match=r"[Ee]rror|checksum|not complete"):
        list(mrrc.open(bytes(whole), recovery="strict"))


def test_a_member_with_a_password_or_an_unknown_method() -> None:
    for change, what in ((6, "password|encrypted"), (8, "method")):
        whole = bytearray(zipped(("a.mrc", MARC), ("b.mrc", MARC)))
        listed = whole.find(b"PK\x01\x02") + 2 + change
        # The flag of encryption, or the method number 99.
        for place in (change, listed):
            whole[place] = 1 if change == 6 else 99
        for source in (bytes(whole), Trickle(bytes(whole), 100)):
            with mrrc.open(source) as reader:  # type: ignore[arg-type]
                assert ids(reader) == IDS
                (problem,) = reader.problems
                assert (problem.code, problem.member) == ("source-damaged", "a.mrc")
                assert any(each in problem.found for each in what.split("|"))
                assert reader.accounting.reported == len(MARC)
        with pytest.raises(Exception, match=what):
            list(mrrc.open(bytes(whole), recovery="strict"))


@pytest.mark.parametrize("offset", [1, 5, 10**6, 2**32 - 2])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_member_that_is_not_where_the_list_says(offset: int, method: int) -> None:
    members = [(f"{name}.mrc", MARC) for name in "abc"]
    whole = bytearray(zipped(*members, method=method))
    second = whole.find(b"PK\x01\x02", whole.find(b"PK\x01\x02") + 1)
    whole[second + 42 : second + 46] = offset.to_bytes(4, "little")
    with mrrc.open(bytes(whole)) as reader:
        found = ids(reader)
        damaged = {problem.member: problem.code for problem in reader.problems}
        assert damaged.pop("b.mrc") == "source-damaged"
        if method == zipfile.ZIP_BZIP2:
            # Newer versions of Python do not unpack the file either that the wrong place is in.
            assert found[-3:] == IDS
            assert damaged in ({}, {"a.mrc": "source-damaged"})
        else:
            assert (found, damaged) == (IDS * 2, {})
        assert reader.accounting.reported == len(MARC) * (3 - len(found) // 3)
    with pytest.raises(Exception, match=r"list|[Bb]ad|header|magic|Overlap"):
        list(mrrc.open(bytes(whole), recovery="strict"))


@pytest.mark.parametrize("how", ["path", "read only"])
def test_a_zip_that_is_cut_off(how: str, tmp_path: Path) -> None:
    whole = zipped(("a.mrc", MARC), ("b.mrc", MARC), ("c.mrc", MARC), method=zipfile.ZIP_STORED)
    for cut in (1, 10, 100, len(MARC)):
        with mrrc.open(given(whole[:-cut], how, tmp_path)) as reader:
            assert ids(reader)[:6] == IDS * 2
            assert reader.problem_counts["source-damaged"] >= 1
        if how == "path":
            with pytest.raises((EOFError, DamagedRecord)):
                list(mrrc.open(given(whole[:-cut], how, tmp_path), recovery="strict"))


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_a_tar_that_is_cut_off(packing: str) -> None:
    whole = tarred(*[(f"{number}.mrc", MARC) for number in range(400)])
    pack = PACKED.get(packing, bytes)
    for cut in (0.3, 0.5, 0.9):
        packed = pack(whole)
        data = packed[: int(len(packed) * cut)]
        with mrrc.open(data) as reader:
            count = len(list(reader))
            assert reader.problem_counts["source-damaged"] >= 1
        if packing not in ("xz", "bz2"):  # which unpack in large blocks
            assert 0 < count < 1200
        with pytest.raises((EOFError, OSError, ValueError, DamagedRecord)):
            list(mrrc.open(data, recovery="strict"))


def test_a_tar_with_garbage_for_a_header() -> None:
    whole = tarred(("a.mrc", MARC), ("b.mrc", MARC), ("c.mrc", MARC))
    at = whole.find(b"b.mrc")
    data = whole[:at] + b"?" * 512 + whole[at + 512 :]
    with mrrc.open(data) as reader:
        assert ids(reader) == IDS
        (problem,) = reader.problems
        assert "no header" in problem.found
    huge = tarfile.TarInfo("x" * 50)
    huge.type = tarfile.XHDTYPE
    huge.size = 1 << 32
    with mrrc.open(
        tarred(("a.mrc", MARC))[: 512 - -len(MARC) // 512 * 512] + huge.tobuf(tarfile.USTAR_FORMAT)
    ) as reader:
        assert ids(reader) == IDS
        assert "over a million bytes" in reader.problems[0].found


def test_long_names_and_links() -> None:
    name = "directory/" * 30 + "é.mrc"
    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=format) as archive:
            for kind in (tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
                entry = tarfile.TarInfo("other")
                entry.type = kind
                archive.addfile(entry)
            entry = tarfile.TarInfo(name)
            entry.size = len(MARC)
            archive.addfile(entry, io.BytesIO(MARC))
        with mrrc.open(file.getvalue()) as reader:
            assert [reader.member for _ in reader] == [name] * 3  # type: ignore[attr-defined]
            assert reader.problems == []


def test_a_bomb_is_unpacked_as_it_is_read() -> None:
    """Forty megabytes in some kilobytes, of which nothing but a block is held."""
    import tracemalloc

    bomb = gzip.compress(b"\x00" * 40_000_000)
    for data in (bomb, zipped(("a.mrc", MARC), ("b.mrc", b"\x00" * 40_000_000))):
        tracemalloc.start()
        try:
            with mrrc.open(data, "marc") as reader:
                count = len(list(reader))
                assert reader.accounting.reported == 40_000_000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert count == (0 if data is bomb else 3)
        assert peak < 32_000_000


def test_errors_of_the_listener_pass_and_reading_goes_on() -> None:
    def refuse(problem: Any) -> None:
        raise KeyError(problem.code)

    data = zipped(("a.txt", README), ("b.mrc", MARC))
    reader = mrrc.open(data, on_problem=refuse)
    with pytest.raises(KeyError, match="member-skipped"):
        next(reader)
    assert ids(reader) == IDS
    assert CODES["member-skipped"].severity == "note"


def tar_header(size: bytes) -> bytes:
    header = bytearray(512)
    header[:5] = b"a.mrk"
    header[124:136] = size
    header[148:156] = b" " * 8
    header[156:157] = b"0"
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize("size", [b"-0000000100\0", b"0000_000100\0", b"+0000000100\0"])
def test_a_tar_with_a_length_that_is_none(size: bytes) -> None:
    data = tar_header(size) + b"=LDR  00000nam a2200000 a 4500\n=001  a1\n".ljust(512, b"\0")
    with mrrc.open(data + b"\0" * 1024) as reader:
        assert list(reader) == []
        assert list(reader.problem_counts) == ["source-damaged"]


def test_an_extended_header_takes_time_in_proportion() -> None:
    def seconds(entries: int) -> float:
        content = b"4 a\n" * entries
        start = time.perf_counter()
        assert _pax(content) == {"a": ""}
        return time.perf_counter() - start

    few = min(seconds(1 << 14) for _ in range(5))
    assert min(seconds(1 << 18) for _ in range(2)) < 100 * few


@pytest.mark.parametrize("read", [0, 1, 4])
def test_a_closed_archive_is_not_read_on(read: int) -> None:
    reader = mrrc.open(zipped(("a.mrc", MARC), ("b.mrk", b"=001  x\n\n=001  y\n")))
    for _ in range(read):
        next(reader)
    reader.close()
    for ask in (reader.__next__, reader.read_batch):
        with pytest.raises(ValueError, match="closed"):
            ask()


def test_an_archive_stays_open_when_its_listener_raises() -> None:
    met = []

    def listen(problem: mrrc.Problem) -> None:
        met.append(problem)
        if len(met) == 1:
            raise KeyboardInterrupt

    content = MARC[:-1] + b"\x1e\x1d" + MARC
    with mrrc.open(zipped(("a.mrc", content), ("b.mrc", MARC)), on_problem=listen) as reader:
        with pytest.raises(KeyboardInterrupt):
            list(reader)
        assert ids(reader)[-3:] == IDS
