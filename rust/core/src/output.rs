//! Text in the making: what is written as JSON and XML.

/// How many bytes are looked at and copied together.
const BLOCK: usize = 8;
/// 0x01 in every byte of a block.
pub(crate) const ONES: u64 = u64::MAX / 0xFF;
/// The high bit of every byte of a block.
const HIGH_BITS: u64 = ONES << 7;

/// A buffer to write a text into, which can be used for one text after another.
///
/// All of its bytes are initialised ahead of `end`, so that whole blocks can be copied where the
/// next byte of interest is not known yet; what is too much is overwritten by what follows.
#[derive(Debug, Default)]
pub struct Output {
    bytes: Vec<u8>,
    end: usize,
}

impl Output {
    /// An empty buffer, which takes no memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            end: 0,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }

    /// Empties the buffer; its memory is kept.
    pub fn clear(&mut self) {
        self.end = 0;
    }

    /// Makes room for so many bytes more at once.
    pub fn reserve(&mut self, count: usize) {
        let room = self.end.saturating_add(count);
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
    }

    /// How many bytes there is memory for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// How many bytes were written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.end
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Takes back all but the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.end = self.end.min(length);
    }

    /// Appends bytes.
    pub fn append(&mut self, bytes: &[u8]) {
        self.put(bytes);
    }

    /// Takes back the last bytes.
    pub(crate) fn take_back(&mut self, count: usize) {
        self.end = self.end.saturating_sub(count);
    }

    /// Appends bytes; constant ones become a few stores.
    #[inline(always)]
    pub(crate) fn put(&mut self, text: &[u8]) {
        self.put_template(text, []);
    }

    /// Appends bytes, some of them replaced: those at the offsets that are named.
    #[inline(always)]
    pub(crate) fn put_template<const N: usize>(&mut self, text: &[u8], holes: [(usize, u8); N]) {
        let end = self.end + text.len();
        loop {
            if let Some(space) = self.bytes.get_mut(self.end..end) {
                space.copy_from_slice(text);
                for (offset, byte) in holes {
                    if let Some(hole) = space.get_mut(offset) {
                        *hole = byte;
                    }
                }
                self.end = end;
                return;
            }
            self.grow(end);
        }
    }

    /// Copies `text` from `start` up to the first byte that `specials` marks; gives its offset, or
    /// the length of the text.
    ///
    /// `specials` gets eight bytes as an integer, the first one lowest, and sets the high bit of
    /// each special one. It may err above the lowest one it sets.
    #[inline(always)]
    pub(crate) fn copy_until(
        &mut self,
        text: &[u8],
        start: usize,
        specials: impl Fn(u64) -> u64,
    ) -> usize {
        let mut offset = start;
        while let Some(&block) = text.get(offset..).and_then(<[u8]>::first_chunk::<BLOCK>) {
            let mut end = self.end;
            let marks = specials(u64::from_le_bytes(block));
            let count = if marks == 0 {
                BLOCK
            } else {
                (marks.trailing_zeros() / 8) as usize
            };
            // The whole block, because a constant length is the quickest to copy.
            loop {
                if let Some(space) = self
                    .bytes
                    .get_mut(end..)
                    .and_then(<[u8]>::first_chunk_mut::<BLOCK>)
                {
                    *space = block;
                    break;
                }
                self.grow(end + BLOCK);
            }
            end += count;
            self.end = end;
            offset += count;
            if marks != 0 {
                return offset;
            }
        }
        self.copy_rest_until(text, offset, specials)
    }

    /// Does as `copy_until` with less than a block.
    fn copy_rest_until(
        &mut self,
        text: &[u8],
        start: usize,
        specials: impl Fn(u64) -> u64,
    ) -> usize {
        let rest = text.get(start..).unwrap_or_default();
        let is_special = |&byte: &u8| specials(u64::from(byte) | ONES << 6 & !0xFF) & 0x80 != 0;
        let count = rest.iter().position(is_special).unwrap_or(rest.len());
        self.put(rest.get(..count).unwrap_or_default());
        start + count
    }

    /// Writes another byte in place of each of these, from an offset of the text on.
    pub(crate) fn replace_from(&mut self, start: usize, byte: u8, other: u8) {
        let written = self.bytes.get_mut(start..self.end).unwrap_or_default();
        for place in written {
            *place = if *place == byte { other } else { *place };
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, length: usize) {
        let room = length.max(self.bytes.len()).saturating_mul(2).max(4096);
        self.bytes.resize(room, 0);
    }
}

/// The offset of the first byte from `start` on that `specials` marks, or the length of the text.
///
/// `specials` is as in [`Output::copy_until`].
#[inline(always)]
pub(crate) fn find_special(text: &[u8], start: usize, specials: impl Fn(u64) -> u64) -> usize {
    let mut offset = start;
    while let Some(&block) = text.get(offset..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        let marks = specials(u64::from_le_bytes(block));
        if marks != 0 {
            return offset + (marks.trailing_zeros() / 8) as usize;
        }
        offset += BLOCK;
    }
    let rest = text.get(offset..).unwrap_or_default();
    let is_special = |&byte: &u8| specials(u64::from(byte) | ONES << 6 & !0xFF) & 0x80 != 0;
    offset + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Marks the bytes of a block that are below `limit`, which is at most 0x80; those from 0x80 on are
/// not marked.
#[inline(always)]
pub(crate) fn below(block: u64, limit: u8) -> u64 {
    block.wrapping_sub(ONES * u64::from(limit)) & !block & HIGH_BITS
}

/// Marks the bytes of a block that are `byte`, which is ASCII.
#[inline(always)]
pub(crate) fn equal(block: u64, byte: u8) -> u64 {
    below(block ^ (ONES * u64::from(byte)), 1)
}

/// Marks the bytes of a block that are from `first` on, which is at most 0x80.
#[inline(always)]
pub(crate) fn from(block: u64, first: u8) -> u64 {
    (block.wrapping_add(ONES * u64::from(0x80 - first)) | block) & HIGH_BITS
}

/// The character outside ASCII that `text` has at `offset`, and its length in bytes; `None` when it
/// is not UTF-8.
#[inline(always)]
pub(crate) fn character_at(text: &[u8], offset: usize) -> Option<(u32, usize)> {
    let follower = |distance: usize| {
        let byte = *text.get(offset + distance)?;
        (byte & 0xC0 == 0x80).then_some(u32::from(byte & 0x3F))
    };
    let &first = text.get(offset)?;
    let second = follower(1)?;
    match first {
        0xC2..=0xDF => Some((u32::from(first & 0x1F) << 6 | second, 2)),
        0xE0..=0xEF => {
            let point = u32::from(first & 0x0F) << 12 | second << 6 | follower(2)?;
            (point >= 0x800 && point & 0xF800 != 0xD800).then_some((point, 3))
        }
        0xF0..=0xF4 => {
            let high = u32::from(first & 0x07) << 18 | second << 12;
            let point = high | follower(2)? << 6 | follower(3)?;
            (0x1_0000..=0x10_FFFF)
                .contains(&point)
                .then_some((point, 4))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_until_a_special_byte() {
        let mut output = Output::default();
        for length in 0..40 {
            for place in 0..=length {
                let mut text = vec![b'x'; length];
                if let Some(special) = text.get_mut(place) {
                    *special = b'<';
                }
                for start in 0..=place {
                    output.clear();
                    output.put(b"start ");
                    let offset = output.copy_until(&text, start, |block| equal(block, b'<'));
                    assert_eq!(offset, place);
                    output.put(b"!");
                    let expected = format!("start {}!", "x".repeat(place - start));
                    assert_eq!(output.as_bytes(), expected.as_bytes());
                }
            }
        }
    }

    #[test]
    fn finds_and_replaces_bytes() {
        for length in 0..40 {
            for place in 0..=length {
                let mut text = vec![b'x'; length];
                if let Some(special) = text.get_mut(place) {
                    *special = b'<';
                }
                for start in 0..=place {
                    let found = find_special(&text, start, |block| equal(block, b'<'));
                    assert_eq!(found, place);
                }
            }
        }
        let mut output = Output::default();
        output.put(b"a b a b");
        output.replace_from(2, b'a', b'c');
        output.replace_from(1, b' ', b'\\');
        assert_eq!(output.as_bytes(), b"a\\b\\c\\b");
    }

    #[test]
    fn keeps_what_was_written_when_it_grows() {
        let mut output = Output::default();
        let mut expected = Vec::new();
        for round in 0..3_000_u32 {
            let text = round.to_string();
            output.put_template(b"<?>", [(1, b'0' + (round % 10) as u8)]);
            assert_eq!(output.copy_until(text.as_bytes(), 0, |_| 0), text.len());
            expected.extend_from_slice(format!("<{}>{text}", round % 10).as_bytes());
        }
        assert_eq!(output.as_bytes(), expected);
        output.take_back(4);
        assert_eq!(output.as_bytes(), &expected[..expected.len() - 4]);
        output.clear();
        assert_eq!(output.as_bytes(), b"");
    }

    #[test]
    fn marks_the_lowest_byte_rightly() {
        let marked = |marks: u64| (marks != 0).then(|| marks.trailing_zeros() / 8);
        let mut state: u64 = 1;
        for _ in 0..50_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let mut bytes = state.to_be_bytes();
            bytes[(state % 8) as usize] =
                b"\x1f\x20\x21\x22\x23\x7e\x7f\x80"[(state >> 5) as usize % 8];
            let block = u64::from_le_bytes(bytes);
            let place = |test: &dyn Fn(u8) -> bool| {
                bytes
                    .iter()
                    .position(|&byte| test(byte))
                    .map(|place| place as u32)
            };
            assert_eq!(marked(below(block, 0x20)), place(&|byte| byte < 0x20));
            assert_eq!(marked(equal(block, b'"')), place(&|byte| byte == b'"'));
            assert_eq!(marked(from(block, 0x7F)), place(&|byte| byte >= 0x7F));
            assert_eq!(marked(from(block, 0x80)), place(&|byte| byte >= 0x80));
        }
    }

    #[test]
    fn reads_characters_as_the_standard_library_does() {
        for point in (0x80..0x1_1000).chain((0x1_1000..=0x10_FFFF).step_by(37)) {
            if let Some(character) = char::from_u32(point) {
                let text = format!("x{character}");
                let expected = Some((point, character.len_utf8()));
                assert_eq!(character_at(text.as_bytes(), 1), expected);
                assert_eq!(character_at(&text.as_bytes()[..text.len() - 1], 1), None);
            }
        }
        for first in 0x80..=0xFF {
            for second in 0..=0xFF {
                for rest in [[0x80, 0x80], [0xBF, 0xBF], [0x80, 0x7F], [0xC0, 0x80]] {
                    let text = [first, second, rest[0], rest[1]];
                    let expected = text.utf8_chunks().next().unwrap().valid().chars().next();
                    let expected = expected.map(|it| (u32::from(it), it.len_utf8()));
                    assert_eq!(character_at(&text, 0), expected, "{text:?}");
                }
            }
        }
    }
}
