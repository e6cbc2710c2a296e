//! Records out of blocks of a file in a text format: `TextRecords`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mrrc_core::target::Target;
use mrrc_core::text::{self, Content, Done, Format, Item, Waiting};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList};

use crate::classes::{Classes, classes};

/// How long to wait for other threads before looking whether a signal came.
const PATIENCE: Duration = Duration::from_millis(50);

// The kinds of items, as in `mrrc/_pure/text_records.py`.
const RECORD: u8 = 0;
const UNCLEAR: u8 = 1;
const BETWEEN: u8 = 2;
const UNREAD: u8 = 3;
const RUN: u8 = 4;

/// Return how many line feeds there are.
#[pyfunction]
pub fn count_lines(block: &Bound<'_, PyBytes>) -> usize {
    text::count_lines(block.as_bytes())
}

/// Records, one after the other, of a file in a text format.
///
/// `format` is "json" or another of the names of formats. With a `target`, the name of a format
/// too, or "" for none, records that need no look come formatted. `threads` read and format them;
/// 0 for none.
#[pyclass(frozen, module = "mrrc._mrrc")]
pub struct TextRecords {
    /// Nobody waits for this with the interpreter, nor calls Python code while it is locked.
    state: Mutex<State>,
    process: u32,
}

struct State {
    /// None only while it is dropped.
    records: Option<text::TextRecords>,
    /// What was taken, and is to be handed over.
    taken: Vec<Done>,
}

#[pymethods]
impl TextRecords {
    #[new]
    #[pyo3(signature = (format, target=None, threads=0))]
    fn new(format: &str, target: Option<&str>, threads: usize) -> PyResult<Self> {
        let Some(format) = Format::from_name(format) else {
            return Err(PyValueError::new_err(format!("no text format: '{format}'")));
        };
        let target = match target {
            None => None,
            Some(name) => Some(
                Target::named(name)
                    .ok_or_else(|| PyValueError::new_err(format!("no target: '{name}'")))?,
            ),
        };
        let records = text::TextRecords::new(format, target, threads)?;
        Ok(Self {
            state: Mutex::new(State {
                records: Some(records),
                taken: Vec::new(),
            }),
            process: std::process::id(),
        })
    }

    /// Take the next bytes of the file, return the items that are known by now.
    ///
    /// If it raises, the bytes were taken, and their items come at the next call.
    fn feed<'py>(
        &self,
        block: &Bound<'py, PyBytes>,
        r#final: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = block.py();
        if std::process::id() != self.process {
            return Err(PyRuntimeError::new_err(
                "a reader with threads was opened before a fork, which has not got them: \
                 open another one here",
            ));
        }
        let bytes = block.as_bytes();
        let mut block = Some(bytes);
        let taken = loop {
            let taken = py.detach(|| {
                let mut state = self.lock();
                let State { records, taken } = &mut *state;
                let Some(records) = records else {
                    return Some(Vec::new());
                };
                if let Some(block) = block.take() {
                    records.feed(block, r#final);
                }
                take(records, taken).then(|| std::mem::take(taken))
            });
            match taken {
                Some(taken) => break taken,
                None => py.check_signals()?,
            }
        };
        let list = PyList::empty(py);
        for done in taken {
            hand_over(&list, &done)?;
            self.give_back(done);
        }
        Ok(list)
    }
}

impl TextRecords {
    /// Lets the room be used again, if nobody else feeds at the moment.
    fn give_back(&self, done: Done) {
        if let Ok(mut state) = self.state.try_lock() {
            if let Some(records) = &mut state.records {
                records.give_back(done);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TextRecords {
    fn drop(&mut self) {
        // In a process that was forked the end of the threads would be waited for.
        if std::process::id() != self.process {
            std::mem::forget(self.lock().records.take());
        }
    }
}

/// Takes what is there; false if there should be more, and it did not come in time.
fn take(records: &mut text::TextRecords, taken: &mut Vec<Done>) -> bool {
    loop {
        let is_full = records.is_full();
        let patience = if is_full { PATIENCE } else { Duration::ZERO };
        match records.take(patience) {
            Waiting::Items(done) => taken.push(*done),
            Waiting::OnTheirWay => return !is_full,
            Waiting::Nothing => return true,
        }
    }
}

/// Appends the items as tuples: kind, length, content, context.
fn hand_over(list: &Bound<'_, PyList>, done: &Done) -> PyResult<()> {
    let py = list.py();
    let classes = classes()?;
    let nothing = PyBytes::new(py, b"");
    let force_utf8 = PyBool::new(py, false).to_owned().into_any();
    let mut start = 0;
    // Records in a row have the same context in most files.
    let mut before: Option<(&Arc<[u8]>, Bound<'_, PyBytes>)> = None;
    for &Item { end, ref content } in &done.items {
        let length = end - start;
        let bytes = done.data().get(start..end).unwrap_or_default();
        start = end;
        let bytes = || PyBytes::new(py, bytes);
        match content {
            &Content::Record(from, to, ref leader) => {
                let raw = done.records.get(from..to).unwrap_or_default();
                let leader = leader.as_ref().map(<[u8; 24]>::as_slice);
                let record = record(py, classes, raw, leader, &force_utf8)?;
                list.append((RECORD, length, record, &nothing))?;
            }
            Content::Unclear(context) => {
                let shared = before
                    .take()
                    .filter(|(known, _)| Arc::ptr_eq(known, context));
                let (_, shown) =
                    before.insert(shared.unwrap_or_else(|| (context, PyBytes::new(py, context))));
                list.append((UNCLEAR, length, bytes(), &*shown))?;
            }
            Content::Between => list.append((BETWEEN, length, bytes(), &nothing))?,
            Content::Unread => list.append((UNREAD, length, bytes(), &nothing))?,
            &Content::Run(count, from, to) => {
                let run = done.formatted.as_bytes().get(from..to).unwrap_or_default();
                list.append((RUN, length, (count, PyBytes::new(py, run)), &nothing))?;
            }
        }
    }
    Ok(())
}

fn record<'py>(
    py: Python<'py>,
    classes: &Classes,
    raw: &[u8],
    leader: Option<&[u8]>,
    force_utf8: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let leader = match leader {
        Some(leader) => classes.new_leader(py, leader)?,
        None => py.None().into_bound(py),
    };
    classes.new_record(py, PyBytes::new(py, raw).into_any(), leader, force_utf8)
}
