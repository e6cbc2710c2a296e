"""MARCWriter with a path: whole records, at every kind of end; atomic; append."""

from __future__ import annotations

import gc
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from mrrc import MARCWriter, exceptions
from tests.unit.writing import numbers, read, record, run

posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and signals of POSIX")
FIRST = record("first").as_marc()


def write_and_fail(writer: MARCWriter) -> None:
    writer.write(record())
    raise KeyError


def beside(directory: Path) -> list[str]:
    """Files that are left over."""
    return sorted(each.name for each in directory.iterdir() if each.name.startswith("."))


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "out.mrc"
    writer = MARCWriter(kind(path))
    for number in range(5):
        writer.write(record(str(number)))
    writer.close()
    writer.close()
    writer.write(record("too late"))
    assert numbers(path) == list("01234")
    assert writer.records_written == 5
    assert writer.problems == []


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST * 3)
    with MARCWriter(path):
        pass
    assert path.read_bytes() == b""


def test_a_file_is_written_in_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    writer = MARCWriter(path)
    sizes = set()
    for number in range(3000):
        writer.write(record(str(number)))
        size = path.stat().st_size
        if size not in sizes:
            sizes.add(size)
            assert numbers(path) == [str(each) for each in range(len(read(path)))]
    assert len(sizes) > 2
    assert writer.records_written == 3000
    writer.close()
    assert len(read(path)) == 3000


def test_close_fh_is_for_the_files_of_others(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    writer = MARCWriter(path)
    writer.write(record())
    writer.close(close_fh=False)
    assert numbers(path) == ["id1"]


def test_a_writer_that_is_garbage(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    writer = MARCWriter(path)
    writer.write(record())
    assert path.read_bytes() == b""
    del writer
    gc.collect()
    assert numbers(path) == ["id1"]


def test_an_exception_in_the_with_statement(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    with pytest.raises(KeyError), MARCWriter(path) as writer:
        write_and_fail(writer)
    assert numbers(path) == ["id1"]


def test_a_path_that_cannot_be_opened(tmp_path: Path) -> None:
    for options in ({}, {"atomic": True}, {"append": True}):
        with pytest.raises(FileNotFoundError):
            MARCWriter(tmp_path / "none" / "out.mrc", **options)


ENDS = {
    "the end": "",
    "sys.exit": "sys.exit(3)",
    "an exception": "raise ValueError('mine')",
    "in a cycle": "writer.me = writer; del writer",
    "in a function's frame": "import threading; threading.Thread(target=lambda: None).start()",
}


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_the_program(tmp_path: Path, end: str) -> None:
    program = "writer = MARCWriter(sys.argv[1])\nwriter.write(record(7))\n" + ENDS[end]
    path = tmp_path / "out.mrc"
    run(program, path, cwd=tmp_path)
    assert numbers(path) == ["7"]


@posix
def test_a_forked_process_writes_nothing_twice(tmp_path: Path) -> None:
    program = """
writer = MARCWriter(sys.argv[1])
writer.write(record(7))
if os.fork() == 0:
    sys.exit()
os.wait()
"""
    path = tmp_path / "out.mrc"
    done = run(program, path, cwd=tmp_path)
    assert done.stderr == ""
    assert numbers(path) == ["7"]


@posix
@pytest.mark.parametrize("options", ["", ", append=True"])
def test_a_process_that_is_killed(tmp_path: Path, options: str) -> None:
    program = f"""
writer = MARCWriter(sys.argv[1]{options})
for number in range(5000):
    writer.write(record(number, 'text ' * (number % 50)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "out.mrc"
    done = run(program, path, cwd=tmp_path)
    assert done.returncode == -9
    found = numbers(path)
    assert len(found) > 4000
    assert found == [str(number) for number in range(len(found))]


# -- atomic ---------------------------------------------------------------------------------


def test_atomic_replaces_at_close(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    with MARCWriter(path, atomic=True) as writer:
        writer.write(record("second"))
        assert path.read_bytes() == FIRST
        assert len(beside(tmp_path)) == 1
    assert numbers(path) == ["second"]
    assert beside(tmp_path) == []


def test_atomic_makes_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    with MARCWriter(path, atomic=True) as writer:
        writer.write(record())
        assert not path.exists()
    assert numbers(path) == ["id1"]
    (tmp_path / "other").touch()
    if os.name == "posix":
        assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("existing", [True, False])
def test_atomic_leaves_the_file_alone_after_an_exception(tmp_path: Path, existing: bool) -> None:
    path = tmp_path / "out.mrc"
    if existing:
        path.write_bytes(FIRST)
    with pytest.raises(KeyError), MARCWriter(path, atomic=True) as writer:
        write_and_fail(writer)
    assert path.exists() is existing
    assert not existing or path.read_bytes() == FIRST
    assert beside(tmp_path) == []


def test_atomic_leaves_the_file_alone_without_close(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    writer = MARCWriter(path, atomic=True)
    writer.write(record("second"))
    assert len(beside(tmp_path)) == 1
    del writer
    gc.collect()
    assert path.read_bytes() == FIRST
    assert beside(tmp_path) == []


def test_atomic_at_the_end_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    program = "writer = MARCWriter(sys.argv[1], atomic=True)\nwriter.write(record(7))\n"
    assert run(program, path, cwd=tmp_path).returncode == 0
    assert path.read_bytes() == FIRST
    assert beside(tmp_path) == []


@posix
def test_atomic_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    path.chmod(0o604)
    with MARCWriter(path, atomic=True) as writer:
        writer.write(record("second"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert numbers(path) == ["second"]


@posix
@pytest.mark.parametrize("existing", [True, False])
def test_atomic_follows_a_link(tmp_path: Path, existing: bool) -> None:
    (tmp_path / "data").mkdir()
    target = tmp_path / "data" / "real.mrc"
    if existing:
        target.write_bytes(FIRST)
    link = tmp_path / "link.mrc"
    link.symlink_to(Path("data") / "real.mrc")
    with MARCWriter(link, atomic=True) as writer:
        writer.write(record("second"))
        assert len(beside(tmp_path / "data")) == 1
    assert link.is_symlink()
    assert numbers(target) == ["second"]


@posix
def test_atomic_replaces_regular_files_only(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null")):
        with pytest.raises(OSError, match="regular file"):
            MARCWriter(path, atomic=True)
    assert beside(tmp_path) == []


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anything")
def test_atomic_respects_a_read_only_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        MARCWriter(path, atomic=True)


# -- append ---------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, b"", FIRST, FIRST * 2000])
def test_append(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "out.mrc"
    if before is not None:
        path.write_bytes(before)
    with MARCWriter(path, append=True) as writer:
        writer.write(record("second"))
        assert writer.problems == []
    assert path.read_bytes() == (before or b"") + record("second").as_marc()
    assert writer.records_written == 1


@pytest.mark.parametrize("padding", [b"\n", b"\r\n", b"\x1a", b"\n\x1a", b"\0" * 200_000])
@pytest.mark.parametrize("before", [FIRST, b""])
def test_append_takes_the_place_of_padding(tmp_path: Path, padding: bytes, before: bytes) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(before + padding)
    writer = MARCWriter(path, append=True)
    (problem,) = writer.problems
    assert problem.code == "append-after-padding"
    assert (problem.offset, problem.length) == (len(before), len(padding))
    assert problem.raw == padding
    assert path.read_bytes() == before + padding
    writer.write(record("second"))
    writer.close()
    assert path.read_bytes() == before + record("second").as_marc()


def test_append_without_records_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST + b"\n")
    MARCWriter(path, append=True).close()
    assert path.read_bytes() == FIRST + b"\n"


@pytest.mark.parametrize(
    ("before", "offset", "length"),
    [
        (FIRST + FIRST[:-1], len(FIRST), len(FIRST) - 1),
        (FIRST + b"\nx\n", len(FIRST), 3),
        (b"not MARC at all", 0, 15),
        (FIRST + b"x" * 300_000, len(FIRST), 300_000),
        (FIRST + b"x" * 2_000_000, None, None),
    ],
)
def test_append_refuses_an_incomplete_file(
    tmp_path: Path, before: bytes, offset: int | None, length: int | None
) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(before)
    with pytest.raises(exceptions.IncompleteTarget) as caught:
        MARCWriter(path, append=True)
    assert caught.value.offset == offset
    if length is not None:
        assert caught.value.length == length
        assert f"{length:,} bytes from byte {offset}" in str(caught.value)
    assert before[caught.value.offset or 0 :].startswith(caught.value.found) or offset is None
    assert path.read_bytes() == before


def test_append_says_where_its_problems_are(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    bad = record("second")
    bad["245"].add_subfield("", "x")
    with MARCWriter(path, append=True) as writer:
        writer.write(record("sound"))
        writer.write(bad)
    (problem,) = writer.problems
    raw = path.read_bytes()
    assert problem.record_number == 2
    assert problem.offset is not None
    assert problem.record_offset is not None
    start = problem.offset
    assert raw[start : start + problem.length] == b"10\x1faTitle\x1f?x\x1e"
    assert start - problem.record_offset == 2 * len(FIRST) + len("sound") - len("first")


# -- options --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "latin-1"},
        {"encoding": None},
        {"normalize": "NFKC"},
        {"normalize": "NFC", "encoding": "marc8"},
        {"undecodable": "ignore"},
        {"oversize": "cut"},
        {"invalid": "ignore"},
        {"atomic": True, "append": True},
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(FIRST)
    with pytest.raises(ValueError, match=r"not|nothing|no "):
        MARCWriter(path, **options)
    assert path.read_bytes() == FIRST


@pytest.mark.parametrize("options", [{"atomic": True}, {"append": True}])
def test_options_for_paths(tmp_path: Path, options: dict[str, Any]) -> None:
    with (tmp_path / "out.mrc").open("wb") as file, pytest.raises(ValueError, match="path"):
        MARCWriter(file, **options)


def test_options_are_keywords(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        MARCWriter(tmp_path / "out.mrc", "utf-8")  # type: ignore[misc]
    assert sys.modules["mrrc.writer"].MARCWriter is MARCWriter
