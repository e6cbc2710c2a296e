//! Some frames of a file, and what is made of them.

use std::sync::Arc;

use super::{Beside, Format, Kind};
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
    pub data: Vec<u8>,
    pub frames: Vec<Frame>,
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
    pub(super) fn read(batch: Arc<Batch>, format: Format, target: Option<Target>) -> Self {
        let mut done = Self {
            items: Vec::with_capacity(batch.frames.len()),
            ..Self::default()
        };
        let mut reader = format.reader();
        let mut start = 0;
        for &Frame {
            kind,
            end,
            ref context,
        } in &batch.frames
        {
            let span = batch.data.get(start..end).unwrap_or_default();
            start = end;
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
                        Some(target) if done.format(target, at, leader, end) => {
                            done.records.truncate(at);
                        }
                        _ => done.push(end, record),
                    }
                }
            }
        }
        done.batch = batch;
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
        &self.batch.data
    }

    fn push(&mut self, end: usize, content: Content) {
        self.items.push(Item { end, content });
    }

    /// Formats the record at the end of `records`, and adds it to the run; false if it cannot be.
    fn format(
        &mut self,
        target: Target,
        at: usize,
        leader: Option<[u8; LEADER_LENGTH]>,
        end: usize,
    ) -> bool {
        let raw = self.records.get(at..).unwrap_or_default();
        let before = self.formatted.as_bytes().len();
        let joins = matches!(
            self.items.last(),
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

/// Whether there is nothing but white space, commas and brackets.
fn is_punctuation(between: &[u8]) -> bool {
    between
        .iter()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']'))
}
