"""What a Field promises, with its Subfields, Indicators and raw sibling."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from mrrc import Field, Indicators, RawField, Record, Subfield


def title() -> Field:
    return Field("245", Indicators("1", "0"), [Subfield("a", "T :"), Subfield("b", "sub")])


def read_title() -> Field:
    """The same field, out of a record's bytes and not yet looked at."""
    record = Record()
    record.add_field(title())
    return Record(record.as_marc())["245"]


def control() -> Field:
    return Field("001", data="id1")


def read_control() -> Field:
    record = Record()
    record.add_field(control())
    return Record(record.as_marc())["001"]


titles = pytest.mark.parametrize("make", [title, read_title], ids=["built", "read"])
controls = pytest.mark.parametrize("make", [control, read_control], ids=["built", "read"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [(1, "001"), ("1", "001"), ("245", "245"), (245, "245"), ("01", "001"), ("abc", "abc"),
     ("24a", "24a"), ("1234", "1234"), (None, "None"), (1.0, "001"), ("", ""), ("  5", "  5")],
)  # fmt: skip
def test_tags(given: Any, kept: str) -> None:
    assert Field(given).tag == kept


@pytest.mark.parametrize(
    ("tag", "is_control"),
    [("000", True), ("001", True), ("009", True), ("010", False), ("00A", False), ("LDR", False),
     ("5", True), ("10", False), ("245", False)],
)  # fmt: skip
def test_control_fields_by_tag(tag: str, is_control: bool) -> None:
    field = Field(tag, Indicators("1", "2"), [Subfield("a", "x")], data="d")
    assert field.control_field is field.is_control_field() is is_control
    assert field.data == ("d" if is_control else None)
    assert field.indicators == (None if is_control else ("1", "2"))
    assert field.subfields == ([] if is_control else [("a", "x")])


def test_defaults() -> None:
    assert (Field("5").data, Field("5").indicators, Field("5").subfields) == (None, None, [])
    assert (Field("245").indicators, Field("245").subfields) == ((" ", " "), [])
    assert type(Field("245").indicators) is Indicators


@pytest.mark.parametrize("given", [["1", "0"], ("1", "0"), "10", Indicators("1", "0")])
def test_indicators_given(given: Any) -> None:
    field = Field("245", given)
    assert field.indicators == ("1", "0")
    assert type(field.indicators) is Indicators
    other = Field("245")
    other.indicators = given
    assert other.indicators == ("1", "0")
    assert (other.indicator1, other.indicator2) == ("1", "0")


@pytest.mark.parametrize(
    ("given", "error"),
    [(["1"], ValueError), (["1", "0", "2"], ValueError), ("1", TypeError), ("123", TypeError)],
)
def test_indicators_refused(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Field("245", given)
    field = title()
    with pytest.raises(error):
        field.indicators = given
    assert field.indicators == ("1", "0")


@titles
def test_indicators_assigned(make: Any) -> None:
    field = make()
    field.indicator1 = "9"
    field.indicator2 = "8"
    assert field.indicators == Indicators("9", "8")
    assert (field.indicators.first, field.indicators.second) == ("9", "8")
    field.indicators = None
    assert field.indicators == ("9", "8")
    with pytest.raises(TypeError):
        field.indicators[0] = "x"
    assert field.as_marc("utf-8").startswith(b"98\x1fa")


@controls
def test_control_field_behaviour(make: Any) -> None:
    field = make()
    with pytest.raises(AttributeError):
        field.indicator1 = "1"
    with pytest.raises(KeyError) as caught:
        field["a"]
    assert caught.value.args == ()
    with pytest.raises(KeyError):
        field["a"] = "x"
    with pytest.raises(StopIteration):
        next(field)
    assert (field.indicator1, field.indicator2) == ("", "")
    assert field.get("a") is None
    assert field.get("a", "d") == "d"
    assert "a" not in field
    assert field.get_subfields("a") == []
    assert field.delete_subfield("a") is None
    assert field.subfields_as_dict() == {}
    assert field.add_subfield("a", "x") is None
    assert field.subfields == []
    assert list(field) == []
    assert field.value() == field.format_field() == field.data == "id1"
    assert field.linkage_occurrence_num() is None
    assert not field.is_subject_field()
    field.data = "a b"
    assert str(field) == "=001  a\\b"
    assert field.as_marc("utf-8") == b"a b\x1e"


def test_no_data_writes_a_word() -> None:
    assert Field("001").as_marc("utf-8") == b"None\x1e"
    assert str(Field("001")) == "=001  "
    assert Field("001").value() == ""


def test_the_list_of_subfields_is_kept_unless_empty() -> None:
    mine = [Subfield("a", "x")]
    assert Field("245", subfields=mine).subfields is mine
    empty: list[Subfield] = []
    assert Field("245", subfields=empty).subfields is not empty


def test_strings_are_no_subfields() -> None:
    with pytest.raises(ValueError):
        Field("245", Indicators("1", "0"), ["a", "x"])  # type: ignore[list-item]


def test_plain_tuples_fail_later() -> None:
    field = Field("245", subfields=[("a", "x")])  # type: ignore[list-item]
    for use in (lambda: field["a"], lambda: field.as_marc("utf-8"), lambda: field.value()):
        with pytest.raises(AttributeError):
            use()


@titles
def test_subfields_are_a_list_like_any_other(make: Any) -> None:
    field = make()
    assert field.subfields is field.subfields
    field.subfields[0] = Subfield("a", "changed")
    field.subfields.append(Subfield("z", "q"))
    field.subfields.sort(reverse=True)
    assert str(field) == "=245  10$zq$bsub$achanged"
    mine = [Subfield("x", "y")]
    field.subfields = mine
    mine.append(Subfield("x", "z"))
    assert field.get_subfields("x") == ["y", "z"]


@titles
def test_lookup(make: Any) -> None:
    field = make()
    assert field["a"] == "T :"
    assert field.get("b") == "sub"
    assert field.get("q") is None
    assert field.get("q", "none") == "none"
    assert "a" in field
    assert "q" not in field
    for missing in ("q", "zz", "", None, 1):
        with pytest.raises(KeyError) as caught:
            field[missing]
        assert caught.value.args == ()


@pytest.mark.parametrize(
    ("codes", "found"),
    [(("b", "a"), ["1 ", " 2", "3"]), (("a",), ["1 ", "3"]), ((), []), ((["a", "b"],), []),
     (("q",), []), (("ab",), [])],
)  # fmt: skip
def test_get_subfields(codes: Any, found: list[str]) -> None:
    field = Field("245", subfields=[Subfield("a", "1 "), Subfield("b", " 2"), Subfield("a", "3")])
    assert field.get_subfields(*codes) == found
    record = Record()
    record.add_field(field)
    assert Record(record.as_marc())["245"].get_subfields(*codes) == found


def test_value_and_format() -> None:
    field = Field("245", subfields=[Subfield("a", "1 "), Subfield("b", " 2"), Subfield("a", "3")])
    assert field.value() == "1 2 3"
    assert field.format_field() == "1   2 3"
    subject = Field("650", subfields=[Subfield("6", "880-01"), Subfield("a", "S"),
                                      Subfield("v", "V"), Subfield("x", "X")])  # fmt: skip
    assert subject.format_field() == "S -- V -- X"
    assert subject.is_subject_field()
    assert Field("6aa").is_subject_field()
    assert not title().is_subject_field()


@titles
def test_setting_by_code(make: Any) -> None:
    field = make()
    field["a"] = "new"
    assert field.subfields == [("a", "new"), ("b", "sub")]
    assert type(field.subfields[0]) is Subfield
    with pytest.raises(KeyError) as caught:
        field["q"] = "x"
    assert len(caught.value.args) == 1
    field.add_subfield("a", "second")
    with pytest.raises(KeyError) as caught:
        field["a"] = "x"
    assert len(caught.value.args) == 1


@titles
@pytest.mark.parametrize(
    ("position", "codes"),
    [(None, "abn"), (0, "nab"), (1, "anb"), (2, "abn"), (99, "abn"), (-1, "anb")],
)
def test_add_subfield(make: Any, position: int | None, codes: str) -> None:
    field = make()
    field.add_subfield("n", "new", position)
    assert "".join(subfield.code for subfield in field.subfields) == codes


@titles
def test_delete_subfield(make: Any) -> None:
    field = make()
    assert field.delete_subfield("a") == "T :"
    assert field.delete_subfield("a") is None
    assert field.subfields == [("b", "sub")]
    assert str(field) == "=245  10$bsub"


def test_subfields_as_dict() -> None:
    field = Field("245", subfields=[Subfield("a", "1"), Subfield("b", "3"), Subfield("a", "2")])
    assert field.subfields_as_dict() == {"a": ["1", "2"], "b": ["3"]}
    assert type(field.subfields_as_dict()) is dict


def test_legacy_subfields() -> None:
    assert Field.convert_legacy_subfields(["a", "x", "b", "y"]) == [("a", "x"), ("b", "y")]
    with pytest.raises(ValueError):
        Field.convert_legacy_subfields(["a", "x", "b"])


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("245", Indicators("\\", "#"), [Subfield("a", "x $ y")]), "=245  \\#$ax $ y"),
        (Field("008", data="a b  c"), "=008  a\\b\\\\c"),
        (Field("500", subfields=[Subfield("a", "sp ace")]), "=500  \\\\$asp ace"),
        (Field("500"), "=500  \\\\"),
    ],
)
def test_text_form(field: Field, text: str) -> None:
    assert str(field) == text


@titles
def test_a_field_is_its_own_iterator(make: Any) -> None:
    field = make()
    with pytest.raises(AttributeError):
        next(field)
    assert iter(field) is field
    assert [subfield.code for subfield in field] == ["a", "b"]
    assert [(one.code, other.code) for one in field for other in field] == [("a", "a"), ("a", "b")]


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, b"  \x1faNone\x1e"), (17, b"  \x1fa17\x1e"), ("\u00e9", b"  \x1fa\xc3\xa9\x1e"),
     ("x\x1fby\x1e", b"  \x1fax\x1fby\x1e\x1e")],
)  # fmt: skip
def test_as_marc(value: Any, written: bytes) -> None:
    field = Field("245", subfields=[Subfield("a", value)])
    assert field.as_marc("utf-8") == field.as_marc21("utf-8") == written
    assert field["a"] is value


def test_as_marc_needs_an_encoding_that_fits() -> None:
    field = Field("245", subfields=[Subfield("a", "\u00e9")])
    with pytest.raises(TypeError):
        field.as_marc()  # type: ignore[call-arg]
    with pytest.raises(UnicodeEncodeError) as caught:
        field.as_marc("ascii")
    assert caught.value.args[:4] == ("ascii", "  \x1fa\u00e9\x1e", 4, 5)
    assert field.as_marc("latin-1") == b"  \x1fa\xe9\x1e"
    with pytest.raises(UnicodeEncodeError):
        Field("245", subfields=[Subfield("a", "\ud800")]).as_marc("utf-8")


@titles
def test_renaming(make: Any) -> None:
    field = make()
    field.tag, field.data = "246", "ignored"
    assert str(field) == "=246  10$aT :$bsub"
    with pytest.raises(AttributeError):
        field.remark = 1


@titles
def test_copies_and_pickles(make: Any) -> None:
    field = make()
    for other in (copy.deepcopy(field), pickle.loads(pickle.dumps(field))):
        assert str(other) == str(field)
        assert other != field
        assert other.subfields == field.subfields
        assert other.subfields is not field.subfields
    assert copy.copy(field).subfields is field.subfields
    assert len({field, copy.copy(field)}) == 2
    for protocol in (0, 1):
        with pytest.raises(TypeError):
            pickle.dumps(field, protocol)


def test_subclasses() -> None:
    class Tagged(Field):
        def shout(self) -> str:
            return self.tag.upper()

    field = Tagged("24a", subfields=[Subfield("a", "x")])
    field.remark = 1  # type: ignore[attr-defined]
    assert field.shout() == "24A"
    record = Record()
    record.add_field(field)
    assert record["24a"] is field


def test_subfields_and_indicators_are_tuples() -> None:
    assert Subfield("a", "b") == ("a", "b")
    assert Indicators("1", "0") == ("1", "0")
    assert hash(Subfield("a", "b")) == hash(("a", "b"))
    assert Subfield._fields == ("code", "value")
    assert Indicators._fields == ("first", "second")
    with pytest.raises(AttributeError):
        Subfield("a", "b").value = "c"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Subfield("a")  # type: ignore[call-arg]


def test_raw_fields() -> None:
    field = RawField("245", Indicators("0", "0"), [Subfield("a", b"\xe9")])  # type: ignore[arg-type]
    assert field.as_marc() == field.as_marc("utf-8") == b"00\x1fa\xe9\x1e"
    assert field.as_marc21("utf-8") == b"00\x1fab'\\xe9'\x1e"
    assert isinstance(field, Field)
    assert field["a"] == b"\xe9"  # type: ignore[comparison-overlap]
    with pytest.raises(TypeError):
        field.value()


@pytest.mark.parametrize(
    ("value", "number"),
    [("880-01", "01"), ("245-01/(3/r", "01"), ("880-02/$1", "02"), ("880-", "")],
)
def test_linkage(value: str, number: str) -> None:
    assert Field("245", subfields=[Subfield("6", value)]).linkage_occurrence_num() == number


def test_linkage_without_a_hyphen() -> None:
    assert title().linkage_occurrence_num() is None
    with pytest.raises(IndexError):
        Field("245", subfields=[Subfield("6", "garbage")]).linkage_occurrence_num()
