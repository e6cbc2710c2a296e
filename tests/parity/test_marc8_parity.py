"""MARC-8 in both engines: the same text, sets, notes and errors for any bytes."""

from __future__ import annotations

import unicodedata
from types import ModuleType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mrrc._pure.marc8 import DESIGNATIONS, character_set, odd_codes
from tests.shared import needs_shared, real_iso2709_files

Outcome = tuple[str, int, int, tuple[str, ...]] | str


def outcome(engine: ModuleType, data: bytes, g0: int, g1: int) -> Outcome:
    """What the function returns, or the sentence of its error."""
    try:
        result: tuple[str, int, int, tuple[str, ...]] = engine.decode_marc8(data, g0, g1)
    except TypeError as error:
        return str(error)
    return result


pieces = st.one_of(
    st.sampled_from(
        [b"\x1b", b"\x1b(", b"\x1b)", b"\x1b$", b"\x1b$,", b"\x1b-", b"\x1b,", b"\x1bs"]
    ),
    st.sampled_from([bytes((final,)) for final in (*sorted(DESIGNATIONS), 0x73, 0x21, 0x5A)]),
    st.sampled_from(
        [code.to_bytes(3, "big") for code in (*odd_codes(), *list(character_set(0x31))[::150])]
    ),
    st.integers(0xE0, 0xFE).map(lambda code: bytes((code,))),
    st.binary(min_size=1, max_size=4),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).map(str.encode),
)
designations = st.sampled_from([0x42, 0x42, 0x45, 0x45, *sorted(DESIGNATIONS), 0, 0x5A, 0xFF])


@settings(
    max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(pieces, max_size=9).map(b"".join), designations, designations)
def test_any_bytes(
    both_engines: tuple[ModuleType, ModuleType], data: bytes, g0: int, g1: int
) -> None:
    pure, extension = both_engines
    assert outcome(extension, data, g0, g1) == outcome(pure, data, g0, g1)


def test_every_byte_in_every_pair_of_sets(both_engines: tuple[ModuleType, ModuleType]) -> None:
    pure, extension = both_engines
    data = bytes(range(0x1C, 0x100))
    for g0 in (*DESIGNATIONS, 0):
        for g1 in (*DESIGNATIONS, 0):
            assert outcome(extension, data, g0, g1) == outcome(pure, data, g0, g1)


def test_every_base_with_every_mark(both_engines: tuple[ModuleType, ModuleType]) -> None:
    pure, extension = both_engines
    entries = [
        (bytes((0x1B, 0x28 if code < 0x80 else 0x29, designation, code)), combining)
        for designation in sorted(DESIGNATIONS - {0x31})
        for code, (_, combining) in character_set(designation).items()
        if 0x20 <= code <= 0x80 or code >= 0xA0
    ]
    bases = [data for data, combining in entries if not combining]
    for mark in [data for data, combining in entries if combining]:
        data = b"".join(mark + base for base in bases)
        text, *_ = pure.decode_marc8(data)
        assert unicodedata.is_normalized("NFC", text)
        assert outcome(extension, data, 0x42, 0x45) == outcome(pure, data, 0x42, 0x45)


def test_all_of_eacc_with_a_mark(both_engines: tuple[ModuleType, ModuleType]) -> None:
    pure, extension = both_engines
    for mark in (b"", b"\xe2", b"\xf2\xe3"):
        for code in (*character_set(0x31), *odd_codes()):
            data = mark + b"\x1b$1" + code.to_bytes(3, "big") + b"\x1b(Ba"
            assert outcome(extension, data, 0x42, 0x45) == outcome(pure, data, 0x42, 0x45)


@needs_shared
def test_real_fields(both_engines: tuple[ModuleType, ModuleType]) -> None:
    pure, extension = both_engines
    for path in real_iso2709_files():
        for value in set(path.read_bytes().replace(b"\x1f", b"\x1e").split(b"\x1e")):
            assert outcome(extension, value, 0x42, 0x45) == outcome(pure, value, 0x42, 0x45)
