"""Dictionary, JSON and XML made from the bytes, in both engines."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Record
from tests.parity.comparing import Engines, agree
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


def check_formats(engines: Engines, raw: bytes, leader: str) -> None:
    agree(engines, "record_as_dict", raw, leader)
    for first, second in FLAGS:
        agree(engines, "record_as_xml", raw, leader, first, second)
    for compact in (False, True):
        if leader.isascii() or leader.encode("utf-8", "replace") == leader.encode(
            "utf-8", "surrogatepass"
        ):
            agree(engines, "record_as_json", raw, leader, compact)


@pytest.mark.parametrize("leader", LEADERS, ids=range(len(LEADERS)))
@pytest.mark.parametrize("raw", HANDMADE, ids=range(len(HANDMADE)))
def test_handmade(engines: Engines, raw: bytes, leader: str) -> None:
    check_formats(engines, raw, leader)


@FAST
@given(PLAIN_RECORDS, st.one_of(st.none(), st.sampled_from(LEADERS), st.text(max_size=24)))
def test_any_record(engines: Engines, raw: bytes, leader: str | None) -> None:
    check_formats(engines, raw, raw[:24].decode() if leader is None else leader)


@FAST
@given(PLAIN_RECORDS)
def test_they_say_what_the_fields_say(engines: Engines, raw: bytes) -> None:
    asked = Record(raw)
    asked.fields  # noqa: B018 - from now on the fields answer
    leader = raw[:24].decode()
    for engine in engines:
        assert engine.record_as_dict(raw, leader) == asked.as_dict()
        assert engine.record_as_json(raw, leader, False) == json.dumps(asked.as_dict())
        for ascii_only in (False, True):
            xml = engine.record_as_xml(raw, leader, True, ascii_only)
            if xml is not None:
                ElementTree.fromstring(xml)
                assert xml.isascii() or not ascii_only


def test_a_leader_that_is_no_text_is_left_to_the_package(engines: Engines) -> None:
    pure, extension = engines
    raw = HANDMADE[0]
    assert extension.record_as_json(raw, "\ud800", False) is None
    assert json.loads(pure.record_as_json(raw, "\ud800", False))["leader"] == "\ud800"
    record = Record(raw)
    record.leader = "\ud800"
    assert json.loads(record.as_json())["leader"] == "\ud800"


def test_dictionaries_are_made_anew(engines: Engines) -> None:
    for engine in engines:
        first = engine.record_as_dict(HANDMADE[2], "x")
        first["fields"].clear()
        assert engine.record_as_dict(HANDMADE[2], "x")["fields"]
