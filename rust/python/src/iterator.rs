//! `RecordIterator`: what a reader does for each record, as far as nothing is strange about it.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mrrc_core::stream::{Found, Way, look};
use mrrc_core::{LEADER_LENGTH, RECORD_TERMINATOR, parse_digits};
use pyo3::exceptions::{PyAttributeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString, PyTuple};

use crate::classes::classes;
use crate::reading::work;
use crate::stream::{Handed, RecordStream, way_of};
use crate::turn::Turn;

/// Base of a reader of ISO 2709: hands over plain records, and asks the reader about all others.
///
/// The options are attributes, looked at for each record. A reader says by `_reads` how it reads:
/// "object" (exactly one record at a time from `file_handle`), "stream" (from `_stream`), "sound"
/// (sound records from there), or "itself". It is asked by its methods `_next_record()` for a whole
/// record, `_with_head(head)` and `_with_body(head, body, length)` for one whose first bytes were
/// read, and `_decoded(chunk)` for one that is complete.
#[pyclass(subclass, frozen, module = "mrrc._mrrc")]
pub struct RecordIterator {
    turn: Turn,
    /// A `Way`, or `ASK` where the options do not allow any.
    way: AtomicU8,
    reads: AtomicU8,
    /// Whether the reader has something to do before the next record.
    attend: AtomicBool,
    keep: Mutex<Keep>,
    options: Mutex<Options>,
}

#[derive(Default)]
struct Keep {
    chunk: Option<Py<PyAny>>,
    exception: Option<Py<PyAny>>,
    record_number: u64,
    bytes_before: u64,
}

#[derive(Default)]
struct Options {
    to_unicode: Option<Py<PyAny>>,
    force_utf8: Option<Py<PyAny>>,
    utf8_handling: Option<Py<PyAny>>,
    file_encoding: Option<Py<PyAny>>,
    stream: Option<Py<RecordStream>>,
}

const UTF8: u8 = 0;
const MARC8: u8 = 1;
const OTHER: u8 = 2;
const ASK: u8 = 3;

const OBJECT: u8 = 0;
const STREAM: u8 = 1;
const SOUND: u8 = 2;
const ITSELF: u8 = 3;
const READS: [&str; 4] = ["object", "stream", "sound", "itself"];

/// Nothing is done under these locks that could panic or wait, so a poisoned one is as good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[pymethods]
impl RecordIterator {
    #[new]
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            turn: Turn::default(),
            way: AtomicU8::new(ASK),
            reads: AtomicU8::new(OBJECT),
            attend: AtomicBool::new(false),
            keep: Mutex::default(),
            options: Mutex::default(),
        }
    }

    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let this = slf.get();
        let _turn = this.turn.take(py)?;
        let way = match this.way.load(Ordering::Relaxed) {
            UTF8 => Way::Utf8,
            MARC8 => Way::Marc8,
            OTHER => Way::Other,
            _ => return this.ask(slf),
        };
        if this.attend.load(Ordering::Relaxed) {
            return this.ask(slf);
        }
        match this.reads.load(Ordering::Relaxed) {
            OBJECT => this.read_one(slf, way),
            STREAM | SOUND => this.take_one(slf, way),
            ITSELF.. => this.ask(slf),
        }
    }

    #[getter]
    fn to_unicode(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        present(py, lock(&self.options).to_unicode.as_ref())
    }

    #[setter]
    fn set_to_unicode(&self, value: Bound<'_, PyAny>) {
        self.set_option(value, |options| &mut options.to_unicode);
    }

    #[getter]
    fn force_utf8(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        present(py, lock(&self.options).force_utf8.as_ref())
    }

    #[setter]
    fn set_force_utf8(&self, value: Bound<'_, PyAny>) {
        self.set_option(value, |options| &mut options.force_utf8);
    }

    #[getter]
    fn utf8_handling(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        present(py, lock(&self.options).utf8_handling.as_ref())
    }

    #[setter]
    fn set_utf8_handling(&self, value: Bound<'_, PyAny>) {
        self.set_option(value, |options| &mut options.utf8_handling);
    }

    #[getter]
    fn file_encoding(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        present(py, lock(&self.options).file_encoding.as_ref())
    }

    #[setter]
    fn set_file_encoding(&self, value: Bound<'_, PyAny>) {
        self.set_option(value, |options| &mut options.file_encoding);
    }

    #[getter(_stream)]
    fn stream(&self, py: Python<'_>) -> Option<Py<RecordStream>> {
        lock(&self.options)
            .stream
            .as_ref()
            .map(|stream| stream.clone_ref(py))
    }

    #[setter(_stream)]
    fn set_stream(&self, value: Option<Py<RecordStream>>) {
        // Giving up the former one may run anybody's code, which may look at the options.
        let former = std::mem::replace(&mut lock(&self.options).stream, value);
        drop(former);
    }

    #[getter(_reads)]
    fn reads(&self) -> &'static str {
        let reads = usize::from(self.reads.load(Ordering::Relaxed));
        READS.get(reads).copied().unwrap_or_default()
    }

    #[setter(_reads)]
    fn set_reads(&self, value: &str) -> PyResult<()> {
        let found = (OBJECT..).zip(READS).find(|(_, name)| *name == value);
        let (reads, _) = found.ok_or_else(|| PyValueError::new_err("no way of reading"))?;
        self.reads.store(reads, Ordering::Relaxed);
        Ok(())
    }

    #[getter(_attend)]
    fn attend(&self) -> bool {
        self.attend.load(Ordering::Relaxed)
    }

    #[setter(_attend)]
    fn set_attend(&self, value: bool) {
        self.attend.store(value, Ordering::Relaxed);
    }

    #[getter(_current_chunk)]
    fn current_chunk(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.keep)
            .chunk
            .as_ref()
            .map(|chunk| chunk.clone_ref(py))
    }

    #[setter(_current_chunk)]
    fn set_current_chunk(&self, value: Option<Py<PyAny>>) {
        let former = std::mem::replace(&mut lock(&self.keep).chunk, value);
        drop(former);
    }

    #[getter(_current_exception)]
    fn current_exception(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.keep)
            .exception
            .as_ref()
            .map(|error| error.clone_ref(py))
    }

    #[setter(_current_exception)]
    fn set_current_exception(&self, value: Option<Py<PyAny>>) {
        self.attend.store(value.is_some(), Ordering::Relaxed);
        let former = std::mem::replace(&mut lock(&self.keep).exception, value);
        drop(former);
    }

    #[getter(_record_number)]
    fn record_number(&self) -> u64 {
        lock(&self.keep).record_number
    }

    #[setter(_record_number)]
    fn set_record_number(&self, value: u64) {
        lock(&self.keep).record_number = value;
    }

    #[getter(_bytes_before)]
    fn bytes_before(&self) -> u64 {
        lock(&self.keep).bytes_before
    }

    #[setter(_bytes_before)]
    fn set_bytes_before(&self, value: u64) {
        lock(&self.keep).bytes_before = value;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Another thread that holds a lock changes what it guards, so there is no garbage there.
        if let Ok(keep) = self.keep.try_lock() {
            visit.call(&keep.chunk)?;
            visit.call(&keep.exception)?;
        }
        if let Ok(options) = self.options.try_lock() {
            visit.call(&options.to_unicode)?;
            visit.call(&options.force_utf8)?;
            visit.call(&options.utf8_handling)?;
            visit.call(&options.file_encoding)?;
            visit.call(&options.stream)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let keep = std::mem::take(&mut *lock(&self.keep));
        let options = std::mem::take(&mut *lock(&self.options));
        self.way.store(ASK, Ordering::Relaxed);
        drop((keep, options));
    }
}

/// An attribute that has to be set before it is read.
fn present(py: Python<'_>, value: Option<&Py<PyAny>>) -> PyResult<Py<PyAny>> {
    value
        .map(|value| value.clone_ref(py))
        .ok_or_else(|| PyAttributeError::new_err("this option of the reader was never set"))
}

impl RecordIterator {
    fn set_option(
        &self,
        value: Bound<'_, PyAny>,
        option: impl FnOnce(&mut Options) -> &mut Option<Py<PyAny>>,
    ) {
        let py = value.py();
        let mut options = lock(&self.options);
        let former = option(&mut options).replace(value.unbind());
        self.way.store(way_by(py, &options), Ordering::Relaxed);
        drop(options);
        drop(former);
    }

    /// Leaves the next record to the reader.
    fn ask<'py>(&self, slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.call_method0(pyo3::intern!(slf.py(), "_next_record"))
    }

    /// Reads five bytes, and then the rest of the record that they announce.
    fn read_one<'py>(&self, slf: &Bound<'py, Self>, way: Way) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let read = pyo3::intern!(py, "read");
        {
            let mut keep = lock(&self.keep);
            let chunk = keep.chunk.take();
            if let Some(former) = chunk {
                let length = former.bind_borrowed(py).len().unwrap_or(0);
                keep.bytes_before += length as u64;
                drop(keep);
                drop(former);
            }
        }
        let handle = slf.getattr(pyo3::intern!(py, "file_handle"))?;
        let head = handle.call_method1(read, (5,))?;
        let Some(length) = record_length(&head) else {
            return slf.call_method1(pyo3::intern!(py, "_with_head"), (head,));
        };
        let body = handle.call_method1(read, (length - 5,));
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                self.keep_chunk(head);
                return Err(error);
            }
        };
        let Some(chunk) = whole_record(&head, &body, length)? else {
            let arguments = (head, body, length);
            return slf.call_method1(pyo3::intern!(py, "_with_body"), arguments);
        };
        self.keep_chunk(chunk.clone().into_any());
        let data = chunk.as_bytes();
        let (raw, leader) = match work(py, data, |data| look(data, way, false)) {
            Found::Unclear => return slf.call_method1(pyo3::intern!(py, "_decoded"), (chunk,)),
            Found::Plain => (chunk, py.None().into_bound(py)),
            Found::Transcoded(utf8) => {
                let leader = data.get(..LEADER_LENGTH).unwrap_or_default();
                (PyBytes::new(py, &utf8), classes()?.new_leader(py, leader)?)
            }
        };
        classes()?.new_record(py, raw.into_any(), leader, &boolean(py, way))
    }

    /// Takes the next record from the stream.
    fn take_one<'py>(&self, slf: &Bound<'py, Self>, way: Way) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let former = {
            let mut keep = lock(&self.keep);
            keep.record_number += 1;
            keep.chunk.take()
        };
        drop(former);
        let Some(stream) = self.stream(py) else {
            return self.ask_instead(slf);
        };
        match stream.get().hand_over(py, way, &boolean(py, way)) {
            Ok(Handed::Record(record)) => Ok(record),
            Ok(Handed::Bytes(bytes)) => {
                lock(&self.keep).chunk = Some(bytes.clone().into_any().unbind());
                slf.call_method1(pyo3::intern!(py, "_decoded"), (bytes,))
            }
            Ok(Handed::Nothing) => self.ask_instead(slf),
            Err(error) => {
                lock(&self.keep).record_number -= 1;
                Err(error)
            }
        }
    }

    fn ask_instead<'py>(&self, slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        lock(&self.keep).record_number -= 1;
        self.ask(slf)
    }

    /// Keeps what was read of the next record.
    fn keep_chunk(&self, chunk: Bound<'_, PyAny>) {
        let mut keep = lock(&self.keep);
        keep.record_number += 1;
        let former = keep.chunk.replace(chunk.unbind());
        drop(keep);
        drop(former);
    }
}

/// The way that belongs to the options; `ASK` if one of them is out of the ordinary.
fn way_by(py: Python<'_>, options: &Options) -> u8 {
    let ordinary = options
        .to_unicode
        .as_ref()
        .is_some_and(|value| value.bind(py).is(&*PyBool::new(py, true)))
        && options.utf8_handling.as_ref().is_some_and(|value| {
            value
                .bind(py)
                .cast_exact::<PyString>()
                .is_ok_and(|value| value == "strict")
        });
    let (Some(force_utf8), Some(encoding), true) =
        (&options.force_utf8, &options.file_encoding, ordinary)
    else {
        return ASK;
    };
    let Ok(force_utf8) = force_utf8.bind(py).cast_exact::<PyBool>() else {
        return ASK;
    };
    match way_of(force_utf8.is_true(), encoding.bind(py)) {
        Way::Utf8 => UTF8,
        Way::Marc8 => MARC8,
        // A reader looks at the encodings itself.
        Way::Checked | Way::Sure | Way::Other => OTHER,
    }
}

/// The value of `force_utf8`, which the way stands for.
fn boolean(py: Python<'_>, way: Way) -> Bound<'_, PyAny> {
    PyBool::new(py, way == Way::Utf8).to_owned().into_any()
}

/// The record length, if these are bytes that say one which can be.
fn record_length(head: &Bound<'_, PyAny>) -> Option<usize> {
    let head = head.cast_exact::<PyBytes>().ok()?.as_bytes();
    if head.len() != 5 {
        return None;
    }
    parse_digits(head).filter(|&length| length > LEADER_LENGTH)
}

/// Both parts in one, if they are the whole record and nothing is to be said about it.
fn whole_record<'py>(
    head: &Bound<'py, PyAny>,
    body: &Bound<'py, PyAny>,
    length: usize,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let (Ok(head), Ok(body)) = (head.cast_exact::<PyBytes>(), body.cast_exact::<PyBytes>()) else {
        return Ok(None);
    };
    let py = head.py();
    let (head, body) = (head.as_bytes(), body.as_bytes());
    if head.len() + body.len() != length || body.last() != Some(&RECORD_TERMINATOR) {
        return Ok(None);
    }
    PyBytes::new_with(py, length, |chunk| {
        if let Some((first, rest)) = chunk.split_at_mut_checked(head.len()) {
            first.copy_from_slice(head);
            rest.copy_from_slice(body);
        }
        Ok(())
    })
    .map(Some)
}
