"""Unicode to MARC-8: the reference encoder, from the decoder's tables in reverse.

What has no MARC-8 form becomes a numeric character reference (`&#x4E00;`), the Library of
Congress's lossless conversion. The decoder's answer decides what a form is: what it would turn
into another character, drop, or give to another letter is written as a reference as well.

Source: MARC 21 specification, character sets, MARC-8 environment
(https://www.loc.gov/marc/specifications/speccharmarc8.html) and conversion between environments
(https://www.loc.gov/marc/specifications/speccharconversion.html).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from mrrc._pure.marc8 import (
    ANSEL,
    BASIC_LATIN,
    DESIGNATIONS,
    EACC,
    character_set,
    is_cut_off_escape,
    is_dropped,
    odd_codes,
)
from mrrc._pure.normal_form import normalized

_ESCAPE = 0x1B
_BASIC_CYRILLIC = 0x4E
_EXTENDED_CYRILLIC = 0x51
_BASIC_ARABIC = 0x33
_SUPERSCRIPTS = 0x70
_SUBSCRIPTS = 0x62
# Where a character is in several sets, the first of them is taken. The Greek symbols (0x67) are
# not here: the Library wants their three letters back in the Greek set.
_ORDER = (
    BASIC_LATIN, ANSEL, _BASIC_CYRILLIC, _EXTENDED_CYRILLIC, 0x32, _BASIC_ARABIC, 0x34, 0x53,
    _SUPERSCRIPTS, _SUBSCRIPTS,
)  # fmt: skip
# The blank is the blank in every single-byte set; these are left for it, after a digit or two.
_LEFT_BY_A_BLANK = frozenset((_SUPERSCRIPTS, _SUBSCRIPTS))
# The ideographic space "in some implementations"; the standard's own is 0x212321.
_UNUSED_IN_EACC = 0x212320
_FIRST_SURROGATE = 0xDC00
_DELIMITERS = "\x1d\x1e\x1f"

# A graphic set (0 is G0, 1 is G1), the designation it must have, and the bytes.
Form = tuple[int, int, bytes]

REFERENCE = re.compile(r"&#[xX]([0-9A-Fa-f]{1,6});")
_STRANGE_SURROGATE = re.compile("[\ud800-\udbff\udd00-\udfff]")
_KEPT_BYTES = re.compile("[\udc00-\udcff]+")
# What stands for itself in Basic Latin; an ampersand could be the start of a reference.
_PLAIN_RUN = re.compile(r"[ -%'-~]{2,}")


def referenced_character(digits: str) -> str | None:
    """Return the character that a reference with these digits stands for.

    None where it stands for none, or for one that no reference may bring into a text: a surrogate,
    a delimiter or a terminator.
    """
    point = int(digits, 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF or 0x1D <= point <= 0x1F:
        return None
    return chr(point)


@cache
def _forms() -> tuple[dict[str, list[Form]], dict[str, list[Form]]]:
    """Return the forms of base characters and of combining ones, in the single-byte sets."""
    bases: dict[str, list[Form]] = {}
    marks: dict[str, list[Form]] = {}
    for designation in _ORDER:
        for code, (point, combining) in character_set(designation).items():
            if not is_dropped(code):
                # The decoder's text is in NFC, in which a few characters of the sets are others.
                character = unicodedata.normalize("NFC", chr(point))
                form = (int(code > 0x80), designation, bytes((code,)))
                (marks if combining else bases).setdefault(character, []).append(form)
    bases[" "] = [(0, each, b" ") for each in _ORDER if each not in _LEFT_BY_A_BLANK]
    return bases, marks


@cache
def _eacc_forms() -> dict[str, list[Form]]:
    """Return the forms in EACC: for a character with several codes, the lowest."""
    forms: dict[str, list[Form]] = {}
    for code, (point, _) in sorted(character_set(EACC).items()):
        if code != _UNUSED_IN_EACC:
            character = unicodedata.normalize("NFC", chr(point))
            forms.setdefault(character, [(0, EACC, code.to_bytes(3, "big"))])
    return forms


@lru_cache(maxsize=4096)
def _spelling(character: str) -> tuple[list[Form], tuple[list[Form], ...]] | None:
    """Return the forms of a base and of the marks on it that make a character; None without."""
    bases, marks = _forms()
    forms = bases.get(character) or _eacc_forms().get(character)
    if forms:
        return forms, ()
    decomposition = unicodedata.decomposition(character).split()
    # A compatibility mapping starts with its kind in angle brackets and is another character.
    if len(decomposition) != 2 or decomposition[0].startswith("<"):
        return None
    first, second = (chr(int(each, 16)) for each in decomposition)
    spelling = _spelling(first)
    if spelling is None or second not in marks:
        return None
    return spelling[0], (*spelling[1], marks[second])


class _Encoder:
    """Encodes one text, character by character.

    A base is held back until its marks have come, since they are written before it.
    """

    __slots__ = ("_base", "_in_force", "_marks", "_out")

    def __init__(self) -> None:
        self._out = bytearray()
        self._in_force = [BASIC_LATIN, ANSEL]
        self._base: Form | None = None
        self._marks: list[list[Form]] = []

    def encode(self, text: str) -> bytes:
        _, marks = _forms()
        offset = 0
        end = len(text)
        while offset < end:
            character = text[offset]
            if character.isascii():
                # First, because it can change the sets in force.
                self._write_base()
                if self._in_force[0] == BASIC_LATIN and (run := _PLAIN_RUN.match(text, offset)):
                    offset = run.end()
                    self._out += run[0][:-1].encode("ascii")
                    self._base = (0, BASIC_LATIN, run[0][-1:].encode("ascii"))
                    continue
            if kept := _KEPT_BYTES.match(text, offset):
                self._write_kept(text, offset, kept.end())
                offset = kept.end()
                continue
            if character in marks:
                if self._base is None:
                    # Before a reference, or before nothing, it would be given to another letter.
                    self._refer_to(character)
                else:
                    self._marks.append(marks[character])
            elif character in _DELIMITERS:
                self._write(0, BASIC_LATIN, character.encode("ascii"))
            elif character == "&" and _is_reference(text, offset):
                self._refer_to(character)
            elif spelling := _spelling(character):
                self._write_base()
                self._base = self._choose(spelling[0])
                self._marks.extend(spelling[1])
            else:
                self._refer_to(character)
            offset += 1
        self._write_base()
        self._designate(1, ANSEL)
        self._designate(0, BASIC_LATIN)
        return bytes(self._out)

    def _choose(self, forms: list[Form]) -> Form:
        """Return the first form in a set in force, else the first of all."""
        if len(forms) > 1:
            for form in forms:
                if self._in_force[form[0]] == form[1]:
                    return form
        return forms[0]

    def _write_base(self) -> None:
        """Write the base that was held back, its marks before it."""
        base = self._base
        if base is None:
            return
        for forms in self._marks:
            alike = [form for form in forms if form[:2] == base[:2]]
            mark = alike[0] if alike else self._choose(forms)
            # A mark from G1 stands next to its base, behind the escape sequence. After a short
            # one, though, a code has to follow at once, and EACC would take the mark for one.
            short = _LEFT_BY_A_BLANK.intersection((base[1], self._in_force[0]))
            if mark[0] == 1 and base[0] == 0 and base[1] != EACC and not short:
                self._designate(0, base[1])
            self._designate_and_write(mark)
        self._designate_and_write(base)
        self._base = None
        self._marks.clear()

    def _write(self, graphic_set: int, designation: int, code: bytes) -> None:
        """Write what is no base for the marks that may follow."""
        self._write_base()
        self._designate_and_write((graphic_set, designation, code))

    def _refer_to(self, character: str) -> None:
        self._write(0, BASIC_LATIN, b"&#x%04X;" % ord(character))

    def _designate_and_write(self, form: Form) -> None:
        if form[0] == 1 and self._in_force[0] == EACC:
            # It would take this byte and the next two.
            self._designate(0, BASIC_LATIN)
        if form[2][0] == _ESCAPE:
            self._write_escape_as_code()
        self._designate(form[0], form[1])
        self._out += form[2]

    def _write_escape_as_code(self) -> None:
        """Bring EACC in force by the short escape sequence, after which anything is a code."""
        self._out += b"\x1b1"
        self._in_force[0] = EACC

    def _designate(self, graphic_set: int, designation: int) -> None:
        """Write the escape sequence that brings a set in force, where it is not."""
        before = self._in_force[graphic_set]
        if before == designation:
            return
        self._in_force[graphic_set] = designation
        if graphic_set == 1:
            self._out += b"\x1b)%c" % designation
        elif designation == EACC:
            self._out += b"\x1b$1"
        elif designation in _LEFT_BY_A_BLANK:
            self._out += b"\x1b%c" % designation
        elif designation == BASIC_LATIN and before in _LEFT_BY_A_BLANK:
            self._out += b"\x1bs"
        else:
            self._out += b"\x1b(%c" % designation

    def _write_kept(self, text: str, start: int, end: int) -> None:
        """Write bytes that had no character, in a state in which they have none again."""
        run = bytes(ord(character) - _FIRST_SURROGATE for character in text[start:end])
        is_end = end == len(text)
        fits = _fitting_offsets(run, is_end)
        if not fits[0]:
            raise UnicodeEncodeError(
                "marc-8", text, start, end, "these bytes would not be kept where they are"
            )
        # Marks that no letter follows are kept; where none follows here either, they need nothing.
        settled = len(run.rstrip(_ansel_marks())) if is_end else len(run)
        offset = 0
        while offset < len(run):
            self._write_base()
            byte = run[offset]
            is_single = _is_single(byte) and fits[offset + 1]
            sequence = run[offset : offset + 3]
            is_cut_off = is_end and is_cut_off_escape(run[offset : offset + 4])
            is_sequence = _is_unknown_sequence(sequence) and fits[offset + 3] and not is_cut_off
            if is_single and offset >= settled and self._in_force[1] == ANSEL:
                self._designate_and_write((1, ANSEL, run[offset : offset + 1]))
            elif is_single and not (
                is_sequence and sequence.isascii() and self._has_character(byte)
            ):
                self._hold_unknown(byte)
            elif is_sequence:
                self._base = (0, EACC, sequence)
                offset += 2
            else:
                self._write_cut_off(run[offset:])
                return
            offset += 1

    def _has_character(self, byte: int) -> bool:
        """Tell whether the sets in force make something of a byte, so that another is needed."""
        designation = self._in_force[byte > 0x80]
        return designation == EACC or byte in _entries(designation)

    def _hold_unknown(self, byte: int) -> None:
        """Make a byte without a character the base."""
        graphic_set = int(byte > 0x80)
        designation = self._in_force[graphic_set]
        if self._has_character(byte):
            # The tables have Basic Cyrillic in G0 only and Extended Cyrillic in G1 only.
            designation = _BASIC_CYRILLIC if graphic_set else _EXTENDED_CYRILLIC
        self._base = (graphic_set, designation, bytes((byte,)))

    def _write_cut_off(self, rest: bytes) -> None:
        """Write an escape sequence, or a sequence of EACC, that the text ends within."""
        self._designate(1, ANSEL)
        if is_cut_off_escape(rest):
            if self._in_force[0] != BASIC_LATIN:
                # Not the short form: what follows that is always a code.
                self._out += b"\x1b(B"
        elif rest[0] == _ESCAPE:
            self._write_escape_as_code()
        else:
            self._designate(0, EACC)
        self._out += rest
        self._in_force[0] = BASIC_LATIN


def _is_reference(text: str, offset: int) -> bool:
    found = REFERENCE.match(text, offset)
    return found is not None and referenced_character(found[1]) is not None


@cache
def _ansel_marks() -> bytes:
    return bytes(code for code, (_, combining) in character_set(ANSEL).items() if combining)


def _entries(designation: int) -> dict[int, tuple[int, int]]:
    """Return a set; an empty one for a designation that names none."""
    return character_set(designation) if designation in DESIGNATIONS else {}


def _is_single(byte: int) -> bool:
    """Tell whether a byte can be one that a single-byte set has no character for."""
    return not is_dropped(byte) and byte != 0x20


def _is_unknown_sequence(sequence: bytes) -> bool:
    """Tell whether EACC has no character for a sequence, and a field may hold it."""
    if len(sequence) < 3 or any(0x1D <= byte <= 0x1F for byte in sequence):
        return False
    code = int.from_bytes(sequence, "big")
    return not is_dropped(code) and code not in character_set(EACC) and code not in odd_codes()


def _fitting_offsets(run: bytes, is_end: bool) -> list[bool]:
    """Tell for each offset of a run whether what is left can be divided into kept codes."""
    length = len(run)
    fits = [False] * length + [True] + [False] * 2
    for offset in range(length - 1, -1, -1):
        fits[offset] = (
            (fits[offset + 1] and _is_single(run[offset]))
            or (fits[offset + 3] and _is_unknown_sequence(run[offset : offset + 3]))
            or (is_end and length - offset <= 3 and _is_cut_off(run[offset:]))
        )
    return fits


def _is_cut_off(rest: bytes) -> bool:
    """Tell whether the end of a text can be an escape sequence or one of EACC that is cut off."""
    if any(0x1D <= byte <= 0x1F for byte in rest):
        return False
    return len(rest) < 3 or is_cut_off_escape(rest)


def encode_marc8(text: str) -> bytes:
    """Return a text in MARC-8, with references for what has no form in it.

    The text is encoded in NFC. It starts with Basic Latin in G0 and Extended Latin (ANSEL) in G1,
    and ends with them. The characters 0x1D to 0x1F are written as they are; U+DC00 to U+DCFF, which
    stand for bytes that had no character when they were read, are written as these bytes.

    Raises UnicodeEncodeError for other surrogates, and for such bytes where they would not be read
    as bytes without a character again.
    """
    if text.isascii() and text.isprintable() and "&#" not in text:
        return text.encode("ascii")
    strange = _STRANGE_SURROGATE.search(text)
    if strange is not None:
        raise UnicodeEncodeError(
            "marc-8", text, strange.start(), strange.end(), "surrogates not allowed"
        )
    return _Encoder().encode(normalized("NFC", text))
