//! Whose turn it is: a lock that one thread may take several times.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

/// How long a thread sleeps before it looks whether a signal came.
const PATIENCE: Duration = Duration::from_millis(50);

/// The lock of a reader.
///
/// Whoever holds it may call Python code, which may come back to the same reader: so it is taken
/// again by the thread that has it, and another thread waits without holding the interpreter.
#[derive(Default)]
pub struct Turn {
    /// The thread that has it; 0 for none.
    owner: AtomicUsize,
    /// How often that thread has taken it; only that thread writes here.
    depth: AtomicU32,
    waiting: AtomicU32,
    sleep: Mutex<()>,
    free: Condvar,
}

/// Gives the turn back when it goes.
pub struct Taken<'a>(&'a Turn);

/// A number of this thread that no other living thread has.
fn this_thread() -> usize {
    thread_local! {
        static PLACE: u8 = const { 0 };
    }
    PLACE.with(|place| std::ptr::from_ref(place) as usize)
}

impl Turn {
    /// Takes the turn; an error if a signal handler raised one meanwhile.
    pub fn take(&self, py: Python<'_>) -> PyResult<Taken<'_>> {
        let this = this_thread();
        if self.owner.load(Ordering::Relaxed) == this {
            self.depth.fetch_add(1, Ordering::Relaxed);
            return Ok(Taken(self));
        }
        while !self.try_take(this) {
            py.detach(|| self.sleep(this));
            if self.owner.load(Ordering::Relaxed) == this {
                break;
            }
            py.check_signals()?;
        }
        Ok(Taken(self))
    }

    fn try_take(&self, this: usize) -> bool {
        self.owner
            .compare_exchange(0, this, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
    }

    /// Sleeps until the turn is given back, and takes it; or some time without taking it.
    fn sleep(&self, this: usize) {
        let guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if !self.try_take(this) {
            let (_guard, _timeout) = self
                .free
                .wait_timeout(guard, PATIENCE)
                .unwrap_or_else(PoisonError::into_inner);
            self.try_take(this);
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let turn = self.0;
        if turn.depth.load(Ordering::Relaxed) > 0 {
            turn.depth.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        turn.owner.store(0, Ordering::SeqCst);
        if turn.waiting.load(Ordering::SeqCst) > 0 {
            // Whoever sleeps has looked before it was free, or sleeps already.
            drop(turn.sleep.lock().unwrap_or_else(PoisonError::into_inner));
            turn.free.notify_one();
        }
    }
}
