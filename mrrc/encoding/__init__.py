"""What the encoding of a record really is, and its text.

A record says in its leader (position 9) whether it is UTF-8 or MARC-8; UNIMARC says in field 100
which of its character sets. Often it is something else. `detect` decides by the bytes, `decode`
makes text of them; `needs_look` is a quick check that most records pass.

>>> decode(b"Caf\\xe2e", "marc8"), decode(b"Caf\\xc2e", "iso5426"), decode(b"Caf\\xe9", "latin-1")
('Café', 'Café', 'Café')
"""

from __future__ import annotations

from mrrc.encoding._decoding import decode
from mrrc.encoding._detecting import detect, detect_text, detect_texts, needs_look
from mrrc.encoding._finding import Finding

__all__ = ["Finding", "decode", "detect", "detect_text", "detect_texts", "needs_look"]
