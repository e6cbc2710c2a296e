//! Some frames of a file, and what is made of them.

use std::sync::Arc;

use memchr::{memmem, memrchr};

use super::{Beside, Format, Kind, Reader};
use crate::LEADER_LENGTH;
use crate::output::Output;
use crate::target::Target;

/// A frame, with the context of its record.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub kind: Kind,
    pub end: usize,
    pub context: Arc<[u8]>,
}

/// Bytes of a file that are whole frames.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What was read, of which the frames are a part.
    pub data: Arc<Vec<u8>>,
    pub start: usize,
    pub end: usize,
    /// With their ends, from `start` on.
    pub frames: Vec<Frame>,
}

impl Batch {
    pub(super) fn bytes(&self) -> &[u8] {
        self.data.get(self.start..self.end).unwrap_or_default()
    }
}

/// What a frame, or a run of them, turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A plain record: where it is in [`Done::records`], and the leader to show in its place.
    Record(usize, usize, Option<[u8; LEADER_LENGTH]>),
    /// A span for the reference reader, with its context.
    Unclear(Arc<[u8]>),
    /// What stands between records.
    Between,
    /// Bytes of which nothing can be made.
    Unread,
    /// So many records, formatted; where they are in [`Done::formatted`].
    Run(usize, usize, usize),
}

/// An item of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it ends in [`Done::data`]; it begins where the one before ends.
    pub end: usize,
    /// What it is.
    pub content: Content,
}

/// What was made of some frames.
#[derive(Debug, Default)]
pub struct Done {
    batch: Arc<Batch>,
    /// The items, in order.
    pub items: Vec<Item>,
    /// The records that were read.
    pub records: Vec<u8>,
    /// The records that were formatted.
    pub formatted: Output,
}

impl Done {
    /// Reads the records, and formats them if there is a target.
    ///
    /// `done` is one that was emptied, for its room.
    pub(super) fn read(
        mut done: Self,
        batch: Arc<Batch>,
        format: Format,
        reader: &mut dyn Reader,
        target: Option<Target>,
    ) -> Self {
        done.batch = Arc::clone(&batch);
        done.items.reserve(batch.frames.len());
        let bytes = batch.bytes();
        if target.is_some() {
            done.formatted.reserve(bytes.len());
        }
        let mut start = 0;
        for &Frame {
            kind,
            end,
            ref context,
        } in &batch.frames
        {
            let span = bytes.get(start..end).unwrap_or_default();
            let begin = std::mem::replace(&mut start, end);
            match kind {
                Kind::Unread => done.push(end, Content::Unread),
                Kind::Between => match done.items.last_mut() {
                    Some(Item {
                        end: before,
                        content: Content::Run(..),
                    }) if is_punctuation(span) => *before = end,
                    _ => done.push(end, Content::Between),
                },
                Kind::Record => {
                    let at = done.records.len();
                    let Some(Beside(leader)) = reader.read(span, context, &mut done.records) else {
                        done.records.truncate(at);
                        done.push(end, Content::Unclear(Arc::clone(context)));
                        continue;
                    };
                    let record = Content::Record(at, done.records.len(), leader);
                    match target {
                        Some(target) if done.format(format, target, at, leader, (begin, end)) => {
                            done.records.truncate(at);
                        }
                        _ => done.push(end, record),
                    }
                }
            }
        }
        done
    }

    /// The items if nothing is read: what is left when reading fails.
    pub(super) fn unread(batch: Arc<Batch>) -> Self {
        let mut done = Self::default();
        for frame in &batch.frames {
            let content = match frame.kind {
                Kind::Record => Content::Unclear(Arc::clone(&frame.context)),
                Kind::Between => Content::Between,
                Kind::Unread => Content::Unread,
            };
            done.push(frame.end, content);
        }
        done.batch = batch;
        done
    }

    /// The bytes of the file.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.batch.bytes()
    }

    /// Empties it; its room stays. Gives what was read if nobody else has it.
    pub(super) fn clear(&mut self) -> Option<Vec<u8>> {
        self.items.clear();
        self.records.clear();
        self.formatted.clear();
        let batch = Arc::into_inner(std::mem::take(&mut self.batch))?;
        Arc::into_inner(batch.data)
    }

    /// How much memory it takes, roughly.
    pub(super) fn room(&self) -> usize {
        let items = self.items.capacity() * size_of::<Item>();
        items + self.records.capacity() + self.formatted.capacity()
    }

    fn push(&mut self, end: usize, content: Content) {
        self.items.push(Item { end, content });
    }

    /// Whether the last item is nothing that has to be known before the record at `start`.
    fn is_passed(&self, start: usize) -> bool {
        let [.., before, last] = self.items.as_slice() else {
            return false;
        };
        let between = self.data().get(before.end..start).unwrap_or_default();
        last.content == Content::Between
            && matches!(before.content, Content::Run(..))
            && is_of_no_matter(between)
    }

    /// Formats the record at the end of `records`, and adds it to the run; false if it cannot be.
    fn format(
        &mut self,
        format: Format,
        target: Target,
        at: usize,
        leader: Option<[u8; LEADER_LENGTH]>,
        (start, end): (usize, usize),
    ) -> bool {
        let raw = self.records.get(at..).unwrap_or_default();
        let before = self.formatted.as_bytes().len();
        let passed = format == Format::MarcXml && self.is_passed(start);
        let items = self.items.len() - usize::from(passed);
        let joins = matches!(
            self.items.get(..items).and_then(<[Item]>::last),
            Some(Item {
                content: Content::Run(..),
                ..
            })
        );
        if joins {
            self.formatted.append(target.separator());
        }
        if target
            .format(raw, leader.as_ref(), &mut self.formatted)
            .is_none()
        {
            self.formatted.truncate(before);
            return false;
        }
        let after = self.formatted.as_bytes().len();
        if joins {
            self.items.truncate(items);
        }
        match self.items.last_mut() {
            Some(Item {
                end: last,
                content: Content::Run(count, _, run_end),
            }) if joins => {
                *last = end;
                *count += 1;
                *run_end = after;
            }
            _ => self.push(end, Content::Run(1, before, after)),
        }
        true
    }
}

/// Whether a run may go on behind these bytes between two records of MARCXML: they say nothing of
/// records that are deleted, nor of more to be asked for, and what header they have is whole.
fn is_of_no_matter(between: &[u8]) -> bool {
    let mut names = memmem::find_iter(between, b"header");
    let is_end_tag = |name: usize| {
        let before = between.get(..name).unwrap_or_default();
        let tag = memrchr(b'<', before).and_then(|at| before.get(at + 1));
        tag == Some(&b'/')
    };
    let is_whole = match names.next() {
        Some(first) => !is_end_tag(first) && is_end_tag(names.last().unwrap_or(first)),
        None => true,
    };
    is_whole
        && [&b"deleted"[..], b"resumptionToken", b"<!--"]
            .iter()
            .all(|mark| memmem::find(between, mark).is_none())
}

/// Whether there is nothing but white space, commas and brackets.
fn is_punctuation(between: &[u8]) -> bool {
    between
        .iter()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']'))
}
