//! A file that comes in blocks, and its items.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::batch::{Batch, Done, Frame};
use super::queue::{Next, Queue};
use super::{Format, Frames, Reader};
use crate::MOST_THREADS;
use crate::target::Target;

/// How many bytes are read together, some dozen records.
const BATCH: usize = 1 << 16;
/// How many bytes may be ahead of whoever takes the items, for each thread.
const AHEAD: usize = 4 * BATCH;
/// What takes more memory than this is not kept to be used again.
const MOST_ROOM: usize = 16 * BATCH;

/// What [`TextRecords::take`] finds.
#[derive(Debug)]
pub enum Waiting {
    /// The next items.
    Items(Box<Done>),
    /// They are on their way.
    OnTheirWay,
    /// There are none before more data are fed.
    Nothing,
}

/// Readers that nobody uses: one that has read records knows what the next ones look like.
#[derive(Clone, Default)]
struct Readers(Arc<Mutex<Vec<Box<dyn Reader>>>>);

impl Readers {
    fn with<T>(&self, format: Format, work: impl FnOnce(&mut dyn Reader) -> T) -> T {
        let spare = self.lock().pop();
        let mut reader = spare.unwrap_or_else(|| format.reader());
        let result = work(&mut *reader);
        self.lock().push(reader);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Box<dyn Reader>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The items of a file in a text format, in order; every byte is in one of them.
pub struct TextRecords {
    format: Format,
    target: Option<Target>,
    frames: Box<dyn Frames>,
    /// What was fed and is in no frame yet, from `start` on.
    data: Arc<Vec<u8>>,
    start: usize,
    at_end: bool,
    done: Option<Box<Done>>,
    queue: Option<Queue<Done>>,
    readers: Readers,
    /// Room that was used and given back, so that there is no new memory for every batch.
    rooms: Vec<Done>,
    /// Room for what is fed.
    spare: Vec<Vec<u8>>,
    ahead: usize,
    most_spare: usize,
}

impl TextRecords {
    /// Begins a file; without threads records are read when they are asked for.
    ///
    /// # Errors
    ///
    /// The threads cannot be started.
    pub fn new(format: Format, target: Option<Target>, threads: usize) -> io::Result<Self> {
        let threads = threads.min(MOST_THREADS);
        let queue = match threads {
            0 => None,
            _ => Some(Queue::new(threads)?),
        };
        Ok(Self {
            format,
            target,
            frames: format.frames(),
            data: Arc::default(),
            start: 0,
            at_end: false,
            done: None,
            queue,
            readers: Readers::default(),
            rooms: Vec::new(),
            spare: Vec::new(),
            ahead: AHEAD * threads,
            most_spare: 2 + 4 * threads,
        })
    }

    /// Takes the next bytes of the file; `last` says that there are no more.
    ///
    /// Without threads its items have to be taken before the next call.
    pub fn feed(&mut self, block: &[u8], last: bool) {
        if self.at_end {
            return;
        }
        self.append(block);
        self.at_end = last;
        let mut batch = Batch::default();
        let mut begin = 0;
        loop {
            let rest = self.data.get(self.start..).unwrap_or_default();
            let Some((kind, length)) = self.frames.next_frame(rest, last) else {
                break;
            };
            self.start += length.min(rest.len());
            batch.frames.push(Frame {
                kind,
                end: self.start - begin,
                context: self.frames.context(),
            });
            if self.queue.is_some() && self.start - begin >= BATCH {
                self.give(std::mem::take(&mut batch), begin);
                begin = self.start;
            }
            if length == 0 {
                break;
            }
        }
        if !batch.frames.is_empty() {
            self.give(batch, begin);
        }
    }

    /// Puts bytes behind those that are in no frame.
    fn append(&mut self, block: &[u8]) {
        let start = std::mem::take(&mut self.start);
        if let Some(data) = Arc::get_mut(&mut self.data) {
            data.drain(..start);
            data.extend_from_slice(block);
            return;
        }
        // Somebody reads the frames before.
        let rest = self.data.get(start..).unwrap_or_default();
        let mut data = self.spare.pop().unwrap_or_default();
        data.clear();
        data.reserve(rest.len() + block.len());
        data.extend_from_slice(rest);
        data.extend_from_slice(block);
        self.data = Arc::new(data);
    }

    /// Lets the frames that begin at `begin` be read.
    fn give(&mut self, mut batch: Batch, begin: usize) {
        batch.data = Arc::clone(&self.data);
        (batch.start, batch.end) = (begin, self.start);
        let (format, target) = (self.format, self.target);
        let size = self.start - begin;
        let batch = Arc::new(batch);
        let room = self.rooms.pop().unwrap_or_default();
        let Some(queue) = &self.queue else {
            let read = |reader: &mut dyn Reader| Done::read(room, batch, format, reader, target);
            self.done = Some(Box::new(self.readers.with(format, read)));
            return;
        };
        let (same, readers) = (Arc::clone(&batch), self.readers.clone());
        queue.give(
            size,
            move || {
                readers.with(format, |reader| {
                    Done::read(room, batch, format, reader, target)
                })
            },
            move || Done::unread(same),
        );
    }

    /// Takes back what was taken, for its room.
    pub fn give_back(&mut self, mut done: Done) {
        let data = done.clear();
        let data = data.filter(|data| data.capacity() <= MOST_ROOM);
        if self.spare.len() < self.most_spare {
            self.spare.extend(data);
        }
        if done.room() <= MOST_ROOM && self.rooms.len() < self.most_spare {
            self.rooms.push(done);
        }
    }

    /// Whether so much is on its way that nothing should be fed before something was taken; at the
    /// end of the file, that all should be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let has_more = |queue: &Queue<Done>| self.at_end || queue.size() > self.ahead;
        self.queue.as_ref().is_some_and(has_more)
    }

    /// Takes the next items, for which it waits no longer than `patience`.
    pub fn take(&mut self, patience: Duration) -> Waiting {
        if let Some(done) = self.done.take() {
            return Waiting::Items(done);
        }
        match self.queue.as_ref().map(|queue| queue.take(patience)) {
            None | Some(Next::Empty) => Waiting::Nothing,
            Some(Next::Waiting) => Waiting::OnTheirWay,
            Some(Next::Done(done)) => Waiting::Items(Box::new(done)),
        }
    }
}
