//! Which directory entry belongs to which field, where the directory lies.
//!
//! The fields are taken as the field terminators cut them, the tags from the directory, both in
//! order. Where there are as many of the one as of the other, they belong together one by one.
//! Where there are not, the cheapest explanation is looked for: a field terminator that is lost or
//! that stands in the data, an entry or a field that is not there.

use std::borrow::Cow;

use super::directory::{Directory, Entry};
use super::fields::{Piece, beginning_at, ending_at};
use super::{Code, Field, Problem};
use crate::{DIRECTORY_ENTRY_LENGTH, is_control_tag};

const OTHER_LENGTH: u32 = 2;
const UNKNOWN_LENGTH: u32 = 1;
const OTHER_KIND: u32 = 3;
const STRAY_TERMINATOR: u32 = 3;
const LOST_TERMINATOR: u32 = 3;
const SURPLUS_TERMINATOR: u32 = 1;
const LEFT_OVER: u32 = 4;
// More than any explanation costs.
const IMPOSSIBLE: u32 = 1 << 30;
// Beyond this many pairs, entries and pieces are taken one by one.
const MOST_PAIRS: usize = 40_000;

/// What becomes of the next entry, the next piece, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Match,
    Join,
    Split,
    SkipPiece,
    SkipEntry,
}

impl Step {
    /// How many entries and how many pieces it takes.
    fn size(self) -> (usize, usize) {
        match self {
            Self::Match => (1, 1),
            Self::Join => (1, 2),
            Self::Split => (2, 1),
            Self::SkipPiece => (0, 1),
            Self::SkipEntry => (1, 0),
        }
    }
}

/// The fields that have a tag.
///
/// `data` are the fields, from the base address of data on. `unterminated` says that the record
/// terminator is missing, so that the last field may be cut off.
pub(super) fn align<'a>(
    directory: &Directory,
    pieces: &[Piece],
    data: &'a [u8],
    unterminated: bool,
    problems: &mut Vec<Problem>,
) -> Vec<Field<'a>> {
    let (entries, anchors) = in_order_of_data(&directory.entries, pieces);
    let mut block = Block {
        data,
        base: directory.base,
        unterminated,
        fields: Vec::with_capacity(entries.len()),
        problems,
        lies: 0,
    };
    let (mut entry, mut piece) = (0, 0);
    for anchor in anchors {
        block.solve(
            entries.get(entry..anchor.entry).unwrap_or_default(),
            pieces.get(piece..anchor.first).unwrap_or_default(),
        );
        if let (Some(entry), Some(first), Some(last)) = (
            entries.get(anchor.entry),
            pieces.get(anchor.first),
            pieces.get(anchor.last),
        ) {
            block.take(entry, first.start, last.stop);
        }
        (entry, piece) = (anchor.entry + 1, anchor.last + 1);
    }
    block.solve(
        entries.get(entry..).unwrap_or_default(),
        pieces.get(piece..).unwrap_or_default(),
    );
    if block.lies > 0 {
        let found = format!("{} of {} entries", block.lies, entries.len());
        block.problems.push(
            Problem::new(Code::DirectoryWrong, directory.start, directory.length()).found(found),
        );
    }
    block.fields
}

/// The entries, by position if more of them agree with the field terminators then, and those that
/// do.
fn in_order_of_data<'a>(entries: &'a [Entry], pieces: &[Piece]) -> (Cow<'a, [Entry]>, Vec<Anchor>) {
    let found = anchors(entries, pieces);
    let positions = entries.iter().map(|entry| entry.position);
    if !positions.clone().is_sorted() && positions.clone().all(|position| position.is_some()) {
        let mut by_position = entries.to_vec();
        by_position.sort_by_key(|entry| entry.position);
        let others = anchors(&by_position, pieces);
        if others.len() > found.len() {
            return (Cow::Owned(by_position), others);
        }
    }
    (Cow::Borrowed(entries), found)
}

/// An entry that agrees with the field terminators at both ends.
struct Anchor {
    entry: usize,
    /// The first and the last piece of its field.
    first: usize,
    last: usize,
}

/// The anchors, in order.
fn anchors(entries: &[Entry], pieces: &[Piece]) -> Vec<Anchor> {
    let mut free = 0;
    let find = |(index, entry): (usize, &Entry)| {
        let (length, position) = (entry.length?, entry.position?);
        let first = beginning_at(pieces, position)?;
        let last = ending_at(pieces, position + length)?;
        if free > first || first > last {
            return None;
        }
        free = last + 1;
        Some(Anchor {
            entry: index,
            first,
            last,
        })
    };
    entries.iter().enumerate().filter_map(find).collect()
}

/// Whether tag and content are both a control field's, or both a data field's.
fn same_kind(entry: &Entry, delimited: bool) -> bool {
    entry.tag.is_none_or(|tag| is_control_tag(tag) != delimited)
}

/// Whether these belong together one by one beyond doubt.
fn agree(entries: &[Entry], pieces: &[Piece]) -> bool {
    if entries.len() != pieces.len() {
        return false;
    }
    let pairs = || entries.iter().zip(pieces);
    let other_length =
        |(entry, piece): &(&Entry, &Piece)| entry.length != Some(piece.stop - piece.start + 1);
    pairs().all(|(entry, piece)| same_kind(entry, piece.delimited))
        && pairs().filter(other_length).count() <= 1
}

fn match_cost(entry: &Entry, piece: &Piece) -> u32 {
    let cost = match entry.length {
        None => UNKNOWN_LENGTH,
        Some(length) if length == piece.stop - piece.start + 1 => 0,
        Some(_) => OTHER_LENGTH,
    };
    if same_kind(entry, piece.delimited) {
        cost
    } else {
        cost + OTHER_KIND
    }
}

/// What it costs that a field terminator stands in the data of this field.
fn join_cost(entry: &Entry, first: &Piece, second: &Piece) -> u32 {
    let mut cost = STRAY_TERMINATOR;
    if !same_kind(entry, first.delimited || second.delimited) {
        cost += OTHER_KIND;
    }
    // The terminator took the place of a byte, or was inserted.
    let size = second.stop - first.start + 1;
    match entry.length.map(|length| size.checked_sub(length)) {
        Some(Some(0 | 1)) => cost,
        _ => cost + OTHER_LENGTH,
    }
}

/// What it costs that a terminator is lost, or overwritten, in this piece.
fn split_cost(first: &Entry, second: &Entry, piece: &Piece) -> u32 {
    let (Some(first @ 1..), Some(second @ 1..)) = (first.length, second.length) else {
        return IMPOSSIBLE;
    };
    match (piece.stop - piece.start + 2).checked_sub(first + second) {
        Some(0 | 1) => LOST_TERMINATOR,
        _ => IMPOSSIBLE,
    }
}

/// The steps that cost the least, and among them those that come first.
fn cheapest(entries: &[Entry], pieces: &[Piece]) -> Vec<Step> {
    let width = pieces.len() + 1;
    // What it costs to explain everything from an entry and a piece on, and the first step.
    let mut plan = vec![(0, Step::Match); (entries.len() + 1) * width];
    for entry in (0..=entries.len()).rev() {
        for piece in (0..=pieces.len()).rev() {
            let rest = (
                entries.get(entry..).unwrap_or_default(),
                pieces.get(piece..).unwrap_or_default(),
            );
            if rest.0.is_empty() && rest.1.is_empty() {
                continue;
            }
            let mut best = (IMPOSSIBLE, Step::Match);
            for (step, cost) in choices(rest.0, rest.1) {
                let (taken_entries, taken_pieces) = step.size();
                let then = (entry + taken_entries) * width + piece + taken_pieces;
                let cost = cost + plan.get(then).map_or(IMPOSSIBLE, |&(cost, _)| cost);
                if cost < best.0 {
                    best = (cost, step);
                }
            }
            if let Some(here) = plan.get_mut(entry * width + piece) {
                *here = best;
            }
        }
    }
    let mut path = Vec::with_capacity(entries.len() + pieces.len());
    let (mut entry, mut piece) = (0, 0);
    while entry < entries.len() || piece < pieces.len() {
        let Some(&(_, step)) = plan.get(entry * width + piece) else {
            break;
        };
        let (taken_entries, taken_pieces) = step.size();
        path.push(step);
        entry += taken_entries;
        piece += taken_pieces;
    }
    path
}

/// The steps that are possible with these entries and pieces, each with its own cost.
fn choices(entries: &[Entry], pieces: &[Piece]) -> impl Iterator<Item = (Step, u32)> {
    let (entry, piece) = (entries.first(), pieces.first());
    let both = entry.zip(piece);
    let joined = both.zip(pieces.get(1));
    let split = both.zip(entries.get(1));
    let empty = |piece: &Piece| piece.start == piece.stop;
    [
        both.map(|(entry, piece)| (Step::Match, match_cost(entry, piece))),
        joined.map(|((entry, piece), next)| (Step::Join, join_cost(entry, piece, next))),
        split.map(|((entry, piece), next)| (Step::Split, split_cost(entry, next, piece))),
        piece.map(|piece| {
            let surplus = if empty(piece) {
                SURPLUS_TERMINATOR
            } else {
                LEFT_OVER
            };
            (Step::SkipPiece, surplus)
        }),
        entry.map(|_| (Step::SkipEntry, LEFT_OVER)),
    ]
    .into_iter()
    .flatten()
}

/// Entries and pieces between two anchors, and what becomes of them.
struct Block<'a, 'p> {
    data: &'a [u8],
    base: usize,
    unterminated: bool,
    fields: Vec<Field<'a>>,
    problems: &'p mut Vec<Problem>,
    /// How many readable entries have not the numbers of their field.
    lies: usize,
}

impl Block<'_, '_> {
    /// Finds the cheapest explanation for these, and acts on it.
    fn solve(&mut self, entries: &[Entry], pieces: &[Piece]) {
        let steps = if agree(entries, pieces) {
            vec![Step::Match; entries.len()]
        } else if entries.len().saturating_mul(pieces.len()) > MOST_PAIRS {
            let shared = entries.len().min(pieces.len());
            let mut steps = vec![Step::Match; shared];
            steps.resize(entries.len(), Step::SkipEntry);
            steps.resize(entries.len() + pieces.len() - shared, Step::SkipPiece);
            steps
        } else {
            cheapest(entries, pieces)
        };
        let (mut entries, mut pieces) = (entries, pieces);
        for step in steps {
            match (step, entries, pieces) {
                (Step::Match, [entry, ..], [piece, ..]) => {
                    self.lies += usize::from(self.lies(entry, piece));
                    self.take(entry, piece.start, piece.stop);
                }
                (Step::Join, [entry, ..], [first, second, ..]) => {
                    self.take(entry, first.start, second.stop);
                }
                (Step::Split, [first, second, ..], [piece, ..]) => {
                    self.split(first, second, piece);
                }
                (Step::SkipPiece, _, [piece, ..]) => {
                    piece.leave(self.data, self.base, self.problems);
                }
                (Step::SkipEntry, [entry, ..], _) => {
                    let length = self.base.saturating_sub(entry.offset);
                    let length = length.min(DIRECTORY_ENTRY_LENGTH);
                    self.problems.push(
                        Problem::new(Code::FieldMissing, entry.offset, length).tag(entry.tag),
                    );
                }
                _ => return,
            }
            let (taken_entries, taken_pieces) = step.size();
            entries = entries.get(taken_entries..).unwrap_or_default();
            pieces = pieces.get(taken_pieces..).unwrap_or_default();
        }
    }

    /// Whether a readable entry has not the numbers of its field.
    fn lies(&self, entry: &Entry, piece: &Piece) -> bool {
        let (Some(length), Some(position)) = (entry.length, entry.position) else {
            return false;
        };
        let size = piece.stop - piece.start;
        let as_it_is = if piece.stop == self.data.len() {
            // Without its terminator: it is cut off, or was counted without.
            self.unterminated || length == size
        } else {
            length == size + 1
        };
        position != piece.start || !as_it_is
    }

    /// Takes these bytes as the entry's field.
    fn take(&mut self, entry: &Entry, start: usize, stop: usize) {
        let content = self.data.get(start..stop).unwrap_or_default();
        let offset = self.base + start;
        if stop == self.data.len() {
            let whole = entry
                .length
                .is_some_and(|length| content.len() + 1 >= length);
            let code = if self.unterminated && !whole {
                Code::FieldTruncated
            } else {
                Code::FieldTerminatorMissing
            };
            self.problems
                .push(Problem::new(code, self.base + stop, 0).tag(entry.tag));
        }
        match entry.tag {
            None => self
                .problems
                .push(Problem::new(Code::TagUnreadable, offset, content.len()).found(content)),
            Some(tag) => self.fields.push(Field {
                tag,
                offset,
                content: Cow::Borrowed(content),
            }),
        }
    }

    /// Takes one piece as two fields, between which the field terminator is lost.
    fn split(&mut self, first: &Entry, second: &Entry, piece: &Piece) {
        let (Some(first_length @ 1..), Some(second_length)) = (first.length, second.length) else {
            return;
        };
        let middle = piece.start + first_length - 1;
        let size = piece.stop - piece.start + 2;
        let lost = size.saturating_sub(first_length + second_length);
        let found = self.data.get(middle..middle + lost).unwrap_or_default();
        self.problems.push(
            Problem::new(Code::FieldTerminatorMissing, self.base + middle, lost)
                .tag(first.tag)
                .found(found),
        );
        self.take(first, piece.start, middle);
        self.take(second, middle + lost, piece.stop);
    }
}
