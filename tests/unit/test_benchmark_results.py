"""What the benchmark makes of its measurements: bars, tables, files, and its smaller parts."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import mrrc
from tests.shared import ROOT
from tests.unit.benchmark_modules import BENCHMARKS, INSTRUCTIONS, MODULES, SAMPLE, work

pytestmark = pytest.mark.once

pytest.importorskip("pymarc")

tasks = MODULES["tasks"]
generate = MODULES["generate"]
bars = MODULES["bars"]
chart = MODULES["chart"]
data = MODULES["data"]
peers = MODULES["peers"]
programs = MODULES["programs"]
conversions = MODULES["conversions"]
report = MODULES["report"]
run = MODULES["run"]
sections = MODULES["sections"]
parallel = MODULES["parallel"]
page = MODULES["page"]
parallel_worker = MODULES["parallel_worker"]


def measurement(cpu: float) -> Any:
    return run.Measurement(cpu, cpu, 2**20)


MEASURED = {
    "iterate": {
        "pymarc, file": measurement(3.0),
        "rust, file": measurement(3.0 / 64),
        "rust, path": measurement(3.0 / 151),
        "python, file": measurement(3.0 / 5),
        "python, path": measurement(3.0 / 5),
    },
    "values_iterating": {
        "pymarc, file": measurement(3.0),
        "rust, file": measurement(3.0 / 0.9),
        "rust, path": measurement(3.0 / 11.5),
        "python, file": measurement(3.0 / 0.94),
    },
}


def test_bars_are_those_of_the_source_that_is_read() -> None:
    assert bars.missed(MEASURED, {}) == [
        "rust, file: iterate is 64.00x pymarc, the bar is 65x",
        "python, path: iterate is 5.00x pymarc, the bar is 6x",
        "rust, file: values_iterating is 0.90x pymarc, the bar is 0.95x",
        "python, file: values_iterating is 0.94x pymarc, the bar is 0.95x",
    ]
    assert bars.missed({}, {"pymarc, file": measurement(1), "rust, file": measurement(2)}) == [
        "rust, file: import takes 2000.0 ms, pymarc's 1000.0 ms"
    ]
    assert (
        bars.missed({}, {"pymarc, file": measurement(1), "mrrc 0.9.2, path": measurement(2)}) == []
    )


TABLE = [["", "n"], ["row", "1.5 !"]]
SECTION = sections.Section("x", "A section", ["a note"], TABLE, {"n": 1}, [])


def result() -> Any:
    chosen = [task for task in tasks.TASKS if task.name in MEASURED]
    columns = peers.columns()
    return report.Result(
        chosen,
        columns,
        MEASURED,
        {},
        {},
        {"pymarc": {"module": "pymarc", "version": "5.4.0"}},
        {"mode": "quick", "records": 10, "rounds": 1},
        "records <made up>",
        datetime(2020, 1, 2, tzinfo=timezone.utc),
        (0.5, 0.7),
        {},
        {"mrrc 0.9.2, path": {"iterate": "other answer (1:a, not 1:b)"}},
        [
            sections.Section(
                "x", "A section", ["a note"], [["", "n"], ["row", "1.5 !"]], {"n": 1}, []
            )
        ],
    )


def test_a_table_has_ratio_and_bar_and_marks_what_is_missed() -> None:
    table = {row[0]: row[1:] for row in report.rows(result(), "cpu")}
    assert table["iterate"] == [
        *("3.000 s", "64.0x / 65 !", "151x / 150", "5.00x / 0.95", "5.00x / 6 !", "other answer")
    ]
    assert table["value() over `for f in record`"][1:4] == [
        "0.90x !",
        "11.5x / 11",
        "0.94x / 0.95 !",
    ]
    wall = {row[0]: row[1:] for row in report.rows(result(), "wall")}
    assert wall["iterate"][1] == "64.0x"


def test_what_is_written(tmp_path: Path) -> None:
    path = report.save(result(), ["a bar"], tmp_path / "results")
    assert sorted(each.name for each in path.parent.iterdir()) == [
        *("2020-01-02-quick.json", "2020-01-02-quick.md", "2020-01-02-quick.svg")
    ]
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["bars_missed"] == ["a bar"]
    assert content["sections"] == {"x": {"n": 1}}
    assert content["machine"]["processors"] == os.cpu_count()
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "| iterate | 3.000 s | 64.0x / 65 ! |" in page
    assert "mrrc 0.9.2, path: iterate: other answer (1:a, not 1:b)" in page
    assert "## A section" in page
    assert "A section" in report.text(result())


def test_the_page_has_the_tables_of_the_last_whole_run(tmp_path: Path) -> None:
    path = tmp_path / "PERFORMANCE.md"
    kept = "<!-- y -->\nkept\n<!-- end -->\n"
    path.write_text(f"before\n<!-- x -->\nold\n<!-- end -->\n{kept}", "utf-8")
    assert not page.write(tmp_path / "results", path)
    report.save(result(), [], tmp_path / "results")
    assert page.write(tmp_path / "results", path)
    table = "- a note\n\n|  | n |\n|---|---:|\n| row | 1.5 ! |"
    text = path.read_text("utf-8")
    assert text == f"before\n<!-- x -->\n{table}\n<!-- end -->\n{kept}"


def test_every_section_has_its_place_on_the_page() -> None:
    text = page.PAGE.read_text("utf-8")
    names = set(page.PLACE.findall(text))
    assert names == {
        *("tasks", "kinds", "programs", "batches"),
        *("threads", "readers", "memory", "streaming", "conversions"),
    }


def test_the_chart_is_well_formed_and_has_every_bar() -> None:
    root = ET.fromstring(report.picture(result()))
    space = "{http://www.w3.org/2000/svg}"
    titles = [each.text for each in root.iterfind(f"{space}rect/{space}title")]
    assert len(titles) == sum(len(seen) - 1 for seen in MEASURED.values())
    assert "iterate, rust, path: 151.00" in titles
    right = max(
        float(each.get("x", 0)) + float(each.get("width", 0)) for each in root.iter(f"{space}rect")
    )
    assert right <= chart.WIDTH
    widths = {
        str(each[0].text): float(each.get("width", 0))
        for each in root.iterfind(f"{space}rect")
        if len(each)
    }
    assert widths["iterate, rust, path: 151.00"] > widths["iterate, rust, file: 64.00"]


def test_parts_of_a_file_are_the_file(tmp_path: Path) -> None:
    whole = tmp_path / "books.mrc"
    whole.write_bytes(generate.generate(11))
    parts = data.parts(whole, 4)
    assert b"".join(each.read_bytes() for each in parts) == whole.read_bytes()
    assert [each.read_bytes().count(b"\x1d") for each in parts] == [2, 3, 3, 3]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("read", {"use": "title"}),
        ("read", {"use": "any_title", "threads": 2}),
        ("read", {"use": "values", "batch": 7}),
        ("read", {"use": "values", "batch": 7, "own_loop": False}),
        ("write", {}),
        ("write", {"encoding": "marc8", "edited": True}),
        ("write", {"encoding": "marc8", "edited": True, "threads": 2}),
    ],
)
def test_batches_and_threads_answer_as_one_by_one(
    action: str, arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_worker, "LEAST", 0.0)

    def answer(arguments: dict[str, Any]) -> Any:
        arguments = {"path": str(SAMPLE)} | arguments
        return parallel_worker.main("mrrc", action, json.dumps(arguments))

    several = answer(arguments)
    plain = {"threads", "batch", "own_loop"}
    one_by_one = answer({key: arguments[key] for key in arguments if key not in plain})
    assert one_by_one["answer"] > 0
    assert several.get("answer", one_by_one["answer"]) == one_by_one["answer"]
    # What is not there yet says so instead of a number.
    assert ("answer" in several) != ("missing" in several)


def test_readers_in_threads_read_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_worker, "LEAST", 0.0)
    answers = {
        parallel_worker.main(
            "mrrc", "pool", json.dumps({"paths": [str(SAMPLE)] * 3, "workers": n})
        )["answer"]
        for n in (0, 1, 3)
    }
    assert len(answers) == 1


def test_another_answer_in_threads_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([{"wall": 1, "answer": 1}, {"wall": 1, "answer": 2}])
    monkeypatch.setattr(parallel.run, "ask", lambda *_, **__: next(answers))
    asked = {"a|1": (peers.RUST, "read", {}), "a|2": (peers.RUST, "read", {})}
    with pytest.raises(run.Failure, match="the answers differ: a"):
        parallel.in_turn(asked, 1)


def test_memory_of_a_list_and_of_reading_on() -> None:
    path = str(SAMPLE)
    for action in ("list", "traced", "stream"):
        seen = work("mrrc", "python", action, "path", path)
        assert seen["records"] == len(list(mrrc.MARCReader(path)))
    assert work("mrrc", "python", "traced", "path", path)["bytes"] > 1_000


@pytest.mark.parametrize("job", programs.JOBS, ids=[job.name for job in programs.JOBS])
def test_whole_programs_are_looked_at(
    job: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(mrrc.__file__).parents[1]))
    expected = 7
    path = tmp_path / "books.mrc"
    path.write_bytes(generate.generate(expected))
    for name in ("pymarc", "python"):
        seen = programs.once(name, job, path, expected)
        assert seen is not None
        assert seen.get("wall", 0) > 0, seen
    wrong = programs.once("python", job, path, expected + 1)
    assert wrong == {"missing": f"other answer: {expected} records"}


def test_conversions_are_compared_by_their_fields() -> None:
    raw = generate.generate(5)
    records = [each for each in mrrc.MARCReader(raw) if each is not None]
    lines = b"\n\n".join([each.as_json().encode() for each in records]) + b"\n"
    head = b'<collection xmlns="http://www.loc.gov/MARC21/slim">'
    document = head + b"".join(map(mrrc.record_to_xml, records)) + b"</collection>"
    found = conversions.fields_of_json(lines)
    assert len(found) == 5
    assert found[0][0] == ["001", records[0]["001"].data]
    assert found == conversions.fields_of_xml(document)
    assert found != conversions.fields_of_xml(document.replace(b'code="a"', b'code="b"', 1))


@pytest.mark.parametrize("name", [job.name for job in conversions.JOBS if job.code is not None])
def test_conversions_beside_pymarc(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(mrrc.__file__).parents[1]))
    (job,) = [each for each in conversions.JOBS if each.name == name]
    path = tmp_path / "books.mrc"
    path.write_bytes(generate.generate(7))
    if name == "read_xml":
        data.write_xml(path, tmp_path / "books.xml")
        path = tmp_path / "books.xml"
    for peer in (peers.PYMARC, peers.PYTHON._replace(name=peers.RUST.name)):
        assert conversions.by_code(peer, job, path) > 0


def test_more_instructions_than_the_baseline_fail() -> None:
    baseline = {"a": 1000.0, "b": 1000.0}
    lines, failed = INSTRUCTIONS.compare(
        {"a": 1049.0, "b": 1051.0, "c": 1.0}, baseline, True, False
    )
    assert failed == ["b: 5.1 percent above its baseline"]
    assert [line.split()[0] for line in lines] == ["a", "b", "c"]
    # Another compiler's program is another program.
    assert INSTRUCTIONS.compare({"b": 1051.0}, baseline, False, False)[1] == []
    assert INSTRUCTIONS.compare({"b": 1051.0}, baseline, False, True)[1] != []


def test_the_baseline_has_every_task() -> None:
    baseline = json.loads((BENCHMARKS / "instructions" / "baseline.json").read_text("utf-8"))
    source = (ROOT / "rust" / "benches" / "src" / "tasks.rs").read_text("utf-8")
    names = re.findall(r'^    \("(\w+)", ', source, re.MULTILINE)
    assert list(baseline["core"]["counts"]) == names
    assert tuple(baseline["python"]["counts"]) == INSTRUCTIONS.PYTHON_TASKS
    assert {"rustc", "host", "python"} <= set(baseline["python"]["made_by"])
