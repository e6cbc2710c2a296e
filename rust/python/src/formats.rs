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
use crate::text::string;

/// A record that can answer by its bytes: none of its fields is out, and no subclass is asked.
struct Untouched<'a, 'py> {
    classes: &'static Classes,
    record: &'a Bound<'py, PyAny>,
    raw: Bound<'py, PyBytes>,
    /// The leader to show; None for the bytes' own.
    leader: Option<Bound<'py, PyString>>,
}

impl<'a, 'py> Untouched<'a, 'py> {
    fn new(record: &'a Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let classes = classes()?;
        if !classes.is_record(record) {
            return Ok(None);
        }
        let slots = &classes.record_slots;
        if !slots.fields.get(record)?.is_none() {
            return Ok(None);
        }
        let Ok(raw) = slots.raw.get(record)?.cast_into::<PyBytes>() else {
            return Ok(None);
        };
        let leader = slots.leader.get(record)?;
        let leader = if leader.is_none() {
            None
        } else {
            Some(leader.str()?)
        };
        Ok(Some(Self {
            classes,
            record,
            raw,
            leader,
        }))
    }

    fn view(&self) -> PyResult<RecordView<'_>> {
        RecordView::new(self.raw.as_bytes()).ok_or_else(not_plain)
    }

    /// The leader's text; None for one that is no valid Unicode.
    fn leader_text(&self) -> Option<&str> {
        match &self.leader {
            Some(leader) => leader.to_str().ok(),
            None => std::str::from_utf8(self.view().ok()?.leader()).ok(),
        }
    }

    /// Leaves the record's cursor where a loop over the fields would have left it.
    fn end_iteration(&self) -> PyResult<()> {
        let end = self.view()?.entry_count().into_pyobject(self.raw.py())?;
        self.classes.record_slots.cursor.set(self.record, &end)
    }
}

/// Return the record in the shape of MARC-in-JSON; None if its fields have to be asked.
#[pyfunction]
pub fn record_as_dict<'py>(record: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = record.py();
    let Some(untouched) = Untouched::new(record)? else {
        return Ok(None);
    };
    let view = untouched.view()?;
    let leader = match &untouched.leader {
        Some(leader) => leader.clone().into_any(),
        None => string(py, view.leader())?,
    };
    let fields = view
        .entries()
        .map(|entry| field_as_dict(py, untouched.classes, entry.ok_or_else(not_plain)?))
        .collect::<PyResult<SmallVec<[_; 32]>>>()?;
    let dictionary = PyDict::new(py);
    dictionary.set_item(intern!(py, "leader"), leader)?;
    dictionary.set_item(intern!(py, "fields"), PyList::new(py, fields)?)?;
    untouched.end_iteration()?;
    Ok(Some(dictionary))
}

fn field_as_dict<'py>(
    py: Python<'py>,
    classes: &Classes,
    entry: Entry<'_>,
) -> PyResult<Bound<'py, PyDict>> {
    let field = PyDict::new(py);
    let tag = classes.tag(py, entry.tag)?;
    if entry.is_control_field() {
        field.set_item(tag, classes.text(py, entry.content())?)?;
        return Ok(field);
    }
    let &[first, second, ..] = entry.data else {
        return Err(not_plain());
    };
    let subfields = subfields(entry.data)
        .map(|(code, value)| {
            let subfield = PyDict::new(py);
            subfield.set_item(classes.code(py, code)?, classes.text(py, value)?)?;
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

/// Return what `json.dumps` makes of the record's dictionary; None if its fields have to be asked,
/// and for a leader that is no text.
#[pyfunction]
pub fn record_as_json<'py>(
    record: &Bound<'py, PyAny>,
    compact: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(untouched) = Untouched::new(record)? else {
        return Ok(None);
    };
    let Some(leader) = untouched.leader_text() else {
        return Ok(None);
    };
    with_output(|out| {
        let raw = untouched.raw.as_bytes();
        if json::record_as_json(raw, leader, compact, out).is_none() {
            return Ok(None);
        }
        untouched.end_iteration()?;
        string(record.py(), out.as_bytes()).map(Some)
    })
}

/// Return the record as a MARCXML `record` element; None if its fields have to be asked, and for
/// what XML forbids.
#[pyfunction]
pub fn record_as_xml<'py>(
    record: &Bound<'py, PyAny>,
    namespace: bool,
    ascii_only: bool,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let Some(untouched) = Untouched::new(record)? else {
        return Ok(None);
    };
    let Some(leader) = untouched.leader_text() else {
        return Ok(None);
    };
    with_output(|out| {
        let raw = untouched.raw.as_bytes();
        if xml::record_as_xml(raw, leader, namespace, ascii_only, out).is_none() {
            return Ok(None);
        }
        untouched.end_iteration()?;
        Ok(Some(PyBytes::new(record.py(), out.as_bytes())))
    })
}

/// Lends out the thread's buffer, whose memory serves one record after another.
///
/// It grows to what the largest record needs, at most some 2 MB.
pub fn with_output<T>(write: impl FnOnce(&mut Output) -> T) -> T {
    thread_local! {
        static OUTPUT: Cell<Output> = const { Cell::new(Output::new()) };
    }
    let mut output = OUTPUT.take();
    output.clear();
    let result = write(&mut output);
    OUTPUT.set(output);
    result
}
