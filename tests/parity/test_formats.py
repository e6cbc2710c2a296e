"""Dictionary, JSON and XML made from the bytes, in both engines."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Record
from tests.parity.comparing import Engines
from tests.property.strategies import FAST, PLAIN_RECORDS, PlainField, encode

FLAGS = [(first, second) for first in (False, True) for second in (False, True)]
LEADERS = [
    "00475cas a2200169 i 4500",
    "",
    "short",
    "a&b<c>\"d\"'e'\t\r\n",
    "é日📚\u2028",
    "\x00\x1f\x7f\x80",
    "\ufffe",
    "\ud800",
]
HANDMADE = [
    encode([PlainField("001", "")]),
    encode([PlainField("245")]),
    encode([PlainField("&<>", None, ("&", "<"), ((">", "&<>\"'"), ('"', ""), ("&", "]]>")))]),
    encode([PlainField("\t\r\n", None, ("'", '"'), (("\t", "\t\r\n"), ("\n", " "), ("\r", "x")))]),
    encode([PlainField("001", "\x7f\u0085\u2028"), PlainField("500", None, (" ", "\x7f"), ())]),
    encode([PlainField("500", None, (" ", " "), (("a", "\x00"),))]),
    encode([PlainField("500", None, (" ", " "), (("\x01", "x"),))]),
    encode([PlainField("\x001 ", None, (" ", " "), (("a", "x"),))]),
    encode([PlainField("500", None, (" ", " "), (("a", "\ufffe"), ("b", "\uffff")))]),
    encode([PlainField("500", None, (" ", " "), (("a", "\ufffd\ue000\ud7ff\U0010ffff"),))]),
    encode([PlainField("500", None, (" ", " "), (("a", "日本📚é"), ("a", "\\/\b\f\x1c")))]),
    encode([PlainField("001", "a"), PlainField("001", "b"), PlainField("245"), PlainField("245")]),
]


def check_formats(engines: Engines, raw: bytes, leader: str | None) -> None:
    def record() -> Record:
        record = Record(raw)
        if leader is not None:
            record.leader = leader
        return record

    def outcome(name: str, *arguments: bool) -> None:
        answers = []
        for engine in engines:
            asked = record()
            answers.append((getattr(engine, name)(asked, *arguments), asked._Record__pos))
        assert answers[0] == answers[1]

    outcome("record_as_dict")
    for first, second in FLAGS:
        outcome("record_as_xml", first, second)
    for compact in (False, True):
        if leader is None or leader.encode("utf-8", "replace") == leader.encode(
            "utf-8", "surrogatepass"
        ):
            outcome("record_as_json", compact)


@pytest.mark.parametrize("leader", LEADERS, ids=range(len(LEADERS)))
@pytest.mark.parametrize("raw", HANDMADE, ids=range(len(HANDMADE)))
def test_handmade(engines: Engines, raw: bytes, leader: str) -> None:
    check_formats(engines, raw, leader)


@FAST
@given(PLAIN_RECORDS, st.one_of(st.none(), st.sampled_from(LEADERS), st.text(max_size=24)))
def test_any_record(engines: Engines, raw: bytes, leader: str | None) -> None:
    check_formats(engines, raw, leader)


@FAST
@given(PLAIN_RECORDS)
def test_they_say_what_the_fields_say(engines: Engines, raw: bytes) -> None:
    asked = Record(raw)
    asked.fields  # noqa: B018 - from now on the fields answer
    for engine in engines:
        assert engine.record_as_dict(asked) is None
        assert engine.record_as_json(asked, False) is None
        assert engine.record_as_xml(asked, True, False) is None
        assert engine.record_as_dict(Record(raw)) == asked.as_dict()
        assert engine.record_as_json(Record(raw), False) == json.dumps(asked.as_dict())
        for ascii_only in (False, True):
            xml = engine.record_as_xml(Record(raw), True, ascii_only)
            if xml is not None:
                ElementTree.fromstring(xml)
                assert xml.isascii() or not ascii_only


def test_others_than_untouched_records_are_left_to_the_package(engines: Engines) -> None:
    class Special(Record):
        pass

    looked_at = Record(HANDMADE[2])
    looked_at.get("245") or looked_at.fields
    for engine in engines:
        for record in (Special(HANDMADE[2]), looked_at, Record(), None, HANDMADE[2]):
            assert engine.record_as_dict(record) is None
            assert engine.record_as_json(record, True) is None
            assert engine.record_as_xml(record, False, False) is None


def test_a_leader_that_is_no_text_is_left_to_the_package(engines: Engines) -> None:
    pure, extension = engines
    record = Record(HANDMADE[0])
    record.leader = "\ud800"
    assert extension.record_as_json(record, False) is None
    assert json.loads(pure.record_as_json(record, False))["leader"] == "\ud800"
    assert json.loads(record.as_json())["leader"] == "\ud800"


def test_dictionaries_are_made_anew(engines: Engines) -> None:
    for engine in engines:
        record = Record(HANDMADE[2])
        first = engine.record_as_dict(record)
        first["fields"].clear()
        assert engine.record_as_dict(record)["fields"]
