//! Bytes of a file, and the records that are complete in them.

use std::collections::VecDeque;

use crate::claims::{is_credible, is_surely_as_claimed};
use crate::output::Output;
use crate::plain::{is_plain, is_regular};
use crate::scan::by_record_length;
use crate::target::{Run, Target};
use crate::transcode::{self, Marc8};
use crate::{LEADER_LENGTH, RECORD_TERMINATOR};

/// How the records are to be read; what was found in another way has to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Records that do not say they are in UTF-8 are taken for it.
    Utf8,
    /// Records that do not say they are in UTF-8 are in MARC-8.
    Marc8,
    /// The same, but the caller looks at each that is in doubt (see [`is_credible`]).
    Checked,
    /// The same, but the caller looks at each that is not sure (see [`is_surely_as_claimed`]).
    Sure,
    /// The caller decodes records that do not say they are in UTF-8.
    Other,
}

/// What is to be found out about records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// How they are to be read.
    pub way: Way,
    /// Whether only what is regular as well is plain.
    pub sound: bool,
    /// What they are to be formatted as, if they are to be.
    pub target: Option<Target>,
}

/// What a record is found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is plain (see [`crate::plain`]) as it stands.
    Plain,
    /// It is equivalent to these bytes, which are plain.
    Transcoded(Vec<u8>),
    /// It is a matter for the caller.
    Unclear,
}

/// A record that is complete, by its record length and the record terminator there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it begins in the bytes of its batch.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is.
    pub found: Found,
}

/// Records, one behind the other, that are formatted.
#[derive(Debug)]
pub struct Piece {
    /// Where the first begins in the bytes of its batch.
    pub start: usize,
    /// Where the last one ends.
    pub end: usize,
    /// How many there are, and what they were formatted as.
    pub run: Run,
}

/// Records that were looked at. With a target they are in the pieces, as far as they can be
/// formatted; all others are in the items.
#[derive(Debug, Default)]
pub struct Records {
    /// Records that were not formatted.
    pub items: Vec<Item>,
    /// Records that were.
    pub pieces: VecDeque<Piece>,
}

impl Records {
    /// Looks at the records that begin and end as `frames` says; `spare` gives room for writing.
    pub fn new(
        data: &[u8],
        frames: impl Iterator<Item = (usize, usize)>,
        wanted: Wanted,
        mut spare: impl FnMut() -> Option<Output>,
    ) -> Self {
        let mut records = Self::default();
        let mut open: Option<Piece> = None;
        for (start, end) in frames {
            let record = data.get(start..end).unwrap_or_default();
            let found = look(record, wanted.way, wanted.sound);
            if let Some(target) = wanted.target {
                let piece = open.get_or_insert_with(|| Piece {
                    start,
                    end: start,
                    run: Run::new(target, spare().unwrap_or_default()),
                });
                let formatted = match &found {
                    Found::Plain => piece.run.push(record, None),
                    Found::Transcoded(utf8) => piece.run.push(utf8, record.first_chunk()),
                    Found::Unclear => None,
                };
                if formatted.is_some() {
                    piece.end = end;
                    continue;
                }
                records
                    .pieces
                    .extend(open.take().filter(|piece| piece.run.count > 0));
            }
            records.items.push(Item { start, end, found });
        }
        records
            .pieces
            .extend(open.filter(|piece| piece.run.count > 0));
        records
    }
}

/// The records from `start` on that are what is wanted, formatted, and where the last one ends.
///
/// None where the first is not, or without a target.
#[must_use]
pub fn run_at(data: &[u8], start: usize, wanted: Wanted, out: Output) -> Option<(Run, usize)> {
    let mut run = Run::new(wanted.target?, out);
    let mut end = start;
    while let Some(next) = frame(data, end) {
        let record = data.get(end..next)?;
        let formatted = match look(record, wanted.way, wanted.sound) {
            Found::Plain => run.push(record, None),
            Found::Transcoded(utf8) => run.push(&utf8, record.first_chunk()),
            Found::Unclear => None,
        };
        if formatted.is_none() {
            break;
        }
        end = next;
    }
    (run.count > 0).then_some((run, end))
}

/// What the record in `data` is, leader to record terminator.
///
/// With `sound`, only what is regular as well (see [`is_regular`]) is plain.
#[must_use]
pub fn look(data: &[u8], way: Way, sound: bool) -> Found {
    let found = if data.get(9) == Some(&b'a') {
        if is_plain(data) && is_believed(data, way) {
            Found::Plain
        } else {
            Found::Unclear
        }
    } else {
        let transcoded = match way {
            Way::Utf8 => in_utf8_already(data),
            Way::Marc8 => transcode::to_utf8(data, &mut Marc8),
            Way::Checked | Way::Sure => is_believed(data, way)
                .then(|| transcode::to_utf8(data, &mut Marc8))
                .flatten(),
            Way::Other => None,
        };
        transcoded.map_or(Found::Unclear, Found::Transcoded)
    };
    if sound && found != Found::Unclear && !is_regular(data) {
        return Found::Unclear;
    }
    found
}

/// Whether a record is taken for what it claims to be encoded in, without a closer look.
fn is_believed(data: &[u8], way: Way) -> bool {
    match way {
        Way::Checked => is_credible(data),
        Way::Sure => is_surely_as_claimed(data),
        Way::Utf8 | Way::Marc8 | Way::Other => true,
    }
}

/// The record with leader position 9 set to `a`, if nothing else keeps it from being plain.
#[must_use]
pub fn in_utf8_already(data: &[u8]) -> Option<Vec<u8>> {
    let mut utf8 = data.to_vec();
    *utf8.get_mut(9)? = b'a';
    is_plain(&utf8).then_some(utf8)
}

/// Where the record that begins at `start` ends: by its length, if a record terminator is there.
fn frame(data: &[u8], start: usize) -> Option<usize> {
    let record = by_record_length(data, start)?;
    (record.len() > LEADER_LENGTH && record.last() == Some(&RECORD_TERMINATOR))
        .then(|| start + record.len())
}

/// Bytes that were read and not yet handed over, and the records among them.
#[derive(Debug, Default)]
pub struct Batch {
    /// Room for what is read; up to `end` it holds something.
    room: Vec<u8>,
    end: usize,
    /// Up to here everything was handed over.
    position: usize,
    items: std::vec::IntoIter<Item>,
    pieces: VecDeque<Piece>,
    /// What was wanted of the items and pieces.
    wanted: Option<Wanted>,
    /// Room for what is formatted next.
    spare: Option<Output>,
    /// Up to here records were looked for.
    framed: usize,
    /// Whether there are bytes among which records were not looked for yet.
    unsearched: bool,
}

impl Batch {
    /// All the bytes, those of the last records included: items say where they are in these.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.room.get(..self.end).unwrap_or_default()
    }

    /// Where the bytes not handed over begin in [`Self::bytes`].
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// The bytes not handed over.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.bytes().get(self.position..).unwrap_or_default()
    }

    /// Whether what is behind the last record may become one when more bytes are there.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        let start = self.framed.max(self.position);
        is_incomplete(self.bytes().get(start..).unwrap_or_default())
    }

    /// Whether there may be a record at the position though none was found there.
    ///
    /// So it is when bytes were put in since, and when something was passed that is no record.
    pub fn is_unsearched(&mut self) -> bool {
        self.unsearched || (self.position != self.framed && !self.has_next())
    }

    /// Lets `read` fill up to `count` bytes behind the others; it says how many it did.
    ///
    /// What was handed over is given up first, and the records that were found are forgotten.
    pub fn append<E>(
        &mut self,
        count: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        self.items = Vec::new().into_iter();
        self.pieces.clear();
        if self.position > 0 {
            self.room.copy_within(self.position..self.end, 0);
            self.end -= self.position;
            self.position = 0;
        }
        self.framed = 0;
        self.unsearched = true;
        // Filled with zeros once: reading a file writes over them.
        if self.room.len() < self.end + count {
            self.room.resize(self.end + count, 0);
        }
        let free = self
            .room
            .get_mut(self.end..self.end + count)
            .unwrap_or_default();
        let count = read(free)?.min(count);
        self.end += count;
        Ok(count)
    }

    /// Puts bytes behind the others; see [`Self::append`].
    pub fn extend(&mut self, bytes: &[u8]) {
        let copied: Result<usize, ()> = self.append(bytes.len(), |free| {
            free.copy_from_slice(bytes);
            Ok(bytes.len())
        });
        debug_assert_eq!(copied, Ok(bytes.len()));
    }

    /// Takes over a block whose records were found already; only where there is no rest.
    ///
    /// Gives the room of the block before.
    pub fn replace(&mut self, data: Vec<u8>, records: Records, wanted: Wanted) -> Vec<u8> {
        let last_item = records.items.last().map_or(0, |item| item.end);
        let last_piece = records.pieces.back().map_or(0, |piece| piece.end);
        self.framed = last_item.max(last_piece);
        self.items = records.items.into_iter();
        self.pieces = records.pieces;
        self.wanted = Some(wanted);
        self.end = data.len();
        self.position = 0;
        self.unsearched = false;
        std::mem::replace(&mut self.room, data)
    }

    /// Gives away the bytes that are not handed over.
    #[must_use]
    pub fn give_rest(&mut self) -> Vec<u8> {
        let rest = self.rest().to_vec();
        let spare = self.spare.take();
        *self = Self::default();
        self.spare = spare;
        rest
    }

    /// Finds the records that are complete, and looks at each of them.
    pub fn find(&mut self, wanted: Wanted) {
        let mut end = self.position;
        self.unsearched = false;
        self.wanted = Some(wanted);
        let data = self.room.get(..self.end).unwrap_or_default();
        let frames = std::iter::from_fn(|| {
            let start = end;
            end = frame(data, start)?;
            Some((start, end))
        });
        let records = Records::new(data, frames, wanted, || self.spare.take());
        self.framed = end;
        self.items = records.items.into_iter();
        self.pieces = records.pieces;
    }

    /// What was wanted of the records when they were found.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        self.wanted
    }

    /// Hands over the records at the position that were formatted; none if the first was not.
    pub fn take_piece(&mut self) -> Option<Piece> {
        while self.pieces.front()?.end <= self.position {
            self.pieces.pop_front();
        }
        if self.pieces.front()?.start != self.position {
            return None;
        }
        let piece = self.pieces.pop_front()?;
        self.position = piece.end;
        Some(piece)
    }

    /// Keeps what a run was written into for the next one.
    pub fn recycle(&mut self, mut out: Output) {
        out.clear();
        self.spare = Some(out);
    }

    /// Whether a record that was found begins at the position; what was passed is forgotten.
    pub fn has_next(&mut self) -> bool {
        while let Some(item) = self.items.as_slice().first() {
            if item.start == self.position {
                return true;
            }
            if item.start > self.position {
                // Somewhere in a record, or behind the end that was read otherwise.
                return false;
            }
            self.items.next();
        }
        false
    }

    /// The record at the position, if it was found; it stays there until [`Self::take`].
    pub fn peek(&mut self) -> Option<&Item> {
        if self.has_next() {
            self.items.as_slice().first()
        } else {
            None
        }
    }

    /// Hands over the record at the position.
    pub fn take(&mut self) -> Option<Item> {
        if !self.has_next() {
            return None;
        }
        let item = self.items.next()?;
        self.position = item.end;
        Some(item)
    }

    /// Hands over so many bytes, whatever they are, or all there are.
    pub fn skip(&mut self, count: usize) -> &[u8] {
        let start = self.position;
        self.position = start.saturating_add(count).min(self.end);
        self.room.get(start..self.position).unwrap_or_default()
    }

    /// Puts bytes in front of the rest; the records that were found are forgotten.
    pub fn put_back(&mut self, bytes: &[u8]) {
        let rest = self.give_rest();
        self.extend(&[bytes, &rest].concat());
    }
}

/// Splits off the records that are complete at the beginning of `data`: their ends.
pub(super) fn frames(data: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(end) = frame(data, start) {
        found.push((start, end));
        start = end;
    }
    found
}

/// Whether the bytes can become a record when more of them are there.
pub(super) fn is_incomplete(data: &[u8]) -> bool {
    match data.get(..5) {
        None => data.iter().all(u8::is_ascii_digit),
        Some(digits) => crate::parse_digits(digits)
            .is_some_and(|length| length > LEADER_LENGTH && length > data.len()),
    }
}
