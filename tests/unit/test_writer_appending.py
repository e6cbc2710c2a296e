"""Several writers that append to one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mrrc import Field, MARCReader, MARCWriter, Record


def numbered(number: int) -> Record:
    return Record(fields=[Field("001", data=f"{number:05}")])


def found(path: Path) -> list[int]:
    return sorted(
        int(each["001"].data or "")
        for each in MARCReader(path, recovery="strict")
        if each is not None
    )


@pytest.mark.parametrize("before", [b"", b"\n", b"\x1a\x00"], ids=repr)
def test_writers_that_append_do_not_overwrite_each_other(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "both.mrc"
    path.write_bytes(numbered(0).as_marc() + before)
    first, second = MARCWriter(path, append=True), MARCWriter(path, append=True)
    for number in range(1, 4_001):
        (first if number % 3 else second).write(numbered(number))
    first.close()
    second.close()
    numbers = [
        int(each["001"].data or "")
        for each in MARCReader(path, recovery="salvage")
        if each is not None
    ]
    assert sorted(numbers) == list(range(4_001))
    assert before not in (b"\n", b"\x1a\x00") or before not in path.read_bytes()


def test_nor_do_those_that_create_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new.mrc"
    with MARCWriter(path, append=True) as first, MARCWriter(path, append=True) as second:
        first.write(numbered(1))
        second.write(numbered(2))
    assert found(path) == [1, 2]


def test_what_a_failed_append_leaves_is_not_cut_off_behind_another_s_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mrrc._writing import target

    path = tmp_path / "both.mrc"
    other = numbered(7).as_marc()

    def fail_half_way(file: Any, data: memoryview) -> int:
        file.write(data[:10])
        path.write_bytes(path.read_bytes() + other)
        raise OSError(28, "No space left on device")

    writer = MARCWriter(path, append=True)
    writer.write(numbered(1))
    with monkeypatch.context() as patched:
        patched.setattr(target, "write_some", fail_half_way)
        with pytest.raises(OSError, match="No space"):
            writer.close()
    assert path.read_bytes().endswith(other)
