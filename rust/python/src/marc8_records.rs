//! Whole records in MARC-8, one or many at once.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use mrrc_core::MOST_THREADS;
use mrrc_core::marc8::{Records, record_to_marc8 as encode};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Return a plain record in MARC-8, None where it has to be looked at more closely.
#[pyfunction]
pub fn record_to_marc8<'py>(raw: &Bound<'py, PyBytes>) -> Option<Bound<'py, PyBytes>> {
    encode(raw.as_bytes()).map(|record| PyBytes::new(raw.py(), &record))
}

/// Batches of records on their way into MARC-8, encoded by threads.
///
/// The records are copied when they come in, so the threads need nothing of the interpreter's.
#[pyclass(frozen, module = "mrrc._mrrc")]
pub struct Marc8Batches {
    /// None for fewer than two threads: then `take` encodes.
    pool: Option<ThreadPool>,
    batches: Mutex<VecDeque<Batch>>,
    process: u32,
}

struct Batch {
    records: Arc<Records>,
    encoded: Option<Receiver<Encoded>>,
}

type Encoded = Vec<Option<Vec<u8>>>;

#[pymethods]
impl Marc8Batches {
    #[new]
    fn new(threads: usize) -> PyResult<Self> {
        let pool = match threads {
            0 | 1 => None,
            _ => Some(
                ThreadPoolBuilder::new()
                    .num_threads(threads.min(MOST_THREADS))
                    .thread_name(|number| format!("mrrc-write-{number}"))
                    .build()
                    .map_err(|error| {
                        PyRuntimeError::new_err(format!("no {threads} threads: {error}"))
                    })?,
            ),
        };
        Ok(Self {
            pool,
            batches: Mutex::default(),
            process: std::process::id(),
        })
    }

    /// Let plain records be encoded.
    fn submit(&self, raws: &Bound<'_, PyList>) -> PyResult<()> {
        let mut records = Records::default();
        for raw in raws.iter() {
            records.push(raw.cast::<PyBytes>()?.as_bytes());
        }
        let records = Arc::new(records);
        // A process that was forked has the pool without its threads.
        let is_ours = std::process::id() == self.process;
        let encoded = self.pool.as_ref().filter(|_| is_ours).map(|pool| {
            let (sender, receiver) = channel();
            let records = Arc::clone(&records);
            pool.spawn(move || {
                // It fails only if nobody waits any more.
                let _unwanted = sender.send(records.to_marc8_in_parallel());
            });
            receiver
        });
        self.lock().push_back(Batch { records, encoded });
        Ok(())
    }

    /// Return what `record_to_marc8` does for each record of the batch that came first.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let Some(batch) = self.lock().pop_front() else {
            return Ok(PyList::empty(py));
        };
        let is_ours = std::process::id() == self.process;
        let encoded = py.detach(|| match batch.encoded.filter(|_| is_ours) {
            Some(receiver) => receiver.recv().ok(),
            None => Some(batch.records.to_marc8()),
        });
        let Some(encoded) = encoded else {
            return Err(PyRuntimeError::new_err("a thread that encoded has ended"));
        };
        let encoded = encoded
            .into_iter()
            .map(|record| record.map(|record| PyBytes::new(py, &record)));
        PyList::new(py, encoded.collect::<Vec<_>>())
    }
}

impl Marc8Batches {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Batch>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Marc8Batches {
    fn drop(&mut self) {
        // In a process that was forked the end of the threads would be waited for.
        if std::process::id() != self.process {
            std::mem::forget(self.pool.take());
        }
    }
}
