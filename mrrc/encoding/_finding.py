"""What is found out about an encoding."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """What the encoding of a record or a text is.

    Attributes:
        encoding: a name that `decode` knows; "mixed" if the texts of one record differ
            (`detect_texts` tells them apart), "unknown" if nothing fits: then the claimed
            encoding is as good as any.
        certainty: from 0 to 1; 1 where nothing else is possible.
        claimed: what the record says, by leader position 9, or by field 100 $a of UNIMARC.
        evidence: why, in one sentence.
    """

    encoding: str
    certainty: float
    claimed: str
    evidence: str
