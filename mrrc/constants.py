"""The fixed numbers and delimiters of the ISO 2709 record structure as MARC 21 uses it.

The names in the first block are the specification's; the second block keeps pymarc's.
Source: MARC 21 Specifications for Record Structure, "Record Structure" and "Leader".
"""

from typing import Final

LEADER_LENGTH: Final = 24
"""Length of the leader in bytes."""
DIRECTORY_ENTRY_LENGTH: Final = 12
"""Length of a directory entry in bytes: tag (3), length of field (4), starting position (5)."""
SUBFIELD_DELIMITER: Final = "\x1f"
"""Precedes every subfield code (ASCII 1F hex)."""
FIELD_TERMINATOR: Final = "\x1e"
"""Ends the directory and every variable field (ASCII 1E hex)."""
RECORD_TERMINATOR: Final = "\x1d"
"""Ends the record (ASCII 1D hex)."""

MAX_FIELD_LENGTH: Final = 9_999
"""Longest variable field in bytes, its terminator included: the directory has four digits."""
MAX_RECORD_LENGTH: Final = 99_999
"""Longest record in bytes, its terminator included: the leader has five digits."""

LEADER_LEN: Final = LEADER_LENGTH
DIRECTORY_ENTRY_LEN: Final = DIRECTORY_ENTRY_LENGTH
SUBFIELD_INDICATOR: Final = SUBFIELD_DELIMITER
END_OF_FIELD: Final = FIELD_TERMINATOR
END_OF_RECORD: Final = RECORD_TERMINATOR
