//! From the bytes of one record to a Record that keeps them.

use mrrc_core::transcode::{self, Marc8, TextDecoder};
use mrrc_core::{LEADER_LENGTH, plain};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::classes::classes;

/// pymarc's default of `file_encoding`; this very spelling stands for MARC-8 in its readers.
const MARC8: &str = "iso8859-1";

/// From this length on other threads may run meanwhile: the check takes some 10 microseconds then,
/// and handing the interpreter over and back less than one.
const LARGE_RECORD: usize = 32_768;

/// Say whether the record in `raw`, leader to record terminator, may stay bytes.
#[pyfunction]
pub fn is_plain(raw: &Bound<'_, PyBytes>) -> bool {
    let data = raw.as_bytes();
    if data.len() < LARGE_RECORD {
        plain::is_plain(data)
    } else {
        raw.py().detach(|| plain::is_plain(data))
    }
}

/// Return the plain record that `raw` is, or is equivalent to; None when there is none.
#[pyfunction]
pub fn plain_bytes<'py>(
    raw: &Bound<'py, PyBytes>,
    force_utf8: &Bound<'py, PyAny>,
    encoding: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let py = raw.py();
    let data = raw.as_bytes();
    let Some(&coding_scheme) = data.get(9) else {
        return Ok(None);
    };
    if coding_scheme == b'a' {
        return Ok(is_plain(raw).then(|| raw.clone()));
    }
    let utf8 = if force_utf8.is_truthy()? {
        in_utf8_already(data)
    } else {
        let Ok(encoding) = encoding.cast::<PyString>() else {
            return Ok(None);
        };
        if encoding == MARC8 {
            py.detach(|| transcode::to_utf8(data, &mut Marc8))
        } else {
            transcode::to_utf8(data, &mut Codec { encoding })
        }
    };
    Ok(utf8.map(|utf8| PyBytes::new(py, &utf8)))
}

/// The record with leader position 9 set to `a`, if nothing else keeps it from being plain.
fn in_utf8_already(data: &[u8]) -> Option<Vec<u8>> {
    let mut utf8 = data.to_vec();
    *utf8.get_mut(9)? = b'a';
    plain::is_plain(&utf8).then_some(utf8)
}

/// One of Python's codecs.
struct Codec<'a, 'py> {
    encoding: &'a Bound<'py, PyString>,
}

impl TextDecoder for Codec<'_, '_> {
    fn control_field(&mut self, data: &[u8], out: &mut String) -> Option<()> {
        let data = PyBytes::new(self.encoding.py(), data);
        let text = data.call_method1("decode", (self.encoding,)).ok()?;
        out.push_str(text.cast::<PyString>().ok()?.to_str().ok()?);
        Some(())
    }

    fn subfield(&mut self, data: &[u8], out: &mut String) -> Option<()> {
        self.control_field(data, out)
    }
}

/// Return a new Record over `raw`, or None when the reference decoder has to read it.
#[pyfunction]
pub fn read_record<'py>(
    raw: &Bound<'py, PyBytes>,
    force_utf8: &Bound<'py, PyAny>,
    encoding: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = raw.py();
    let Some(plain) = plain_bytes(raw, force_utf8, encoding)? else {
        return Ok(None);
    };
    let classes = classes()?;
    let leader = if plain.is(raw) {
        py.None().into_bound(py)
    } else {
        classes.new_leader(py, raw.as_bytes().get(..LEADER_LENGTH).unwrap_or_default())?
    };
    classes
        .new_record(py, plain.into_any(), leader, force_utf8)
        .map(Some)
}
