//! MARC-8 to Unicode.

use mrrc_core::marc8::{ANSEL, BASIC_LATIN, CharacterSets, decode_into};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Return text, the sets in force at the end, and a sentence for each code without a character.
#[pyfunction]
#[pyo3(signature = (data, g0 = BASIC_LATIN, g1 = ANSEL), text_signature = "(data, g0=66, g1=69)")]
pub fn decode_marc8<'py>(
    py: Python<'py>,
    data: &[u8],
    g0: u8,
    g1: u8,
) -> PyResult<(String, u8, u8, Bound<'py, PyTuple>)> {
    let mut sets = CharacterSets { g0, g1 };
    let mut text = String::with_capacity(data.len());
    let mut notes = Vec::new();
    decode_into(data, &mut sets, &mut text, &mut notes)
        .map_err(|error| PyTypeError::new_err(error.to_string()))?;
    let notes = PyTuple::new(py, notes.iter().map(ToString::to_string))?;
    Ok((text, sets.g0, sets.g1, notes))
}
