"""A record in the other form of JSON: OCLC's draft, which has the elements of MARCXML as arrays."""

from __future__ import annotations

import json
from typing import Any

from mrrc._formats.parts import RecordParts, Report
from mrrc.record import Record


def formatted(record: Record, report: Report) -> bytes:
    """Return a record as a JSON object without blanks, in UTF-8, control fields first.

    Args:
        record: any record.
        report: told of everything that had to be changed, with a code of those for writing.

    Source: OCLC Developer Network, "A proposal to serialize MARC in JSON" (2010).

    >>> from mrrc import Field
    >>> formatted(Record(fields=[Field("001", data="é")]), print).decode()
    '{"leader":"          22        4500","controlfield":[{"tag":"001","data":"é"}],"datafield":[]}'
    """
    parts = RecordParts(record, report)
    control_fields: list[dict[str, Any]] = []
    data_fields: list[dict[str, Any]] = []
    for tag, text, (first, second), subfields in parts.fields:
        if text is not None:
            control_fields.append({"tag": tag, "data": text})
            continue
        content = [{"code": code, "data": value} for code, value in subfields]
        data_fields.append({"tag": tag, "ind": first + second, "subfield": content})
    document = {
        "leader": parts.leader,
        "controlfield": control_fields,
        "datafield": data_fields,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
