"""A record in MARC-in-JSON, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

from mrrc import _engine
from mrrc._formats.parts import RecordParts, Report
from mrrc.record import Record


def formatted(record: Record, report: Report) -> bytes:
    """Return a record as a JSON object without blanks, in UTF-8.

    Args:
        record: any record.
        report: told of everything that had to be changed, with a code of those for writing.

    >>> from mrrc import Field
    >>> formatted(Record(fields=[Field("001", data="é")]), print).decode()
    '{"leader":"          22        4500","fields":[{"001":"é"}]}'
    """
    data = _engine.format_record(record, "json")
    if data is not None:
        return data
    parts = RecordParts(record, report)
    fields: list[dict[str, Any]] = []
    for tag, text, (first, second), subfields in parts.fields:
        if text is not None:
            fields.append({tag: text})
        else:
            content = [{code: value} for code, value in subfields]
            fields.append({tag: {"ind1": first, "ind2": second, "subfields": content}})
    document = {"leader": parts.leader, "fields": fields}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
