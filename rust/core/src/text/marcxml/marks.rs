//! Markup that is no tag, and where it ends.

use memchr::memmem;

/// How the piece of markup begins, in bytes, and what it ends with; `None` if it is unknown.
pub fn opening(markup: &[u8]) -> Option<(usize, Mark)> {
    match markup {
        [b'<', b'?', ..] => Some((2, Mark::Instruction)),
        [b'<', b'!', b'-', b'-', ..] => Some((4, Mark::Comment)),
        _ if markup.starts_with(b"<![CDATA[") => Some((9, Mark::Section)),
        _ => None,
    }
}

/// What pieces of markup end with that are not tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A comment.
    Comment,
    /// A CDATA section.
    Section,
    /// A processing instruction.
    Instruction,
}

impl Mark {
    /// The bytes.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Comment => b"-->",
            Self::Section => b"]]>",
            Self::Instruction => b"?>",
        }
    }
}

/// Where there is no such mark, so that nothing is searched twice: from where, up to where.
#[derive(Debug, Default)]
pub struct Absent {
    ranges: [Option<(usize, usize)>; 3],
}

impl Absent {
    /// Finds the mark in the data from `at` on.
    pub fn find(&mut self, mark: Mark, data: &[u8], at: usize) -> Option<usize> {
        let range = self.ranges.get_mut(mark as usize)?;
        let bytes = mark.bytes();
        let known = range.filter(|&(first, end)| first <= at && at < end);
        let from = match known {
            Some((_, end)) => at.max(end + 1 - bytes.len()),
            None => at,
        };
        let rest = data.get(from..).unwrap_or_default();
        let found = memmem::find(rest, bytes);
        if found.is_none() && known.is_none_or(|(_, end)| data.len() > end) {
            *range = Some((known.map_or(at, |(first, _)| first), data.len()));
        }
        found.map(|found| from + found)
    }

    /// Takes back the first bytes of the data.
    pub fn forget(&mut self, length: usize) {
        for range in &mut self.ranges {
            *range = range
                .filter(|&(_, end)| end > length)
                .map(|(first, end)| (first.saturating_sub(length), end - length));
        }
    }
}
