//! A thread that reads a file and finds its records, and a pool that looks at them.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::batch::{Wanted, frames, is_incomplete};
use crate::output::Output;

use super::ordered::{Block, Next, Ordered};

/// How much is read at once, in bytes: some hundred records of usual size.
pub const BLOCK: usize = 128 << 10;

/// How much a scanner reads at once: passing a block on costs two threads a switch.
const SCANNED: usize = 2 * BLOCK;

/// Cuts what is read into blocks of whole records.
#[derive(Debug, Default)]
pub struct Splitter {
    data: Vec<u8>,
}

/// Where each record of a block begins and ends.
pub type Frames = Vec<(usize, usize)>;

impl Splitter {
    /// Begins with bytes that were read already.
    #[must_use]
    pub fn new(data: Vec<u8>) -> Self {
        Self { data }
    }

    /// Where to append what is read next.
    pub fn data(&mut self) -> &mut Vec<u8> {
        &mut self.data
    }

    /// Splits off the records that are complete; `None` if none is.
    ///
    /// What is left goes into `room`, of which the content does not matter.
    pub fn split(&mut self, room: impl FnOnce() -> Vec<u8>) -> Option<(Vec<u8>, Frames)> {
        let frames = frames(&self.data);
        let &(_, end) = frames.last()?;
        let mut rest = room();
        rest.clear();
        rest.extend_from_slice(self.data.get(end..).unwrap_or_default());
        self.data.truncate(end);
        Some((std::mem::replace(&mut self.data, rest), frames))
    }

    /// Whether what is left may become a record when more is read.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        is_incomplete(&self.data)
    }

    /// What is left.
    #[must_use]
    pub fn into_rest(self) -> Vec<u8> {
        self.data
    }
}

/// What a scanner leaves where it ends.
#[derive(Debug)]
pub struct Rest<R> {
    /// What it read from; it can be read on.
    pub source: R,
    /// What was read already and is in no block.
    pub data: Vec<u8>,
    /// Why it ended, if it was not the end of the data, nor something that is no sound record.
    pub error: Option<io::Error>,
}

/// What [`Pipeline::take`] finds.
#[derive(Debug)]
pub enum Taken<R> {
    /// The next block.
    Block(Block),
    /// It was not ready in time.
    Waiting,
    /// There are no more.
    Rest(Rest<R>),
}

/// A scanner in a thread of its own, and the pool to which it gives its blocks.
pub struct Pipeline<R> {
    ordered: Ordered,
    rest: Arc<Mutex<Option<Rest<R>>>>,
    scanner: Option<JoinHandle<()>>,
}

impl<R: Read + Send + 'static> Pipeline<R> {
    /// Starts to read: `data` first, which were read from the source already.
    ///
    /// The scanner reads blockingly, and whoever drops the pipeline waits for that: the source
    /// should be a file on a disk, not a pipe. If no thread can be started, the rest is
    /// all there is to be taken.
    pub fn start(ordered: Ordered, source: R, data: Vec<u8>) -> Self {
        // Here the thread finds what it begins with, and leaves where it ended.
        let rest = Arc::new(Mutex::new(Some(Rest {
            source,
            data,
            error: None,
        })));
        let (leave, queue) = (Arc::clone(&rest), ordered.clone());
        ordered.set_giving(true);
        let scanner = thread::Builder::new()
            .name("mrrc-scanner".to_owned())
            .spawn(move || {
                let begin = leave.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(Rest { source, data, .. }) = begin {
                    let left = scan(&queue, source, data);
                    *leave.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
                }
                queue.set_giving(false);
            });
        let scanner = scanner.ok();
        if scanner.is_none() {
            ordered.set_giving(false);
        }
        Self {
            ordered,
            rest,
            scanner,
        }
    }

    /// What is found out about records.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.ordered.wanted()
    }

    /// Keeps what a run was written into for another one.
    pub fn recycle(&self, out: Output) {
        self.ordered.recycle(out);
    }

    /// Keeps the room of a block that was taken for another one.
    pub fn recycle_block(&self, data: Vec<u8>) {
        self.ordered.recycle_block(data);
    }

    /// Takes the next block, for which it waits no longer than `patience`.
    #[must_use]
    pub fn take(&mut self, patience: Duration) -> Taken<R> {
        match self.ordered.take(patience) {
            Next::Block(block) => Taken::Block(block),
            Next::Waiting => Taken::Waiting,
            Next::Empty => {
                let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
                rest.take().map_or(Taken::Waiting, Taken::Rest)
            }
        }
    }
}

impl<R> Drop for Pipeline<R> {
    fn drop(&mut self) {
        self.ordered.stop();
        if let Some(scanner) = self.scanner.take() {
            // It panics nowhere, and there would be nothing to be done about it.
            let _ended = scanner.join();
        }
    }
}

fn scan<R: Read>(ordered: &Ordered, mut source: R, data: Vec<u8>) -> Rest<R> {
    let mut splitter = Splitter::new(data);
    let mut error = None;
    loop {
        if let Some((data, frames)) = splitter.split(|| ordered.room()) {
            ordered.give(data, frames);
        }
        if !splitter.can_go_on() || !ordered.wait_for_room() {
            break;
        }
        match read_some(&mut source, splitter.data()) {
            Ok(0) => break,
            Ok(_) => {}
            Err(met) if met.kind() == io::ErrorKind::Interrupted => {}
            Err(met) => {
                error = Some(met);
                if let Some((data, frames)) = splitter.split(|| ordered.room()) {
                    ordered.give(data, frames);
                }
                break;
            }
        }
    }
    Rest {
        source,
        data: splitter.into_rest(),
        error,
    }
}

/// Appends what one call of `read` gives, and says how much that is.
fn read_some(source: &mut impl Read, data: &mut Vec<u8>) -> io::Result<usize> {
    let length = data.len();
    // Written over at once, which costs less than several calls for pieces that grow.
    data.resize(length + SCANNED, 0);
    let count = data
        .get_mut(length..)
        .map_or(Ok(0), |free| source.read(free));
    data.truncate(length + *count.as_ref().unwrap_or(&0));
    count
}
