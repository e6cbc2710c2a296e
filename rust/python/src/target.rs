//! Records in the forms in which whole files are written.

use mrrc_core::LEADER_LENGTH;
use mrrc_core::output::Output;
use mrrc_core::plain::{codes_are_graphic, is_plain};
use mrrc_core::stream::{Wanted, run_at};
use mrrc_core::target::Target;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyString};

use crate::classes::{Classes, classes};
use crate::formats::with_output;
use crate::serialise::bytes_of;
use crate::stream::way_of;

type Leader = [u8; LEADER_LENGTH];

/// The target of this name, or the error that there is none.
pub fn target_of(name: &str) -> PyResult<Target> {
    Target::named(name)
        .ok_or_else(|| PyValueError::new_err(format!("no target has this name: {name}")))
}

/// Return a record as it stands in a file of this form; None where anything would have to be changed.
#[pyfunction]
pub fn format_record<'py>(
    record: &Bound<'py, PyAny>,
    target: &str,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let py = record.py();
    let target = target_of(target)?;
    let classes = classes()?;
    if !classes.is_record(record) {
        return Ok(None);
    }
    let slots = &classes.record_slots;
    if !slots.to_unicode.get(record)?.is(&*PyBool::new(py, true)) {
        return Ok(None);
    }
    let leader = slots.leader.get(record)?;
    let leader = if leader.is_none() {
        None
    } else {
        match leader_text(classes, &leader)? {
            Some(leader) => Some(leader),
            None => return Ok(None),
        }
    };
    let raw = slots.raw.get(record)?.cast_into::<PyBytes>().ok();
    let fields = slots.fields.get(record)?;
    if let (Some(raw), true) = (&raw, fields.is_none()) {
        if target == Target::Marc && leader.is_none() && codes_are_graphic(raw.as_bytes()) {
            return Ok(Some(raw.clone()));
        }
        return Ok(formatted(py, target, raw.as_bytes(), leader.as_ref()));
    }
    let Ok(fields) = fields.cast_exact::<PyList>() else {
        return Ok(None);
    };
    let raw = raw.as_ref().map(|raw| raw.as_bytes());
    let Some(leader) = leader.or_else(|| raw.and_then(<[u8]>::first_chunk).copied()) else {
        return Ok(None);
    };
    let [
        _,
        _,
        _,
        _,
        _,
        h5,
        h6,
        h7,
        h8,
        _,
        h10,
        h11,
        ..,
        t17,
        t18,
        t19,
        t20,
        t21,
        t22,
        t23,
    ] = leader;
    let head = [h5, h6, h7, h8, b'a', h10, h11];
    let tail = [t17, t18, t19, t20, t21, t22, t23];
    let Some(bytes) = bytes_of(classes, &head, &tail, fields, raw, true)? else {
        return Ok(None);
    };
    if !is_plain(&bytes) {
        return Ok(None);
    }
    Ok(formatted(py, target, &bytes, Some(&leader)))
}

/// Return how many sound records from `start` on could be formatted, these, and their end.
#[pyfunction]
pub fn next_run<'py>(
    buffer: &Bound<'py, PyBytes>,
    start: usize,
    target: &str,
    force_utf8: &Bound<'py, PyAny>,
    encoding: &Bound<'py, PyAny>,
) -> PyResult<Option<(usize, Bound<'py, PyBytes>, usize)>> {
    let py = buffer.py();
    let wanted = Wanted {
        way: way_of(force_utf8.is_truthy()?, encoding),
        sound: true,
        target: Some(target_of(target)?),
    };
    let data = buffer.as_bytes();
    let found = py.detach(|| run_at(data, start, wanted, Output::new()));
    Ok(found.map(|(run, end)| (run.count, PyBytes::new(py, run.out.as_bytes()), end)))
}

fn formatted<'py>(
    py: Python<'py>,
    target: Target,
    raw: &[u8],
    leader: Option<&Leader>,
) -> Option<Bound<'py, PyBytes>> {
    with_output(|out| {
        target.format(raw, leader, out)?;
        Some(PyBytes::new(py, out.as_bytes()))
    })
}

/// The text of a Leader like any other: 24 graphic characters of ASCII or blanks.
fn leader_text(classes: &Classes, leader: &Bound<'_, PyAny>) -> PyResult<Option<Leader>> {
    if !classes.is_leader(leader) {
        return Ok(None);
    }
    let text = leader.getattr(intern!(leader.py(), "leader"))?;
    let Ok(text) = text.cast_exact::<PyString>() else {
        return Ok(None);
    };
    let bytes = text
        .to_str()
        .ok()
        .and_then(|text| text.as_bytes().try_into().ok());
    Ok(bytes.filter(|bytes: &Leader| bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))))
}
