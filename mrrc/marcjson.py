"""MARC-in-JSON, read into a list of records."""

from __future__ import annotations

from typing import Any

from mrrc.field import Field, Indicators
from mrrc.leader import Leader
from mrrc.reader import JSONReader
from mrrc.record import Record


class JSONHandler:
    """Makes Records of decoded MARC-in-JSON, and collects them in `records`.

    The dictionaries it is given are emptied as it goes. A subclass may override `process_record`.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._record: Record | None = None
        self._field: Field | None = None
        self._text: list[str] = []

    def element(self, element_dict: dict[str, Any], name: str | None = None) -> None:
        """Take a record's dictionary, or with a `name` the part of it that has this name.

        Raises:
            KeyError: `leader`, `fields`, `subfields`, `ind1` or `ind2` is missing.
            RecordLeaderInvalid: a leader that is not 24 characters long.
        """
        if not name:
            self._record = Record()
            self.element(element_dict, "leader")
        elif name == "leader" and self._record is not None:
            self._record.leader = Leader(element_dict[name])
            self.element(element_dict, "fields")
        elif name == "fields" and self._record is not None:
            for entry in element_dict[name]:
                tag, content = entry.popitem()
                field = self._field = Field(tag)
                if field.control_field:
                    field.data = content
                else:
                    self.element(content, "subfields")
                    field.indicators = Indicators(content["ind1"], content["ind2"])
                self._record.add_field(field)
            self.process_record(self._record)
        elif name == "subfields" and self._field is not None:
            for subfield in element_dict[name]:
                code, text = subfield.popitem()
                self._field.add_subfield(code, text)

    def elements(self, dict_list: Any) -> list[Record]:
        """Take a list of records, or one record; return `records`."""
        for record in dict_list if type(dict_list) is list else [dict_list]:
            self.element(record)
        return self.records

    def process_record(self, record: Record) -> None:
        """Take a finished record: keep it in `records`."""
        self.records.append(record)


def parse_json_to_array(json_file: Any) -> list[Record]:
    """Return the records of what `JSONReader` takes.

    >>> parse_json_to_array('{"leader": "00000nam a2200000 a 4500", "fields": []}')[0].fields
    []
    """
    return JSONHandler().elements(JSONReader(json_file).records)
