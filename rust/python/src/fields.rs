//! One variable data field as bytes: from its first indicator to its field terminator.

use mrrc_core::field::{first_value, subfields};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use smallvec::SmallVec;

use crate::classes::{classes, list};
use crate::quietly;
use crate::text::stripped_values;

/// Return the subfields of a variable data field as new Subfield objects, in order.
#[pyfunction]
pub fn field_subfields<'py>(raw: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyList>> {
    let py = raw.py();
    let classes = classes()?;
    let mut all = subfields(raw.as_bytes());
    list(py, all.clone().count(), |_| match all.next() {
        Some((code, value)) => classes.new_subfield(py, code, value),
        None => Err(crate::not_plain()),
    })
}

/// Return the values of all subfields, each stripped, joined by a blank.
#[pyfunction]
pub fn field_value<'py>(raw: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyAny>> {
    stripped_values(raw.py(), raw.as_bytes())
}

/// Return the value of the first subfield with this code, None when there is none.
#[pyfunction]
pub fn subfield_value<'py>(
    raw: &Bound<'py, PyBytes>,
    code: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match code_byte(code).and_then(|code| first_value(raw.as_bytes(), code)) {
        Some(value) => classes()?.text(raw.py(), value).map(Some),
        None => Ok(None),
    }
}

/// Return the values of all subfields whose code is among `codes`, in the field's order.
#[pyfunction]
pub fn subfield_values<'py>(
    raw: &Bound<'py, PyBytes>,
    codes: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyList>> {
    let wanted = codes
        .iter_borrowed()
        .filter_map(|code| code_byte(&code))
        .fold(0_u128, |wanted, code| wanted | 1 << code);
    values_of(raw, wanted)
}

/// The values of all subfields whose code is one of those whose bits are set.
pub fn values_of<'py>(raw: &Bound<'py, PyBytes>, wanted: u128) -> PyResult<Bound<'py, PyList>> {
    let py = raw.py();
    let classes = classes()?;
    let mut values = SmallVec::<[_; 8]>::new();
    for (code, value) in subfields(raw.as_bytes()) {
        if code < 0x80 && wanted >> code & 1 == 1 {
            values.push(classes.text(py, value)?);
        }
    }
    PyList::new(py, values)
}

/// The byte of a code; None for what no subfield of a plain record has as its code.
pub fn code_byte(code: &Bound<'_, PyAny>) -> Option<u8> {
    match quietly(code.cast::<PyString>().ok()?.to_str())?.as_bytes() {
        &[code] => Some(code),
        _ => None,
    }
}
