"""What only a strange program does, and gets pymarc's answer for all the same."""

from __future__ import annotations

import codecs
import io
import json
from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, Leader, MARCReader, Record, Subfield, map_records
from mrrc._reference import control_number


class OwnField(Field):
    """Not exactly a Field, so that no engine serialises it."""


class OwnSubfield(Subfield):
    """Not exactly a Subfield."""


def marc(*, coding_scheme: str = "a") -> bytes:
    record = Record()
    record.add_field(Field("001", data="id1"))
    record.add_field(Field("245", Indicators("1", "0"), [Subfield("a", "T"), Subfield("b", "u")]))
    data = record.as_marc()
    return data[:9] + coding_scheme.encode() + data[10:]


def test_fields_from_a_generator_are_all_written() -> None:
    record = Record(marc())
    fields = [*record.fields, OwnField("500", subfields=[Subfield("a", "own")])]
    record.fields = (field for field in fields)  # type: ignore[assignment]
    assert [field.tag for field in Record(record.as_marc()).fields] == ["001", "245", "500"]


def test_subfields_from_a_generator_are_all_written() -> None:
    record = Record(marc())
    subfields = [Subfield("a", "T"), OwnSubfield("b", "own")]
    record["245"].subfields = (subfield for subfield in subfields)  # type: ignore[assignment]
    assert Record(record.as_marc())["245"].get_subfields("a", "b") == ["T", "own"]


def test_decode_marc_fills_the_list_that_the_program_holds() -> None:
    record = Record()
    held = record.fields
    record.decode_marc(marc())
    assert record.fields is held
    assert [field.tag for field in held] == ["001", "245"]


def test_an_empty_field_object_does_not_end_the_json_quietly() -> None:
    records = [
        {"leader": "0" * 24, "fields": [{}]},
        {"leader": "0" * 24, "fields": [{"001": "x"}]},
    ]
    with pytest.raises(IndexError):
        list(mrrc.JSONReader(json.dumps(records)))


def test_a_leader_of_bytes_is_refused() -> None:
    with pytest.raises(TypeError):
        Record(leader=b" " * 24)  # type: ignore[arg-type]


def test_a_leader_of_none_is_kept() -> None:
    record = Record(marc())
    record.leader = None  # type: ignore[assignment]
    assert record.leader is None
    assert str(record).startswith("=LDR  None\n")
    with pytest.raises(TypeError):
        record.as_marc()


def test_a_leader_property_of_a_subclass_is_used() -> None:
    class Watched(Record):
        @property
        def leader(self) -> Any:
            return self.kept

        @leader.setter
        def leader(self, value: Any) -> None:
            self.kept = value

    record = Watched(marc())
    record.leader = Leader(f"{marc()[:5].decode()}cam a2200000 i 4500")
    assert record.as_marc()[5:9] == b"cam "


def test_stop_iteration_in_a_function_ends_its_file_only() -> None:
    seen = []

    def function(record: Record | None) -> None:
        seen.append(record)
        raise StopIteration

    map_records(function, io.BytesIO(marc() * 3), io.BytesIO(marc()))
    assert len(seen) == 2


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interruption_in_a_codec_is_not_taken_for_damage(
    interruption: type[BaseException],
) -> None:
    def decode(data: Any, errors: str = "strict") -> tuple[str, int]:
        raise interruption

    def search(name: str) -> codecs.CodecInfo | None:
        info = codecs.CodecInfo(codecs.ascii_encode, decode, name="interrupting")
        return info if name == "interrupting" else None

    codecs.register(search)
    try:
        reader = MARCReader(marc(coding_scheme=" "), file_encoding="interrupting")
        if issubclass(interruption, Exception):
            assert next(reader) is None
            assert isinstance(reader.current_exception, interruption)
        else:
            with pytest.raises(interruption):
                next(reader)
    finally:
        codecs.unregister(search)


def test_an_001_is_not_looked_for_past_the_longest_record() -> None:
    # After a lying length the chunk may be the rest of a large file.
    data = bytearray(b"00000nam a2299999 a 4500" + b"245000000000" * 9_000 + b"001000420000")
    data += b" " * (120_003 - len(data))
    data[99_998] = 0x1E
    data[119_999:] = b"id1\x1e"
    assert control_number(bytes(data)) is None
    data[24:36] = b"001000420000"
    assert control_number(bytes(data)) == "id1"
