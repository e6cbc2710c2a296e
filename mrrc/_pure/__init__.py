"""The reference engine: MARC over bytes in plain Python, written to be read.

`__all__` is the engine contract. The extension `mrrc._mrrc` exports the same functions; where the
two could be in doubt about a case, the functions return None and the caller takes the reference
decoder or serialiser of the public package, so that strange cases have one home.
"""

from mrrc._pure.classes import install_methods, register
from mrrc._pure.fields import field_subfields, field_value, subfield_value, subfield_values
from mrrc._pure.formats import record_as_dict, record_as_json, record_as_xml
from mrrc._pure.lookup import (
    first_subfields,
    get_field,
    get_fields,
    has_tag,
    leader_of,
    materialise,
    subfields_of,
)
from mrrc._pure.marc8 import decode_marc8
from mrrc._pure.marc8_encoder import encode_marc8
from mrrc._pure.marc8_records import Marc8Batches, record_to_marc8
from mrrc._pure.plain import is_plain
from mrrc._pure.reading import plain_bytes, read_record
from mrrc._pure.salvage import build_record, salvage_record
from mrrc._pure.scan import next_frame, next_sound
from mrrc._pure.serialise import serialise
from mrrc._pure.soundness import fields_are_sound
from mrrc._pure.stream import RecordIterator, RecordStream, next_run
from mrrc._pure.target import format_record
from mrrc._pure.text_records import TextRecords, count_lines
from mrrc._pure.xml_reading import xml_scanner

__all__ = [
    "Marc8Batches",
    "RecordIterator",
    "RecordStream",
    "TextRecords",
    "build_record",
    "count_lines",
    "decode_marc8",
    "encode_marc8",
    "field_subfields",
    "field_value",
    "fields_are_sound",
    "first_subfields",
    "format_record",
    "get_field",
    "get_fields",
    "has_tag",
    "install_methods",
    "is_plain",
    "leader_of",
    "materialise",
    "next_frame",
    "next_run",
    "next_sound",
    "plain_bytes",
    "read_record",
    "record_as_dict",
    "record_as_json",
    "record_as_xml",
    "record_to_marc8",
    "register",
    "salvage_record",
    "serialise",
    "subfield_value",
    "subfield_values",
    "subfields_of",
    "xml_scanner",
]
