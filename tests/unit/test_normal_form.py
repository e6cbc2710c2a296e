"""Normalization of texts: as Python's, and in time that is in proportion."""

from __future__ import annotations

import time
from unicodedata import combining, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc._pure.normal_form import Form, normalized

FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
PIECES = [
    "a",
    "e\u0301",
    "\u0327\u0301",
    "\u1100\u1161\u11a8",
    "\ufb01",
    "문",
    "o\u0302\u0323",
    " ",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=20), st.integers(0, 6_000), st.sampled_from(FORMS)
)
def test_as_python_where_there_are_not_so_many_marks(
    pieces: list[str], repeated: int, form: Form
) -> None:
    text = "".join(pieces) + "ạ\u0302x" * repeated + "".join(reversed(pieces))
    assert normalized(form, text) == normalize(form, text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [4_999, 5_000, 5_001, 9_999])
def test_marks_that_are_not_too_many_are_put_in_order(form: Form, count: int) -> None:
    text = "xy" + "\u0301\u0327" * (count // 2) + "z"
    assert normalized(form, text) == normalize(form, text)


def test_very_many_marks_take_time_in_proportion() -> None:
    times = []
    for count in (50_000, 400_000):
        text = "a" + "\u0301\u0327" * (count // 2) + "e\u0301"
        began = time.process_time()
        found = normalized("NFC", text)
        times.append(time.process_time() - began)
        assert found.endswith("é")
        assert all(map(combining, found[1:-1]))
        assert normalized("NFD", found).count("\u0327") == count // 2
    # Eight times as many marks: in quadratic time it would be 64 times as long.
    assert times[1] < 30 * times[0]
