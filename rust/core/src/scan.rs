//! Where records begin and end, in data that may be damaged.
//!
//! The twin of `mrrc/_pure/scan.py`, which says how a record is recognised and where it ends. Every
//! decision depends on a window of [`WINDOW`] bytes, which is all that the functions below see.

use memchr::{memchr, memchr_iter, memrchr};

use crate::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, RECORD_TERMINATOR, parse_digits,
};

/// How many bytes a decision may depend on; also the longest record that can be found.
pub const WINDOW: usize = 4 << 20;

// A start lies at most this far before the bytes that prove it: a leader and a full directory.
const PROOF_LENGTH: usize = 128 << 10;
// An end given by a length or by the directory may be this many stray bytes off.
const TOLERANCE: usize = 8;
const SHORTEST_LEADER_AND_TERMINATORS: usize = LEADER_LENGTH + 2;

/// What the bytes of a span are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A record, sound or damaged.
    Record = 0,
    /// Bytes that belong between records.
    Between = 1,
    /// Bytes that could not be read.
    Unread = 2,
}

/// What comes first in the data, and the offset of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What it is.
    pub kind: Kind,
    /// Where it ends, from the start of the buffer.
    pub end: usize,
}

/// The bytes from `start` on that a record takes by its record length.
#[must_use]
pub fn by_record_length(buffer: &[u8], start: usize) -> Option<&[u8]> {
    let rest = buffer.get(start..)?;
    rest.get(..parse_digits(rest.get(..5)?)?)
}

/// What begins at `start`; `last` says that nothing follows the buffer.
///
/// `None` where more bytes are needed: unless they are the last, fewer than [`WINDOW`] from `start`
/// on, if it is not a record with a leader that ends by its length; otherwise none at all.
#[must_use]
pub fn next_frame(buffer: &[u8], start: usize, last: bool) -> Option<Span> {
    let rest = buffer.get(start..)?;
    let (kind, length) = match rest.get(..WINDOW) {
        Some(window) => first_span(window),
        None if last && !rest.is_empty() => first_span(rest),
        // No byte behind it would change anything.
        None if has_leader(rest, 0) => (Kind::Record, end_by_length(rest)?),
        None => return None,
    };
    Some(Span {
        kind,
        end: start + length,
    })
}

fn first_span(window: &[u8]) -> (Kind, usize) {
    if begins_record(window, 0) {
        return (Kind::Record, record_end(window));
    }
    let between = end_of_between(window, 0);
    if between > 0 {
        return (Kind::Between, between);
    }
    match next_start(window) {
        Some(0) => (Kind::Record, record_end(window)),
        Some(found) => (Kind::Unread, found),
        None if window.len() < WINDOW => (Kind::Unread, window.len()),
        // A record may begin near the end of a full window, and be known by what is behind it.
        None => (Kind::Unread, window.len().saturating_sub(PROOF_LENGTH)),
    }
}

/// ASCII digits as a number.
fn number(window: &[u8], start: usize, end: usize) -> Option<usize> {
    parse_digits(window.get(start..end)?)
}

/// The offset of the first such byte, from `start` on.
fn find(window: &[u8], start: usize, byte: u8) -> Option<usize> {
    memchr(byte, window.get(start..)?).map(|found| start + found)
}

/// Whether the 24 bytes from here on look like a leader, whatever stands around them.
fn has_leader(window: &[u8], start: usize) -> bool {
    let Some(rest) = window.get(start..) else {
        return false;
    };
    let Some(leader) = rest.get(..LEADER_LENGTH) else {
        return false;
    };
    if leader.contains(&RECORD_TERMINATOR) {
        return false;
    }
    let base = number(leader, 12, 17);
    let before_base = base
        .and_then(|base| base.checked_sub(1))
        .filter(|&end| end >= LEADER_LENGTH && (end - LEADER_LENGTH) % DIRECTORY_ENTRY_LENGTH == 0);
    if before_base.and_then(|end| rest.get(end)) == Some(&FIELD_TERMINATOR) {
        return true;
    }
    let indicator_count = leader.get(10..12) == Some(b"22");
    let entry_map = leader.get(20..22) == Some(b"45");
    let length = number(leader, 0, 5).is_some();
    let signs = [indicator_count, entry_map, length, base.is_some()];
    (indicator_count || entry_map) && signs.into_iter().filter(|&sign| sign).count() > 1
}

/// Tag, length and position of a directory entry, if these bytes look like one.
fn entry_numbers(entry: &[u8]) -> Option<(usize, usize)> {
    let entry = entry.first_chunk::<DIRECTORY_ENTRY_LENGTH>()?;
    if !entry.iter().take(3).all(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some((number(entry, 3, 7)?, number(entry, 7, 12)?))
}

/// Whether a record begins here, where one may be expected.
fn begins_record(window: &[u8], start: usize) -> bool {
    let Some(rest) = window.get(start..) else {
        return false;
    };
    if rest.len() <= LEADER_LENGTH {
        return false;
    }
    let (leader, after) = rest.split_at(LEADER_LENGTH);
    if leader.contains(&RECORD_TERMINATOR) {
        return false;
    }
    if has_leader(rest, 0) {
        return true;
    }
    let entries = after
        .chunks_exact(DIRECTORY_ENTRY_LENGTH)
        .take_while(|entry| entry_numbers(entry).is_some())
        .count();
    if entries == 0 || after.get(entries * DIRECTORY_ENTRY_LENGTH) != Some(&FIELD_TERMINATOR) {
        return false;
    }
    entries >= 2 || number(leader, 0, 5).is_some() || number(leader, 12, 17).is_some()
}

/// Where the bytes end that belong between records; `start` if there are none.
fn end_of_between(window: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        match window.get(end..).unwrap_or_default() {
            [
                0x00 | b'\t' | b'\n' | b'\r' | 0x1A | RECORD_TERMINATOR | b' ',
                ..,
            ] => end += 1,
            [0xEF, 0xBB, 0xBF, ..] => end += 3,
            _ => break,
        }
    }
    if end > start && !begins_record(window, end) {
        // A record length may have been written as blanks, which then begin the record.
        let earliest = end.saturating_sub(6).max(start) + 1;
        let blank = (earliest..end).rev();
        if let Some(earlier) = blank.into_iter().find(|&at| begins_record(window, at)) {
            return earlier;
        }
    }
    end
}

/// The field terminators from `start` on that stand behind what looks like a directory entry.
fn ends_of_directories(window: &[u8], start: usize) -> impl Iterator<Item = usize> {
    let rest = window.get(start..).unwrap_or_default();
    memchr_iter(FIELD_TERMINATOR, rest)
        .filter(|&end| {
            end.checked_sub(DIRECTORY_ENTRY_LENGTH)
                .and_then(|entry| entry_numbers(rest.get(entry..)?))
                .is_some()
        })
        .map(move |end| start + end)
}

/// Where a record begins whose directory ends at this field terminator.
///
/// What stands before the entries has to look like a leader; or the entries have to follow each
/// other, from the first field on or at fields that are there. `start` limits how far back to look:
/// a record that lost bytes of its leader begins there.
fn start_by_directory(window: &[u8], start: usize, terminator: usize) -> Option<usize> {
    let is_terminator = |at: usize| window.get(at) == Some(&FIELD_TERMINATOR);
    let mut entry = terminator;
    let mut chain = terminator;
    let mut fitting = 0;
    let mut following = None;
    while let Some(before) = entry.checked_sub(DIRECTORY_ENTRY_LENGTH) {
        let numbers = window.get(before..).and_then(entry_numbers);
        let Some((length, position)) = numbers.filter(|_| before >= start) else {
            break;
        };
        entry = before;
        let leader = entry
            .checked_sub(LEADER_LENGTH)
            .filter(|&leader| leader >= start);
        if let Some(leader) = leader {
            // Digits of a directory may look like a leader, but a record has a status and a type.
            if number(window, leader + 5, leader + 8).is_none() && has_leader(window, leader) {
                return Some(leader);
            }
        }
        if chain == entry + DIRECTORY_ENTRY_LENGTH
            && following.is_none_or(|following| following == position + length)
        {
            chain = entry;
            following = Some(position);
            let field = terminator + 1 + position;
            if length > 0 && is_terminator(field - 1) && is_terminator(field + length - 1) {
                fitting += 1;
            }
            if position == 0 {
                break;
            }
        }
    }
    let from_first_field = following == Some(0);
    let count = (terminator - chain) / DIRECTORY_ENTRY_LENGTH;
    if count < 2 || (!from_first_field && fitting < 2) {
        return None;
    }
    let found = if from_first_field {
        chain.saturating_sub(LEADER_LENGTH).max(start)
    } else if chain < start + LEADER_LENGTH + DIRECTORY_ENTRY_LENGTH {
        start
    } else {
        chain
    };
    let lost = memrchr(RECORD_TERMINATOR, window.get(found..chain)?);
    Some(lost.map_or(found, |terminator| found + terminator + 1))
}

/// Where the first record begins.
fn next_start(window: &[u8]) -> Option<usize> {
    // Neither a leader nor a directory has a record terminator in it.
    let mut start = 0;
    while start < window.len() {
        let end = find(window, start, RECORD_TERMINATOR).unwrap_or(window.len());
        let segment = window.get(..end).unwrap_or(window);
        let by_directory = ends_of_directories(segment, start)
            .find_map(|terminator| start_by_directory(window, start, terminator));
        if by_directory.is_some() {
            return by_directory;
        }
        start = end + 1;
        let following = end_of_between(window, start);
        if begins_record(window, following) {
            return Some(start);
        }
        // All terminators of one run of bytes between records have the same bytes behind them.
        let run = window.get(start..following).unwrap_or_default();
        start += memrchr(RECORD_TERMINATOR, run).map_or(0, |last| last + 1);
    }
    None
}

/// Where the record ends with which the window begins, if the first record terminator is where its
/// length says.
fn end_by_length(window: &[u8]) -> Option<usize> {
    let length = number(window, 0, 5)?;
    let record = window.get(..length)?;
    let terminator = find(record, 0, RECORD_TERMINATOR)?;
    (length >= SHORTEST_LEADER_AND_TERMINATORS && terminator == length - 1).then_some(length)
}

/// Where the record ends with which the window begins.
fn record_end(window: &[u8]) -> usize {
    if let Some(end) = end_by_length(window) {
        return end;
    }
    let by_length = number(window, 0, 5).unwrap_or(0).saturating_sub(1);
    // Nearly always the next record is near, and the rest of the window need not be searched.
    let near = window.get(..PROOF_LENGTH).unwrap_or(window);
    let near = find(near, 0, RECORD_TERMINATOR).unwrap_or(near.len());
    start_within(window, 0, near).unwrap_or_else(|| {
        let end = end_by_terminator(window, by_length);
        start_within(window, near, end).unwrap_or(end)
    })
}

/// The end of the record by its record terminators.
fn end_by_terminator(window: &[u8], by_length: usize) -> usize {
    let Some(first) = find(window, 0, RECORD_TERMINATOR) else {
        return window.len();
    };
    let by_directory = end_by_directory(window);
    let declared = [by_length, by_directory];
    let last = by_length.max(by_directory) + TOLERANCE;
    let near = window.get(..=last).unwrap_or(window);
    let mut following = 0;
    let mut next = Some(first);
    while let Some(terminator) = next {
        // All terminators of one run of bytes between records have the same bytes behind them.
        if terminator >= following {
            following = end_of_between(window, terminator + 1);
            if following >= window.len() || begins_record(window, following) {
                return terminator + 1;
            }
        }
        if declared
            .iter()
            .any(|end| end.abs_diff(terminator) <= TOLERANCE)
        {
            return terminator + 1;
        }
        next = find(near, terminator + 1, RECORD_TERMINATOR);
    }
    first + 1
}

/// The offset of the record terminator by the directory; 0 if it says nothing.
fn end_by_directory(window: &[u8]) -> usize {
    let Some(terminator) = find(window, LEADER_LENGTH, FIELD_TERMINATOR) else {
        return 0;
    };
    let directory = window.get(LEADER_LENGTH..terminator).unwrap_or_default();
    directory
        .chunks_exact(DIRECTORY_ENTRY_LENGTH)
        .filter_map(entry_numbers)
        .map(|(length, position)| terminator + 1 + position + length)
        .max()
        .unwrap_or(0)
}

/// Where another record begins inside this one, as it has no record terminator.
///
/// Directories that end from `first` on, before `end`, are looked at.
fn start_within(window: &[u8], first: usize, end: usize) -> Option<usize> {
    let record = window.get(..end).unwrap_or(window);
    let own = find(record, DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR);
    // The record's own directory leads to its own beginning, or, damaged, into itself.
    let is_another = |found: usize, terminator: usize| {
        (found >= LEADER_LENGTH + DIRECTORY_ENTRY_LENGTH && own != Some(terminator))
            || (found > 1 && has_leader(record, found))
    };
    ends_of_directories(record, first.saturating_sub(DIRECTORY_ENTRY_LENGTH)).find_map(
        |terminator| {
            start_by_directory(record, 1, terminator).filter(|&found| is_another(found, terminator))
        },
    )
}
