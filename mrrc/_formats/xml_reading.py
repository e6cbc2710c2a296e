"""The reference reader of MARCXML: the record in a span, whatever is wrong with it.

Expat reads what is well-formed. Of all else `mrrc._formats.xml_salvage` makes what can be made;
where both can read a record, they read the same. Nothing outside of the span is ever fetched, and
no document type is processed: of the entities that one declares, those of plain text are known to
the salvaging reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mrrc._formats.xml_events import RecordEvents, TooMuch
from mrrc._formats.xml_salvage import salvage
from mrrc.record import Record

Report = Callable[..., None]
"""Called with a code and an offset in the span, and length, tag, found and used as keywords."""

_START_TAG = re.compile(rb"<x [^>]*>")
# A tag like this may have more attributes than there is memory for.
_LONG = re.compile(rb"<[^<]{65536}")
# If a handler raises, expat reads on to the end of what it was given.
_PIECE = 1 << 16


def read(span: bytes, context: bytes, report: Report) -> Record | None:
    """Return the record of a span, None if nothing of it can be read.

    Args:
        span: a `record` element, or what is left of one.
        context: a start tag with the namespaces in force, and the document type, as
            `mrrc._pure.xml_frames.XMLFrames` gives them.
        report: told what is wrong.
    """
    match = _START_TAG.match(context)
    start_tag = b"<x>" if match is None else match[0]
    events = RecordEvents(span)
    mistake = _parse(start_tag, span, events)
    record = events.record() if mistake is None else None
    if mistake is not None:
        events = RecordEvents(span, well_formed=False)
        expanded = salvage(span, context[len(match[0]) :] if match else context, events)
        record = events.record()
        if not events.problems and not expanded:
            at, message = mistake
            events.report("markup-malformed", at, found=message, used=b"read all the same")
    for code, offset, facts in events.problems:
        report(code, offset, **facts)
    return record


def _parse(start_tag: bytes, span: bytes, events: RecordEvents) -> tuple[int, bytes] | None:
    """Read a span by expat; return where and why it is not well-formed, or not to be read so."""
    if len(span) > _PIECE and _LONG.search(span) is not None:
        return 0, b"a tag or a text of great length"
    # Not every program that imports mrrc reads XML.
    from xml.parsers import expat

    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    before = len(start_tag)
    skip = [True]

    def start(name: str, attributes: dict[str, Any]) -> None:
        if skip:
            skip.clear()
            return
        events.start(name.rpartition(" ")[2], attributes, parser.CurrentByteIndex - before)

    def end(name: str) -> None:
        events.end(name.rpartition(" ")[2], parser.CurrentByteIndex - before)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = events.text
    try:
        parser.Parse(start_tag, False)
        for at in range(0, len(span), _PIECE):
            parser.Parse(span[at : at + _PIECE], False)
        # One that is left open shows here.
        parser.EndElementHandler = None
        parser.Parse(b"</x>", True)
    except expat.ExpatError as error:
        return max(parser.ErrorByteIndex - before, 0), expat.ErrorString(error.code).encode()
    except TooMuch:
        return max(parser.CurrentByteIndex - before, 0), b"elements in elements"
    return None
