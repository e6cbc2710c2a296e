"""XML, JSON and MARCMaker text through their readers, and back out again."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.differential.compare import Comparer, Step
from tests.differential.drive import look_at
from tests.differential.outcomes import attempt
from tests.differential.steps import LOOKS, make_plan
from tests.shared import DATA, needs_shared, real_files, real_iso2709_files
from tests.xml_documents import DOCUMENTS

Load = Callable[[ModuleType], Any]

OUTPUTS = ("str", "as_marc", "as_json", "xml", "title", "value", "snapshot")


def own(folder: str) -> list[Path]:
    return sorted((DATA / folder).iterdir())


def names(path: Path) -> str:
    return path.name


def loaded(comparer: Comparer, step: Step, load: Load, looks: tuple[str, ...] = OUTPUTS) -> None:
    """The records each package loads, and then what it makes of them."""
    kept: list[Any] = []

    def keep(package: ModuleType) -> Any:
        kept.append([])
        kept[-1] = load(package)
        return kept[-1]

    comparer.both(step, keep)
    theirs, ours = kept
    for number, (one, other) in enumerate(zip(theirs, ours, strict=False)):
        where = f"{step.where}#{number} ({step.name})"
        look_at(comparer, where, (), one, other, looks, make_plan(one))


def xml_loads(path: Path) -> dict[str, Load]:
    data = path.read_bytes()
    loads: dict[str, Load] = {
        "path": lambda lib: lib.parse_xml_to_array(str(path)),
        "bytes stream": lambda lib: lib.parse_xml_to_array(io.BytesIO(data)),
        "strict": lambda lib: lib.parse_xml_to_array(io.BytesIO(data), strict=True),
        "map_xml": lambda lib: _mapped(lib, data),
        "handler": lambda lib: _handled(lib, data),
    }
    for form in ("NFC", "NFD", "NFKC", "NFKD", "BAD"):
        loads[form] = lambda lib, form=form: lib.parse_xml_to_array(io.BytesIO(data), False, form)
    return loads


def _mapped(lib: ModuleType, data: bytes) -> Any:
    seen: list[Any] = []
    lib.map_xml(seen.append, io.BytesIO(data))
    return seen


def _handled(lib: ModuleType, data: bytes) -> Any:
    seen: list[Any] = []

    class Handler(lib.XmlHandler):  # type: ignore[misc, name-defined]
        def process_record(self, record: Any) -> None:
            seen.append((record.title, record))

    handler = Handler()
    lib.parse_xml(io.BytesIO(data), handler)
    return [record for _, record in seen]


@pytest.mark.parametrize("path", own("xml"), ids=names)
def test_own_xml(path: Path, comparer: Comparer) -> None:
    for name, load in xml_loads(path).items():
        loaded(comparer, Step(f"xml {name}", path.name), load, tuple(LOOKS))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(name: str, comparer: Comparer, tmp_path: Path) -> None:
    path = tmp_path / "document.xml"
    path.write_bytes(DOCUMENTS[name])
    loads = xml_loads(path)
    for load_name in ("path", "strict", "map_xml"):
        # The tables have records of thousands of fields, and every load gives the same.
        looks = OUTPUTS if load_name == "path" and len(DOCUMENTS[name]) < 20_000 else ()
        loaded(comparer, Step(f"xml {load_name}", name), loads[load_name], looks)


SOUND = ("edited", "leaders", "links", "marc8", "minimal", "plain", "subfields")
WRITTEN = [DATA / "iso2709" / f"{name}.mrc" for name in SOUND] + real_iso2709_files()[::20]


@pytest.mark.parametrize("path", WRITTEN, ids=names)
def test_what_pymarc_writes(path: Path, comparer: Comparer, pymarc: ModuleType) -> None:
    """Records written by pymarc as MARCXML, read by both."""
    stream = io.BytesIO()
    writer = pymarc.XMLWriter(stream)
    logging.disable()
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for record in islice(pymarc.MARCReader(file, permissive=True), 30):
            if record is not None:
                writer.write(record)
    logging.disable(logging.NOTSET)
    writer.close(close_fh=False)
    data = stream.getvalue()
    loaded(
        comparer,
        Step("xml that pymarc wrote", path.name),
        lambda lib: lib.parse_xml_to_array(io.BytesIO(data)),
    )


@needs_shared
@pytest.mark.parametrize("path", real_files(".xml")[::9], ids=names)
def test_some_real_xml(path: Path, comparer: Comparer) -> None:
    if path.stat().st_size > 200_000:
        pytest.skip("large: in the slow run")
    for name in ("path", "strict", "NFC"):
        loaded(comparer, Step(f"xml {name}", path.name), xml_loads(path)[name])


@pytest.mark.slow
@needs_shared
@pytest.mark.parametrize("path", real_files(".xml"), ids=names)
def test_real_xml(path: Path, comparer: Comparer) -> None:
    for name, load in xml_loads(path).items():
        looks = OUTPUTS if name == "path" else ()
        loaded(comparer, Step(f"xml {name}", path.name), load, looks)


def json_loads(text: str, path: Path) -> dict[str, Load]:
    return {
        "JSONReader": lambda lib: list(lib.JSONReader(text)),
        "JSONReader path": lambda lib: list(lib.JSONReader(str(path))),
        "JSONReader stream": lambda lib: list(lib.JSONReader(io.StringIO(text))),
        "JSONReader twice": lambda lib: _twice(lib.JSONReader(text)),
        "parse_json_to_array": lambda lib: lib.parse_json_to_array(text),
        "parse_json_to_array stream": lambda lib: lib.parse_json_to_array(io.StringIO(text)),
        "JSONHandler": lambda lib: _elements(lib, text),
        "JSONReader bytes": lambda lib: list(lib.JSONReader(text.encode())),
    }


def _twice(reader: Any) -> Any:
    return [*reader, *reader]


def _elements(lib: ModuleType, text: str) -> Any:
    parsed = json.loads(text, strict=False)
    return lib.JSONHandler().elements(parsed)


def _json_texts(path: Path) -> list[str]:
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".jsonl" or path.name.endswith(".ndj.json"):
        return text.splitlines()
    return [text]


@pytest.mark.parametrize("path", own("json"), ids=names)
def test_own_json(path: Path, comparer: Comparer) -> None:
    for name, load in json_loads(path.read_text("utf-8"), path).items():
        loaded(comparer, Step(name, path.name), load, tuple(LOOKS))


@needs_shared
@pytest.mark.parametrize("path", real_files(".json", ".jsonl"), ids=names)
def test_real_json(path: Path, comparer: Comparer) -> None:
    for number, text in enumerate(_json_texts(path)[:3]):
        load = json_loads(text, path)["JSONReader"]
        loaded(comparer, Step("JSONReader", f"{path.name}:{number}"), load)


@pytest.mark.slow
@needs_shared
@pytest.mark.parametrize("path", real_files(".json", ".jsonl"), ids=names)
def test_all_real_json(path: Path, comparer: Comparer) -> None:
    for number, text in enumerate(_json_texts(path)):
        for name, load in json_loads(text, path).items():
            looks = OUTPUTS if name == "JSONReader" else ()
            loaded(comparer, Step(name, f"{path.name}:{number}"), load, looks)


def mrk_loads(text: str, path: Path) -> dict[str, Load]:
    return {
        "MARCMakerReader": lambda lib: list(lib.MARCMakerReader(text)),
        "MARCMakerReader path": lambda lib: list(lib.MARCMakerReader(str(path))),
        "MARCMakerReader encoding": lambda lib: list(
            lib.MARCMakerReader(str(path), encoding="latin-1")
        ),
        "MARCMakerReader stream": lambda lib: list(lib.MARCMakerReader(io.StringIO(text))),
        "MARCMakerReader bytes": lambda lib: list(lib.MARCMakerReader(text.encode())),
    }


@pytest.mark.parametrize("path", [*own("mrk"), *real_files(".mrk")], ids=names)
def test_mrk(path: Path, comparer: Comparer) -> None:
    text = path.read_text("utf-8")
    for name, load in mrk_loads(text, path).items():
        looks = tuple(LOOKS) if path.parent.name == "mrk" else OUTPUTS
        loaded(comparer, Step(name, path.name), load, looks)

    def stepwise(lib: ModuleType) -> Any:
        reader = lib.MARCMakerReader(text)
        return [attempt(lambda: next(reader)) for _ in range(6)]

    comparer.both(Step("next by next", path.name), stepwise)


def test_text_that_was_written_reads_back_the_same(comparer: Comparer) -> None:
    for path in sorted((DATA / "iso2709").glob("*.mrc")):
        data = path.read_bytes()

        def run(lib: ModuleType, data: bytes = data) -> Any:
            said = []
            for record in lib.MARCReader(data):
                if record is None:
                    continue
                said.append(attempt(lambda r=record: next(lib.MARCMakerReader(str(r)))))
                said.append(attempt(lambda r=record: list(lib.JSONReader(r.as_json()))))
            return said

        comparer.both(Step("read back", path.name), run)
