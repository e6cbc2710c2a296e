"""What a reader that goes on after damage owes to odd files, callbacks, texts and directories."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mrrc import MARCReader, Problem, Record


def record(number: bytes, text: bytes, claim: bytes = b"a") -> bytes:
    """Return a record with a control number and a title; `claim` is leader position 9."""
    title = b"10\x1fa" + text + b"\x1e"
    directory = b"001%04d00000245%04d%05d" % (len(number) + 1, len(title), len(number) + 1)
    body = directory + b"\x1e" + number + b"\x1e" + title + b"\x1d"
    return b"%05dnam %b2200049 i 4500" % (24 + len(body), claim) + body


SOUND = [record(b"%d" % number, b"A title") for number in range(4)]
DAMAGED = b"".join((SOUND[0], b"99999" + SOUND[1][5:], b"\r\n\x00\r\n", *SOUND[2:]))


def salvage(target: Any, **options: Any) -> tuple[MARCReader, list[Record]]:
    reader = MARCReader(target, recovery="salvage", **options)
    return reader, [each for each in reader if each is not None]


def numbers(records: list[Record]) -> list[str]:
    return [each["001"].data for each in records]  # type: ignore[misc]


def until_the_end(reader: MARCReader) -> list[str]:
    """Return control numbers, and the names of exceptions in between."""
    seen = []
    while len(seen) < 50:
        try:
            each = next(reader)
        except StopIteration:
            return seen
        except BaseException as error:  # an interrupt too
            seen.append(type(error).__name__)
        else:
            assert each is not None
            seen.append(each["001"].data or "")
    return seen


# -- files --------------------------------------------------------------------------------------


class Reads:
    """A file whose `read` returns, or raises, one thing after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def read(self, size: int) -> Any:
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, BaseException):
            raise answer
        return answer


def test_a_file_without_data_at_the_moment_is_not_at_its_end() -> None:
    raw = b"".join(SOUND)
    reader = MARCReader(Reads(raw[:90], None, raw[90:]), recovery="salvage")  # type: ignore[arg-type]
    assert until_the_end(reader) == ["0", "BlockingIOError", "1", "2", "3"]
    assert reader.accounting == (len(raw), 0, 0)


def test_memory_that_the_file_uses_again_is_copied() -> None:
    raw = b"".join(SOUND)

    class Reusing(io.BytesIO):
        memory = bytearray(50)

        def read(self, size: int | None = -1) -> Any:
            return memoryview(self.memory)[: self.readinto(self.memory)]

    reader, records = salvage(Reusing(raw))
    assert (numbers(records), reader.accounting) == (["0", "1", "2", "3"], (len(raw), 0, 0))


def test_text_instead_of_bytes_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        salvage(io.StringIO("00000"))


# -- on_problem ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_an_exception_of_on_problem_costs_no_record_and_no_problem(error: type) -> None:
    told: list[Problem] = []

    def fail(problem: Problem) -> None:
        told.append(problem)
        raise error

    reader = MARCReader(DAMAGED, recovery="salvage", on_problem=fail)
    name = error.__name__
    assert until_the_end(reader) == ["0", name, "1", name, name, name, "2", "3"]
    wanted, _ = salvage(DAMAGED)
    assert told == list(wanted.problems)
    assert reader.accounting == wanted.accounting


# -- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [b"caf\xe2e \xe2", b"caf\xe2e \xe2\xe3", b"\x1b)Nab \x1b)E\xe2"])
def test_marks_at_the_end_of_a_text_are_kept_in_sound_records_too(text: bytes) -> None:
    raw = record(b"1", text, b" ")
    reader, (found,) = salvage(raw)
    assert "\udce2" in found["245"]["a"]
    assert set(reader.problem_counts) == {"text-undecodable"}
    assert found.as_marc("marc8", undecodable="keep").endswith(text[-1:] + b"\x1e\x1d")
    (as_pymarc,) = MARCReader(raw)
    assert as_pymarc is not None
    assert "\udce2" not in as_pymarc["245"]["a"]


def test_an_error_handler_that_cannot_decode_ends_nothing() -> None:
    raw = record(b"1", b"caf\xe9 x") + SOUND[2]
    reader, records = salvage(raw, utf8_handling="xmlcharrefreplace")
    assert [each["245"]["a"] for each in records] == ["caf\udce9 x", "A title"]
    assert reader.problem_counts == {"text-undecodable": 1}


def test_a_text_of_no_encoding_in_a_mixed_record_is_decoded_as_the_record_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mrrc import encoding
    from mrrc.encoding import Finding

    text = b"caf\xe9 x"
    mixed = Finding("mixed", 0.5, "utf-8", "Made up.")
    monkeypatch.setattr(encoding, "detect", lambda raw, usual: mixed)
    monkeypatch.setattr(encoding, "detect_texts", lambda raw, usual: {text: "unknown"})
    _, (found,) = salvage(record(b"1", text), encoding="auto")
    assert found["245"]["a"] == "caf\udce9 x"
    assert [each.code for each in found.problems] == ["encoding-mixed", "text-undecodable"]


def test_a_delimiter_that_was_kept_with_a_longer_code_can_be_written() -> None:
    # In EACC three bytes are a code; this one is none, and has a delimiter in it.
    content = b"\x1b$1!:\x1f0!0"
    raw = record(content, b"A title", b" ")
    _, (found,) = salvage(raw, encoding="marc8")
    assert "\udc3a\x1f" in (found["001"].data or "")
    (again,) = MARCReader(found.as_marc(undecodable="keep"), recovery="salvage")
    assert again is not None
    assert again["245"]["a"] == "A title"


@pytest.mark.parametrize(
    "before",
    [b"10 some text\x1fax", b"10\x1f\x1f\x1fax", b"10\x1f\x07ax", b"\x1fax", b"1\x1fax"],
)
def test_undecodable_bytes_are_reported_where_they_are(before: bytes) -> None:
    raw = record(b"1", b"").replace(b"10\x1fa", before + b"\xff\xfe")
    reader, _ = salvage(raw)
    found = [each for each in reader.problems if each.code == "text-undecodable"]
    assert [each.offset for each in found[:1]] == [raw.index(b"\xff")]
    assert all((each.offset or 0) + each.length <= len(raw) for each in found)


# -- directories --------------------------------------------------------------------------------


def test_fields_of_two_entries_are_read_for_both() -> None:
    raw = b"00000nam a2200061 i 4500" + b"500000500000" * 3 + b"\x1e  \x1fa\x1e\x1d"
    reader, (found,) = salvage(raw)
    assert (len(found.fields), reader.problem_counts["fields-overlap"]) == (3, 2)


def test_a_directory_cannot_make_much_of_little() -> None:
    field = b"  \x1fa" + b"x" * 9_994 + b"\x1e"
    raw = b"00000nam a2200061 i 4500" + b"500999900000" * 5_000 + b"\x1e" + field + b"\x1d"
    reader, (found,) = salvage(raw)
    text = sum(len(each.subfields[0].value) for each in found.fields)
    assert 9_994 <= text <= 10 * len(raw)
    assert sum(reader.accounting or ()) == len(raw)
