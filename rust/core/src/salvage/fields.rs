//! The fields of a damaged record, as directory and field terminators give them.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use super::align::align;
use super::directory::{Directory, Entry};
use super::{Code, Field, Problem};
use crate::{FIELD_TERMINATOR, MAX_RECORD_LENGTH, RECORD_TERMINATOR, SUBFIELD_DELIMITER};

/// A directory that points at the same bytes again and again would make much of little. So many
/// times the bytes that there are, and a record more, may be read.
const MOST_REPEATED: usize = 8;

/// What stands between two field terminators, by its place in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub start: usize,
    pub stop: usize,
    /// Whether there is a subfield delimiter in it.
    pub delimited: bool,
}

impl Piece {
    fn new(data: &[u8], start: usize, stop: usize) -> Self {
        let content = data.get(start..stop).unwrap_or_default();
        Self {
            start,
            stop,
            delimited: memchr(SUBFIELD_DELIMITER, content).is_some(),
        }
    }

    /// Adds that no directory entry belongs to this one.
    pub fn leave(&self, data: &[u8], base: usize, problems: &mut Vec<Problem>) {
        let offset = base + self.start;
        let content = data.get(self.start..self.stop).unwrap_or_default();
        if !content.is_empty() {
            problems
                .push(Problem::new(Code::FieldWithoutEntry, offset, content.len()).found(content));
            return;
        }
        // A run of them is one problem: there can be millions.
        let last = problems.last_mut().filter(|last| {
            last.code == Code::FieldTerminatorSurplus && last.offset + last.length == offset
        });
        match last {
            Some(last) => last.length += 1,
            None => problems.push(Problem::new(Code::FieldTerminatorSurplus, offset, 1)),
        }
    }
}

/// The index of the piece that begins here.
pub(super) fn beginning_at(pieces: &[Piece], start: usize) -> Option<usize> {
    pieces
        .binary_search_by_key(&start, |piece| piece.start)
        .ok()
}

/// The index of the piece whose field terminator stands right before here.
pub(super) fn ending_at(pieces: &[Piece], end: usize) -> Option<usize> {
    pieces
        .binary_search_by_key(&end, |piece| piece.stop + 1)
        .ok()
}

/// The fields that have a tag.
pub(super) fn cut<'a>(
    raw: &'a [u8],
    directory: &Directory,
    end: usize,
    problems: &mut Vec<Problem>,
) -> Vec<Field<'a>> {
    let Directory { base, entries, .. } = directory;
    let base = *base;
    let data = raw.get(base..end).unwrap_or_default();
    let pieces = pieces(data);
    let Some(by_directory) = by_directory(entries, &pieces, data.len()) else {
        let unterminated = raw.last() != Some(&RECORD_TERMINATOR);
        return align(directory, &pieces, data, unterminated, problems);
    };
    let mut fields = Vec::with_capacity(by_directory.len());
    let mut used = vec![false; pieces.len()];
    for (tag, index) in by_directory {
        let (Some(piece), Some(used)) = (pieces.get(index), used.get_mut(index)) else {
            continue;
        };
        let offset = base + piece.start;
        if *used {
            let length = piece.stop - piece.start;
            problems.push(Problem::new(Code::FieldsOverlap, offset, length).tag(tag));
        }
        *used = true;
        fields.push(Field {
            tag,
            offset,
            content: Cow::Borrowed(data.get(piece.start..piece.stop).unwrap_or_default()),
        });
    }
    for (piece, used) in pieces.iter().zip(used) {
        if !used {
            piece.leave(data, base, problems);
        }
    }
    fields
}

/// What stands between the field terminators.
fn pieces(data: &[u8]) -> Vec<Piece> {
    let mut start = 0;
    let mut pieces: Vec<Piece> = memchr_iter(FIELD_TERMINATOR, data)
        .map(|stop| {
            let piece = Piece::new(data, start, stop);
            start = stop + 1;
            piece
        })
        .collect();
    if start < data.len() {
        pieces.push(Piece::new(data, start, data.len()));
    }
    pieces
}

/// Tag and index of each entry's piece; `None` if the directory is not to be trusted.
fn by_directory(
    entries: &[Entry],
    pieces: &[Piece],
    length: usize,
) -> Option<Vec<([u8; 3], usize)>> {
    let mut left = MOST_REPEATED * length + MAX_RECORD_LENGTH;
    let find = |entry: &Entry| {
        let (tag, size, position) = entry.whole()?;
        left = left.checked_sub(size)?;
        let index = beginning_at(pieces, position)?;
        let stop = position + size;
        (pieces.get(index)?.stop + 1 == stop && stop <= length).then_some((tag, index))
    };
    entries.iter().map(find).collect()
}
