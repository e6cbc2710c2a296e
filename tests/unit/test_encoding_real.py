"""Real files whose encodings were looked at one by one, and the confusion table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mrrc
from mrrc.encoding import decode, detect, detect_texts, needs_look
from tests.shared import needs_shared, shared_path
from tests.unit.encodings import BENCHMARK, benchmark_module

real = benchmark_module("real")

# A Library of Congress sample, in UTF-8 and right.
RIGHT = "lc__BooksAll2016p01_000001-005000.mrc"
# Records that are not recognised: a claim stands against one letter; half a text is something else.
KNOWN_WRONG = {
    "solrmarc__examples_stanfordBlacklight_diacriticTests.mrc~old.mrc": {8},
    "solrmarc__examples_stanfordBlacklight_titleTests.mrc~old-2.mrc": {4},
    "yaz__test_marc-files_marc2.mrc": {0},
}

TEXTS = [
    ("rubymarc__test_marc8_accented_chars.mrc", 0, "marc8", "Serreau, Geneviève."),
    ("rubymarc__test_cp866_unimarc.mrc", 0, "cp866", "Никитенко Е. А."),
    ("pymarc__test_1251.mrc", 0, "cp1251", "Ильина, Татьяна Николаевна"),
    (
        "pymarc__test_utf8_without_leader_flag.mrc",
        0,
        "utf-8",
        "De la solitude a\u0300 la communaute\u0301.",
    ),
    ("catmandu__t_bu_bibs.mrc", 5, "utf-8-thrice", "Wang, Chi-chʻien"),
    (
        "solrmarc__examples_stanfordBlacklight_diacriticTests.mrc~old.mrc",
        4,
        "latin-1",
        "Étude du développement économique du Rwanda.",
    ),
    (
        "solrmarc__examples_GenericVuFind_short007.mrc~old.mrc",
        0,
        "iso8859-7",
        "Σεβέρειος Βιβλιοθήκη",
    ),
    ("usgpo__NIST_Collection_UTF8_nbs_monograph_utf8.mrc", 75, "marc8", "2935⁵ to 8770⁵"),
    ("yaz__test_marc-files_marc1.mrc", 0, "latin-1", "På omslaget"),
]


def records(name: str) -> list[bytes]:
    path = shared_path("data", "real", name)
    assert path is not None, name
    return list(real.records_between_terminators(path.read_bytes()))


@needs_shared
@pytest.mark.parametrize(("name", "number", "encoding", "text"), TEXTS, ids=[t[0] for t in TEXTS])
def test_a_real_record(name: str, number: int, encoding: str, text: str) -> None:
    raw = records(name)[number]
    assert needs_look(raw)
    assert detect(raw).encoding == encoding
    texts = [decode(each, encoding, "keep") for each in detect_texts(raw)]
    assert any(text in each for each in texts), texts


@needs_shared
def test_all_labelled_files() -> None:
    looked_at = 0
    for path, _ in real.labelled():
        looked_at += 1
        wrong = {number for number, _, _ in real.wrong(path)}
        assert wrong == KNOWN_WRONG.get(path.name, set()), (path.name, real.wrong(path))
    assert looked_at > 100


@needs_shared
def test_right_records_stay() -> None:
    path = shared_path("data", "real", RIGHT)
    assert path is not None
    raws = list(real.records_between_terminators(path.read_bytes()))
    assert len(raws) == 5000
    assert [raw for raw in raws if detect(raw).encoding != "utf-8"] == []
    assert [raw for raw in raws if needs_look(raw)] == []


@needs_shared
def test_the_confusion_table(tmp_path: Path) -> None:
    path = shared_path("data", "real", RIGHT)
    assert path is not None
    environment = {**os.environ, "PYTHONPATH": str(Path(mrrc.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--records", "150", str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    rows = dict(re.findall(r"^\| (.*?) \| .* \| ([0-9.]+)% \|$", done.stdout, re.MULTILINE))
    for kind in ("UTF-8, claim a", "UTF-8, claim blank", "MARC-8, claim blank"):
        assert float(rows[kind]) == 100
    for kind, least in [
        ("MARC-8, claim a", 95),
        ("Latin-1, claim a", 95),
        ("Latin-1, claim blank, others are Latin-1", 95),
        ("UTF-8 twice by Latin-1, claim a", 98),
        ("UTF-8 twice by Windows-1252, claim a", 98),
        ("some fields MARC-8, claim a", 90),
        ("ISO 5426, UNIMARC 100 $a", 99),
    ]:
        assert float(rows[kind]) >= least, kind
    assert "would have changed: 0." in done.stdout
