"""MARCXML held against the schema beside this file, by a parser that has nothing of mrrc."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCHEMA = Path(__file__).with_name("marcxml.xsd")
NAMESPACE = "http://www.loc.gov/MARC21/slim"


def lxml_etree() -> Any:
    """lxml, which has no wheel for every interpreter; skips where it is not there."""
    return pytest.importorskip("lxml.etree", reason="lxml is not installed here")


@cache
def schema() -> Any:
    """The schema, ready to validate."""
    etree = lxml_etree()
    return etree.XMLSchema(etree.parse(SCHEMA))


def parsed(document: bytes) -> Any:
    """The root element of a document; raises lxml's XMLSyntaxError where it is not well-formed.

    Nothing is fetched, no entity is expanded, and lxml's limits on size do not apply.
    """
    etree = lxml_etree()
    parser = etree.XMLParser(no_network=True, resolve_entities=False, huge_tree=True)
    return etree.fromstring(document, parser)


def faults(document: bytes) -> list[str]:
    """What the schema says against a well-formed document, line by line; nothing if it is valid."""
    checked = schema()
    if checked.validate(parsed(document).getroottree()):
        return []
    return [f"line {error.line}: {error.message}" for error in checked.error_log]
