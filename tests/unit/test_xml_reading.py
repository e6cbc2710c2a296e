"""MARCXML through the scanner: the same as through xml.sax, whatever the file and the handler."""

from __future__ import annotations

import importlib
import io
import pickle
import tempfile
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax import make_parser
from xml.sax.handler import feature_namespaces
from xml.sax.xmlreader import InputSource

import pytest

import mrrc
from mrrc import _xml_records, marcxml
from tests.xml_documents import DOCUMENTS, FORBIDDEN, NAMESPACE, PLAIN, value

MANY = f"<collection xmlns='{NAMESPACE}'>{PLAIN * 50}</collection>".encode()
# So large that xml.sax reads it in several pieces.
LARGE = MANY.replace(b"</record>", b"</record><!--" + b"x" * 65_000 + b"-->", 2)
BROKEN = MANY.replace(b"</collection>", b"<a></b></collection>")
BROKEN_EARLY = MANY.replace(b"<record>", b"<record>&x;", 1)
# A record that is no bytes among others that are.
MIXED = MANY.replace(b"<record>", b"<record><datafield tag='24'/>", 1)


# What xml.sax reads at once.
PIECE = 65_516


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks in which few records end."""
    monkeypatch.setattr(_xml_records, "_BLOCK_LENGTH", 700)


def test_blocks_are_larger_than_those_of_sax() -> None:
    assert make_parser()._bufsize == PIECE
    assert importlib.reload(_xml_records)._BLOCK_LENGTH > 10 * PIECE


@pytest.fixture
def parsers(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The parsers of xml.sax that were made."""
    made: list[object] = []

    def counted() -> object:
        made.append(make_parser())
        return made[-1]

    monkeypatch.setattr(marcxml, "make_parser", counted)
    return made


def sax(source: Any, handler: Any) -> None:
    """Parse as pymarc does."""
    parser = make_parser()
    parser.setContentHandler(handler)
    parser.setFeature(feature_namespaces, True)
    parser.parse(source)


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or all there is to say of the exception."""
    try:
        return call()
    except Exception as error:
        place = [getattr(error, name, "-") for name in ("errno", "filename")]
        if hasattr(error, "getLineNumber"):
            place += [error.getLineNumber(), error.getColumnNumber(), error.getSystemId()]
        return type(error), [str(each) for each in error.args], str(error), place


def shown(records: list[mrrc.Record]) -> list[Any]:
    """The records as their fields."""
    return [
        (str(record.leader), [(str(each), each.tag, each.data) for each in record.fields])
        for record in records
    ]


def read(data: bytes, **options: Any) -> Any:
    return outcome(lambda: shown(mrrc.parse_xml_to_array(io.BytesIO(data), **options)))


def read_by_sax(data: bytes, strict: bool = False, normalize_form: Any = None) -> Any:
    def parsed() -> Any:
        handler = mrrc.XmlHandler(strict, normalize_form)
        sax(io.BytesIO(data), handler)
        return shown(handler.records)

    return outcome(parsed)


@pytest.mark.parametrize("strict", [False, True], ids=["any", "strict"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(name: str, strict: bool) -> None:
    data = DOCUMENTS[name]
    assert read(data, strict=strict) == read_by_sax(data, strict)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD", "", "nfc", "BAD", 1, b"NFC"])
def test_normalization(form: Any) -> None:
    texts = ["e\u0301", "\u00e9", "\u212b", "\u0301x", "a", "\ufb01 \u1e9b\u0323", "日本"]
    inside = "".join(value(text) for text in texts)
    parts = value("e\u0301\u00e9").replace("<datafield", "<controlfield tag='x'/><datafield")
    for document in [inside, parts, value("").replace(" a 4500", "e\u0301 a 450"), "<a></b>"]:
        data = f"<c>{document}{PLAIN}</c>".encode()
        assert read(data, normalize_form=form) == read_by_sax(data, False, form)


def test_normalized_text_stays_bytes() -> None:
    data = f"<c>{PLAIN}{unicodedata.normalize('NFD', PLAIN)}</c>".encode()
    first, second = mrrc.parse_xml_to_array(io.BytesIO(data), normalize_form="NFC")
    assert (first._raw is None, second._raw is None) == (False, True)
    assert first.as_marc() == second.as_marc()


def test_records_are_what_they_would_be() -> None:
    for record in mrrc.parse_xml_to_array(io.BytesIO(MANY)):
        raw = record._raw
        assert raw is not None
        assert str(record.leader) == "00060nam a2200049 a 4500"
        assert record["245"] is record["245"] is record.fields[1]
        assert record.as_marc() == raw == mrrc.Record(raw).as_marc()
        assert pickle.loads(pickle.dumps(record)).as_marc() == raw
        record["245"]["a"] = "x"
        assert record.as_marc() != raw


# -- files --------------------------------------------------------------------------------------


class Reading:
    """Any object with read and close."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        self.sizes: list[int] = []
        self.closed = False

    def read(self, size: int) -> bytes:
        self.sizes.append(size)
        return self.file.read(size)

    def close(self) -> None:
        self.closed = True


class Subclass(io.BytesIO):
    closings = 0

    def close(self) -> None:
        self.closings += 1


def sources(data: bytes, directory: Path) -> dict[str, Callable[[], Any]]:
    """Ways to hand over a document."""
    path = directory / "records.xml"
    path.write_bytes(data)

    def at_five() -> Any:
        file = io.BytesIO(b"12345" + data)
        file.seek(5)
        return file

    def text_at_five() -> Any:
        file = io.TextIOWrapper(io.BytesIO(b"12\xc3\xa95" + data), "utf-8", "replace")
        file.read(4)
        return file

    def iterated() -> Any:
        file = io.TextIOWrapper(io.BytesIO(b"line\n" + data), "utf-8", "replace")
        next(file)
        return file

    def temporary() -> Any:
        file = tempfile.TemporaryFile()  # noqa: SIM115
        file.write(data)
        file.seek(0)
        return file

    def closed() -> Any:
        file = io.BytesIO(data)
        file.close()
        return file

    def detached() -> Any:
        file = io.TextIOWrapper(io.BytesIO(data))
        file.detach()
        return file

    def input_source() -> Any:
        source = InputSource()
        source.setByteStream(io.BytesIO(data))
        return source

    return {
        "str": lambda: str(path),
        "Path": lambda: path,
        "URL": path.as_uri,
        "bytes path": lambda: str(path).encode(),
        "buffered": lambda: open(path, "rb"),
        "raw": lambda: open(path, "rb", buffering=0),
        "random": lambda: open(path, "r+b"),
        "text": lambda: open(path, encoding="utf-8"),
        "text, its line ends": lambda: open(path, encoding="utf-8", newline=""),
        "text in Latin-1": lambda: open(path, encoding="latin-1"),
        "text in ASCII": lambda: open(path, encoding="ascii"),
        "for writing": lambda: open(directory / "written.xml", "wb"),
        "BytesIO": lambda: io.BytesIO(data),
        "StringIO": lambda: io.StringIO(data.decode("utf-8", "replace")),
        "lone surrogate": lambda: io.StringIO(data.decode("utf-8", "replace") + "\ud800"),
        "at 5": at_five,
        "text at 5": text_at_five,
        "iterated": iterated,
        "temporary": temporary,
        "closed": closed,
        "detached": detached,
        "reading": lambda: Reading(data),
        "subclass": lambda: Subclass(data),
        "InputSource": input_source,
        "nowhere": lambda: str(directory / "nowhere.xml"),
        "directory": lambda: directory,
        "no path": lambda: "a\0b",
        "nothing": lambda: "",
        "None": lambda: None,
        "number": lambda: 7_777,
        "document": lambda: data,
    }


def left(source: Any) -> Any:
    """What can be seen of a file afterwards."""
    file = source.getByteStream() if isinstance(source, InputSource) else source
    return (
        outcome(lambda: getattr(file, "closed", None)),
        getattr(file, "sizes", None),
        getattr(file, "closings", None),
    )


KINDS = list(sources(b"", Path(tempfile.gettempdir())))


DATA = {
    "large": LARGE,
    "mixed": MIXED,
    "broken": BROKEN,
    "late": LARGE.replace(b"</collection>", b"<a></collection>"),
    "early": BROKEN_EARLY,
    "empty": b"",
    "utf-16": MANY.decode().encode("utf-16"),
    "not utf-8": LARGE.replace(b"</collection>", b"\xff</collection>"),
}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("kind", KINDS)
def test_sources(kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_xml_records, "_BLOCK_LENGTH", 2 * PIECE)
    data = DATA[name]

    def by_sax(source: Any) -> list[Any]:
        handler = mrrc.XmlHandler()
        sax(source, handler)
        return shown(handler.records)

    def mapped(source: Any) -> list[Any]:
        seen: list[Any] = []
        try:
            mrrc.map_xml(lambda record: seen.append(shown([record])), source)
        except Exception as error:
            return [type(error), seen]
        return seen

    def mapped_by_sax(source: Any) -> list[Any]:
        seen: list[Any] = []
        handler = mrrc.XmlHandler()
        handler.process_record = lambda record: seen.append(shown([record]))  # type: ignore[method-assign]
        try:
            sax(source, handler)
        except Exception as error:
            return [type(error), seen]
        return seen

    make = sources(data, tmp_path)[kind]
    for ours, theirs in [
        (lambda source: shown(mrrc.parse_xml_to_array(source)), by_sax),
        (mapped, mapped_by_sax),
    ]:
        one, other = make(), make()
        assert outcome(lambda: ours(one)) == outcome(lambda: theirs(other))  # noqa: B023
        assert left(one) == left(other)


@pytest.mark.parametrize("kind", KINDS[:20])
def test_which_files_the_scanner_reads(kind: str, tmp_path: Path, parsers: list[object]) -> None:
    others = {
        "URL",
        "bytes path",
        "for writing",
        "lone surrogate",
        "iterated",
        "closed",
        "text at 5",
    }
    if outcome(lambda: mrrc.parse_xml_to_array(sources(MANY, tmp_path)[kind]())):
        assert bool(parsers) == (kind in {*others, "text in ASCII", "text in Latin-1"})


# -- handlers -----------------------------------------------------------------------------------


def handlers() -> dict[str, Callable[[], mrrc.XmlHandler]]:
    class Own(mrrc.XmlHandler):
        pass

    class Streaming(mrrc.XmlHandler):
        def process_record(self, record: mrrc.Record) -> None:
            self.records.insert(0, record)

    def with_attribute(name: str, value: Any) -> mrrc.XmlHandler:
        handler = mrrc.XmlHandler()
        setattr(handler, name, value)
        return handler

    def used(data: bytes) -> mrrc.XmlHandler:
        handler = mrrc.XmlHandler()
        sax(io.BytesIO(data), handler)
        return handler

    return {
        "own": mrrc.XmlHandler,
        "strict": lambda: mrrc.XmlHandler(True),
        "NFD": lambda: mrrc.XmlHandler(normalize_form="NFD"),
        "subclass": Own,
        "streaming": Streaming,
        "used": lambda: used(MANY),
        "field left": lambda: used(b"<datafield tag='x'/>"),
        "code left": lambda: used(b"<subfield code='x'/>"),
        "no characters": lambda: with_attribute("characters", lambda content: None),
        "no records": lambda: with_attribute("records", ()),
        "in a record": lambda: with_attribute("_record", mrrc.Record()),
    }


HANDLED = {
    "many": MANY,
    "mixed": MIXED,
    "broken": BROKEN,
    "field": b"<datafield tag='1'/>",
    "code": b"<subfield code='a'/>",
}


@pytest.mark.parametrize("data", HANDLED.values(), ids=HANDLED)
@pytest.mark.parametrize("name", list(handlers()))
def test_handlers(name: str, data: bytes) -> None:
    def after(parse: Callable[[Any, Any], None]) -> Any:
        handler = handlers()[name]()
        raised = outcome(lambda: parse(io.BytesIO(data), handler))
        state = [handler._subfield_code, handler._text, type(handler._record), type(handler._field)]
        return raised, shown(list(handler.records)), state

    assert after(mrrc.parse_xml) == after(sax)


def test_methods_put_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(mrrc.XmlHandler, "process_record", lambda self, record: seen.append("x"))
    assert mrrc.parse_xml_to_array(io.BytesIO(MANY)) == []
    assert len(seen) == 50


def test_an_exception_ends_the_parsing() -> None:
    for data in (MANY, BROKEN):
        for number in (1, 7, 50):
            seen: list[mrrc.Record] = []

            def refuse(record: mrrc.Record) -> None:
                seen.append(record)  # noqa: B023
                if len(seen) == number:  # noqa: B023
                    raise KeyError(number)  # noqa: B023

            file = io.BytesIO(data)
            with pytest.raises(KeyError):
                mrrc.map_xml(refuse, file)
            assert len(seen) == number
            assert file.closed


def test_files_one_after_the_other(parsers: list[object]) -> None:
    seen: list[mrrc.Record] = []
    # The field that is left open after the first file belongs to a record of the second.
    files = [b"<datafield tag='500'/>", b"<record><subfield code='a'/></record>", MANY, MIXED]
    mrrc.map_xml(seen.append, *map(io.BytesIO, files))
    kept = list(seen)
    seen.clear()
    handler = mrrc.XmlHandler()
    handler.process_record = seen.append  # type: ignore[method-assign]
    for data in files:
        sax(io.BytesIO(data), handler)
    assert shown(kept) == shown(seen)
    assert parsers


def test_records_come_block_by_block() -> None:
    handed: list[int] = []
    file = io.BytesIO(MANY)
    assert _xml_records.scan_records(file, False, None, lambda records: handed.append(len(records)))
    assert sum(handed) == 50
    assert max(handed) <= 4


def test_every_error_at_its_place() -> None:
    for text in FORBIDDEN:
        data = MANY.replace(
            b"</collection>", value(text).encode("utf-8", "surrogatepass") + b"</collection>"
        )
        assert read(data) == read_by_sax(data)


def test_threads_with_documents_of_their_own() -> None:
    found: list[int] = []

    def work() -> None:
        for _ in range(20):
            found.append(len(mrrc.parse_xml_to_array(io.BytesIO(MANY))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [50] * 80
