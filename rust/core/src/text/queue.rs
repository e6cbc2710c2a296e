//! Work in several threads, its results in the order in which it was given.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool of threads, and the results that were not taken yet.
#[derive(Debug)]
pub(super) struct Queue<T> {
    shared: Arc<Shared<T>>,
    pool: ThreadPool,
}

#[derive(Debug)]
struct Shared<T> {
    slots: Mutex<Slots<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Slots<T> {
    /// Size and result of each piece of work, in order.
    waiting: VecDeque<(usize, Option<T>)>,
    /// How many were taken from the front: the number of the first one.
    taken: usize,
    size: usize,
    stopped: bool,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Slots<T>> {
        // Nothing is left half done under the lock, so a panic elsewhere does not matter.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`Queue::take`] finds.
#[derive(Debug)]
pub(super) enum Next<T> {
    /// The next result.
    Done(T),
    /// It is not there yet.
    Waiting,
    /// Nothing was given of which the result was not taken.
    Empty,
}

impl<T: Send + 'static> Queue<T> {
    /// Starts so many threads.
    pub(super) fn new(threads: usize) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|number| format!("mrrc-text-{number}"))
            .build()
            .map_err(io::Error::other)?;
        let slots = Slots {
            waiting: VecDeque::new(),
            taken: 0,
            size: 0,
            stopped: false,
        };
        let shared = Shared {
            slots: Mutex::new(slots),
            changed: Condvar::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            pool,
        })
    }

    /// Gives work of this size; `otherwise` makes the result if it panics.
    pub(super) fn give(
        &self,
        size: usize,
        work: impl FnOnce() -> T + Send + 'static,
        otherwise: impl FnOnce() -> T + Send + 'static,
    ) {
        let mut slots = self.shared.lock();
        let number = slots.taken + slots.waiting.len();
        slots.waiting.push_back((size, None));
        slots.size += size;
        drop(slots);
        let shared = Arc::clone(&self.shared);
        self.pool.spawn(move || {
            if shared.lock().stopped {
                return;
            }
            // Whatever happens here, somebody waits for the result.
            let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_panic| otherwise());
            let mut slots = shared.lock();
            let place = number.wrapping_sub(slots.taken);
            if let Some((_, slot)) = slots.waiting.get_mut(place) {
                *slot = Some(result);
            }
            drop(slots);
            shared.changed.notify_all();
        });
    }

    /// The size of all work of which the result was not taken.
    pub(super) fn size(&self) -> usize {
        self.shared.lock().size
    }

    /// Takes the next result, for which it waits no longer than `patience`.
    pub(super) fn take(&self, patience: Duration) -> Next<T> {
        let mut slots = self.shared.lock();
        if !patience.is_zero() {
            let works = |slots: &mut Slots<T>| matches!(slots.waiting.front(), Some((_, None)));
            let changed = &self.shared.changed;
            let waited = changed.wait_timeout_while(slots, patience, works);
            slots = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        match slots.waiting.pop_front() {
            None => Next::Empty,
            Some((size, Some(result))) => {
                slots.taken += 1;
                slots.size -= size;
                Next::Done(result)
            }
            Some(works) => {
                slots.waiting.push_front(works);
                Next::Waiting
            }
        }
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        // What was not begun is not done.
        self.shared.lock().stopped = true;
    }
}
