//! Where a stream gets its bytes from: an open file, or any object with `read`.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use mrrc_core::output::Output;
use mrrc_core::stream::{
    BLOCK, Batch, Block, Limits, Next, Ordered, Pipeline, Rest, Splitter, Taken, Wanted,
};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBlockingIOError, PyException, PyOSError, PyRuntimeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// How much of an object is read at once. One call of Python code costs as much as reading this.
const OBJECT_BLOCK: usize = 1 << 20;

/// How long to wait for other threads before looking whether a signal came.
const PATIENCE: Duration = Duration::from_millis(50);

/// How the records that are read are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// What is to be found out about them.
    pub wanted: Wanted,
    /// Whether they are looked at now; else when somebody asks for one, and for bytes nobody does.
    pub now: bool,
}

/// A file of the operating system.
struct Opened {
    /// Asked before each read whether the file was closed.
    handle: Py<PyAny>,
    file: File,
}

enum Origin {
    File(Opened),
    Object(Py<PyAny>),
}

/// Where more bytes come from.
pub struct Supply {
    state: State,
    threads: Option<Ordered>,
    /// Whether what was read last is nothing but records, so that threads can go ahead.
    steady: bool,
    /// What reading raised, to be raised when everything before it was handed over.
    held: Option<PyErr>,
    /// The process in which the threads run: a fork has none of them, but all their locks.
    process: u32,
}

enum State {
    /// The thread that asks for records reads and looks at them.
    Here(Origin),
    /// A thread reads, others look.
    Scanning(Pipeline<File>, Py<PyAny>),
    /// The thread that asks for records reads, others look.
    Giving(Ordered, Splitter, Py<PyAny>),
    Closed,
}

impl Supply {
    /// A file that has a descriptor, or an object with `read`.
    pub fn new(
        handle: &Bound<'_, PyAny>,
        by_descriptor: bool,
        threads: usize,
        queue: usize,
        look: Look,
    ) -> PyResult<Self> {
        let mut threads = threads;
        let origin = if by_descriptor {
            let file = duplicate(handle)?;
            // Who drops a scanner waits for what it reads, which may take long on anything else.
            if !file.metadata().is_ok_and(|data| data.is_file()) {
                threads = 0;
            }
            Origin::File(Opened {
                handle: handle.clone().unbind(),
                file,
            })
        } else {
            Origin::Object(handle.getattr("read")?.unbind())
        };
        let threads = match threads {
            0 => None,
            _ => {
                let limits = Limits {
                    records: queue,
                    bytes: 4 << 20,
                };
                Some(Ordered::new(threads, limits, look.wanted)?)
            }
        };
        Ok(Self {
            state: State::Here(origin),
            threads,
            steady: true,
            held: None,
            process: std::process::id(),
        })
    }

    /// Shows the collector what is held.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.state {
            State::Here(Origin::File(Opened { handle: held, .. }) | Origin::Object(held))
            | State::Scanning(_, held)
            | State::Giving(_, _, held) => visit.call(held),
            State::Closed => Ok(()),
        }
    }

    /// Whether the threads run in another process than this one.
    fn is_forked(&self) -> bool {
        self.threads.is_some() && self.process != std::process::id()
    }

    /// Gives up the file, and ends all threads.
    pub fn close(&mut self, py: Python<'_>) {
        self.held = None;
        let state = self.end();
        py.detach(|| drop(state));
    }

    /// Gives up the threads; what is returned ends them when it is dropped.
    fn end(&mut self) -> State {
        let forked = self.is_forked();
        let state = std::mem::replace(&mut self.state, State::Closed);
        let threads = self.threads.take();
        if forked {
            // Ending them would wait for threads that are not there.
            std::mem::forget((state, threads));
            return State::Closed;
        }
        if let State::Giving(ordered, ..) = &state {
            ordered.stop();
        }
        state
    }

    /// Keeps what a run was written into for another one; gives it back where nobody needs it.
    pub fn recycle(&self, out: Output) -> Option<Output> {
        match &self.state {
            State::Scanning(pipeline, _) => pipeline.recycle(out),
            State::Giving(ordered, ..) => ordered.recycle(out),
            State::Here(_) | State::Closed => return Some(out),
        }
        None
    }

    /// Puts more bytes into the batch, and looks at the records that are complete then.
    ///
    /// False at the end of the data.
    pub fn fill(&mut self, py: Python<'_>, batch: &mut Batch, look: Look) -> PyResult<bool> {
        if self.is_forked() {
            return Err(PyRuntimeError::new_err(
                "a reader with threads was opened before a fork, which has not got them: \
                 open another one here",
            ));
        }
        if self.steady {
            self.send_ahead(py, batch, look);
        }
        match &mut self.state {
            State::Here(Origin::File(opened)) => {
                let count = opened.read(py, batch, look)?;
                self.steady = count == BLOCK && look.now && batch.can_go_on();
                Ok(count > 0)
            }
            State::Here(Origin::Object(read)) => {
                if let Some(error) = self.held.take() {
                    return Err(error);
                }
                let block = read_object(py, read, OBJECT_BLOCK)?;
                add_rest(py, batch, &block, look);
                self.steady = block.len() >= OBJECT_BLOCK && look.now && batch.can_go_on();
                Ok(!block.is_empty())
            }
            State::Scanning(..) => self.take_scanned(py, batch, look),
            State::Giving(..) => self.take_given(py, batch, look),
            State::Closed => Ok(false),
        }
    }

    /// Lets other threads go ahead, if there are any, from the end of the batch on.
    fn send_ahead(&mut self, py: Python<'_>, batch: &mut Batch, look: Look) {
        let Some(threads) = &self.threads else {
            return;
        };
        if !matches!(self.state, State::Here(_)) {
            return;
        }
        let ordered = threads.anew(look.wanted);
        let data = batch.give_rest();
        self.state = match std::mem::replace(&mut self.state, State::Closed) {
            State::Here(Origin::File(Opened { handle, file })) => {
                State::Scanning(py.detach(|| Pipeline::start(ordered, file, data)), handle)
            }
            State::Here(Origin::Object(read)) => State::Giving(ordered, Splitter::new(data), read),
            other => other,
        };
    }

    fn take_scanned(&mut self, py: Python<'_>, batch: &mut Batch, look: Look) -> PyResult<bool> {
        let State::Scanning(pipeline, handle) = &mut self.state else {
            return Ok(false);
        };
        // Says so if the file was closed.
        handle.call_method0(py, "fileno")?;
        loop {
            match py.detach(|| pipeline.take(PATIENCE)) {
                Taken::Waiting => {
                    py.check_signals()?;
                    handle.call_method0(py, "fileno")?;
                }
                Taken::Block(block) => {
                    let room = add_block(py, batch, block, pipeline.wanted(), look);
                    pipeline.recycle_block(room);
                    return Ok(true);
                }
                Taken::Rest(Rest {
                    source,
                    data,
                    error,
                }) => {
                    let handle = handle.clone_ref(py);
                    self.state = State::Here(Origin::File(Opened {
                        handle,
                        file: source,
                    }));
                    self.steady = false;
                    add_rest(py, batch, &data, look);
                    return match error {
                        Some(error) => Err(os_error(error)),
                        None if data.is_empty() => self.fill(py, batch, look),
                        None => Ok(true),
                    };
                }
            }
        }
    }

    fn take_given(&mut self, py: Python<'_>, batch: &mut Batch, look: Look) -> PyResult<bool> {
        let State::Giving(ordered, splitter, read) = &mut self.state else {
            return Ok(false);
        };
        loop {
            while self.held.is_none() && splitter.can_go_on() && ordered.has_room() {
                let block = match read_object(py, read, BLOCK) {
                    Ok(block) => block,
                    Err(error) if error.is_instance_of::<PyException>(py) => {
                        self.held = Some(error);
                        break;
                    }
                    Err(error) => return Err(error),
                };
                splitter.data().extend_from_slice(&block);
                if let Some((data, frames)) = splitter.split(|| ordered.room()) {
                    ordered.give(data, frames);
                }
                if block.len() < BLOCK {
                    // The end, or something like a pipe: what came is handed over first.
                    break;
                }
            }
            match py.detach(|| ordered.take(PATIENCE)) {
                Next::Waiting => py.check_signals()?,
                Next::Block(block) => {
                    let room = add_block(py, batch, block, ordered.wanted(), look);
                    ordered.recycle_block(room);
                    return Ok(true);
                }
                Next::Empty => {
                    let data = std::mem::take(splitter).into_rest();
                    self.state = State::Here(Origin::Object(read.clone_ref(py)));
                    self.steady = false;
                    add_rest(py, batch, &data, look);
                    return if data.is_empty() {
                        self.fill(py, batch, look)
                    } else {
                        Ok(true)
                    };
                }
            }
        }
    }
}

impl Drop for Supply {
    fn drop(&mut self) {
        drop(self.end());
    }
}

/// Puts a block into the batch, of whose records `seen` was found out; gives room that is free.
fn add_block(py: Python<'_>, batch: &mut Batch, block: Block, seen: Wanted, look: Look) -> Vec<u8> {
    if batch.rest().is_empty() && seen == look.wanted {
        batch.replace(block.data, block.records, seen)
    } else {
        // Something else than a record was read before and reaches into this block, or the options
        // were changed meanwhile.
        add_rest(py, batch, &block.data, look);
        block.data
    }
}

fn add_rest(py: Python<'_>, batch: &mut Batch, data: &[u8], look: Look) {
    py.detach(|| {
        batch.extend(data);
        if look.now {
            batch.find(look.wanted);
        }
    });
}

impl Opened {
    /// Reads once, as a pipe gives what it has.
    fn read(&mut self, py: Python<'_>, batch: &mut Batch, look: Look) -> PyResult<usize> {
        loop {
            self.handle.call_method0(py, "fileno")?;
            let read = py.detach(|| {
                let count = batch.append(BLOCK, |room| self.file.read(room));
                if look.now {
                    batch.find(look.wanted);
                }
                count
            });
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => py.check_signals()?,
                read => return read.map_err(os_error),
            }
        }
    }
}

/// Calls `read(size)`, and copies what it gives: it may be the object's own memory.
fn read_object(py: Python<'_>, read: &Py<PyAny>, size: usize) -> PyResult<Vec<u8>> {
    let block = read.bind(py).call1((size,))?;
    if let Ok(bytes) = block.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if block.is_none() {
        return Err(PyBlockingIOError::new_err((
            11,
            "the file has no data at the moment",
        )));
    }
    PyBuffer::<u8>::get(&block)?.to_vec(py)
}

/// An OSError as Python makes it: of the class that belongs to the number.
pub fn os_error(error: io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let reason = text
                .split(" (os error")
                .next()
                .unwrap_or_default()
                .to_owned();
            PyOSError::new_err((number, reason))
        }
        None => error.into(),
    }
}

/// A descriptor of our own for the file, so that closing it elsewhere takes nothing from under us.
#[cfg(unix)]
fn duplicate(handle: &Bound<'_, PyAny>) -> PyResult<File> {
    use std::os::fd::BorrowedFd;
    let descriptor: i32 = handle.call_method0("fileno")?.extract()?;
    // SAFETY: the file object has just said that this descriptor is open, it holds it, and nobody
    // can close it before the interpreter runs again.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    Ok(File::from(borrowed.try_clone_to_owned().map_err(os_error)?))
}

/// A handle of our own for the file, so that closing it elsewhere takes nothing from under us.
#[cfg(windows)]
fn duplicate(handle: &Bound<'_, PyAny>) -> PyResult<File> {
    use std::os::windows::io::{BorrowedHandle, RawHandle};
    let descriptor = handle.call_method0("fileno")?;
    let raw: isize = handle
        .py()
        .import("msvcrt")?
        .call_method1("get_osfhandle", (descriptor,))?
        .extract()?;
    // SAFETY: as on Unix: the file object is open and holds this handle.
    let borrowed = unsafe { BorrowedHandle::borrow_raw(raw as RawHandle) };
    Ok(File::from(borrowed.try_clone_to_owned().map_err(os_error)?))
}
