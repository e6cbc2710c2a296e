//! MARCXML in blocks to Records.

use std::sync::{Mutex, PoisonError};

use mrrc_core::xml_reading::{Batch, Field, Item, Parts, Scanner, Span};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyCFunction, PyDict, PyList, PyString, PyTuple};

use crate::classes::classes;

/// Return a function that takes a MARCXML document block by block and gives its records.
#[pyfunction]
pub fn xml_scanner(
    py: Python<'_>,
    strict: bool,
    decoded: bool,
) -> PyResult<Bound<'_, PyCFunction>> {
    let scanner = Mutex::new(Scanner::new(strict, decoded));
    let feed = move |arguments: &Bound<'_, PyTuple>,
                     _: Option<&Bound<'_, PyDict>>|
          -> PyResult<Option<Py<PyList>>> {
        let (block, last): (Bound<'_, PyBytes>, bool) = arguments.extract()?;
        let py = arguments.py();
        let data = block.as_bytes();
        // No Python code runs while the lock is held, and nobody waits for it with the interpreter.
        let batch = py.detach(|| {
            let mut scanner = scanner.lock().unwrap_or_else(PoisonError::into_inner);
            scanner.feed(data, last)
        });
        match batch {
            Ok(batch) => Ok(Some(records(py, &batch)?.unbind())),
            Err(_) => Ok(None),
        }
    };
    PyCFunction::new_closure(py, Some(c"feed"), None, feed)
}

fn records<'py>(py: Python<'py>, batch: &Batch) -> PyResult<Bound<'py, PyList>> {
    let classes = classes()?;
    let list = PyList::empty(py);
    let force_utf8 = PyBool::new(py, false).to_owned().into_any();
    for item in &batch.items {
        match item {
            Item::Plain { record, leader } => {
                let raw = PyBytes::new(py, record.of(&batch.bytes)).into_any();
                let leader = match leader {
                    Some(leader) => classes.new_leader(py, leader)?,
                    None => py.None().into_bound(py),
                };
                list.append(classes.new_record(py, raw, leader, &force_utf8)?)?;
            }
            Item::Parts(parts) => list.append(as_tuple(py, parts, &batch.bytes)?)?,
        }
    }
    Ok(list)
}

/// Leader and fields; a field is its tag, its indicators, its data, and its subfields.
fn as_tuple<'py>(py: Python<'py>, parts: &Parts, texts: &[u8]) -> PyResult<Bound<'py, PyTuple>> {
    let text = |span: Span| PyString::from_bytes(py, span.of(texts));
    let field = |field: &Field| {
        let subfields = PyList::empty(py);
        for (code, value) in field.subfields.of(&parts.subfields) {
            subfields.append((text(*code)?, text(*value)?))?;
        }
        let indicators = match field.indicators {
            Some((first, second)) => Some((text(first)?, text(second)?)),
            None => None,
        };
        let data = field.data.map(text).transpose()?;
        (text(field.tag)?, indicators, data, subfields).into_pyobject(py)
    };
    let fields = PyList::empty(py);
    for each in &parts.fields {
        fields.append(field(each)?)?;
    }
    (parts.leader.map(text).transpose()?, fields).into_pyobject(py)
}
