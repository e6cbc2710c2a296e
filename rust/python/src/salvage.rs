//! Records in damaged data: where they are, and what can be read of them.

use mrrc_core::salvage::{self, Field, Problem, Salvaged};
use mrrc_core::scan;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::reading::work;

/// Return what begins at `start`, as one of the kinds of span, and the offset of its end.
#[pyfunction]
pub fn next_frame(buffer: &Bound<'_, PyBytes>, start: usize, r#final: bool) -> Option<(u8, usize)> {
    let span = scan::next_frame(buffer.as_bytes(), start, r#final)?;
    Some((span.kind as u8, span.end))
}

/// Return the record as sound bytes, its leader, its fields, and what was wrong.
#[pyfunction]
pub fn salvage_record<'py>(raw: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyTuple>> {
    let py = raw.py();
    let (salvaged, sound) = work(py, raw.as_bytes(), |raw| {
        let salvaged = salvage::salvage(raw);
        let sound = salvaged.sound();
        (salvaged, sound)
    });
    let Salvaged {
        leader,
        fields,
        problems,
    } = salvaged;
    let fields = list(py, fields, field)?;
    let problems = list(py, problems, problem)?;
    let sound = sound.map(|sound| PyBytes::new(py, &sound));
    (sound, PyBytes::new(py, &leader), fields, problems).into_pyobject(py)
}

/// A list of Python objects, each made of an item.
fn list<'py, T>(
    py: Python<'py>,
    items: Vec<T>,
    object: impl Fn(Python<'py>, T) -> PyResult<Bound<'py, PyTuple>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for item in items {
        list.append(object(py, item)?)?;
    }
    Ok(list)
}

fn field<'py>(py: Python<'py>, field: Field<'_>) -> PyResult<Bound<'py, PyTuple>> {
    let tag = PyBytes::new(py, &field.tag);
    (tag, field.offset, PyBytes::new(py, &field.content)).into_pyobject(py)
}

fn problem(py: Python<'_>, problem: Problem) -> PyResult<Bound<'_, PyTuple>> {
    (
        PyString::intern(py, problem.code.as_str()),
        problem.offset,
        problem.length,
        problem.tag.map(|tag| PyBytes::new(py, &tag)),
        PyBytes::new(py, &problem.found),
        PyBytes::new(py, &problem.used),
    )
        .into_pyobject(py)
}

/// Return ISO 2709 of a leader and of fields, each a tag and bytes without field terminator.
#[pyfunction]
pub fn build_record<'py>(
    leader: &Bound<'py, PyBytes>,
    fields: Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>,
) -> Option<Bound<'py, PyBytes>> {
    let pairs = fields
        .iter()
        .map(|(tag, content)| (tag.as_bytes(), content.as_bytes()));
    let record = salvage::build_record(leader.as_bytes(), pairs)?;
    Some(PyBytes::new(leader.py(), &record))
}
