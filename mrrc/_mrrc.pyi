"""The engine of `mrrc._pure`, compiled: the same functions with the same outcomes."""

from collections.abc import Callable, Sequence
from typing import Any, final

from mrrc.field import Field, Indicators, Subfield
from mrrc.leader import Leader
from mrrc.record import Record

__all__ = [
    "RecordIterator",
    "RecordStream",
    "build_record",
    "decode_marc8",
    "encode_marc8",
    "field_subfields",
    "field_value",
    "fields_are_sound",
    "first_subfields",
    "get_field",
    "get_fields",
    "has_tag",
    "install_methods",
    "is_plain",
    "materialise",
    "next_frame",
    "next_sound",
    "plain_bytes",
    "read_record",
    "record_as_dict",
    "record_as_json",
    "record_as_xml",
    "register",
    "salvage_record",
    "serialise",
    "subfield_value",
    "subfield_values",
    "xml_scanner",
]

class RecordIterator:
    to_unicode: bool
    force_utf8: bool
    utf8_handling: str
    file_encoding: str
    _reads: str
    _attend: bool
    _stream: RecordStream | None
    _current_chunk: Any
    _current_exception: Exception | None
    _record_number: int
    _bytes_before: int
    def __new__(cls, *_arguments: Any, **_keywords: Any) -> RecordIterator: ...
    def __next__(self) -> Record | None: ...

@final
class RecordStream:
    def __new__(
        cls,
        handle: Any,
        by_descriptor: bool = False,
        start: int = 0,
        sound: bool = False,
        threads: int = 0,
        queue: int = 1000,
    ) -> RecordStream: ...
    @property
    def chunk(self) -> bytes: ...
    @property
    def offset(self) -> int: ...
    @property
    def position(self) -> int: ...
    def close(self) -> None: ...
    def next_record(self, force_utf8: object, encoding: object) -> Record | bytes | None: ...
    def read(self, size: int = -1) -> bytes: ...
    def unread(self, data: bytes) -> None: ...

def build_record(leader: bytes, fields: list[tuple[bytes, bytes]]) -> bytes | None: ...
def decode_marc8(
    data: bytes, g0: int = 66, g1: int = 69
) -> tuple[str, int, int, tuple[str, ...]]: ...
def encode_marc8(text: str) -> bytes: ...
def field_subfields(raw: bytes) -> list[Subfield]: ...
def field_value(raw: bytes) -> str: ...
def fields_are_sound(fields: Sequence[Field | None]) -> bool: ...
def first_subfields(raw: bytes, tag: str, codes: str) -> list[str | None] | None: ...
def get_field(record: Record, tag: object) -> Field | None: ...
def get_fields(record: Record, tags: tuple[object, ...]) -> list[Field]: ...
def has_tag(record: Record, tag: object) -> bool: ...
def install_methods(record: type[Record], field: type[Field]) -> dict[str, Any]: ...
def is_plain(raw: bytes) -> bool: ...
def materialise(record: Record) -> list[Field]: ...
def next_frame(buffer: bytes, start: int, final: bool) -> tuple[int, int] | None: ...
def next_sound(
    buffer: bytes, start: int, force_utf8: object, encoding: object
) -> tuple[Record, int] | None: ...
def plain_bytes(raw: bytes, force_utf8: object, encoding: object) -> bytes | None: ...
def read_record(raw: bytes, force_utf8: object, encoding: object) -> Record | None: ...
def record_as_dict(record: Any) -> dict[str, Any] | None: ...
def record_as_json(record: Any, compact: bool) -> str | None: ...
def record_as_xml(record: Any, namespace: bool, ascii_only: bool) -> bytes | None: ...
def register(
    record: type[Record],
    field: type[Field],
    subfield: type[Subfield],
    indicators: type[Indicators],
    leader: type[Leader],
) -> None: ...
def salvage_record(
    raw: bytes,
) -> tuple[
    bytes | None,
    bytes,
    list[tuple[bytes, int, bytes]],
    list[tuple[str, int, int, bytes | None, bytes, bytes]],
]: ...
def serialise(
    head: str, tail: str, fields: Sequence[Field | None], raw: bytes | None, sound: bool = False
) -> bytes | None: ...
def subfield_value(raw: bytes, code: object) -> str | None: ...
def subfield_values(raw: bytes, codes: tuple[object, ...]) -> list[str]: ...
def xml_scanner(strict: bool, decoded: bool) -> Callable[[bytes, bool], list[Any] | None]: ...
