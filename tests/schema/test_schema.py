"""The schema takes what MARCXML allows and refuses the rest, rule by rule."""

from __future__ import annotations

import string

import pytest

from tests.schema.validating import NAMESPACE, faults, lxml_etree, parsed
from tests.shared import needs_shared, real_files

# Nothing here is of mrrc.
pytestmark = pytest.mark.once

LEADER = "00000nam a2200000 a 4500"
GRAPHIC = "".join(map(chr, range(0x21, 0x7F)))


def record(
    leader: str = LEADER,
    control: str = "001",
    tag: str = "245",
    indicators: str = "10",
    code: str = "a",
) -> str:
    """A record of one control field and one data field."""
    first, second = (quoted(indicator) for indicator in indicators)
    return (
        f"<record><leader>{leader}</leader>"
        f"<controlfield tag={quoted(control)}>x</controlfield>"
        f"<datafield tag={quoted(tag)} ind1={first} ind2={second}>"
        f"<subfield code={quoted(code)}>Title</subfield></datafield></record>"
    )


def quoted(value: str) -> str:
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        value = value.replace(character, reference)
    return f'"{value}"'


def said(*records: str) -> list[str]:
    """The faults of a collection of these records."""
    return faults(f'<collection xmlns="{NAMESPACE}">{"".join(records)}</collection>'.encode())


def alone(element: str, attributes: str = "") -> list[str]:
    """The faults of a document that is one element of the namespace."""
    name = element.removeprefix("<").split(">")[0].split("/")[0]
    return faults(
        element.replace(f"<{name}", f'<{name} xmlns="{NAMESPACE}"{attributes}', 1).encode()
    )


def test_a_collection_of_any_size() -> None:
    assert said() == []
    assert said(record()) == []
    assert said(record(), record(), "<record/>") == []


def test_a_record_alone() -> None:
    assert alone(record()) == []
    assert alone("<record></record>") == []


def test_with_a_prefix() -> None:
    inner = record().replace("</", "<|m:").replace("<", "<m:").replace("<m:|m:", "</m:")
    assert faults(f'<m:collection xmlns:m="{NAMESPACE}">{inner}</m:collection>'.encode()) == []


def test_attributes_that_are_allowed() -> None:
    typed = record().replace("<record>", '<record type="Bibliographic" id="r1">')
    assert said(typed.replace("<leader>", '<leader id="l1">')) == []


@pytest.mark.parametrize(
    "element", ["leader", "controlfield", "datafield", "subfield", "marc", "Record"]
)
def test_other_roots(element: str) -> None:
    assert alone(f"<{element}></{element}>")


def test_another_namespace_or_none() -> None:
    assert faults(f"<collection>{record()}</collection>".encode())
    other = "http://www.loc.gov/MARC21/other"
    assert faults(f'<collection xmlns="{other}">{record()}</collection>'.encode())


def refused(text: str, old: str, new: str) -> bool:
    """Whether a sound record is refused after one change, which has to be one."""
    assert old in text
    return bool(said(text.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(f"<leader>{LEADER}</leader>", "", id="no-leader"),
        pytest.param("</leader>", f"</leader><leader>{LEADER}</leader>", id="two-leaders"),
        pytest.param("<controlfield", "<fixfield/><controlfield", id="another-element"),
        pytest.param("</record>", "text</record>", id="text-in-a-record"),
        pytest.param("</datafield>", "text</datafield>", id="text-in-a-data-field"),
        pytest.param('<subfield code="a">Title</subfield>', "", id="no-subfield"),
        pytest.param(' code="a"', "", id="no-code"),
        pytest.param(' ind1="1"', "", id="no-first-indicator"),
        pytest.param(' ind2="0"', "", id="no-second-indicator"),
        pytest.param(' tag="001"', "", id="no-tag-of-a-control-field"),
        pytest.param(' tag="245"', "", id="no-tag-of-a-data-field"),
        pytest.param(' ind1="1"', ' ind1="1" ind3="1"', id="three-indicators"),
        pytest.param("Title", "<i>Title</i>", id="element-in-a-subfield"),
        pytest.param("<record>", '<record type="Book">', id="unknown-type"),
        pytest.param("<record>", '<record id="1">', id="id-that-is-no-name"),
        pytest.param(">x<", "><subfield code='a'>x</subfield><", id="subfield-in-a-control-field"),
    ],
)
def test_structure_that_is_refused(old: str, new: str) -> None:
    assert refused(record(), old, new)


def test_data_fields_in_front_of_control_fields() -> None:
    field = '<datafield tag="500" ind1=" " ind2=" "><subfield code="a">x</subfield></datafield>'
    assert refused(record(), "<controlfield", f"{field}<controlfield")


LEADERS = [LEADER, "00123cam a2200123 i 4500", "     nam  22        4500", f"{'':6}a{'':17}"]


@pytest.mark.parametrize("leader", LEADERS)
def test_leaders(leader: str) -> None:
    assert said(record(leader=leader)) == []


@pytest.mark.parametrize(
    ("position", "character"),
    [
        (0, "x"), (0, "\u0663"), (4, "-"), (5, "#"), (6, " "), (6, "|"), (7, "|"), (9, "#"),
        (10, "3"), (11, "1"), (12, "a"), (16, "|"), (17, "|"), (18, "\u00e4"), (19, "-"),
        (20, "5"), (22, "1"), (23, " "),
    ],
)  # fmt: skip
def test_leaders_that_are_refused(position: int, character: str) -> None:
    assert said(record(leader=LEADER[:position] + character + LEADER[position + 1 :]))


@pytest.mark.parametrize("leader", ["", " ", LEADER[:-1], LEADER + " ", "\n" + LEADER])
def test_leaders_of_another_length(leader: str) -> None:
    assert said(record(leader=leader))


@pytest.mark.parametrize("tag", ["001", "009", "00A", "00z"])
def test_tags_of_control_fields(tag: str) -> None:
    assert said(record(control=tag)) == []


@pytest.mark.parametrize(
    "tag", ["000", "010", "245", "01", "0011", "", " 01", "LDR", "00-", "00\u0661"]
)
def test_tags_of_control_fields_that_are_refused(tag: str) -> None:
    assert said(record(control=tag))


@pytest.mark.parametrize("tag", ["010", "245", "999", "9XX", "CAT", "cat", "0A1", "a1b", "01a"])
def test_tags_of_data_fields(tag: str) -> None:
    assert said(record(tag=tag)) == []


@pytest.mark.parametrize("tag", ["001", "00A", "24", "2455", "", "24 ", "aBc", "2-5", "\u00e4bc"])
def test_tags_of_data_fields_that_are_refused(tag: str) -> None:
    assert said(record(tag=tag))


def test_indicators() -> None:
    allowed = " " + string.digits + string.ascii_lowercase
    taken = [c for c in " " + GRAPHIC + "\u00e4\u0661" if not said(record(indicators=f"{c}0"))]
    assert sorted(taken) == sorted(allowed)
    taken = [c for c in " " + GRAPHIC if not said(record(indicators=f"0{c}"))]
    assert sorted(taken) == sorted(allowed)


def test_an_indicator_is_one_character() -> None:
    assert refused(record(), 'ind1="1"', 'ind1=""')
    assert refused(record(), 'ind1="1"', 'ind1="11"')


def test_subfield_codes() -> None:
    taken = [c for c in " " + GRAPHIC + "\u00e4\u0661" if not said(record(code=c))]
    assert set(GRAPHIC) - set(taken) == {"@", "|"}
    assert set(taken) <= set(GRAPHIC)
    assert said(record(code=""))
    assert said(record(code="ab"))


@pytest.mark.parametrize(
    "broken", [b"", b"<collection>", b"<a>&b;</a>", b"<a>\x1f</a>", b"<a/><a/>"]
)
def test_what_is_not_well_formed_is_no_document(broken: bytes) -> None:
    with pytest.raises(lxml_etree().XMLSyntaxError):
        parsed(broken)


@needs_shared
def test_real_documents() -> None:
    """Many of the world's documents are valid; a schema that is too strict would refuse them."""
    small = [path.read_bytes() for path in real_files(".xml") if path.stat().st_size < 200_000]
    documents = [document for document in small if is_marcxml(document)]
    valid = [document for document in documents if not faults(document)]
    assert len(documents) > 100
    assert len(valid) > len(documents) / 3


def is_marcxml(document: bytes) -> bool:
    """Whether a document is well-formed and its root one of MARCXML's."""
    try:
        root = parsed(document)
    except lxml_etree().XMLSyntaxError:
        return False
    return str(root.tag) in (f"{{{NAMESPACE}}}collection", f"{{{NAMESPACE}}}record")
