//! Text to str.
//!
//! Most text is ASCII, which is copied into a new str as it is: decoding it looks at each byte once
//! more, and takes twice as long. The safe twin is Python's decoder, in `mrrc/_pure/fields.py`.

use mrrc_core::field::{outline, strip};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;
use smallvec::SmallVec;

/// A text as a str.
pub fn string<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if text.is_ascii() {
        // SAFETY: it is ASCII.
        unsafe { ascii(py, &[text]) }
    } else {
        PyString::from_bytes(py, text).map(Bound::into_any)
    }
}

/// Two texts, a blank between them, as a str.
pub fn joined<'py>(py: Python<'py>, texts: [&[u8]; 2]) -> PyResult<Bound<'py, PyAny>> {
    if texts.iter().all(|text| text.is_ascii()) {
        // SAFETY: they are ASCII.
        unsafe { ascii(py, &texts) }
    } else {
        PyString::from_bytes(py, &texts.join(&b' ')).map(Bound::into_any)
    }
}

/// The values of a field's subfields, each stripped, joined by a blank, as a str.
pub fn stripped_values<'py>(py: Python<'py>, field: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let outline = outline(field);
    let end = field.len().saturating_sub(1);
    let starts = outline.delimiters.as_slice();
    let mut values = SmallVec::<[&[u8]; 16]>::new();
    // Two indicators, and then a delimiter, or there are no subfields.
    if starts == [2] {
        return string(py, strip(field.get(4..end).unwrap_or_default()));
    }
    if starts.first() == Some(&2) {
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(end);
            values.push(strip(field.get(start + 2..end).unwrap_or_default()));
        }
    }
    if outline.ascii {
        // SAFETY: all of the field is ASCII.
        unsafe { ascii(py, &values) }
    } else {
        PyString::from_bytes(py, &values.join(&b' ')).map(Bound::into_any)
    }
}

/// ASCII texts, blanks between them, as a str.
///
/// # Safety
///
/// No byte may be above 0x7F.
#[inline]
unsafe fn ascii<'py>(py: Python<'py>, texts: &[&[u8]]) -> PyResult<Bound<'py, PyAny>> {
    let length: usize = texts.iter().map(|text| text.len()).sum();
    let length = length + texts.len().saturating_sub(1);
    // SAFETY: `PyUnicode_New` makes a str with room for `length` characters of one byte each, if
    // none is above 0x7F, for which the caller answers. Nobody else has seen it. The texts and the
    // blanks between them, one behind the other, are `length` bytes. (The str of length 0 is a
    // shared one, but then nothing is written.)
    unsafe {
        let string = ffi::PyUnicode_New(length as ffi::Py_ssize_t, 0x7F);
        let string = Bound::from_owned_ptr_or_err(py, string)?;
        let mut target = ffi::PyUnicode_DATA(string.as_ptr()).cast::<u8>();
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                target.write(b' ');
                target = target.add(1);
            }
            target.copy_from_nonoverlapping(text.as_ptr(), text.len());
            target = target.add(text.len());
        }
        Ok(string)
    }
}
