"""MARC records for Python: pymarc's interface at the speed of Rust.

`import mrrc as pymarc` and a program written for pymarc 5 runs as it did, faster.

>>> import mrrc
>>> record = mrrc.Record()
>>> record.add_field(mrrc.Field("001", data="42"))
>>> [each["001"].data for each in mrrc.MARCReader(record.as_marc())]
['42']
"""

import importlib
from typing import TYPE_CHECKING, Any

from mrrc import (
    _engine,
    constants,
    exceptions,
    field,
    leader,
    marc8,
    marc8_mapping,
    marcjson,
    marcxml,
    reader,
    record,
    writer,
)
from mrrc._version import __version__
from mrrc.constants import (
    DIRECTORY_ENTRY_LEN,
    END_OF_FIELD,
    END_OF_RECORD,
    LEADER_LEN,
    SUBFIELD_INDICATOR,
)
from mrrc.exceptions import (
    BadLeaderValue,
    BadSubfieldCodeWarning,
    BaseAddressInvalid,
    BaseAddressNotFound,
    DamagedRecord,
    EndOfRecordNotFound,
    FatalReaderError,
    FieldNotFound,
    FieldTooLong,
    IncompleteTarget,
    InvalidContent,
    MissingLinkedFields,
    NoActiveFile,
    NoFieldsFound,
    PymarcException,
    RecordDirectoryInvalid,
    RecordLeaderInvalid,
    RecordLengthInvalid,
    RecordsNotWritten,
    RecordTooLong,
    TruncatedRecord,
    WriteNeedsRecord,
)
from mrrc.field import Field, Indicators, RawField, Subfield, map_marc8_field
from mrrc.leader import Leader
from mrrc.marc8 import MARC8ToUnicode, marc8_to_unicode, unicode_to_marc8
from mrrc.marcjson import JSONHandler, parse_json_to_array
from mrrc.marcxml import (
    MARC_XML_NS,
    MARC_XML_SCHEMA,
    XSI_NS,
    XmlHandler,
    feature_namespaces,
    map_xml,
    parse_xml,
    parse_xml_to_array,
    record_to_xml,
    record_to_xml_node,
)
from mrrc.problems import Problem
from mrrc.reader import JSONReader, MARCMakerReader, MARCReader, Reader, map_records
from mrrc.record import Record, isbn_regex, logger, map_marc8_record, normalize_subfield_code
from mrrc.writer import JSONWriter, MARCWriter, TextWriter, Writer, XMLWriter

if TYPE_CHECKING:
    from mrrc import encoding as encoding
    from mrrc import problems as problems
    from mrrc._formats.converting import Conversion as Conversion
    from mrrc._formats.converting import convert as convert
    from mrrc._formats.opening import RecordReader as RecordReader
    from mrrc._formats.opening import open as open
    from mrrc._formats.opening import read as read
    from mrrc._formats.writing import write as write

engine: str = _engine.name
"""The engine in use: "rust" or "python"."""

# The modules are among them because `from pymarc import *` binds pymarc's; those that pymarc has
# not stay out, or the star would hide a program's own module of that name.
__all__ = [
    "DIRECTORY_ENTRY_LEN",
    "END_OF_FIELD",
    "END_OF_RECORD",
    "LEADER_LEN",
    "MARC_XML_NS",
    "MARC_XML_SCHEMA",
    "SUBFIELD_INDICATOR",
    "XSI_NS",
    "BadLeaderValue",
    "BadSubfieldCodeWarning",
    "BaseAddressInvalid",
    "BaseAddressNotFound",
    "DamagedRecord",
    "EndOfRecordNotFound",
    "FatalReaderError",
    "Field",
    "FieldNotFound",
    "FieldTooLong",
    "IncompleteTarget",
    "Indicators",
    "InvalidContent",
    "JSONHandler",
    "JSONReader",
    "JSONWriter",
    "Leader",
    "MARC8ToUnicode",
    "MARCMakerReader",
    "MARCReader",
    "MARCWriter",
    "MissingLinkedFields",
    "NoActiveFile",
    "NoFieldsFound",
    "Problem",
    "PymarcException",
    "RawField",
    "Reader",
    "Record",
    "RecordDirectoryInvalid",
    "RecordLeaderInvalid",
    "RecordLengthInvalid",
    "RecordTooLong",
    "RecordsNotWritten",
    "Subfield",
    "TextWriter",
    "TruncatedRecord",
    "WriteNeedsRecord",
    "Writer",
    "XMLWriter",
    "XmlHandler",
    "__version__",
    "constants",
    "exceptions",
    "feature_namespaces",
    "field",
    "isbn_regex",
    "leader",
    "logger",
    "map_marc8_field",
    "map_marc8_record",
    "map_records",
    "map_xml",
    "marc8",
    "marc8_mapping",
    "marc8_to_unicode",
    "marcjson",
    "marcxml",
    "normalize_subfield_code",
    "parse_json_to_array",
    "parse_xml",
    "parse_xml_to_array",
    "reader",
    "record",
    "record_to_xml",
    "record_to_xml_node",
    "unicode_to_marc8",
    "writer",
]


# Programs that do without do not wait for these; the star does not give them, because `open` is
# Python's own.
_LATER = {
    "Conversion": "converting",
    "RecordReader": "opening",
    "convert": "converting",
    "open": "opening",
    "read": "opening",
    "write": "writing",
}


def __getattr__(name: str) -> Any:
    """Load what not every program needs when it is first asked for."""
    if name == "encoding":
        return importlib.import_module("mrrc.encoding")
    if name in _LATER:
        found = getattr(importlib.import_module(f"mrrc._formats.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
