"""Whether a record can be anything else than what its leader claims to be encoded in."""

from __future__ import annotations

import re

# An escape sequence; or what a text has in it that was encoded in UTF-8 twice.
_DOUBTFUL = re.compile(rb"\x1b|\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
# MARC-8 drops control characters, other sets keep them.
_ESCAPE_OR_CONTROL = re.compile(rb"[\x00-\x1c\x7f]")


def is_surely_as_claimed(raw: bytes) -> bool:
    """Say whether a plain record in UTF-8, or one of ASCII, needs no closer look at its encoding.

    True is sure: `mrrc.encoding.detect` would find what leader position 9 claims. False is not.
    """
    if raw[9:10] == b"a":
        return _DOUBTFUL.search(raw) is None
    return raw.isascii() and _ESCAPE_OR_CONTROL.search(raw) is None
