"""MARCReader's options for texts: encoding, undecodable, normalize, references."""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import Any

import pytest

import mrrc
from mrrc import DamagedRecord, MARCReader, MARCWriter, Record
from tests.unit.encodings import record, titled, unimarc

# German in each encoding, long enough to be told apart.
TEXT = "Über die Brücke nach Köln für größere Mädchen und Söhne"
LATIN_1 = TEXT.encode("latin-1")
MARC_8 = b"".join(
    {"Ü": b"\xe8U", "ü": b"\xe8u", "ö": b"\xe8o", "ä": b"\xe8a", "ß": b"\xc7"}.get(
        each, each.encode("ascii", "ignore")
    )
    for each in TEXT
)
TWICE = TEXT.encode().decode("latin-1").encode()
BOTH = pytest.mark.parametrize("recovery", ["pymarc", "salvage"])


def read(raw: bytes, **options: Any) -> tuple[MARCReader, list[Record]]:
    reader = MARCReader(raw, **options)
    records = [each for each in reader if each is not None]
    return reader, records


def titles(raw: bytes, **options: Any) -> list[str | None]:
    return [each["245"]["a"] for each in read(raw, **options)[1]]


def codes(reader: MARCReader) -> list[str]:
    return [each.code for each in reader.problems]


def written(records: list[Record], **options: Any) -> bytes:
    target = io.BytesIO()
    writer = MARCWriter(target, **options)
    for each in records:
        writer.write(each)
    return target.getvalue()


# -- encoding -----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("claim", [" ", "a"], ids=["says MARC-8", "says UTF-8"])
@pytest.mark.parametrize(
    ("encoding", "raw"),
    [("latin-1", LATIN_1), ("utf-8", TEXT.encode()), ("marc8", MARC_8), ("cp1252", LATIN_1),
     ("utf-8-twice", TWICE)],
)  # fmt: skip
def test_an_encoding_that_is_named_is_used_whatever_the_record_says(
    encoding: str, raw: bytes, claim: str, recovery: str
) -> None:
    reader, (found,) = read(titled(raw, claim), encoding=encoding, recovery=recovery)
    assert found["245"]["a"] == TEXT
    assert codes(reader) == []
    assert found.problems == ()


@BOTH
@pytest.mark.parametrize(
    ("raw", "claim", "encoding"),
    [(LATIN_1, "a", "latin-1"), (LATIN_1, " ", "latin-1"), (TEXT.encode(), " ", "utf-8"),
     (MARC_8, "a", "marc8"), (TWICE, "a", "utf-8-twice")],
)  # fmt: skip
def test_auto_finds_out_and_says_so(raw: bytes, claim: str, encoding: str, recovery: str) -> None:
    reader, (found,) = read(titled(raw, claim), encoding="auto", recovery=recovery)
    assert found["245"]["a"] == TEXT
    assert reader.encoding_found is not None
    assert reader.encoding_found.encoding == encoding
    assert 0 < reader.encoding_found.certainty <= 1
    assert reader.encoding_found.evidence
    (problem,) = found.problems
    assert (problem.code, problem.record_offset) == ("encoding-other", 9)
    assert problem.done.startswith(f"decoded as {encoding} (certainty ")
    assert list(reader.problems) == [problem]


@BOTH
@pytest.mark.parametrize(
    "raw", [titled(TEXT.encode(), "a"), titled(MARC_8), titled(b"Plain"), titled(b"Plain", "a")]
)
def test_auto_leaves_alone_what_is_as_it_says(raw: bytes, recovery: str) -> None:
    reader, (found,) = read(raw, encoding="auto", recovery=recovery)
    (plain,) = read(raw)[1]
    assert found.as_dict() == plain.as_dict()
    assert codes(reader) == []


@BOTH
def test_auto_decides_record_by_record(recovery: str) -> None:
    raw = titled(LATIN_1, "a") + titled(TEXT.encode(), "a") + titled(MARC_8) + titled(LATIN_1)
    reader, records = read(raw, encoding="auto", recovery=recovery)
    assert [each["245"]["a"] for each in records] == [TEXT] * 4
    assert [len(each.problems) for each in records] == [1, 0, 0, 1]
    assert [each.record_number for each in reader.problems] == [1, 4]
    assert [each.offset for each in reader.problems] == [9, len(raw) - len(titled(LATIN_1)) + 9]


def test_auto_reads_unimarc() -> None:
    title = b"L'\xc2elegance fran\xd0caise, deuxi\xc1eme \xc2edition"
    (found,) = read(unimarc(title, "0103"), encoding="auto", recovery="salvage")[1]
    assert found["200"]["a"] == "L'élegance française, deuxième édition"


def test_auto_decodes_mixed_texts_each_by_itself() -> None:
    raw = titled(LATIN_1, "a", TEXT.encode(), LATIN_1, TEXT.encode())
    reader, (found,) = read(raw, encoding="auto", recovery="salvage")
    assert [found["245"]["a"], *(each["a"] for each in found.get_fields("500"))] == [TEXT] * 4
    assert codes(reader) == ["encoding-mixed"]


@BOTH
def test_control_fields_are_decoded_too(recovery: str) -> None:
    raw = record(("001", "Nº1".encode("latin-1")), ("245", b"10\x1fa" + LATIN_1), claim="a")
    (found,) = read(raw, encoding="latin-1", recovery=recovery)[1]
    assert found["001"].data == "Nº1"


# -- undecodable --------------------------------------------------------------------------------

BROKEN = titled(b"Caf\xe9 \xff!", "a", "Größe".encode())
BROKEN_MARC_8 = titled(b"Caf\xff \x80!", " ", b"Gr\xe8o\xc7e")


@pytest.mark.parametrize(
    ("options", "title"),
    [({}, "Caf\udce9 \udcff!"), ({"undecodable": "keep"}, "Caf\udce9 \udcff!"),
     ({"undecodable": "replace"}, "Caf\ufffd \ufffd!")],
)  # fmt: skip
def test_undecodable_bytes_are_kept_or_replaced(options: Any, title: str) -> None:
    reader, (found,) = read(BROKEN, recovery="salvage", **options)
    assert found["245"]["a"] == title
    assert found["500"]["a"] == "Größe"
    (problem,) = reader.problems
    place = BROKEN.index(b"\xe9")
    assert (problem.code, problem.tag, problem.severity) == ("text-undecodable", "245", "warning")
    assert (problem.offset, problem.record_offset, problem.length) == (place, place, 1)
    assert reader.accounting == (0, len(BROKEN), 0)


@pytest.mark.parametrize(
    ("raw", "options"),
    [(BROKEN, {}), (BROKEN_MARC_8, {"encoding": "marc8"}), (BROKEN * 3, {})],
    ids=["UTF-8", "MARC-8", "several"],
)
def test_bytes_that_were_kept_are_written_again(raw: bytes, options: Any) -> None:
    records = read(raw, recovery="salvage", undecodable="keep")[1]
    assert any("\udc80" <= each <= "\udcff" for each in str(records[0]))
    again = written(records, undecodable="keep", **options)
    assert again == raw
    with pytest.raises(UnicodeEncodeError):
        written(records, **options)


def test_kept_bytes_survive_an_edit_of_something_else() -> None:
    (found,) = read(BROKEN, recovery="salvage")[1]
    found["500"]["a"] = "Ok"
    assert written([found], undecodable="keep") == titled(b"Caf\xe9 \xff!", "a", b"Ok")


@pytest.mark.parametrize(
    ("raw", "options"),
    [(BROKEN, {}), (BROKEN_MARC_8, {}), (BROKEN, {"encoding": "utf-8"}),
     (titled(b"\x81", "a"), {"encoding": "cp1252"})],
)  # fmt: skip
def test_rejected_records_are_reported_with_their_bytes(raw: bytes, options: Any) -> None:
    sound = titled(b"Good", "a")
    reader, records = read(sound + raw + sound, recovery="salvage", undecodable="reject", **options)
    assert [each["245"]["a"] for each in records] == ["Good", "Good"]
    (problem,) = reader.problems
    assert (problem.code, problem.severity) == ("text-undecodable", "error")
    assert (problem.record_number, problem.raw) == (2, raw)
    assert reader.accounting == (2 * len(sound), 0, len(raw))


@pytest.mark.parametrize("claim", [" ", "a"], ids=["says MARC-8", "says UTF-8"])
def test_without_recovery_a_rejected_record_comes_as_none(claim: str) -> None:
    sound = titled(b"Good", "a")
    raw = titled(b"Caf\xe9 \xff!", claim)
    reader = MARCReader(sound + raw + sound, encoding="utf-8", undecodable="reject")
    assert next(reader) is not None
    assert next(reader) is None
    error = reader.current_exception
    assert isinstance(error, DamagedRecord)
    assert error.problem.code == "text-undecodable"
    assert (error.record_number, error.control_number, error.tag) == (2, "1", "245")
    assert "undecodable='keep'" in str(error)
    assert reader.current_chunk == raw
    assert next(reader) is not None


def test_pymarc_s_error_handlers_still_have_their_say() -> None:
    assert titles(BROKEN, utf8_handling="ignore", recovery="salvage") == ["Caf !"]
    reader = MARCReader(BROKEN, undecodable="replace")
    assert next(reader) is None
    assert isinstance(reader.current_exception, UnicodeDecodeError)


# -- normalize ----------------------------------------------------------------------------------

COMPOSED = unicodedata.normalize("NFC", "Čapek, Größe, Å")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


@BOTH
@pytest.mark.parametrize(("form", "text"), [("NFC", COMPOSED), ("NFD", DECOMPOSED)])
@pytest.mark.parametrize("source", [COMPOSED, DECOMPOSED])
def test_texts_are_normalized(source: str, form: str, text: str, recovery: str) -> None:
    raw = titled(source.encode(), "a")
    reader, (found,) = read(raw, normalize=form, recovery=recovery)
    assert found["245"]["a"] == text
    assert found.as_marc() == titled(text.encode(), "a")
    assert codes(reader) == []
    assert titles(raw, recovery=recovery) == [source]


@BOTH
def test_marc8_is_normalized_too(recovery: str) -> None:
    assert titles(titled(MARC_8), normalize="NFD", recovery=recovery) == [
        unicodedata.normalize("NFD", TEXT)
    ]


@BOTH
def test_normalizing_is_for_decoded_texts(recovery: str) -> None:
    raw = titled(DECOMPOSED.encode(), "a")
    (found,) = read(raw, normalize="NFC", to_unicode=False, recovery=recovery)[1]
    assert found["245"]["a"] == DECOMPOSED.encode()


# -- references ---------------------------------------------------------------------------------


@BOTH
def test_references_in_marc8_are_decoded_on_request(recovery: str) -> None:
    raw = titled(b"A &#x4E00; &#x1F600; &amp; \xe8u")
    assert titles(raw, recovery=recovery) == ["A &#x4E00; &#x1F600; &amp; ü"]
    assert titles(raw, recovery=recovery, references=True) == ["A 一 😀 &amp; ü"]


@BOTH
def test_references_in_other_encodings_are_text(recovery: str) -> None:
    raw = titled(b"A &#x4E00;", "a")
    assert titles(raw, recovery=recovery, references=True) == ["A &#x4E00;"]


@pytest.mark.parametrize("value", ["&#x1E;", "&#x1F;a", "&#x1D;", "&#xD800;", "&#x110000;"])
def test_references_cannot_break_a_record(value: str) -> None:
    raw = titled(f"A {value} z".encode())
    (found,) = read(raw, recovery="salvage", references=True)[1]
    assert len(found["245"].subfields) == 1
    again = written([found])
    assert len(read(again, recovery="strict")[1]) == 1


@pytest.mark.parametrize("tag", ["001", "245"])
def test_an_error_handler_cannot_break_a_record(tag: str) -> None:
    codecs.register_error("mrrc-test-delimiters", lambda error: ("\x1d\x1e\x1f", error.end))
    fields = {"001": b"1", "245": b"10\x1faT"}
    fields[tag] += b" \xff!"
    raw = record(*fields.items(), claim="a")
    (found,) = read(raw, recovery="salvage", utf8_handling="mrrc-test-delimiters")[1]
    text = found["001"].data if tag == "001" else found["245"]["a"]
    assert text == ("1   \x1f!" if tag == "001" else "T    !")
    assert len(read(written([found]), recovery="strict")[1]) == 1


# -- together -----------------------------------------------------------------------------------


def test_damaged_records_get_the_same_treatment() -> None:
    raw = b"99" + titled(DECOMPOSED.encode(), "a")[2:] + b"\n" + titled(LATIN_1, "a")
    reader, records = read(raw, recovery="salvage", encoding="auto", normalize="NFC")
    assert [each["245"]["a"] for each in records] == [COMPOSED, TEXT]
    assert [[problem.code for problem in each.problems] for each in records] == [
        ["record-length-wrong"],
        ["encoding-other"],
    ]
    assert sum(reader.accounting or ()) == len(raw)


def test_strict_raises_for_texts_too() -> None:
    for options in ({}, {"encoding": "auto"}):
        reader = MARCReader(titled(LATIN_1, "a"), recovery="strict", **options)
        with pytest.raises(DamagedRecord) as caught:
            next(reader)
        wanted = "encoding-other" if options else "text-undecodable"
        assert caught.value.problem.code == wanted


@BOTH
def test_a_file_that_is_all_alike_is_read_as_it_would_be_by_name(recovery: str) -> None:
    raw = b"".join(titled(LATIN_1 + b" %d" % number, "a") for number in range(20))
    assert titles(raw, encoding="auto", recovery=recovery) == titles(
        raw, encoding="latin-1", recovery=recovery
    )


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("target", ["marcxml", "marc"])
@pytest.mark.parametrize("encoding", ["auto", "checked"])
def test_a_conversion_looks_at_encodings_that_are_in_doubt(
    threads: int, target: str, encoding: str
) -> None:
    sound = titled("Grüße".encode(), "a")
    raws = [sound] * 50 + [titled("Grüße".encode(), " ")] + [titled(b"Title", " ")] * 20
    raws += [titled("GrÃ¼ÃŸe".encode(), "a")] + [sound] * 50 + [titled(b"Gr\xe8usse", " ")]
    data = b"".join(raws)
    out, codes = io.BytesIO(), []
    mrrc.convert(
        data,
        out,
        to_format=target,
        encoding=encoding,
        threads=threads,
        on_problem=lambda problem: codes.append((problem.code, problem.record_number)),
    )
    titles = [record.title for record in mrrc.read(out.getvalue())]
    assert titles == ["Grüße"] * 51 + ["Title"] * 20 + ["Grüße"] * 51 + ["Grüsse"]
    assert [found for found in codes if found[0] == "encoding-other"] == [
        ("encoding-other", 51),
        ("encoding-other", 72),
    ]


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (titled("Grüße".encode(), " "), "Grüße"),
        (titled(b"Gr\xe8usse", " "), "Grüsse"),
        # It makes sense as MARC-8, and is believed.
        (titled(b"Ren\xe9e", " "), "Reně"),
        (titled("GrÃ¼ÃŸe".encode(), "a"), "Grüße"),
        (titled(b"M\xe9moires d'un \xe2ne", "a"), "Mémoires d'un âne"),
        (unimarc("Žižek".encode(), "5050"), "Žižek"),
    ],
)
def test_a_record_is_believed_if_it_can_be_what_it_says(raw: bytes, title: str) -> None:
    reader = MARCReader(raw, recovery="salvage", encoding="checked")
    assert [record.title or record["200"]["a"] for record in reader] == [title]
