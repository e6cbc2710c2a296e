//! The fields of a record by its directory.

use crate::{DIRECTORY_ENTRY_LENGTH, LEADER_LENGTH, is_control_tag};

/// A directory entry and the field it points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The tag.
    pub tag: [u8; 3],
    /// The field, its terminator included.
    pub data: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Whether this is a variable control field.
    #[must_use]
    pub fn is_control_field(&self) -> bool {
        is_control_tag(self.tag)
    }

    /// The field without its terminator.
    #[must_use]
    pub fn content(&self) -> &'a [u8] {
        self.data.split_last().map_or(&[], |(_, content)| content)
    }
}

/// A record's bytes with the base address of data read.
///
/// The view is made for plain records (see [`crate::plain`]). On any other bytes it gives `None`
/// where they make no sense.
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    raw: &'a [u8],
    base: usize,
    directory: &'a [u8],
}

impl<'a> RecordView<'a> {
    /// Reads the base address of data.
    #[must_use]
    pub fn new(raw: &'a [u8]) -> Option<Self> {
        let base = number(raw.get(12..)?.first_chunk::<5>()?)?;
        let directory = raw.get(LEADER_LENGTH..base.checked_sub(1)?)?;
        Some(Self {
            raw,
            base,
            directory,
        })
    }

    /// The leader.
    #[must_use]
    pub fn leader(&self) -> &'a [u8] {
        self.raw.get(..LEADER_LENGTH).unwrap_or_default()
    }

    /// The number of directory entries.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.directory.len() / DIRECTORY_ENTRY_LENGTH
    }

    /// The tags in directory order.
    pub fn tags(&self) -> impl Iterator<Item = [u8; 3]> + use<'a> {
        self.directory
            .chunks_exact(DIRECTORY_ENTRY_LENGTH)
            .filter_map(|entry| entry.first_chunk().copied())
    }

    /// The index of the first entry with this tag.
    #[must_use]
    pub fn find(&self, tag: [u8; 3]) -> Option<usize> {
        self.tags().position(|candidate| candidate == tag)
    }

    /// The entry of this index, counted from 0.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Entry<'a>> {
        let start = index.checked_mul(DIRECTORY_ENTRY_LENGTH)?;
        let entry = self
            .directory
            .get(start..)?
            .first_chunk::<DIRECTORY_ENTRY_LENGTH>()?;
        self.resolve(entry)
    }

    /// All entries in directory order; `None` in place of one that points outside the record.
    pub fn entries(&self) -> impl Iterator<Item = Option<Entry<'a>>> + use<'a> {
        let view = *self;
        self.directory
            .chunks_exact(DIRECTORY_ENTRY_LENGTH)
            .map(move |entry| view.resolve(entry.first_chunk()?))
    }

    fn resolve(&self, entry: &[u8; DIRECTORY_ENTRY_LENGTH]) -> Option<Entry<'a>> {
        let (tag, numbers) = entry.split_first_chunk::<3>()?;
        let (length, offset) = numbers.split_first_chunk::<4>()?;
        let start = self.base + number(offset.first_chunk::<5>()?)?;
        let data = self.raw.get(start..start + number(length)?)?;
        Some(Entry { tag: *tag, data })
    }
}

/// Does as [`crate::parse_digits`] for a few digits, without a branch at each of them.
#[must_use]
pub fn number<const COUNT: usize>(digits: &[u8; COUNT]) -> Option<usize> {
    let mut number = 0;
    let mut sound = true;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        sound &= value <= 9;
        number = number * 10 + usize::from(value);
    }
    sound.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &[u8] =
        b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d";

    #[test]
    fn finds_fields_by_the_directory() {
        let view = RecordView::new(RAW).unwrap();
        assert_eq!(view.entry_count(), 2);
        assert_eq!(view.find(*b"245"), Some(1));
        assert_eq!(view.find(*b"246"), None);
        let control = view.entry(0).unwrap();
        assert!(control.is_control_field());
        assert_eq!(control.content(), b"id1");
        assert_eq!(view.entry(1).unwrap().data, b"10\x1fax\x1e");
        assert_eq!(view.entry(2), None);
        assert_eq!(view.entries().flatten().count(), 2);
    }

    #[test]
    fn reads_numbers_as_the_general_way_does() {
        for first in 0..=255 {
            for last in 0..=255 {
                let digits = [first, b'2', b'9', last];
                assert_eq!(number(&digits), crate::parse_digits(&digits));
            }
        }
    }

    #[test]
    fn makes_nothing_of_nonsense() {
        assert!(RecordView::new(b"").is_none());
        assert!(RecordView::new(b"00060nam a22xx049 a 4500").is_none());
        assert!(RecordView::new(b"00060nam a2200000 a 4500").is_none());
        let mut raw = RAW.to_vec();
        raw[31] = b'9';
        let view = RecordView::new(&raw).unwrap();
        assert_eq!(view.entry(0), None);
        assert_eq!(view.entry(usize::MAX), None);
    }
}
