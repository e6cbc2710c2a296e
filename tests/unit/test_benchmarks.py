"""The benchmark's tasks give equal answers, and its generated records are the same everywhere."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

import mrrc
from tests.unit.benchmark_modules import MODULES, PROGRAM, SAMPLE, work

# Programs of this project about other programs.
pytestmark = pytest.mark.once

pytest.importorskip("pymarc")


tasks = MODULES["tasks"]
generate = MODULES["generate"]
kinds = MODULES["kinds"]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, str]:
    """What each kind of task reads."""
    directory = tmp_path_factory.mktemp("benchmarks")
    xml = directory / "sample.xml"
    with xml.open("wb") as output:
        writer = mrrc.XMLWriter(output)
        with mrrc.MARCReader(SAMPLE) as reader:
            for record in reader:
                assert record is not None
                writer.write(record)
        writer.close(close_fh=False)
    marc8 = directory / "marc8.mrc"
    marc8.write_bytes(generate.generate(50, marc8=True))
    return {
        None: "20",
        "books.mrc": str(SAMPLE),
        "books.xml": str(xml),
        "marc8.mrc": str(marc8),
        "marc8_real.mrc": str(SAMPLE),
    }


def check(library: str, engine: str | None, kind: str, sources: dict[str | None, str]) -> Any:
    arguments = [
        argument for task in tasks.TASKS for argument in (task.name, kind, sources[task.data])
    ]
    return work(library, engine, "check", *arguments)


@pytest.fixture(scope="module")
def expected(sources: dict[str | None, str]) -> Any:
    """What pymarc answers."""
    return check("pymarc", None, "file", sources)


@pytest.mark.parametrize("kind", ["file", "path"])
@pytest.mark.parametrize("engine", ["python", "rust"])
def test_both_engines_answer_as_pymarc_does(
    engine: str, kind: str, sources: dict[str | None, str], expected: Any
) -> None:
    if engine == "rust" and importlib.util.find_spec("mrrc._mrrc") is None:
        pytest.skip("the extension is not built here")
    assert check("mrrc", engine, kind, sources) == expected


def test_every_task_has_answers(expected: Any) -> None:
    assert set(expected) == {task.name for task in tasks.TASKS}
    assert [name for name, digest in expected.items() if digest.startswith("0:")] == []


def test_a_digest_sees_every_answer_and_their_order() -> None:
    def digest(*answers: Any) -> str:
        seen = tasks.Digest()
        for answer in answers:
            seen(answer)
        return str(seen.result())

    digests = [
        digest(),
        digest("a", "b"),
        digest("b", "a"),
        digest("ab"),
        digest("a"),
        digest(None),
    ]
    assert len(set(digests)) == len(digests)
    assert digest("a", None) == digest("a", None)


def test_a_time_is_measured(sources: dict[str | None, str]) -> None:
    path = sources["books.mrc"]
    seen = work("mrrc", "python", "time", "title", "path", path, path)
    assert 0 < seen["cpu"] < 10
    assert seen["wall"] > 0
    assert seen["memory"] is None or seen["memory"] > 2**20


@pytest.mark.parametrize(
    ("marc8", "digest"),
    [(False, "4a6811546313ae66"), (True, "cab44bd6fa14a2e5")],
)
def test_the_generator_makes_the_same_everywhere(marc8: bool, digest: str) -> None:
    records = generate.generate(200, marc8=marc8)
    assert hashlib.sha256(records).hexdigest()[:16] == digest
    assert generate.generate(200, marc8=marc8, seed=1) != records


def test_generated_records_are_read_without_loss(caplog: pytest.LogCaptureFixture) -> None:
    """MARC-8 and UTF-8 are two encodings of one text, and nothing of it is unknown."""
    texts = []
    for marc8 in (False, True):
        records = list(mrrc.MARCReader(generate.generate(200, marc8=marc8)))
        assert None not in records
        texts.append([record["245"].value() for record in records if record is not None])
    assert len(texts[0]) == 200
    assert any("история" in text for text in texts[0])
    assert caplog.records == []


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program, to be changed."""
    shutil.copytree(PROGRAM, tmp_path / "benchmarks" / "python")
    return tmp_path / "benchmarks" / "python"


def bench(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the whole program on a few generated records."""
    settings = {
        "PYTHONPATH": str(Path(mrrc.__file__).parents[1]),
        "XDG_CACHE_HOME": str(program.parents[1] / "cache"),
    }
    few = ("quick", "--generated", "--records", "20", "--rounds", "1")
    return subprocess.run(
        [sys.executable, str(program), *few, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | settings,
        timeout=300,
    )


def test_the_program_prints_a_table(program: Path) -> None:
    done = bench(program, "--tasks", "title", "build")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "GENERATED" in lines[0]
    assert [line.split("  ")[0] for line in lines if "x" in line and " ms " in line] == [
        "record.title",
        "build 6 fields, serialise",
    ]


def test_a_different_answer_fails_the_run(program: Path) -> None:
    path = program / "tasks.py"
    wrong = 'keep(record.title if m.__name__ == "pymarc" else None)'
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("keep(record.title)", wrong, 1), encoding="utf-8")
    done = bench(program, "--tasks", "title")
    assert done.returncode == 1
    assert "the answers differ" in done.stderr
    assert "title: pymarc, file 20:" in done.stderr


def test_a_bar_that_is_missed_is_an_exit_status(program: Path) -> None:
    path = program / "bars.py"
    text = path.read_text(encoding="utf-8")
    assert '{"iterate": 6.0,' in text
    path.write_text(text.replace('{"iterate": 6.0,', '{"iterate": 1e9,', 1), encoding="utf-8")
    done = bench(program, "--tasks", "iterate", "--bars")
    assert done.returncode == 1
    assert "python, path: iterate is" in done.stdout


def test_records_are_cut_out_of_the_archive(tmp_path: Path) -> None:
    """The first records and no more, from an archive that ends in the middle of a later one."""
    records = generate.generate(300)
    archive = tmp_path / "pymarc.tar.gz"
    with tarfile.open(archive, "w:gz") as output:
        member = tarfile.TarInfo("pymarc-5.4.0/BooksAll.2016.part01.utf8")
        member.size = len(records)
        output.addfile(member, io.BytesIO(records))
    archive.write_bytes(archive.read_bytes()[:-2000])
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import data;"
        "sys.stdout.buffer.write(data.cut(pathlib.Path(sys.argv[2]), 5))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PROGRAM), str(archive)], capture_output=True, timeout=60
    )
    assert done.stdout == generate.generate(5), done.stderr


KIND_DIGESTS = {
    "utf8": "42ae13c4afa32fea",
    "marc8": "4c4eb90ed487c2b2",
    "cjk": "97c8e640f4deeb27",
    "tiny": "8ac4a1a5d20df14f",
    "large": "1917fa89c7c363bf",
    "unsorted": "5eaf371129f1289f",
    "pathological": "4aa2c3c9e2a2ef47",
}


@pytest.mark.parametrize("kind", [kind.name for kind in kinds.KINDS])
def test_every_kind_is_the_same_everywhere(kind: str) -> None:
    records = kinds.generate(kind, 100)
    assert hashlib.sha256(records).hexdigest()[:16] == KIND_DIGESTS[kind]
    assert kinds.generate(kind, 100, seed=1) != records or kind == "pathological"


@pytest.mark.parametrize("kind", [kind.name for kind in kinds.KINDS])
def test_a_kind_is_read_as_pymarc_reads_it(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "books.mrc"
    path.write_bytes(kinds.generate(kind, 40))
    names = ("iterate", "title_proper", "values", "copy")
    arguments = [word for name in names for word in (name, "file", str(path))]
    theirs = work("pymarc", None, "check", *arguments)
    assert work("mrrc", "python", "check", *arguments) == theirs
    count = max(40 // kinds.BY_NAME[kind].share, 1)
    assert theirs["iterate"].startswith(f"{count}:")


def test_large_records_are_as_long_as_can_be() -> None:
    record = kinds.generate("large", 1)
    assert 99_000 < len(record) <= 99_999
    assert int(record[:5]) == len(record)


def test_a_directory_that_is_not_in_order() -> None:
    record = kinds.generate("unsorted", 1)
    directory = record[24 : record.index(b"\x1e")]
    starts = [directory[place + 7 : place + 12] for place in range(0, len(directory), 12)]
    assert starts != sorted(starts)
