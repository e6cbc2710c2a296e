//! From the bytes of one record to a Record that keeps them.

use mrrc_core::LEADER_LENGTH;
use mrrc_core::claims::{is_credible, is_surely_as_claimed};
use mrrc_core::plain::{self, is_regular};
use mrrc_core::scan::by_record_length;
use mrrc_core::stream::in_utf8_already;
use mrrc_core::transcode::{self, Marc8, TextDecoder};
use pyo3::exceptions::{PyLookupError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::classes::classes;

/// pymarc's default of `file_encoding`; this very spelling stands for MARC-8 in its readers.
pub const MARC8: &str = "iso8859-1";

/// MARC-8 as well, but only of records whose encoding is in no doubt.
pub const CHECKED: &str = "checked";

/// The same, but only of records whose encoding is sure.
pub const SURE: &str = "auto";

/// From this length on other threads may run meanwhile: the check takes some 10 microseconds then,
/// and handing the interpreter over and back less than one.
const LARGE_RECORD: usize = 32_768;

/// Works on the bytes of a record, for which a large one lets other threads run.
pub fn work<'a, T: Send>(
    py: Python<'_>,
    data: &'a [u8],
    work: impl Fn(&'a [u8]) -> T + Sync + Send,
) -> T {
    if data.len() < LARGE_RECORD {
        work(data)
    } else {
        py.detach(|| work(data))
    }
}

/// Say whether the record in `raw`, leader to record terminator, may stay bytes.
#[pyfunction]
pub fn is_plain(raw: &Bound<'_, PyBytes>) -> bool {
    work(raw.py(), raw.as_bytes(), plain::is_plain)
}

/// Return the plain record that `raw` is, or is equivalent to; None when there is none.
#[pyfunction]
pub fn plain_bytes<'py>(
    raw: &Bound<'py, PyBytes>,
    force_utf8: &Bound<'py, PyAny>,
    encoding: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let plain = as_plain(raw.as_bytes(), force_utf8, encoding)?;
    Ok(plain.map(|plain| match plain {
        Plain::AsItIs => raw.clone(),
        Plain::Transcoded(utf8) => PyBytes::new(raw.py(), &utf8),
    }))
}

/// The plain record that some bytes are equivalent to.
enum Plain {
    AsItIs,
    Transcoded(Vec<u8>),
}

fn as_plain<'py>(
    data: &[u8],
    force_utf8: &Bound<'py, PyAny>,
    encoding: &Bound<'py, PyAny>,
) -> PyResult<Option<Plain>> {
    let py = force_utf8.py();
    let Some(&coding_scheme) = data.get(9) else {
        return Ok(None);
    };
    if coding_scheme == b'a' {
        return Ok(work(py, data, plain::is_plain).then_some(Plain::AsItIs));
    }
    let utf8 = if force_utf8.is_truthy()? {
        in_utf8_already(data)
    } else {
        let Ok(encoding) = encoding.cast::<PyString>() else {
            return Ok(None);
        };
        if encoding == MARC8 {
            work(py, data, |data| transcode::to_utf8(data, &mut Marc8))
        } else {
            let mut codec = Codec {
                encoding,
                error: None,
            };
            let utf8 = transcode::to_utf8(data, &mut codec);
            codec.unexpected_error()?;
            utf8
        }
    };
    Ok(utf8.map(Plain::Transcoded))
}

/// One of Python's codecs.
struct Codec<'a, 'py> {
    encoding: &'a Bound<'py, PyString>,
    error: Option<PyErr>,
}

impl Codec<'_, '_> {
    fn decode(&self, data: &[u8], out: &mut String) -> PyResult<()> {
        let data = PyBytes::new(self.encoding.py(), data);
        let text = data.call_method1("decode", (self.encoding,))?;
        out.push_str(text.cast::<PyString>()?.to_str()?);
        Ok(())
    }

    /// Passes on what is no matter of the record: a KeyboardInterrupt, a MemoryError.
    fn unexpected_error(self) -> PyResult<()> {
        let py = self.encoding.py();
        match self.error {
            Some(error)
                if !error.is_instance_of::<PyValueError>(py)
                    && !error.is_instance_of::<PyLookupError>(py) =>
            {
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

impl TextDecoder for Codec<'_, '_> {
    const KEEPS_ASCII: bool = false;

    fn control_field(&mut self, data: &[u8], out: &mut String) -> Option<()> {
        let decoded = self.decode(data, out);
        decoded.map_err(|error| self.error = Some(error)).ok()
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
    let Some(plain) = as_plain(raw.as_bytes(), force_utf8, encoding)? else {
        return Ok(None);
    };
    new_record(raw.as_bytes(), plain, || raw.clone(), force_utf8).map(Some)
}

/// Return the sound record that begins at `start`, and the offset of its end in `buffer`.
#[pyfunction]
pub fn next_sound<'py>(
    buffer: &Bound<'py, PyBytes>,
    start: usize,
    force_utf8: &Bound<'py, PyAny>,
    encoding: &Bound<'py, PyAny>,
) -> PyResult<Option<(Bound<'py, PyAny>, usize)>> {
    let Some(data) = by_record_length(buffer.as_bytes(), start) else {
        return Ok(None);
    };
    let is_believed: Option<fn(&[u8]) -> bool> = match encoding.cast::<PyString>() {
        _ if force_utf8.is_truthy()? => None,
        Ok(name) if name == CHECKED => Some(is_credible),
        Ok(name) if name == SURE => Some(is_surely_as_claimed),
        _ => None,
    };
    let found = match is_believed {
        Some(is_believed) if is_believed(data) => {
            as_plain(data, force_utf8, intern!(buffer.py(), MARC8).as_any())?
        }
        Some(_) => None,
        None => as_plain(data, force_utf8, encoding)?,
    };
    let Some(plain) = found else {
        return Ok(None);
    };
    if !is_regular(data) {
        return Ok(None);
    }
    let raw = || PyBytes::new(buffer.py(), data);
    let record = new_record(data, plain, raw, force_utf8)?;
    Ok(Some((record, start + data.len())))
}

/// A Record over the plain record that `data` are; `raw` gives the object if they are it already.
fn new_record<'py>(
    data: &[u8],
    plain: Plain,
    raw: impl FnOnce() -> Bound<'py, PyBytes>,
    force_utf8: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = force_utf8.py();
    let classes = classes()?;
    let (raw, leader) = match plain {
        Plain::AsItIs => (raw(), py.None().into_bound(py)),
        Plain::Transcoded(utf8) => {
            let leader = data.get(..LEADER_LENGTH).unwrap_or_default();
            (PyBytes::new(py, &utf8), classes.new_leader(py, leader)?)
        }
    };
    classes.new_record(py, raw.into_any(), leader, force_utf8)
}
