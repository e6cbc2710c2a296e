"""MARCXML, read and written."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.sax import make_parser
from xml.sax.handler import ContentHandler
from xml.sax.handler import feature_namespaces as feature_namespaces

from mrrc._pure.formats import FORBIDDEN
from mrrc._xml_records import is_form, scan_records
from mrrc.field import Field, Indicators
from mrrc.leader import Leader
from mrrc.marc8 import MARC8ToUnicode, log_notes
from mrrc.record import Record

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# ElementTree is imported where it is used: it is an eighth of the time that `import mrrc` takes,
# and most programs never come there.

logger = logging.getLogger("pymarc")

XSI_NS = "http://www.w3.org/2001/XMLSchema-instance"
MARC_XML_NS = "http://www.loc.gov/MARC21/slim"
MARC_XML_SCHEMA = f"{MARC_XML_NS} http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"


class XmlHandler(ContentHandler):
    """SAX handler that makes Records of MARCXML, and collects them in `records`.

    Args:
        strict: pass over elements that are not in the MARCXML namespace.
        normalize_form: "NFC", "NFD", "NFKC" or "NFKD" to have all text in that form.

    A subclass may override `process_record`, which gets each record when its element ends, to
    stream them instead of holding them all.
    """

    def __init__(self, strict: bool = False, normalize_form: str | None = None) -> None:
        self.records: list[Record] = []
        self._record: Record | None = None
        self._field: Field | None = None
        self._subfield_code: str | None = None
        self._text: list[str] = []
        self._strict = strict
        self.normalize_form: Any = normalize_form

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        """Open a record, a field or a subfield.

        Raises:
            KeyError: a field without `tag`, a subfield without `code`.
        """
        if self._strict and name[0] != MARC_XML_NS:
            return
        self._text = []
        element = name[1]
        if element == "subfield":
            self._subfield_code = attrs[(None, "code")]
        elif element == "datafield":
            tag = attrs.getValue((None, "tag"))
            first, second = attrs.get((None, "ind1"), " "), attrs.get((None, "ind2"), " ")
            self._field = Field(tag, Indicators(first, second))
        elif element == "controlfield":
            self._field = Field(attrs.getValue((None, "tag")))
        elif element == "record":
            self._record = Record()

    def endElementNS(self, name: Any, qname: Any) -> None:
        """Close a record, a field, a subfield or the leader.

        Raises:
            RecordLeaderInvalid: a leader that is not 24 characters long.
            ValueError: `normalize_form` is no normalisation form.
        """
        if self._strict and name[0] != MARC_XML_NS:
            return
        text = "".join(self._text)
        self._text = []
        if self.normalize_form is not None:
            text = unicodedata.normalize(self.normalize_form, text)
        element, record, field = name[1], self._record, self._field
        if element == "subfield":
            if field is not None and self._subfield_code:
                field.add_subfield(self._subfield_code, text)
                self._subfield_code = None
        elif record is None:
            return
        elif element == "record":
            self.process_record(record)
            self._record = None
        elif element == "leader":
            record.leader = Leader(text)
        elif element in ("controlfield", "datafield") and field is not None:
            if element == "controlfield":
                field.data = text
            record.add_field(field)
            self._field = None

    def characters(self, content: str) -> None:
        """Collect text."""
        self._text.append(content)

    def process_record(self, record: Record) -> None:
        """Take a finished record: keep it in `records`."""
        self.records.append(record)


# What the scanner knows to do; a program may have put something else in their place.
_OWN_METHODS = (
    XmlHandler.__init__,
    XmlHandler.startElementNS,
    XmlHandler.endElementNS,
    XmlHandler.characters,
    XmlHandler.process_record,
)


def parse_xml(xml_file: Any, handler: ContentHandler) -> None:
    """Parse MARCXML and send its events to `handler`.

    `xml_file` is a path, a URL or an open file, text or binary; the file is closed in the end.
    With an XmlHandler itself, not a subclass, ordinary documents are read without events.

    Raises:
        xml.sax.SAXParseException: the XML is not well-formed.
        OSError, ValueError: the path or URL cannot be opened.
    """
    # What a strict handler passes over can stay in its list of texts.
    if isinstance(handler, XmlHandler) and not handler._strict and _is_own(handler):
        _parse_with_own(xml_file, handler)
    else:
        _parse_with_sax(xml_file, handler)


def _parse_with_sax(xml_file: Any, handler: ContentHandler) -> None:
    parser = make_parser()
    parser.setContentHandler(handler)
    parser.setFeature(feature_namespaces, True)
    parser.parse(xml_file)


def _is_own(handler: XmlHandler) -> bool:
    """Say whether the handler does what XmlHandler does, but for a `process_record` set on it."""
    cls = type(handler)
    methods = (
        cls.__init__,
        cls.startElementNS,
        cls.endElementNS,
        cls.characters,
        cls.process_record,
    )
    names = vars(handler).keys()
    return (
        cls is XmlHandler
        and methods == _OWN_METHODS
        and names.isdisjoint(("startElementNS", "endElementNS", "characters"))
    )


def _parse_with_own(xml_file: Any, handler: XmlHandler) -> None:
    """Do as `_parse_with_sax`, by way of the scanner as far as that goes."""
    form = handler.normalize_form
    if (
        handler._record is not None
        or handler._field is not None
        or handler._subfield_code
        or type(handler.records) is not list
        or not (form is None or is_form(form))
    ):
        _parse_with_sax(xml_file, handler)
    elif "process_record" in vars(handler):
        _pass_on(xml_file, handler, handler.process_record)
    else:
        records: list[Record] = []
        if scan_records(xml_file, bool(handler._strict), form, records.extend):
            handler.records += records
            handler._text = []
        else:
            _parse_with_sax(xml_file, handler)


def _pass_on(xml_file: Any, handler: XmlHandler, process: Callable[[Record], Any]) -> None:
    """Give each record to `process`, which is the handler's `process_record`."""
    done = 0

    def take(records: list[Record]) -> None:
        nonlocal done
        for record in records:
            done += 1
            process(record)

    if scan_records(xml_file, bool(handler._strict), handler.normalize_form, take):
        handler._text = []
        return
    # The records that were passed on come again.
    known = iter(range(done))
    remaining = {"process_record": lambda record: next(known, None) is None and process(record)}
    vars(handler).update(remaining)
    try:
        _parse_with_sax(xml_file, handler)
    finally:
        vars(handler)["process_record"] = process


def map_xml(function: Callable[[Record], Any], *files: Any) -> None:
    """Call `function` with each record of each MARCXML file, as `parse_xml` takes them."""
    handler = XmlHandler()
    setattr(handler, "process_record", function)  # noqa: B010 - a method of this one handler
    for file in files:
        parse_xml(file, handler)


def parse_xml_to_array(
    xml_file: Any, strict: bool = False, normalize_form: str | None = None
) -> list[Record]:
    """Return the records of a MARCXML file; the arguments are those of parse_xml and XmlHandler."""
    handler = XmlHandler(strict, normalize_form)
    if _is_own(handler):
        _parse_with_own(xml_file, handler)
    else:
        _parse_with_sax(xml_file, handler)
    return handler.records


def record_to_xml(record: Record, quiet: bool = False, namespace: bool = False) -> bytes:
    """Return a record as a MARCXML `record` element, in ASCII with character references.

    Args:
        record: the record; values that are bytes are decoded from MARC-8.
        quiet: do not log MARC-8 bytes that have no character.
        namespace: declare the MARCXML namespace and schema on the element.

    Characters that XML forbids become U+FFFD, which is logged once for the record.

    >>> record_to_xml(Record(fields=[Field("001", data="é")]))[49:]
    b'<controlfield tag="001">&#233;</controlfield></record>'
    """
    xml = record._as_xml(bool(namespace), True) if isinstance(record, Record) else None
    if xml is not None:
        return xml
    from xml.etree.ElementTree import tostring

    return tostring(record_to_xml_node(record, quiet, namespace))


def record_to_utf8_xml(record: Record) -> bytes:
    """Return a record as a MARCXML `record` element in UTF-8, as `XMLWriter` writes it."""
    xml = record._as_xml(False, False)
    if xml is not None:
        return xml
    from xml.etree.ElementTree import tostring

    return tostring(record_to_xml_node(record), encoding="utf-8")  # type: ignore[no-any-return]


def record_to_xml_node(record: Record, quiet: bool = False, namespace: bool = False) -> Element:
    """Return a record as an ElementTree element; the arguments are those of `record_to_xml`."""
    from xml.etree.ElementTree import Element

    root = Element("record")
    if namespace:
        root.set("xmlns", MARC_XML_NS)
        root.set("xmlns:xsi", XSI_NS)
        root.set("xsi:schemaLocation", MARC_XML_SCHEMA)
    values = _Values()
    try:
        _add_record(root, record, values)
    finally:
        if not quiet:
            log_notes(values.notes)
    values.log_forbidden()
    return root


def _add_record(root: Element, record: Record, values: _Values) -> None:
    """Add leader and fields to the record element."""
    from xml.etree.ElementTree import SubElement

    SubElement(root, "leader").text = values.text(str(record.leader))
    for field in record:
        if field.control_field:
            control_field = SubElement(root, "controlfield")
            control_field.set("tag", values.attribute(field.tag))
            control_field.text = values.text(field.data)
            continue
        first, second = field.indicators  # type: ignore[misc]
        data_field = SubElement(root, "datafield")
        data_field.set("ind1", values.attribute(first))
        data_field.set("ind2", values.attribute(second))
        data_field.set("tag", values.attribute(field.tag))
        for subfield in field:
            element = SubElement(data_field, "subfield")
            element.set("code", values.attribute(subfield.code))
            element.text = values.text(subfield.value)


class _Values:
    """Makes of the values of one record what an XML document can carry, and keeps account."""

    def __init__(self) -> None:
        self._converter = MARC8ToUnicode()
        self.notes: list[str] = []
        self._forbidden: list[str] = []

    def text(self, value: Any) -> str:
        """Return a value as text; one that is not str is taken for MARC-8."""
        if type(value) is not str:
            value = self._converter.translate_noting(value, self.notes)
        return self.attribute(value)  # type: ignore[no-any-return]

    def attribute(self, value: Any) -> Any:
        """Return a str with what XML forbids replaced; ElementTree refuses anything else."""
        if isinstance(value, str):
            found = FORBIDDEN.findall(value)
            if found:
                self._forbidden += found
                return FORBIDDEN.sub("\ufffd", value)
        return value

    def log_forbidden(self) -> None:
        """Say once for the record what XML forbids and has been replaced."""
        if self._forbidden:
            logger.warning(
                "%d characters that XML forbids written as U+FFFD, the first is %r",
                len(self._forbidden),
                self._forbidden[0],
            )
