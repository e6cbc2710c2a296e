//! A record that is still bytes, as a dictionary, as MARC-in-JSON and as MARCXML.

use std::cell::Cell;

use mrrc_core::field::subfields;
use mrrc_core::output::Output;
use mrrc_core::view::{Entry, RecordView};
use mrrc_core::{json, xml};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use smallvec::SmallVec;

use crate::classes::{Classes, classes};
use crate::not_plain;

/// Return the plain record in the shape of MARC-in-JSON.
#[pyfunction]
pub fn record_as_dict<'py>(
    raw: &Bound<'py, PyBytes>,
    leader: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = raw.py();
    let classes = classes()?;
    let view = RecordView::new(raw.as_bytes()).ok_or_else(not_plain)?;
    let fields = view
        .entries()
        .map(|entry| field_as_dict(py, classes, entry.ok_or_else(not_plain)?))
        .collect::<PyResult<SmallVec<[_; 32]>>>()?;
    let record = PyDict::new(py);
    record.set_item(intern!(py, "leader"), leader)?;
    record.set_item(intern!(py, "fields"), PyList::new(py, fields)?)?;
    Ok(record)
}

fn field_as_dict<'py>(
    py: Python<'py>,
    classes: &Classes,
    entry: Entry<'_>,
) -> PyResult<Bound<'py, PyDict>> {
    let field = PyDict::new(py);
    let tag = classes.tag(py, entry.tag)?;
    if entry.is_control_field() {
        field.set_item(tag, PyString::from_bytes(py, entry.content())?)?;
        return Ok(field);
    }
    let &[first, second, ..] = entry.data else {
        return Err(not_plain());
    };
    let subfields = subfields(entry.data)
        .map(|(code, value)| {
            let subfield = PyDict::new(py);
            subfield.set_item(classes.code(py, code)?, PyString::from_bytes(py, value)?)?;
            Ok(subfield)
        })
        .collect::<PyResult<SmallVec<[_; 8]>>>()?;
    let content = PyDict::new(py);
    content.set_item(intern!(py, "ind1"), classes.code(py, first)?)?;
    content.set_item(intern!(py, "ind2"), classes.code(py, second)?)?;
    content.set_item(intern!(py, "subfields"), PyList::new(py, subfields)?)?;
    field.set_item(tag, content)?;
    Ok(field)
}

/// Return what `json.dumps` makes of the record's dictionary; None for a leader that is no text.
#[pyfunction]
pub fn record_as_json<'py>(
    raw: &Bound<'py, PyBytes>,
    leader: &Bound<'py, PyString>,
    compact: bool,
) -> PyResult<Option<Bound<'py, PyString>>> {
    let Ok(leader) = leader.to_str() else {
        return Ok(None);
    };
    with_output(|out| {
        let written = json::record_as_json(raw.as_bytes(), leader, compact, out);
        written
            .map(|()| PyString::from_bytes(raw.py(), out.as_bytes()))
            .transpose()
    })
}

/// Return the plain record as a MARCXML `record` element; None for what XML forbids.
#[pyfunction]
pub fn record_as_xml<'py>(
    raw: &Bound<'py, PyBytes>,
    leader: &Bound<'py, PyString>,
    namespace: bool,
    ascii_only: bool,
) -> Option<Bound<'py, PyBytes>> {
    let leader = leader.to_str().ok()?;
    with_output(|out| {
        xml::record_as_xml(raw.as_bytes(), leader, namespace, ascii_only, out)?;
        Some(PyBytes::new(raw.py(), out.as_bytes()))
    })
}

/// Lends out the thread's buffer, whose memory serves one record after another.
///
/// It grows to what the largest record needs, at most some 1.5 MB.
fn with_output<T>(write: impl FnOnce(&mut Output) -> T) -> T {
    thread_local! {
        static OUTPUT: Cell<Output> = const { Cell::new(Output::new()) };
    }
    let mut output = OUTPUT.take();
    output.clear();
    let result = write(&mut output);
    OUTPUT.set(output);
    result
}
