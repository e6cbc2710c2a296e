"""What the encoding of a record really is: claims, evidence, and the quick look."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mrrc._pure.claims import is_surely_as_claimed
from mrrc.encoding import Finding, decode, detect, detect_text, detect_texts, needs_look
from tests.unit.encodings import record, titled, unimarc

# In the order of the letters' bytes: a sentence that no other encoding makes sense of.
FRENCH = "Mémoires de la Société française d'archéologie : à l'étude"
PORTUGUESE = "Introdução à história da educação não"
RUSSIAN = "Основы гидравлических расчетов инженерных сооружений"
GREEK = "Ιστορία της νεοελληνικής λογοτεχνίας"
HEBREW = "תולדות הספרות העברית החדשה בארץ ישראל"


def marc8(text: str) -> bytes:
    """French and Portuguese in MARC-8."""
    marks = {
        "é": b"\xe2e",
        "à": b"\xe1a",
        "ç": b"\xf0c",
        "ã": b"\xe4a",
        "ó": b"\xe2o",
        "í": b"\xe2i",
    }
    return b"".join(marks.get(letter) or letter.encode("ascii") for letter in text)


def iso5426(text: str) -> bytes:
    marks = {"é": b"\xc2e", "à": b"\xc1a", "ç": b"\xd0c", "ã": b"\xc4a", "ó": b"\xc2o"}
    return b"".join(marks.get(letter) or letter.encode("ascii") for letter in text)


CASES = [
    # What it is, what it claims, what it is found to be.
    (FRENCH.encode(), "a", "utf-8"),
    (FRENCH.encode(), " ", "utf-8"),
    (marc8(FRENCH), " ", "marc8"),
    (marc8(FRENCH), "a", "marc8"),
    (marc8(PORTUGUESE), "a", "marc8"),
    (FRENCH.encode("latin-1"), " ", "latin-1"),
    (FRENCH.encode("latin-1"), "a", "latin-1"),
    (PORTUGUESE.encode("latin-1"), " ", "latin-1"),
    ((FRENCH + " \u2013 \u201cl\u2019été\u201d").encode("cp1252"), "a", "cp1252"),
    ((FRENCH + " \u2013 \u201cl\u2019été\u201d").encode("cp1252"), " ", "cp1252"),
    (FRENCH.encode().decode("latin-1").encode(), "a", "utf-8-twice"),
    (FRENCH.encode().decode("latin-1").encode(), " ", "utf-8-twice"),
    (FRENCH.encode().decode("cp1252").encode(), "a", "utf-8-twice"),
    (FRENCH.encode().decode("latin-1").encode().decode("latin-1").encode(), "a", "utf-8-thrice"),
    (iso5426(FRENCH), "a", "iso5426"),
    (RUSSIAN.encode("cp1251"), " ", "cp1251"),
    (RUSSIAN.encode("cp866"), "a", "cp866"),
    (RUSSIAN.encode("koi8-r"), " ", "koi8-r"),
    (GREEK.encode("iso8859-7"), "a", "iso8859-7"),
    (HEBREW.encode("iso8859-8"), "a", "iso8859-8"),
    (b"\x1b$1!0!\x1b(B", " ", "marc8"),
    # Escape sequences stay what they are under a wrong claim.
    (b"2935\x1bp5\x1bs to 8770\x1bp5\x1bs :", "a", "marc8"),
    # UTF-8 with a byte that is none.
    (b"Phot\xc4\x8dhan\xc4\x81nukrom \xc4\x8chin Kl\xc4\x81ng \xc3( T\xc7\xa3chiu", "a", "utf-8"),
    # Nothing to go by.
    (b"'\xc0' and another: '\x80'", "a", "unknown"),
    (b"plain", "a", "utf-8"),
    (b"plain", " ", "marc8"),
]


@pytest.mark.parametrize(("title", "claim", "encoding"), CASES)
def test_one_title(title: bytes, claim: str, encoding: str) -> None:
    finding = detect(titled(title, claim))
    assert finding.encoding == encoding
    assert finding.claimed == ("utf-8" if claim == "a" else "marc8")
    assert 0 <= finding.certainty <= 1
    assert finding.evidence.endswith(".")


@pytest.mark.parametrize(
    ("title", "encoding"),
    [
        (FRENCH.encode("latin-1"), FRENCH),
        (marc8(FRENCH), FRENCH),
        (FRENCH.encode().decode("cp1252").encode(), FRENCH),
        (FRENCH.encode().decode("latin-1").encode().decode("latin-1").encode(), FRENCH),
        (iso5426(FRENCH), FRENCH),
        (GREEK.encode("iso8859-7"), GREEK),
    ],
)
def test_what_was_found_gives_the_text(title: bytes, encoding: str) -> None:
    assert decode(title, detect(titled(title, "a")).encoding) == encoding


@pytest.mark.parametrize("word", ["Москва", "история", "Сборник статей", "Пушкин А. С."])
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_a_word_in_another_alphabet(word: str, encoding: str) -> None:
    assert detect_text(word.encode(encoding), "utf-8").encoding == encoding


def test_a_claim_stands_where_one_letter_speaks_against_it() -> None:
    raw = titled(b"Ren\xe9e")
    finding = detect(raw)
    assert finding.encoding == "marc8"
    assert finding.certainty < 0.99
    assert detect(raw, usual="latin-1").encoding == "latin-1"
    assert detect(titled(b"Ren\xe2ee"), usual="latin-1").encoding == "marc8"


def test_marks_without_letters_weaken_the_claim_of_marc8() -> None:
    assert detect(titled(b"P\xe5 omslaget: With a new introduction")).encoding == "latin-1"


UNIMARC = [
    ("0103", iso5426("Mémoire"), "iso5426"),
    ("01  ", b"Memoire", "ascii"),
    ("50  ", "Mémoire".encode(), "utf-8"),
    ("50  ", FRENCH.encode("latin-1"), "latin-1"),
    ("0103", FRENCH.encode(), "utf-8"),
    # Registration 37 has small letters from C0 on: what follows are these.
    ("0102", b"\xcf\xd3\xce\xcf\xd7\xd9", "iso5427"),
    ("0105", b"\xcc\xf6\xf8\xf2\xf5\xec\xe1", "iso5428"),
    ("0189", RUSSIAN.encode("cp1251"), "cp1251"),
    ("0179", RUSSIAN.encode("cp866"), "cp866"),
    ("0199", RUSSIAN.encode("koi8-r"), "koi8-r"),
    # Not what 100 $a says.
    ("0189", RUSSIAN.encode("cp866"), "cp866"),
]


@pytest.mark.parametrize(("sets", "title", "encoding"), UNIMARC)
def test_unimarc(sets: str, title: bytes, encoding: str) -> None:
    assert detect(unimarc(title, sets)).encoding == encoding


@pytest.mark.parametrize(
    ("sets", "claimed"),
    [
        ("0103", "iso5426"),
        ("50  ", "utf-8"),
        ("01  ", "ascii"),
        ("01  02", "iso5427"),
        ("", "marc8"),
    ],
)
def test_what_unimarc_claims(sets: str, claimed: str) -> None:
    assert detect(unimarc(b"plain", sets)).claimed == claimed


def test_a_personal_name_is_no_claim() -> None:
    name = b"1 \x1faMiller, Ren\xe2ee, \x1fd1902-1974 and many more words to fill it up."
    assert detect(record(("100", name))).claimed == "marc8"
    assert detect(record(("100", b"  \x1fa20160101d2016"))).claimed == "marc8"


def test_an_escape_of_unimarc() -> None:
    raw = unimarc(b"Tolstoj \x1b(N\x54\x4f\x4c\x53\x54\x4f\x4a\x1b(B", "0103")
    assert detect(raw).encoding == "iso5426"


MIXED = [
    ("a", [FRENCH.encode(), marc8(PORTUGUESE)], ["utf-8", "marc8"]),
    ("a", [FRENCH.encode(), PORTUGUESE.encode("latin-1")], ["utf-8", "latin-1"]),
    (" ", [marc8(FRENCH), PORTUGUESE.encode()], ["marc8", "utf-8"]),
    (
        "a",
        [FRENCH.encode(), PORTUGUESE.encode().decode("latin-1").encode()],
        ["utf-8", "utf-8-twice"],
    ),
    ("a", [b"\x1bp2\x1bs", FRENCH.encode()], ["marc8", "utf-8"]),
    (
        " ",
        [marc8(FRENCH), marc8(FRENCH[9:]), marc8(PORTUGUESE), b"Universit\xe4t M\xfcnchen f\xfcr"],
        ["marc8", "marc8", "marc8", "latin-1"],
    ),
]


@pytest.mark.parametrize(("claim", "texts", "encodings"), MIXED)
def test_mixed(claim: str, texts: list[bytes], encodings: list[str]) -> None:
    raw = titled(texts[0], claim, *texts[1:])
    assert detect(raw).encoding == "mixed"
    assert detect_texts(raw) == dict(zip(texts, encodings, strict=True))


def test_a_character_that_is_cut_off_is_damage() -> None:
    raw = titled(FRENCH.encode(), "a", "Étud".encode() + b"\xc3", b"'\xc0' and '\x80'")
    finding = detect(raw)
    assert finding.encoding == "utf-8"
    assert "damaged" in finding.evidence
    assert detect(titled(FRENCH.encode(), "a", b"Etud\xc3")).encoding == "utf-8"
    raw = titled(FRENCH.encode(), "a", b"'\xc0' and another: '\x80'")
    assert detect(raw)[:2] == ("utf-8", 0.5)
    # The same letter as a whole one is not.
    raw = titled(FRENCH.encode(), "a", b"caf\xe9")
    assert detect_texts(raw)[b"caf\xe9"] == "latin-1"


def test_texts_of_a_record_that_is_one() -> None:
    assert detect_texts(titled(b"plain")) == {}
    assert detect_texts(titled(marc8(FRENCH))) == {marc8(FRENCH): "marc8"}


@pytest.mark.parametrize(("title", "claim", "encoding"), CASES)
def test_one_text(title: bytes, claim: str, encoding: str) -> None:
    claimed = "utf-8" if claim == "a" else "marc8"
    finding = detect_text(title, claimed)
    assert isinstance(finding, Finding)
    assert finding.encoding == encoding


def test_figures_of_signatures_are_not_encoded_twice() -> None:
    """A letter and two superscripts would be a Chinese character encoded twice."""
    for text in ("Signatures: ã¹² A-X¹² Y⁶.", "Signatures: é¹² A-B¹²"):
        assert detect(titled(text.encode(), "a")).encoding == "utf-8"


def test_a_capital_and_a_closing_quotation_mark_are_not_encoded_twice() -> None:
    for text in ("«LE CAFÉ»", "»FOÄ«", "«COSÌ»", "COSÌ»", "L'ÉTÉ À «LA ROTONDE»"):
        assert detect(titled(text.encode(), "a")).encoding == "utf-8"


@pytest.mark.parametrize(
    "text", ["Modul\u02b9,", "H\u0323. ben Yosef.", "245-01/(2/r\u200f", "f\u0333e gbe", "Sørensen"]
)
def test_one_character_that_was_encoded_twice(text: str) -> None:
    assert detect(titled(text.encode().decode("latin-1").encode(), "a")).encoding == "utf-8-twice"


def test_the_leader_is_no_evidence() -> None:
    raw = titled(b"plain", "a")
    assert detect(raw[:22] + b"\xed" + raw[23:]).encoding == "utf-8"


def test_the_base_address_is_not_needed() -> None:
    raw = titled(FRENCH.encode("latin-1"), "a")
    assert detect(raw[:12] + b"xxxxx" + raw[17:]).encoding == "latin-1"


@pytest.mark.parametrize(
    ("title", "claim", "looked_at"),
    [
        (b"plain", "a", False),
        (b"plain", " ", False),
        (b"\x1bp2\x1bs", " ", True),
        (b"\x1bp2\x1bs", "a", True),
        (FRENCH.encode() + b"\x1bp2\x1bs", "a", True),
        (FRENCH.encode(), "a", False),
        (FRENCH.encode(), " ", True),
        (FRENCH.encode("latin-1"), "a", True),
        (FRENCH.encode().decode("latin-1").encode(), "a", True),
        (FRENCH.encode().decode("cp1252").encode(), "a", True),
    ],
)
def test_the_quick_look(title: bytes, claim: str, looked_at: bool) -> None:
    assert needs_look(titled(title, claim)) is looked_at


LETTERS = st.text(
    st.sampled_from("abcE .\x1bpé\u0301üÃ©ÂŠ€\x88\x98»ñłışя中ã¹²\xa0"), min_size=1, max_size=12
)
ENCODERS = st.sampled_from(["utf-8", "latin-1", "cp1252", "cp1251", "koi8-r"])


@st.composite
def some_text(draw: st.DrawFn) -> bytes:
    """A text, right or encoded wrongly, or any bytes."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=12)).translate(None, b"\x1d\x1e\x1f")
    data = draw(LETTERS).encode(draw(ENCODERS), "ignore")
    if draw(st.booleans()):
        data = data.decode(draw(st.sampled_from(["latin-1", "cp1252"])), "ignore").encode()
    return data


@given(st.lists(some_text(), min_size=1, max_size=3), st.sampled_from("a "), st.booleans())
@example([b"\x00"], " ", True)
def test_what_passes_the_quick_look_stays(texts: list[bytes], claim: str, names: bool) -> None:
    if names:
        del texts[1:]
        raw = unimarc(texts[0], "0103")
        raw = raw[:9] + claim.encode() + raw[10:]
    else:
        raw = titled(texts[0], claim, *texts[1:])
    finding = detect(raw)
    assert finding.encoding
    if needs_look(raw):
        # It is asked of what is UTF-8, or ASCII.
        is_utf8 = raw.decode("utf-8", "replace").encode() == raw
        assert not (is_utf8 and is_surely_as_claimed(raw))
        return
    by_leader = "utf-8" if claim == "a" else "marc8"
    encodings = detect_texts(raw)
    for text in texts:
        found = encodings.get(text, finding.encoding)
        assert decode(text, found, "keep") == decode(text, by_leader, "keep")


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert detect(data).encoding
    assert detect_text(data, "utf-8").encoding
    assert needs_look(data) in (True, False)
