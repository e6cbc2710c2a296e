"""Every real file in the exchange format, through every reader option, against pymarc."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tests.differential.compare import Comparer, Step
from tests.differential.drive import (
    brief,
    edit,
    look_freshly,
    read_damaged,
    read_file,
    write_all,
)
from tests.differential.sources import chunks, full_product, option_subset, sample
from tests.differential.steps import LOOKS, SEQUENCE
from tests.shared import needs_shared, real_iso2709_files

FILES = real_iso2709_files()
pytestmark = needs_shared
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)

# The default run looks at everything a little; --slow looks at everything.
FEW, SOME = 3, 2
SKETCH = ("as_marc", "title", "str", "as_json", "xml", "value", "snapshot", "pickle 4")


def test_all_the_files_are_there() -> None:
    assert len(FILES) >= 300
    assert len(set(FILES)) == len(FILES)


@every_file
def test_default_options(path: Path, comparer: Comparer) -> None:
    read_file(comparer, path, "open file", (), SKETCH, limit=FEW)


@every_file
def test_option_subset(path: Path, comparer: Comparer) -> None:
    for options in option_subset()[1:]:
        for index, chunk in sample(chunks(path), 1):
            brief(comparer, f"{path.name}#{index}", chunk, options)


@pytest.mark.parametrize("path", FILES[1::4], ids=lambda path: path.name)
def test_untouched_records(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 1):
        look_freshly(comparer, f"{path.name}#{index}", chunk, (), LOOKS)


@pytest.mark.parametrize("path", FILES[5::16], ids=lambda path: path.name)
def test_edits(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 1):
        edit(
            comparer, f"{path.name}#{index}", chunk, (), accesses=("untouched", "one field"),
            outputs=("as_marc", "as_json", "snapshot"),
        )  # fmt: skip


@pytest.mark.slow
@every_file
def test_every_record(path: Path, comparer: Comparer) -> None:
    read_file(comparer, path, "open file", (), SEQUENCE)
    for kind in ("BytesIO", "bytes"):
        read_file(comparer, path, kind, (), ("as_marc",))


@pytest.mark.slow
@every_file
def test_every_look_at_untouched_records(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 12):
        for options in ((), (("to_unicode", False),), (("force_utf8", True),)):
            look_freshly(comparer, f"{path.name}#{index}", chunk, options, LOOKS)


@pytest.mark.slow
@every_file
def test_every_combination_of_options(path: Path, comparer: Comparer) -> None:
    for options in full_product():
        for index, chunk in sample(chunks(path), 4):
            brief(comparer, f"{path.name}#{index}", chunk, options)


@pytest.mark.slow
@every_file
def test_every_record_with_the_option_subset(path: Path, comparer: Comparer) -> None:
    for options in option_subset():
        read_file(comparer, path, "BytesIO", options, ("as_marc",), limit=500)


@pytest.mark.slow
@every_file
def test_every_edit(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), SOME):
        edit(comparer, f"{path.name}#{index}", chunk, ())


@pytest.mark.slow
@every_file
def test_bytes_without_a_reader(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 8):
        read_damaged(comparer, f"{path.name}#{index}", chunk, ())
        read_damaged(comparer, f"{path.name}#{index} cut", chunk[:-7], ())


@pytest.mark.parametrize("path", FILES[::8], ids=lambda path: path.name)
def test_whole_files_through_the_writers(path: Path, comparer: Comparer) -> None:
    write_all(comparer, path.name, path.read_bytes()[:60_000])


def test_map_records(comparer: Comparer) -> None:
    for group in (FILES[:3], FILES[100:104], FILES[-4:]):

        def run(package: ModuleType, group: list[Path] = group) -> object:
            seen: list[object] = []
            handles = [path.open("rb") for path in group]
            try:
                given = package.map_records(lambda r: seen.append(r and str(r)), *handles)
            finally:
                for handle in handles:
                    handle.close()
            return [given, *seen]

        comparer.both(Step("map_records", group[0].name), run)
