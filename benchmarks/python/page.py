"""Put the tables of the last whole run into docs/PERFORMANCE.md, between the marks for them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import report

PAGE = Path(__file__).resolve().parents[2] / "docs" / "PERFORMANCE.md"
PLACE = re.compile(r"<!-- (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def last_results(directory: Path) -> dict[str, Any] | None:
    """Return the newest whole run, a quick one only where there is no other; None without any."""
    named = re.compile(r"\d{4}-\d\d-\d\d(-quick)?\.json")
    paths = sorted(path for path in directory.glob("*.json") if named.fullmatch(path.name))
    if not paths:
        return None
    full = [path for path in paths if "quick" not in path.name]
    content: dict[str, Any] = json.loads((full or paths)[-1].read_text(encoding="utf-8"))
    return content


def filled(page: str, tables: dict[str, dict[str, Any]]) -> str:
    """Return the page with the tables in their places; those without results stay as they are."""

    def place(match: re.Match[str]) -> str:
        name = match[1]
        if name not in tables:
            return match[0]
        found = tables[name]
        parts = [report.listed(found["notes"])]
        if len(found["table"]) > 1:
            parts.append(report.as_markdown(found["table"]))
        content = "\n\n".join(part for part in parts if part)
        return f"<!-- {name} -->\n{content}\n<!-- end -->"

    return PLACE.sub(place, page)


def write(directory: Path, page: Path = PAGE) -> bool:
    """Bring the page up to date; false where there are no results."""
    content = last_results(directory)
    if content is None:
        return False
    text = page.read_text(encoding="utf-8")
    page.write_text(filled(text, content["tables"]), encoding="utf-8")
    return True
