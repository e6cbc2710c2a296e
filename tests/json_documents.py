"""Documents of MARC-in-JSON for several test modules, and damage done to them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

LEADER = "00000nam a2200000 a 4500"
RECORD = (
    f'{{"leader":"{LEADER}","fields":[{{"001":"x\\"y"}},{{"245":{{"ind1":"1","ind2":"0",'
    '"subfields":[{"a":"T\\u00e9xt, {[]} "},{"b":"line\\\\"}]}}]}'
)
SPREAD = json.dumps(json.loads(RECORD), indent=8)

DOCUMENTS = [
    "",
    "[]",
    RECORD,
    f"[{RECORD},\n{RECORD}]",
    f"{RECORD}\n{RECORD}\r\n",
    f"\ufeff[{RECORD}]",
    f"\x1e{RECORD}\n\x1e{RECORD}\n",
    f"[[[{RECORD}]]]",
    SPREAD,
    f"[{SPREAD},{SPREAD}]",
    f'{{"totalRecords": 2, "records": [{{"id":"a","parsedRecord":{{"content":{RECORD}}}}},'
    ' {"id":"b"} ], "n": {"x":[1,2]}}',
    f'{{"sourceRecords":[{RECORD},{RECORD}],"records":[{RECORD}],"totalRecords":1}}\n',
    f'{{"collection": {{"record": [{RECORD}, {RECORD}]}}}}',
    f'{{"record":{RECORD}}}',
    f'{{"collection":{RECORD},"x":[1]}}',
    f'{{"records":[],"x":{RECORD}}}',
    f'{{"fields":[{{"001":"a"}}],"leader":"{LEADER}","records":[1]}}',
    f"null,[1,2,{RECORD}]",
    f"not JSON at all <html>{{}}</html>{RECORD}",
    "[" * 70 + RECORD + "]" * 70,
    '{"a":' * 70 + RECORD + "}" * 70,
    " " * 70_000 + RECORD,
    '{"leader" : "x", "fields": [], "leader": 1}' + "{" + " " * 65 + '"leader":1}',
]

_PIECES = [
    *'"{}[],:\n\\x ',
    '{"leader"',
    '{ "leader"',
    '"leader"',
    '"records":[',
    '"collection":{',
    '{"records":[',
    '",\n{"leader":',
    "\\u",
    "\x1e",
    "\ud800",
    "é",
]


def damaged(seed: int, count: int) -> Iterator[bytes]:
    """So many documents with some damage, always the same for a seed."""
    chance = random.Random(seed)
    shorter = [document for document in DOCUMENTS if len(document) < 10_000]
    for _ in range(count):
        text = chance.choice(shorter) + chance.choice(["", ",", "\n"]) + chance.choice(shorter)
        for _ in range(chance.randint(0, 4)):
            start = chance.randint(0, len(text))
            end = start + chance.choice([0, 0, 1, 2, 10])
            text = text[:start] + chance.choice(["", *_PIECES]) + text[end:]
        # A lone surrogate makes bytes that are no UTF-8.
        yield text.encode("utf-8", "surrogatepass")
