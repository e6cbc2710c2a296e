//! The threads that work on batches.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The pool that was used last: programs use one number of threads, and starting them for each
/// batch would cost as much as a batch of fifty records.
struct LastPool {
    process: u32,
    threads: usize,
    pool: Arc<ThreadPool>,
}

static LAST: Mutex<Option<LastPool>> = Mutex::new(None);

/// A pool of this many threads; None for fewer than two, which is the caller's own thread.
///
/// To be called with the thread attached to the interpreter, so that no other is in here when the
/// process forks.
pub fn of(threads: usize) -> PyResult<Option<Arc<ThreadPool>>> {
    if threads < 2 {
        return Ok(None);
    }
    let process = std::process::id();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(last) = last.as_ref() {
        if last.process == process && last.threads == threads {
            return Ok(Some(Arc::clone(&last.pool)));
        }
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("mrrc-{number}"))
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("no {threads} threads: {error}")))?;
    let pool = Arc::new(pool);
    let former = last.replace(LastPool {
        process,
        threads,
        pool: Arc::clone(&pool),
    });
    // A child of the process has the pool without its threads: ending them would wait for ever.
    if let Some(former) = former.filter(|former| former.process != process) {
        std::mem::forget(former);
    }
    Ok(Some(pool))
}
