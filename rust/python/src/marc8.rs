//! MARC-8 to Unicode, and back.

use mrrc_core::marc8::{ANSEL, BASIC_LATIN, CharacterSets, Encoder, decode_into, encode_into};
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyTuple};

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

/// Return a text in MARC-8, with references for what has no form in it.
#[pyfunction]
pub fn encode_marc8<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyBytes>> {
    let py = text.py();
    let mut data = Vec::new();
    // Lone surrogates are the one thing that UTF-8 does not have.
    let Ok(utf8) = text.to_str() else {
        encode_with_surrogates(text, &mut data)?;
        return Ok(PyBytes::new(py, &data));
    };
    data.reserve(utf8.len() + utf8.len() / 2);
    // Below U+0300 all text is in NFC.
    if utf8.bytes().all(|byte| byte < 0xCC) {
        encode_into(utf8, &mut data);
    } else {
        encode_into(normalised(text)?.to_str()?, &mut data);
    }
    Ok(PyBytes::new(py, &data))
}

/// A text in NFC by the interpreter's edition of Unicode, which is the one the caller compares by.
fn normalised<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
    static NORMALIZE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = text.py();
    let normalize = NORMALIZE.import(py, "mrrc._pure.normal_form", "normalized")?;
    Ok(normalize.call1(("NFC", text))?.cast_into::<PyString>()?)
}

fn encode_with_surrogates(text: &Bound<'_, PyString>, data: &mut Vec<u8>) -> PyResult<()> {
    let is_strange = |point: &u32| matches!(point, 0xD800..=0xDBFF | 0xDD00..=0xDFFF);
    if let Some(offset) = code_points(text)?.iter().position(is_strange) {
        let reason = "surrogates not allowed";
        return Err(encode_error(text, offset, offset + 1, reason));
    }
    let text = &normalised(text)?;
    let points = code_points(text)?;
    let mut encoder = Encoder::new(data);
    let mut offset = 0;
    let is_kept = |point: &u32| (0xDC00..=0xDCFF).contains(point);
    for run in points.chunk_by(|one, next| is_kept(one) == is_kept(next)) {
        let end = offset + run.len();
        if run.first().is_some_and(is_kept) {
            // The low byte of the surrogate is the byte.
            let kept: Vec<u8> = run.iter().map(|point| point.to_le_bytes()[0]).collect();
            encoder
                .push_kept(&kept, end == points.len())
                .map_err(|error| encode_error(text, offset, end, &error.to_string()))?;
        } else {
            let characters = run.iter().filter_map(|&point| char::from_u32(point));
            encoder.push_text(&characters.collect::<String>());
        }
        offset = end;
    }
    encoder.finish();
    Ok(())
}

fn code_points(text: &Bound<'_, PyString>) -> PyResult<Vec<u32>> {
    let encoded = text.call_method1("encode", ("utf-32-le", "surrogatepass"))?;
    let bytes = encoded.cast::<PyBytes>()?.as_bytes();
    // A lone surrogate is no char, but a number like any other here.
    Ok(bytes
        .chunks_exact(4)
        .map(|unit| {
            unit.iter()
                .rev()
                .fold(0, |point, &byte| point << 8 | u32::from(byte))
        })
        .collect())
}

fn encode_error(text: &Bound<'_, PyString>, start: usize, end: usize, reason: &str) -> PyErr {
    let arguments = (
        "marc-8",
        text.clone().unbind(),
        start,
        end,
        reason.to_owned(),
    );
    PyUnicodeEncodeError::new_err(arguments)
}
