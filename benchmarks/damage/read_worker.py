"""The process that reads: one library, and nothing of the benchmark's own but this file.

    read_worker.py LIBRARY       paths on standard input, a line of JSON for each on standard output

A line is {"records": [[leader, [[tag, content], ...], problems], ...], "errors": n,
"seen": [[offset, length], ...] or null, "accounting": [sound, salvaged, reported] or null}.
A record that could not be read is in "errors" only.
"""

from __future__ import annotations

import json
import sys
from typing import Any

# More errors than this from one file are no news any more.
MOST_ERRORS = 20_000
MEMORY = 4 << 30


def content_of(field: Any) -> str:
    """Return the content of pymarc's and mrrc's fields: data, or indicators and subfields."""
    if field.control_field:
        return str(field.data)
    subfields = "".join(f"\x1f{code}{value}" for code, value in field.subfields)
    return f"{field.indicator1}{field.indicator2}{subfields}"


def form(record: Any) -> list[Any]:
    fields = [[field.tag, content_of(field)] for field in record.fields]
    return [str(record.leader), fields]


def read_pymarc(path: str) -> dict[str, Any]:
    import pymarc

    records: list[Any] = []
    errors = 0
    with open(path, "rb") as file:
        for record in pymarc.MARCReader(file, permissive=True, hide_utf8_warnings=True):
            if record is None:
                errors += 1
            else:
                records.append([*form(record), 0])
    return {"records": records, "errors": errors}


def read_mrrc(path: str) -> dict[str, Any]:
    import mrrc

    records: list[Any] = []
    seen: list[tuple[int, int]] = []
    reader = mrrc.MARCReader(path, recovery="salvage")
    for record in reader:
        records.append([*form(record), len(record.problems)])
    for problem in reader.problems:
        if problem.offset is not None:
            seen.append((problem.offset, problem.length))
    accounting = reader.accounting
    return {
        "records": records,
        "errors": 0,
        "seen": seen,
        "accounting": [accounting.sound, accounting.salvaged, accounting.reported],
    }


def read_published(path: str) -> dict[str, Any]:
    """Read with mrrc 0.9.2 as it salvages most; an error does not end its iteration."""
    import mrrc

    records: list[Any] = []
    errors = 0
    reader = mrrc.MARCReader(path, recovery_mode="lenient")
    while errors < MOST_ERRORS:
        try:
            record = next(reader)
        except StopIteration:
            break
        except Exception:  # noqa: BLE001 - its exceptions have several bases
            errors += 1
            continue
        if record is None:
            errors += 1
            continue
        fields = []
        # In the record's order, which its list of fields does not keep.
        for field in record.as_dict()["fields"]:
            for tag, value in field.items():
                if isinstance(value, str):
                    fields.append([tag, value])
                    continue
                subfields = "".join(
                    f"\x1f{code}{text}"
                    for subfield in value["subfields"]
                    for code, text in subfield.items()
                )
                fields.append([tag, f"{value['ind1']}{value['ind2']}{subfields}"])
        records.append([str(record.leader), fields, len(record.errors)])
    return {"records": records, "errors": errors}


def account(path: str) -> dict[str, Any]:
    """Read a file for what becomes of its bytes; every field is decoded and thrown away."""
    import mrrc

    reader = mrrc.MARCReader(path, recovery="salvage")
    records = with_problems = 0
    for record in reader:
        form(record)
        records += 1
        with_problems += bool(record.problems)
    return {
        "records": records,
        "with_problems": with_problems,
        "accounting": list(reader.accounting[:3]),
        "problems": dict(reader.problem_counts),
    }


READERS = {
    "pymarc": read_pymarc,
    "mrrc": read_mrrc,
    "published": read_published,
    "account": account,
}


def limit_memory() -> None:
    """Let a library that asks for ever more fail, and not the machine."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main(library: str) -> None:
    import logging

    logging.disable(logging.CRITICAL)
    limit_memory()
    for line in sys.stdin:
        try:
            answer = READERS[library](line.rstrip("\n"))
        except Exception as error:  # noqa: BLE001 - what came out of the iteration is the result
            answer = {"exception": f"{type(error).__name__}: {error}"[:300]}
        except BaseException as error:
            # A panic of the extension is no Exception.
            if type(error).__name__ != "PanicException":
                raise
            answer = {"exception": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
