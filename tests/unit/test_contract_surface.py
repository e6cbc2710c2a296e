"""The names, the exceptions and the constants: where they are and what they are."""

from __future__ import annotations

import importlib
import inspect
import logging
from collections.abc import Iterable
from typing import Any

import pytest

import mrrc

NAMES = """BadLeaderValue BadSubfieldCodeWarning BaseAddressInvalid BaseAddressNotFound
DIRECTORY_ENTRY_LEN END_OF_FIELD END_OF_RECORD EndOfRecordNotFound FatalReaderError Field
FieldNotFound Indicators JSONHandler JSONReader JSONWriter LEADER_LEN Leader MARC8ToUnicode
MARCMakerReader MARCReader MARCWriter MARC_XML_NS MARC_XML_SCHEMA MissingLinkedFields NoActiveFile
NoFieldsFound PymarcException RawField Reader Record RecordDirectoryInvalid RecordLeaderInvalid
RecordLengthInvalid SUBFIELD_INDICATOR Subfield TextWriter TruncatedRecord WriteNeedsRecord Writer
XMLWriter XSI_NS XmlHandler feature_namespaces map_marc8_field map_marc8_record map_records map_xml
marc8_to_unicode normalize_subfield_code parse_json_to_array parse_xml parse_xml_to_array
record_to_xml record_to_xml_node""".split()

MODULES = {
    "constants": "LEADER_LEN DIRECTORY_ENTRY_LEN SUBFIELD_INDICATOR END_OF_FIELD END_OF_RECORD",
    "exceptions": "PymarcException FatalReaderError RecordLengthInvalid TruncatedRecord "
    "EndOfRecordNotFound RecordLeaderInvalid RecordDirectoryInvalid NoFieldsFound "
    "BaseAddressInvalid BaseAddressNotFound WriteNeedsRecord NoActiveFile FieldNotFound "
    "BadSubfieldCodeWarning BadLeaderValue MissingLinkedFields",
    "leader": "Leader LEADER_LEN BadLeaderValue RecordLeaderInvalid",
    "field": "Field RawField Subfield Indicators map_marc8_field logger marc8_to_unicode "
    "END_OF_FIELD SUBFIELD_INDICATOR",
    "record": "Record Field RawField Subfield Indicators Leader map_marc8_record isbn_regex logger "
    "normalize_subfield_code map_marc8_field marc8_to_unicode BadSubfieldCodeWarning",
    "reader": "Reader MARCReader JSONReader MARCMakerReader map_records Record Field END_OF_RECORD",
    "writer": "Writer MARCWriter JSONWriter TextWriter XMLWriter WriteNeedsRecord Record",
    "marcxml": "XmlHandler parse_xml map_xml parse_xml_to_array record_to_xml record_to_xml_node "
    "MARC_XML_NS MARC_XML_SCHEMA XSI_NS feature_namespaces",
    "marcjson": "JSONHandler parse_json_to_array JSONReader Record",
    "marc8": "marc8_to_unicode MARC8ToUnicode",
    "marc8_mapping": "CODESETS ODD_MAP CHARSET_34 CHARSET_45 CHARSET_33 CHARSET_32 CHARSET_31 "
    "CHARSET_70 CHARSET_51 CHARSET_53 CHARSET_42 CHARSET_62 CHARSET_67 CHARSET_4E",
}


def test_all_own_names_are_bound() -> None:
    assert len(NAMES) == 54
    assert [name for name in NAMES if not hasattr(mrrc, name)] == []
    namespace: dict[str, Any] = {}
    exec("from mrrc import *", namespace)
    assert [name for name in NAMES if name not in namespace] == []


@pytest.mark.parametrize("module", MODULES)
def test_modules(module: str) -> None:
    loaded = importlib.import_module(f"mrrc.{module}")
    assert getattr(mrrc, module) is loaded
    for name in MODULES[module].split():
        value = getattr(loaded, name)
        assert name not in NAMES or value is getattr(mrrc, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADER_LEN", 24), ("DIRECTORY_ENTRY_LEN", 12), ("SUBFIELD_INDICATOR", "\x1f"),
        ("END_OF_FIELD", "\x1e"), ("END_OF_RECORD", "\x1d"),
        ("MARC_XML_NS", "http://www.loc.gov/MARC21/slim"),
        ("XSI_NS", "http://www.w3.org/2001/XMLSchema-instance"),
        ("MARC_XML_SCHEMA", "http://www.loc.gov/MARC21/slim "
         "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"),
        ("feature_namespaces", "http://xml.org/sax/features/namespaces"),
    ],
)  # fmt: skip
def test_constants(name: str, value: Any) -> None:
    assert getattr(mrrc, name) == value


def test_the_logger_is_named_pymarc() -> None:
    logger = logging.getLogger("pymarc")
    assert mrrc.record.logger is mrrc.field.logger is logger
    assert mrrc.record.isbn_regex.pattern == r"([0-9\-xX]+)"


FATAL = ("RecordLengthInvalid", "TruncatedRecord", "EndOfRecordNotFound")
PLAIN = ("RecordLeaderInvalid", "RecordDirectoryInvalid", "NoFieldsFound", "BaseAddressInvalid",
         "BaseAddressNotFound", "WriteNeedsRecord", "NoActiveFile", "FieldNotFound")  # fmt: skip


@pytest.mark.parametrize("name", [*FATAL, *PLAIN])
def test_exceptions(name: str) -> None:
    cls = getattr(mrrc, name)
    base = mrrc.FatalReaderError if name in FATAL else mrrc.PymarcException
    assert cls.__bases__ == (base,)
    assert issubclass(cls, mrrc.PymarcException)
    assert cls().args == ()
    assert len(str(cls())) > 10


def test_exceptions_with_arguments() -> None:
    assert mrrc.PymarcException.__bases__ == (Exception,)
    assert mrrc.FatalReaderError.__bases__ == (mrrc.PymarcException,)
    assert str(mrrc.BadLeaderValue("x")) == "x"
    field = mrrc.Field("245")
    assert mrrc.MissingLinkedFields(field).args == (field,)
    assert "245" in str(mrrc.MissingLinkedFields(field))
    warning = mrrc.BadSubfieldCodeWarning(b"x")
    assert warning.subf == b"x"
    assert isinstance(warning, Warning)
    assert not isinstance(warning, mrrc.PymarcException)
    assert "b'x'" in str(warning)


SIGNATURES = {
    "Record": "data='' fields=None to_unicode=True force_utf8=False hide_utf8_warnings=False "
    "utf8_handling='strict' leader='                        ' file_encoding='iso8859-1'",
    "Record.decode_marc": "self marc to_unicode=True force_utf8=False hide_utf8_warnings=False "
    "utf8_handling='strict' encoding='iso8859-1'",
    "Record.get": "self tag default=None",
    "Record.get_fields": "self *args",
    "Record.remove_fields": "self *tags",
    "Record.add_field": "self *fields",
    "Record.as_json": "self **kwargs",
    "Record.as_marc": "self",
    "Field": "tag indicators=None subfields=None data=None",
    "Field.get": "self code default=None",
    "Field.get_subfields": "self *codes",
    "Field.add_subfield": "self code value pos=None",
    "Field.as_marc": "self encoding",
    "RawField.as_marc": "self encoding=None",
    "Leader": "leader",
    "MARCReader": "marc_target to_unicode=True force_utf8=False hide_utf8_warnings=False "
    "utf8_handling='strict' file_encoding='iso8859-1' permissive=False",
    "JSONReader": "marc_target encoding='utf-8' stream=False",
    "MARCMakerReader": "target encoding='utf-8'",
    "MARCWriter": "file_handle",
    "Writer.close": "self close_fh=True",
    "XmlHandler": "strict=False normalize_form=None",
    "parse_xml": "xml_file handler",
    "map_xml": "function *files",
    "map_records": "f *files",
    "parse_xml_to_array": "xml_file strict=False normalize_form=None",
    "record_to_xml": "record quiet=False namespace=False",
    "record_to_xml_node": "record quiet=False namespace=False",
    "parse_json_to_array": "json_file",
    "marc8_to_unicode": "marc8 hide_utf8_warnings=False",
    "MARC8ToUnicode": "G0=66 G1=69 quiet=False",
    "map_marc8_record": "record",
    "map_marc8_field": "f",
}


# What mrrc adds comes after pymarc's own parameters and has defaults, so that every call means what
# it meant: keywords only, but for the encoding, which is `Field.as_marc`'s first argument too.
ADDED = {
    "Record.as_marc": "encoding='utf-8' * undecodable='reject' normalize=None",
    "MARCReader": "* recovery='pymarc' encoding=None undecodable='keep' normalize=None "
    "references=False on_problem=None threads=0 queue=1000",
    "MARCWriter": "* encoding='utf-8' normalize=None oversize='raise' invalid='repair' "
    "undecodable='reject' atomic=False append=False",
}


def called(name: str) -> Any:
    found: Any = mrrc
    for part in name.split("."):
        found = getattr(found, part)
    return found


def spelt(parameters: Iterable[inspect.Parameter]) -> str:
    said = []
    for parameter in parameters:
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}
        text = stars.get(parameter.kind, "") + parameter.name
        if parameter.default is not parameter.empty:
            text += f"={parameter.default!r}"
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in said:
            said.append("*")
        said.append(text)
    return " ".join(said)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    """Names, order, defaults and kinds, so that calls by position and by keyword keep working."""
    parameters = list(inspect.signature(called(name)).parameters.values())
    count = len(SIGNATURES[name].split())
    assert spelt(parameters[:count]) == SIGNATURES[name]
    assert spelt(parameters[count:]) == ADDED.get(name, "")
    assert all(each.default is not each.empty for each in parameters[count:])


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        ("Record", "title issn_title isbn issn issnl sudoc author uniformtitle series subjects "
         "addedentries location notes physicaldescription publisher pubyear"),
        ("Field", "indicators indicator1 indicator2"),
        ("MARCReader", "current_chunk current_exception"),
    ],
)  # fmt: skip
def test_properties_are_properties(owner: str, names: str) -> None:
    cls = getattr(mrrc, owner)
    for name in names.split():
        assert inspect.isdatadescriptor(inspect.getattr_static(cls, name))
