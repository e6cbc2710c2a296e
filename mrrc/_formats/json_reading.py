"""The reference reader of MARC-in-JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from mrrc.field import Field, Indicators, Subfield
from mrrc.leader import Leader
from mrrc.record import Record


def read(span: bytes, context: bytes, report: Callable[..., None]) -> Record | None:
    """Return the record of a span of JSON, None if nothing of it can be read."""
    try:
        content = json.loads(span)
        record = Record()
        record.leader = Leader(content["leader"])
        for entry in content["fields"]:
            for tag, value in entry.items():
                if isinstance(value, str):
                    record.add_field(Field(tag, data=value))
                    continue
                subfields = [
                    Subfield(*each) for item in value["subfields"] for each in item.items()
                ]
                record.add_field(Field(tag, Indicators(value["ind1"], value["ind2"]), subfields))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return record
