"""The texts of a record that was read, as the options of the reader ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal
from unicodedata import is_normalized

from mrrc._pure.normal_form import normalized
from mrrc.field import Subfield
from mrrc.record import Record

_KEPT = re.compile("[\udc80-\udcff]")


def finished_texts(record: Record, form: Literal["NFC", "NFD"] | None, undecodable: str) -> Record:
    """Return the record, its texts in this normalization form.

    Unless undecodable bytes are to be kept, U+FFFD stands for each of them.
    """
    raw = record._raw
    if raw is not None and (form is None or raw.isascii() or is_normalized(form, raw.decode())):
        return record
    if form is None and undecodable == "keep":
        return record

    def text(value: str) -> str:
        if undecodable != "keep":
            value = _KEPT.sub("\ufffd", value)
        return value if form is None else normalized(form, value)

    return _with_texts(record, text)


def _with_texts(record: Record, text: Callable[[str], str]) -> Record:
    for field in record.fields:
        if field.data is not None:
            field.data = text(field.data)
        else:
            field.subfields = [Subfield(code, text(value)) for code, value in field.subfields]
    return record
