//! Where the directory is, and what can be read of it.

use std::cmp::Reverse;

use memchr::memchr;

use super::{Code, Problem, clipped};
use crate::{DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, parse_digits};

// Leaders that lost or gained more bytes than this are not told from junk.
const MOST_SURPLUS: usize = 24;

/// A directory entry; `None` for what cannot be read of it, `?` for such a character of the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub offset: usize,
    pub tag: Option<[u8; 3]>,
    pub length: Option<usize>,
    pub position: Option<usize>,
}

impl Entry {
    /// The entry at this offset.
    fn read(raw: &[u8], offset: usize) -> Self {
        let entry = clipped(raw, offset, offset + DIRECTORY_ENTRY_LENGTH);
        Self {
            offset,
            tag: entry.first_chunk().map(|tag: &[u8; 3]| {
                tag.map(|byte| {
                    if matches!(byte, b' '..=b'~') {
                        byte
                    } else {
                        b'?'
                    }
                })
            }),
            length: entry.get(3..7).and_then(parse_digits),
            position: entry.get(7..12).and_then(parse_digits),
        }
    }

    /// Tag, length and position, if all of them can be read.
    pub fn whole(&self) -> Option<([u8; 3], usize, usize)> {
        Some((self.tag?, self.length?, self.position?))
    }
}

/// Where the directory begins, where the fields begin, and the entries.
#[derive(Debug)]
pub(super) struct Directory {
    pub start: usize,
    pub base: usize,
    pub entries: Vec<Entry>,
    terminated: bool,
    damaged: usize,
}

impl Directory {
    /// How many bytes there are from its start to the first field.
    pub fn length(&self) -> usize {
        self.base.saturating_sub(self.start)
    }

    /// Adds what is wrong with the directory by itself.
    pub fn report(&self, problems: &mut Vec<Problem>) {
        if !self.terminated {
            let last = self.base.saturating_sub(1);
            problems.push(Problem::new(Code::DirectoryTerminatorMissing, last, 1));
        }
        if self.damaged > 0 {
            problems.push(
                Problem::new(Code::DirectoryDamaged, self.start, self.length()).found(format!(
                    "{} of {}",
                    self.damaged,
                    self.entries.len()
                )),
            );
        }
    }
}

/// The directory, by the reading of the record that fits its field terminators best.
pub(super) fn find(raw: &[u8], end: usize) -> Directory {
    let mut best: Option<(_, Directory)> = None;
    for candidate in candidates(raw, end) {
        let fit = fit(raw, end, candidate.base, &candidate.entries);
        let rank = (fit, candidate.terminated, Reverse(candidate.damaged));
        let better = best.as_ref().is_none_or(|(best_rank, _)| rank > *best_rank);
        // Without its terminator a directory has to prove that it is one.
        if better && (candidate.terminated || fit > 0) {
            best = Some((rank, candidate));
        }
    }
    best.map_or_else(
        || Directory {
            start: LEADER_LENGTH.min(end),
            base: end,
            entries: Vec::new(),
            terminated: false,
            damaged: 0,
        },
        |(_, directory)| directory,
    )
}

/// The readings of the directory that are possible, the most natural first.
fn candidates(raw: &[u8], end: usize) -> Vec<Directory> {
    let mut found = Vec::with_capacity(4);
    let data = raw.get(..end).unwrap_or(raw);
    let first = memchr(FIELD_TERMINATOR, data);
    if let Some(first) = first.filter(|&first| first >= DIRECTORY_ENTRY_LENGTH) {
        found.push(read(raw, first));
    }
    let before_base = raw
        .get(12..17)
        .and_then(parse_digits)
        .and_then(|base| base.checked_sub(1));
    if let Some(stop) = before_base.filter(|&stop| {
        first != Some(stop)
            && stop >= LEADER_LENGTH
            && stop < end
            && (stop - LEADER_LENGTH) % DIRECTORY_ENTRY_LENGTH == 0
    }) {
        let terminated = raw.get(stop) == Some(&FIELD_TERMINATOR);
        found.push(aligned(raw, stop, stop + 1, terminated));
    }
    let after_leader = data.get(LEADER_LENGTH..).unwrap_or_default();
    let readable = after_leader
        .chunks_exact(DIRECTORY_ENTRY_LENGTH)
        .take_while(|entry| Entry::read(entry, 0).whole().is_some())
        .count();
    let stop = LEADER_LENGTH + readable * DIRECTORY_ENTRY_LENGTH;
    if readable > 0 && stop < end && raw.get(stop) != Some(&FIELD_TERMINATOR) {
        // Its terminator was overwritten, or is lost.
        found.push(aligned(raw, stop, stop + 1, false));
        found.push(aligned(raw, stop, stop, false));
    }
    found
}

/// How many entries point at a field from one field terminator to the next.
fn fit(raw: &[u8], end: usize, base: usize, entries: &[Entry]) -> usize {
    let is_terminator = |at: usize| raw.get(at) == Some(&FIELD_TERMINATOR);
    let fits = |entry: &Entry| {
        let (Some(length), Some(position)) = (entry.length, entry.position) else {
            return false;
        };
        let start = base + position;
        let stop = start + length;
        length > 0
            && stop <= end
            && (position == 0 || is_terminator(start - 1))
            && is_terminator(stop - 1)
    };
    entries.iter().filter(|entry| fits(entry)).count()
}

/// A directory right behind the leader, whose length is a multiple of an entry's.
fn aligned(raw: &[u8], end: usize, base: usize, terminated: bool) -> Directory {
    let entries: Vec<Entry> = (LEADER_LENGTH..end)
        .step_by(DIRECTORY_ENTRY_LENGTH)
        .map(|offset| Entry::read(raw, offset))
        .collect();
    let damaged = entries
        .iter()
        .filter(|entry| entry.whole().is_none())
        .count();
    Directory {
        start: LEADER_LENGTH,
        base,
        entries,
        terminated,
        damaged,
    }
}

/// The directory that ends at this terminator, also where bytes are missing in it or before it.
fn read(raw: &[u8], end: usize) -> Directory {
    let base = end + 1;
    if end >= LEADER_LENGTH && (end - LEADER_LENGTH) % DIRECTORY_ENTRY_LENGTH == 0 {
        return aligned(raw, end, base, true);
    }
    // Entries are digits mostly, so they look right at any alignment. In a chain each field begins
    // where the one before it ends.
    let mut tail = chain_before(raw, end);
    if tail.len() == 1 && fit(raw, raw.len(), base, &tail) == 0 {
        tail.clear(); // a chain of one is evidence only if it points at a field
    }
    let start = tail.first().map_or(end, |entry| entry.offset);
    let from_first_field = tail.first().is_some_and(|entry| entry.position == Some(0));
    if !tail.is_empty() && start.abs_diff(LEADER_LENGTH) <= MOST_SURPLUS {
        // Without a letter the leader is lost, and the directory's beginning with it.
        let lost = !clipped(raw, 0, start).iter().any(u8::is_ascii_alphabetic);
        if from_first_field || lost {
            return Directory {
                start,
                base,
                entries: tail,
                terminated: true,
                damaged: usize::from(!from_first_field),
            };
        }
    }
    let mut entries = chain_from(raw, start);
    let gap = entries.last().map_or(LEADER_LENGTH.min(start), |entry| {
        entry.offset + DIRECTORY_ENTRY_LENGTH
    });
    let damaged = damaged_entries(raw, gap, start);
    let damaged_count = damaged.len().max(1);
    entries.extend(damaged);
    entries.append(&mut tail);
    Directory {
        start: LEADER_LENGTH.min(end),
        base,
        entries,
        terminated: true,
        damaged: damaged_count,
    }
}

/// The entries right before `end` that follow each other without a gap.
fn chain_before(raw: &[u8], end: usize) -> Vec<Entry> {
    let mut chain: Vec<Entry> = Vec::new();
    let mut following = None;
    let mut offset = end;
    while let Some(before) = offset.checked_sub(DIRECTORY_ENTRY_LENGTH) {
        offset = before;
        let entry = Entry::read(raw, offset);
        let Some((_, length, position)) = entry.whole() else {
            break;
        };
        if following.is_some_and(|following| following != position + length) {
            break;
        }
        following = Some(position);
        chain.push(entry);
        if position == 0 {
            break;
        }
    }
    chain.reverse();
    chain
}

/// The entries behind the leader that follow each other without a gap, up to `end`.
fn chain_from(raw: &[u8], end: usize) -> Vec<Entry> {
    let mut expected = 0;
    let mut chain = Vec::new();
    let mut offset = LEADER_LENGTH;
    while offset + DIRECTORY_ENTRY_LENGTH <= end {
        let entry = Entry::read(raw, offset);
        match entry.whole() {
            Some((_, length, position)) if position == expected => expected += length,
            _ => break,
        }
        chain.push(entry);
        offset += DIRECTORY_ENTRY_LENGTH;
    }
    chain
}

/// Bytes of the directory divided among as many entries as they probably were.
fn damaged_entries(raw: &[u8], start: usize, end: usize) -> Vec<Entry> {
    let size = end.saturating_sub(start);
    let count = (size + DIRECTORY_ENTRY_LENGTH / 2) / DIRECTORY_ENTRY_LENGTH;
    (0..count)
        .map(|index| {
            let offset = start + index * DIRECTORY_ENTRY_LENGTH;
            // Only the first one's tag is known to stand in its place, and only if no byte was
            // lost in it.
            let tag = if index == 0 && size >= DIRECTORY_ENTRY_LENGTH - 1 {
                Entry::read(raw, offset).tag
            } else {
                None
            };
            Entry {
                offset: offset.min(end),
                tag,
                length: None,
                position: None,
            }
        })
        .collect()
}
