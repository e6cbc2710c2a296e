//! Work on blocks in several threads, its results in the order in which the blocks were given.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::batch::{Found, Item, Records, Wanted};
use crate::MOST_THREADS;
use crate::output::Output;

/// How much may be ahead of whoever takes the blocks.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Records.
    pub records: usize,
    /// Bytes, as a record may have a hundred thousand.
    pub bytes: usize,
}

/// Bytes and the records they consist of.
#[derive(Debug, Default)]
pub struct Block {
    /// The records, one after the other.
    pub data: Vec<u8>,
    /// Where they are and what they are; what of the data is behind the last one is unknown.
    pub records: Records,
}

/// A block that was given: who works on it puts it back done.
enum Slot {
    Working,
    Done(Block),
}

#[derive(Default)]
struct Queue {
    slots: VecDeque<(usize, usize, Slot)>,
    /// How many blocks were taken from the front: the number of the first slot.
    taken: usize,
    records: usize,
    bytes: usize,
    /// Whether another thread gives blocks, for which it pays to wait.
    giving: bool,
    stopped: bool,
}

impl Queue {
    fn has_to_wait(&self) -> bool {
        match self.slots.front() {
            Some((_, _, slot)) => matches!(slot, Slot::Working),
            None => self.giving && !self.stopped,
        }
    }
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing is left half done under the lock, so a panic elsewhere does not matter.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`Ordered::take`] finds.
#[derive(Debug)]
pub enum Next {
    /// The next block, done.
    Block(Block),
    /// It was not done in time.
    Waiting,
    /// No block is there, done or not, and no other thread is about to give one.
    Empty,
}

/// A pool of threads that looks at the records of blocks.
#[derive(Clone)]
pub struct Ordered {
    shared: Arc<Shared>,
    pool: Arc<ThreadPool>,
    limits: Limits,
    wanted: Wanted,
    spare: Arc<Mutex<Vec<Output>>>,
    rooms: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// Of how many runs the room is kept: as many as may be ahead.
const SPARE: usize = 32;

/// No more room is kept for a block, in bytes.
const LARGEST_SPARE: usize = 1 << 20;

impl Ordered {
    /// Starts so many threads.
    pub fn new(threads: usize, limits: Limits, wanted: Wanted) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.clamp(1, MOST_THREADS))
            .thread_name(|number| format!("mrrc-{number}"))
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            shared: Arc::default(),
            pool: Arc::new(pool),
            limits,
            wanted,
            spare: Arc::default(),
            rooms: Arc::default(),
        })
    }

    /// What is found out about records.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Keeps what a run was written into for another one.
    pub fn recycle(&self, out: Output) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(out);
        }
    }

    /// Keeps the room of a block that was taken for another one.
    pub fn recycle_block(&self, data: Vec<u8>) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // One block can be as large as a record.
        if rooms.len() < SPARE && data.capacity() <= LARGEST_SPARE {
            rooms.push(data);
        }
    }

    /// Room for a block.
    #[must_use]
    pub fn room(&self) -> Vec<u8> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.pop().unwrap_or_default()
    }

    /// Begins anew, without the blocks that are there, in the same threads.
    #[must_use]
    pub fn anew(&self, wanted: Wanted) -> Self {
        Self {
            shared: Arc::default(),
            pool: Arc::clone(&self.pool),
            limits: self.limits,
            wanted,
            spare: Arc::clone(&self.spare),
            rooms: Arc::clone(&self.rooms),
        }
    }

    /// Whether another block may be given now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        has_room(&self.shared.lock(), self.limits)
    }

    /// Waits until another block may be given; false if nobody will take it any more.
    #[must_use]
    pub fn wait_for_room(&self) -> bool {
        let mut queue = self.shared.lock();
        while !queue.stopped && !has_room(&queue, self.limits) {
            queue = self
                .shared
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !queue.stopped
    }

    /// Gives a block to work on: its records begin and end as `frames` says.
    pub fn give(&self, data: Vec<u8>, frames: Vec<(usize, usize)>) {
        let mut queue = self.shared.lock();
        if queue.stopped {
            return;
        }
        let number = queue.taken + queue.slots.len();
        let (records, bytes) = (frames.len(), data.len());
        queue.records += records;
        queue.bytes += bytes;
        // Nobody is told: who waits for a block waits until it is done.
        queue.slots.push_back((records, bytes, Slot::Working));
        drop(queue);
        let (shared, wanted, spare) = (
            Arc::clone(&self.shared),
            self.wanted,
            Arc::clone(&self.spare),
        );
        self.pool.spawn(move || {
            if shared.lock().stopped {
                return;
            }
            let spare = || spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
            // Whatever happens here, somebody waits for the block.
            let records = catch_unwind(AssertUnwindSafe(|| {
                Records::new(&data, frames.iter().copied(), wanted, spare)
            }))
            .unwrap_or_else(|_| unclear(&frames));
            let mut queue = shared.lock();
            let place = number.wrapping_sub(queue.taken);
            if let Some((_, _, slot)) = queue.slots.get_mut(place) {
                *slot = Slot::Done(Block { data, records });
            }
            drop(queue);
            if place == 0 {
                // All others wait for their turn.
                shared.changed.notify_all();
            }
        });
    }

    /// Takes the next block, for which it waits no longer than `patience`.
    #[must_use]
    pub fn take(&self, patience: Duration) -> Next {
        let mut queue = self.shared.lock();
        if queue.has_to_wait() {
            let changed = &self.shared.changed;
            let waited = changed.wait_timeout_while(queue, patience, |queue| queue.has_to_wait());
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        match queue.slots.pop_front() {
            None if queue.giving => Next::Waiting,
            None => Next::Empty,
            Some((records, bytes, Slot::Done(block))) => {
                queue.taken += 1;
                queue.records -= records;
                queue.bytes -= bytes;
                drop(queue);
                self.shared.changed.notify_all();
                Next::Block(block)
            }
            Some(working) => {
                queue.slots.push_front(working);
                Next::Waiting
            }
        }
    }

    /// Forgets all blocks, and lets everybody who waits go.
    pub fn stop(&self) {
        let mut queue = self.shared.lock();
        queue.stopped = true;
        queue.slots.clear();
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Says whether another thread gives blocks.
    pub(super) fn set_giving(&self, giving: bool) {
        self.shared.lock().giving = giving;
        self.shared.changed.notify_all();
    }
}

/// One block may always be ahead, however large it is.
fn has_room(queue: &Queue, limits: Limits) -> bool {
    queue.slots.is_empty() || (queue.records < limits.records && queue.bytes < limits.bytes)
}

fn unclear(frames: &[(usize, usize)]) -> Records {
    let unclear = |&(start, end)| Item {
        start,
        end,
        found: Found::Unclear,
    };
    Records {
        items: frames.iter().map(unclear).collect(),
        ..Records::default()
    }
}
