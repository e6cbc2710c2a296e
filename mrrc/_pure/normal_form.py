"""Unicode normalization in time that is in proportion to the text."""

from __future__ import annotations

from typing import Literal
from unicodedata import combining, normalize

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

# More than a field of ISO 2709 can have; no text of any language has ten in a row.
_MOST_MARKS = 5_000


def normalized(form: Form, text: str) -> str:
    """Return a text in this normalization form.

    As `unicodedata.normalize`, whose time grows with the square of how many combining marks follow
    each other: a text is divided where there are over 5,000, and what is before the place and
    what is behind it are brought into the form by themselves.
    """
    if len(text) <= _MOST_MARKS:
        return normalize(form, text)
    parts = []
    start = 0
    # A run of twice as many has such a stretch of nothing else in it.
    for end in range(_MOST_MARKS, len(text), _MOST_MARKS):
        if all(map(combining, text[end - _MOST_MARKS : end])):
            parts.append(normalize(form, text[start:end]))
            start = end
    parts.append(normalize(form, text[start:]))
    return "".join(parts)
