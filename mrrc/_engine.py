"""Chooses the engine: the only module that names the extension `mrrc._mrrc`.

`MRRC_ENGINE` is `auto` (the extension if it is there, else Python), `rust` (the extension or an
ImportError) or `python`. An extension that is present and cannot be loaded is an error in every
mode but `python`: falling back would turn a broken installation into a slow one.

Both engines export the functions named here, with the same parameters and outcomes.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from mrrc import _pure

if TYPE_CHECKING:
    from types import ModuleType

_EXTENSION = "mrrc._mrrc"


def _load_extension() -> ModuleType | None:
    """Import the extension; None when it is not installed, its own error when it is broken."""
    # `from mrrc import _mrrc` would report a missing and a broken module alike.
    try:
        return importlib.import_module(_EXTENSION)
    except ModuleNotFoundError as error:
        if error.name != _EXTENSION:
            raise
        return None


def _why_no_extension() -> str:
    """Say whether this is a pure-Python installation, or the source tree in place of one."""
    tree = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if os.path.exists(os.path.join(tree, "Cargo.toml")):
        # Python looks in the current directory first, also when mrrc is installed elsewhere.
        return "this is the source tree, in which no extension was built"
    return "this installation has no compiled extension"


def _choose(wanted: str) -> tuple[ModuleType, str, str]:
    """Return the engine's module, its name and why it is that one."""
    if wanted == "python":
        return _pure, "python", "MRRC_ENGINE=python asks for it"
    if wanted not in ("auto", "rust"):
        raise ImportError(f"MRRC_ENGINE is {wanted!r}; it can be auto, rust or python")
    extension = _load_extension()
    if extension is not None:
        reason = (
            "the extension is installed" if wanted == "auto" else "MRRC_ENGINE=rust asks for it"
        )
        return extension, "rust", reason
    if wanted == "rust":
        raise ImportError(
            "MRRC_ENGINE=rust, but this installation has no compiled extension; reinstall mrrc "
            "where cargo is available (MRRC_BUILD=rust pip install --force-reinstall mrrc)"
        )
    return _pure, "python", _why_no_extension()


module, name, reason = _choose(os.environ.get("MRRC_ENGINE") or "auto")

# A str, or any other sequence, handed to the MARC-8 converter is no matter of speed.
decode_marc8_text = _pure.decode_marc8

if TYPE_CHECKING:
    from mrrc._pure import Marc8Batches as Marc8Batches
    from mrrc._pure import RecordIterator as RecordIterator
    from mrrc._pure import RecordStream as RecordStream
    from mrrc._pure import TextRecords as TextRecords
    from mrrc._pure import build_record as build_record
    from mrrc._pure import count_lines as count_lines
    from mrrc._pure import decode_marc8 as decode_marc8
    from mrrc._pure import encode_marc8 as encode_marc8
    from mrrc._pure import field_subfields as field_subfields
    from mrrc._pure import field_value as field_value
    from mrrc._pure import fields_are_sound as fields_are_sound
    from mrrc._pure import first_subfields as first_subfields
    from mrrc._pure import format_record as format_record
    from mrrc._pure import get_field as get_field
    from mrrc._pure import get_fields as get_fields
    from mrrc._pure import has_tag as has_tag
    from mrrc._pure import install_methods as install_methods
    from mrrc._pure import is_plain as is_plain
    from mrrc._pure import leader_of as leader_of
    from mrrc._pure import materialise as materialise
    from mrrc._pure import next_frame as next_frame
    from mrrc._pure import next_run as next_run
    from mrrc._pure import next_sound as next_sound
    from mrrc._pure import plain_bytes as plain_bytes
    from mrrc._pure import read_record as read_record
    from mrrc._pure import record_as_dict as record_as_dict
    from mrrc._pure import record_as_json as record_as_json
    from mrrc._pure import record_as_xml as record_as_xml
    from mrrc._pure import record_to_marc8 as record_to_marc8
    from mrrc._pure import register as register
    from mrrc._pure import salvage_record as salvage_record
    from mrrc._pure import serialise as serialise
    from mrrc._pure import subfield_value as subfield_value
    from mrrc._pure import subfield_values as subfield_values
    from mrrc._pure import subfields_of as subfields_of
    from mrrc._pure import xml_scanner as xml_scanner
else:
    globals().update({function: getattr(module, function) for function in _pure.__all__})
