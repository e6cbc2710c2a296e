//! Records out of blocks of a file: `RecordStream`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mrrc_core::LEADER_LENGTH;
use mrrc_core::stream::{Batch, Found, Wanted, Way};
use mrrc_core::target::{Run, Target};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::classes::classes;
use crate::reading::{CHECKED, MARC8, SURE};
use crate::supply::{Look, Supply};
use crate::target::target_of;

/// Records, one after the other, of a file that is read in blocks.
///
/// `handle` is an open file; with `by_descriptor` it is read past its own buffer, else in calls of
/// its `read`. `start` is the offset of its first byte, from which offsets are counted. `sound` as
/// of `next_sound`. `threads` look at records ahead, at about `queue` of them; 0 for none.
#[pyclass(frozen, module = "mrrc._mrrc")]
pub struct RecordStream {
    /// What is read: nobody calls Python code or waits while this is locked.
    state: Mutex<State>,
    /// None while somebody reads.
    supply: Mutex<Option<Supply>>,
    sound: bool,
}

struct State {
    batch: Batch,
    /// Where the record handed over last is in the batch.
    current: (usize, usize),
    /// Offset of the first byte of the batch.
    offset: u64,
    /// What was asked for last.
    wanted: Wanted,
    at_end: bool,
    closed: bool,
}

impl State {
    /// Until something is, that is what was handed over last.
    fn nothing_handed_over(&mut self) {
        let position = self.batch.position();
        self.current = (position, position);
    }
}

/// What was at the position of a stream.
pub enum Handed<'py> {
    /// A record.
    Record(Bound<'py, PyAny>),
    /// The bytes of a record that somebody else has to decode.
    Bytes(Bound<'py, PyBytes>),
    /// Nothing that is a record at first sight, or (if sound records are wanted) at second.
    Nothing,
}

/// Which way of reading the options of a reader stand for.
pub fn way_of(force_utf8: bool, encoding: &Bound<'_, PyAny>) -> Way {
    if force_utf8 {
        return Way::Utf8;
    }
    match encoding.cast::<PyString>() {
        Ok(name) if name == MARC8 => Way::Marc8,
        Ok(name) if name == CHECKED => Way::Checked,
        Ok(name) if name == SURE => Way::Sure,
        _ => Way::Other,
    }
}

#[pymethods]
impl RecordStream {
    #[new]
    #[pyo3(signature = (handle, by_descriptor=false, start=0, sound=false, threads=0, queue=1000))]
    fn new(
        handle: &Bound<'_, PyAny>,
        by_descriptor: bool,
        start: u64,
        sound: bool,
        threads: usize,
        queue: usize,
    ) -> PyResult<Self> {
        let wanted = Wanted {
            way: Way::Marc8,
            sound,
            target: None,
        };
        let look = Look { wanted, now: true };
        let supply = Supply::new(handle, by_descriptor, threads, queue, look)?;
        let state = State {
            batch: Batch::default(),
            current: (0, 0),
            offset: start,
            wanted,
            at_end: false,
            closed: false,
        };
        Ok(Self {
            state: Mutex::new(state),
            supply: Mutex::new(Some(supply)),
            sound,
        })
    }

    /// Return the next record; bytes, if it has to be decoded otherwise; None if none is there.
    fn next_record<'py>(
        &self,
        force_utf8: &Bound<'py, PyAny>,
        encoding: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let way = way_of(force_utf8.is_truthy()?, encoding);
        Ok(match self.hand_over(force_utf8.py(), way, force_utf8)? {
            Handed::Record(record) => Some(record),
            Handed::Bytes(bytes) => Some(bytes.into_any()),
            Handed::Nothing => None,
        })
    }

    /// Return how many of the next records could be formatted, and these; None if the next could not.
    fn take_run<'py>(
        &self,
        target: &str,
        force_utf8: &Bound<'py, PyAny>,
        encoding: &Bound<'py, PyAny>,
    ) -> PyResult<Option<(usize, Bound<'py, PyBytes>)>> {
        let target = target_of(target)?;
        let way = way_of(force_utf8.is_truthy()?, encoding);
        let wanted = self.wanted(way, Some(target));
        let py = force_utf8.py();
        let Some(run) = self.next_run(py, wanted)? else {
            return Ok(None);
        };
        let data = PyBytes::new(py, run.out.as_bytes());
        let spare = match self.lock_supply().as_ref() {
            Some(supply) => supply.recycle(run.out),
            None => None,
        };
        if let Some(out) = spare {
            self.lock().batch.recycle(out);
        }
        Ok(Some((run.count, data)))
    }

    /// Return so many bytes, fewer only at the end of the data; all that are left for -1.
    #[pyo3(signature = (size=-1), text_signature = "($self, size=-1)")]
    fn read<'py>(&self, py: Python<'py>, size: isize) -> PyResult<Bound<'py, PyBytes>> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.lock().nothing_handed_over();
        while self.lock().batch.rest().len() < size {
            if !self.fill(py, None)? {
                break;
            }
        }
        let mut state = self.lock();
        let start = state.batch.position();
        let bytes = PyBytes::new(py, state.batch.skip(size));
        state.current = (start, state.batch.position());
        Ok(bytes)
    }

    /// Put bytes back that were read, to be read again.
    fn unread(&self, data: &Bound<'_, PyBytes>) {
        let mut state = self.lock();
        let data = data.as_bytes();
        state.offset += state.batch.position() as u64;
        state.offset = state.offset.saturating_sub(data.len() as u64);
        state.batch.put_back(data);
        state.current = (0, 0);
    }

    /// Give up the file and end all threads; reading raises ValueError from then on.
    fn close(&self, py: Python<'_>) {
        {
            // What was handed over last stays to be looked at.
            let mut state = self.lock();
            state.closed = true;
            let (start, end) = state.current;
            let last = state.batch.bytes().get(start..end).unwrap_or_default();
            let mut batch = Batch::default();
            batch.extend(last);
            batch.skip(usize::MAX);
            state.offset += (state.batch.position() - (end - start)) as u64;
            state.batch = batch;
            state.current = (0, end - start);
        }
        self.close_supply(py);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Another thread that holds the lock reads, so there is no garbage there.
        match self.supply.try_lock() {
            Ok(supply) => supply
                .as_ref()
                .map_or(Ok(()), |supply| supply.traverse(&visit)),
            Err(_) => Ok(()),
        }
    }

    /// The bytes of the record handed over last, or what was read last.
    #[getter]
    fn chunk<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let state = self.lock();
        let (start, end) = state.current;
        PyBytes::new(py, state.batch.bytes().get(start..end).unwrap_or_default())
    }

    /// Offset of what was handed over last.
    #[getter]
    fn offset(&self) -> u64 {
        let state = self.lock();
        state.offset + state.current.0 as u64
    }

    /// Offset of what comes next.
    #[getter]
    fn position(&self) -> u64 {
        let state = self.lock();
        state.offset + state.batch.position() as u64
    }
}

impl RecordStream {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_supply(&self) -> MutexGuard<'_, Option<Supply>> {
        self.supply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands over the record at the position, reading on where needed.
    pub fn hand_over<'py>(
        &self,
        py: Python<'py>,
        way: Way,
        force_utf8: &Bound<'py, PyAny>,
    ) -> PyResult<Handed<'py>> {
        let wanted = self.wanted(way, None);
        loop {
            let mut state = self.lock();
            state.nothing_handed_over();
            let same_way = state.batch.wanted().is_some_and(|seen| seen.way == way);
            let Some(item) = state.batch.peek() else {
                if state.batch.is_unsearched() {
                    state.wanted = wanted;
                    state.batch.find(wanted);
                    continue;
                }
                if state.at_end || !state.batch.can_go_on() {
                    return Ok(Handed::Nothing);
                }
                drop(state);
                self.fill(py, Some(wanted))?;
                continue;
            };
            let place = (item.start, item.end);
            if !same_way && !matches!(item.found, Found::Plain) {
                state.wanted = wanted;
                state.batch.find(wanted);
                continue;
            }
            if self.sound && matches!(item.found, Found::Unclear) {
                return Ok(Handed::Nothing);
            }
            let Some(item) = state.batch.take() else {
                return Ok(Handed::Nothing);
            };
            state.current = place;
            let data = state
                .batch
                .bytes()
                .get(place.0..place.1)
                .unwrap_or_default();
            let classes = classes()?;
            let (raw, leader) = match item.found {
                Found::Unclear => return Ok(Handed::Bytes(PyBytes::new(py, data))),
                Found::Plain => (PyBytes::new(py, data), None),
                Found::Transcoded(utf8) => (
                    PyBytes::new(py, &utf8),
                    data.first_chunk::<LEADER_LENGTH>().copied(),
                ),
            };
            // Making objects may run the collector, and that anybody's code.
            drop(state);
            let leader = match leader {
                Some(leader) => classes.new_leader(py, &leader)?,
                None => py.None().into_bound(py),
            };
            let record = classes.new_record(py, raw.into_any(), leader, force_utf8)?;
            return Ok(Handed::Record(record));
        }
    }

    fn wanted(&self, way: Way, target: Option<Target>) -> Wanted {
        Wanted {
            way,
            sound: self.sound,
            target,
        }
    }

    /// The next records that are formatted, reading on where needed; none if the first is not.
    fn next_run(&self, py: Python<'_>, wanted: Wanted) -> PyResult<Option<Run>> {
        loop {
            let mut state = self.lock();
            state.nothing_handed_over();
            if state.batch.wanted() == Some(wanted) {
                if let Some(piece) = state.batch.take_piece() {
                    state.current = (piece.start, piece.end);
                    return Ok(Some(piece.run));
                }
                if state.batch.has_next() {
                    return Ok(None);
                }
            }
            if state.batch.wanted() != Some(wanted) || state.batch.is_unsearched() {
                // What is here is no more than what is read at once.
                state.wanted = wanted;
                state.batch.find(wanted);
                continue;
            }
            if state.at_end || !state.batch.can_go_on() {
                return Ok(None);
            }
            drop(state);
            self.fill(py, Some(wanted))?;
        }
    }

    /// Reads on; false at the end of the data.
    fn fill(&self, py: Python<'_>, wanted: Option<Wanted>) -> PyResult<bool> {
        let Some(mut supply) = self.lock_supply().take() else {
            return Err(PyRuntimeError::new_err(
                "another thread reads from this stream",
            ));
        };
        let filled = self.fill_from(py, &mut supply, wanted);
        *self.lock_supply() = Some(supply);
        // Whoever closed meanwhile has not found it there.
        if self.lock().closed {
            self.close_supply(py);
        }
        filled
    }

    /// Gives up the file and ends all threads, unless somebody reads, who does it then.
    fn close_supply(&self, py: Python<'_>) {
        let supply = self.lock_supply().take();
        if let Some(mut supply) = supply {
            supply.close(py);
            *self.lock_supply() = Some(supply);
        }
    }

    fn fill_from(
        &self,
        py: Python<'_>,
        supply: &mut Supply,
        wanted: Option<Wanted>,
    ) -> PyResult<bool> {
        let now = wanted.is_some();
        let (mut batch, wanted, offset) = {
            let mut state = self.lock();
            if state.at_end {
                return Ok(false);
            }
            if state.closed {
                return Err(closed());
            }
            let offset = state.offset + state.batch.position() as u64;
            let batch = std::mem::take(&mut state.batch);
            state.offset = offset;
            (batch, wanted.unwrap_or(state.wanted), offset)
        };
        let filled = supply.fill(py, &mut batch, Look { wanted, now });
        let mut state = self.lock();
        if state.closed {
            return Err(closed());
        }
        // What was handed over before is given up when something is read, else it is there still.
        state.offset = offset - batch.position() as u64;
        state.batch = batch;
        state.nothing_handed_over();
        state.wanted = wanted;
        state.at_end = matches!(filled, Ok(false));
        filled
    }
}

fn closed() -> PyErr {
    PyValueError::new_err("I/O operation on closed file")
}
