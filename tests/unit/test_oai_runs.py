"""Headers of OAI-PMH do not cut a conversion's runs to pieces, and no deletion is missed."""

from __future__ import annotations

import io

import mrrc
from mrrc._engine import name as engine

RECORD = (
    '<metadata><record xmlns="http://www.loc.gov/MARC21/slim">'
    "<leader>00000nam a2200000 a 4500</leader>"
    '<controlfield tag="001">id{0}</controlfield></record></metadata>'
)
HEADER = "<record><header{1}><identifier>oai:{0}</identifier></header>"
COUNT = 300


def harvest(deleted: set[int], before: str = "{}", after: str = "") -> bytes:
    """Return an answer with so many records, some of them deleted; `before` is for its header."""
    parts = ['<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>']
    for number in range(COUNT):
        status = ' status="deleted"' if number in deleted else ""
        content = "" if status else RECORD.format(number)
        parts.append(before.format(HEADER.format(number, status)) + content + "</record>\n")
    return "".join([*parts, after, "</ListRecords></OAI-PMH>"]).encode()


def converted(data: bytes) -> tuple[list[str], mrrc.Conversion, list[str]]:
    told: list[str] = []
    file = io.BytesIO()
    result = mrrc.convert(
        data, file, to_format="jsonl", deleted=lambda header: told.append(header.identifier)
    )
    numbers = [each["001"].data for each in mrrc.read(file.getvalue(), "jsonl")]
    return told, result, numbers


def test_every_deletion_is_told_in_a_conversion() -> None:
    deleted = {0, 1, 5, 17, 18, 150, COUNT - 1}
    told, result, numbers = converted(harvest(deleted))
    assert told == [f"oai:{number}" for number in sorted(deleted)]
    assert result.deleted == len(deleted)
    assert not result.problems
    assert numbers == [f"id{number}" for number in range(COUNT) if number not in deleted]


def test_headers_that_say_nothing_of_matter_stay_inside_of_runs() -> None:
    reader = mrrc.open(harvest(set(), after="<resumptionToken>more</resumptionToken>"))
    items = list(reader._runs("jsonl"))
    assert sum(getattr(item, "count", 1) for item in items) == COUNT
    if engine == "rust":
        assert len(items) < COUNT / 10
    assert reader.resumption_token == "more"
    assert sum(reader.accounting) == reader.accounting.sound == reader.bytes_read


def test_a_comment_with_a_header_in_it_deletes_nothing() -> None:
    comment = '<!-- <header status="deleted"><identifier>no</identifier></header> -->{}'
    told, result, numbers = converted(harvest({7}, comment))
    assert told == ["oai:7"]
    assert len(numbers) == result.written == COUNT - 1
