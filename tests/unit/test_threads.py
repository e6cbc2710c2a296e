"""Threads that share one record: each gets the record's own fields, and nothing is lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from mrrc import Field, Indicators, Record, Subfield

# Characters that no other test uses as indicators: a pair is made once and then shared.
PAIRS = [(chr(first), chr(second)) for first in range(0x41, 0x51) for second in range(0x61, 0x79)]


@pytest.fixture(autouse=True)
def eager_switching() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def lazy_record(indicators: tuple[str, str] = ("1", "0")) -> Record:
    record = Record()
    record.add_field(Field("001", data="id1"))
    record.add_field(Field("245", Indicators(*indicators), [Subfield("a", "T")]))
    for number in range(10):
        record.add_field(Field("650", subfields=[Subfield("a", str(number))]))
    return Record(record.as_marc())


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads that start together; return their results."""
    barrier = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(index: int) -> None:
        barrier.wait()
        results[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("pair", PAIRS)
def test_looking_fields_up_while_all_are_made(pair: tuple[str, str]) -> None:
    record = lazy_record(pair)
    one, some, all_of_them = at_once(
        lambda: record["245"],
        lambda: record.get_fields("001", "650"),
        lambda: record.fields,
    )
    assert all_of_them is record.fields
    assert [type(field) for field in record.fields] == [Field] * 12
    assert one is record.fields[1]
    assert some == [record.fields[0], *record.fields[2:]]
    assert one.indicators == pair  # type: ignore[attr-defined]
    assert Record(record.as_marc()).title == "T"


@pytest.mark.parametrize("round_", range(200))
def test_one_leader_and_one_list_of_subfields(round_: int) -> None:
    record = lazy_record()
    leaders = at_once(lambda: record.leader, lambda: record.fields and record.leader)
    assert leaders[0] is leaders[1] is record.leader
    field = lazy_record()["245"]
    lists = at_once(lambda: field.subfields, lambda: field.subfields)
    assert lists[0] is lists[1] is field.subfields
