//! A whole record in MARC-8.

use memchr::{memchr, memchr3};
use rayon::prelude::*;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::serialise::RecordBuilder;
use crate::view::{Entry, RecordView};
use crate::{FIELD_TERMINATOR, LEADER_LENGTH, RECORD_TERMINATOR, SUBFIELD_DELIMITER};

use super::encode_into;

const BLOCK: usize = 32;
const CODING_SCHEME: usize = 9;
/// A thread that takes fewer records at a time spends more on taking than on encoding.
const RECORDS_AT_A_TIME: usize = 8;

/// Rebuilds a plain record in MARC-8, leader position 9 blank.
///
/// Each text is encoded by itself, in NFC, as [`encode_into`] does it. `None` where the record has
/// to be looked at more closely: the result would not fit the structure, the leader has control
/// characters, a control field has a subfield delimiter, an indicator is a control character, or a
/// text has characters whose normal form is not the same in all editions of Unicode.
///
/// # Examples
///
/// ```
/// let utf8 = "00055nam a2200037 a 4500245001700000\u{1e}10\u{1f}aEmma\u{301} caf\u{e9}\u{1e}\u{1d}";
/// let marc8 = mrrc_core::marc8::record_to_marc8(utf8.as_bytes()).unwrap_or_default();
/// assert!(marc8.ends_with(b"10\x1faEmm\xe2a caf\xe2e\x1e\x1d"));
/// ```
#[must_use]
pub fn record_to_marc8(raw: &[u8]) -> Option<Vec<u8>> {
    let view = RecordView::new(raw)?;
    let base = LEADER_LENGTH + 12 * view.entry_count() + 1;
    let (&end, data) = raw.get(base..)?.split_last()?;
    let is_graphic = |byte: &u8| matches!(byte, b' '..=b'~');
    if end != RECORD_TERMINATOR || !view.leader().iter().all(is_graphic) {
        return None;
    }
    if is_same(data) && !view.entries().any(|entry| entry.is_none_or(is_divided)) {
        let mut record = raw.to_vec();
        *record.get_mut(CODING_SCHEME)? = b' ';
        return Some(record);
    }
    let mut builder = RecordBuilder::with_capacity(raw.len() + raw.len() / 4);
    for entry in view.entries() {
        let entry = entry.filter(|&entry| !is_divided(entry))?;
        if is_same(entry.data) {
            builder.add_field(entry.tag, entry.data).ok()?;
            continue;
        }
        if !entry.is_control_field() && !entry.data.get(..2)?.iter().all(is_graphic) {
            return None;
        }
        add_texts(entry.content(), builder.data())?;
        builder.end_field(entry.tag).ok()?;
    }
    let mut head = *raw.get(5..12)?.first_chunk::<7>()?;
    head[CODING_SCHEME - 5] = b' ';
    builder.finish(&head, raw.get(17..LEADER_LENGTH)?).ok()
}

/// Many plain records, one behind the other in one buffer.
#[derive(Debug, Default)]
pub struct Records {
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl Records {
    /// Appends a record.
    pub fn push(&mut self, raw: &[u8]) {
        self.data.extend_from_slice(raw);
        self.ends.push(self.data.len());
    }

    /// What [`record_to_marc8`] gives for each.
    #[must_use]
    pub fn to_marc8(&self) -> Vec<Option<Vec<u8>>> {
        (0..self.ends.len())
            .map(|index| self.encode(index))
            .collect()
    }

    /// As [`Records::to_marc8`], by the threads of the rayon pool that it is called in.
    #[must_use]
    pub fn to_marc8_in_parallel(&self) -> Vec<Option<Vec<u8>>> {
        (0..self.ends.len())
            .into_par_iter()
            .with_min_len(RECORDS_AT_A_TIME)
            .map(|index| self.encode(index))
            .collect()
    }

    fn encode(&self, index: usize) -> Option<Vec<u8>> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        record_to_marc8(self.data.get(start..*self.ends.get(index)?)?)
    }
}

/// Whether a control field has a delimiter in it, which divides it for some and not for others.
fn is_divided(entry: Entry<'_>) -> bool {
    entry.is_control_field() && memchr(SUBFIELD_DELIMITER, entry.data).is_some()
}

/// Appends the texts between the delimiters, and these and the codes as they are.
fn add_texts(content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = content;
    loop {
        let Some(length) = memchr(SUBFIELD_DELIMITER, rest) else {
            return add_text(rest, out);
        };
        let (text, after) = rest.split_at_checked(length)?;
        add_text(text, out)?;
        let (delimiter_and_code, after) = after.split_at_checked(2)?;
        out.extend_from_slice(delimiter_and_code);
        rest = after;
    }
}

fn add_text(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if is_same(text) {
        out.extend_from_slice(text);
        return Some(());
    }
    if memchr3(
        SUBFIELD_DELIMITER,
        FIELD_TERMINATOR,
        RECORD_TERMINATOR,
        text,
    )
    .is_some()
    {
        return None;
    }
    let utf8 = std::str::from_utf8(text).ok()?;
    // Below U+0300 all text is in NFC.
    if text.iter().all(|&byte| byte < 0xCC) {
        encode_into(utf8, out);
        return Some(());
    }
    if !utf8.chars().all(is_settled) {
        return None;
    }
    if is_nfc_quick(utf8.chars()) == IsNormalized::Yes {
        encode_into(utf8, out);
    } else {
        encode_into(&utf8.nfc().collect::<String>(), out);
    }
    Some(())
}

/// Whether bytes are the same in MARC-8: no control characters but delimiters and terminators, and
/// no ampersand, with which a numeric character reference can begin.
fn is_same(bytes: &[u8]) -> bool {
    let is_same = |byte: u8| {
        (byte.wrapping_sub(0x20) < 0x5F && byte != b'&')
            || byte == FIELD_TERMINATOR
            || byte == SUBFIELD_DELIMITER
    };
    // One flag for a block, without a branch for each byte, makes a vector instruction.
    let mut blocks = bytes.chunks_exact(BLOCK);
    blocks.all(|block| block.iter().fold(true, |all, &byte| all & is_same(byte)))
        && bytes
            .get(bytes.len() - bytes.len() % BLOCK..)
            .unwrap_or_default()
            .iter()
            .all(|&byte| is_same(byte))
}

/// Whether a character is in a range that Unicode 13.0 has filled, the edition of Python 3.10: the
/// normal form of a character is the same in all editions that have it. The ranges are those that
/// MARC-8 and the records that come from it have need of.
#[rustfmt::skip]
const fn is_settled(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{377}' | '\u{37A}'..='\u{37F}' | '\u{384}'..='\u{38A}' | '\u{38C}'
        | '\u{38E}'..='\u{3A1}' | '\u{3A3}'..='\u{52F}' | '\u{591}'..='\u{5C7}'
        | '\u{5D0}'..='\u{5EA}' | '\u{5EF}'..='\u{5F4}' | '\u{600}'..='\u{61B}'
        | '\u{61E}'..='\u{6FF}' | '\u{900}'..='\u{97F}' | '\u{E01}'..='\u{E3A}'
        | '\u{E3F}'..='\u{E5B}' | '\u{1E00}'..='\u{1F15}' | '\u{1F18}'..='\u{1F1D}'
        | '\u{1F20}'..='\u{1F45}' | '\u{1F48}'..='\u{1F4D}' | '\u{1F50}'..='\u{1F57}'
        | '\u{1F59}' | '\u{1F5B}' | '\u{1F5D}' | '\u{1F5F}'..='\u{1F7D}'
        | '\u{1F80}'..='\u{1FB4}' | '\u{1FB6}'..='\u{1FC4}' | '\u{1FC6}'..='\u{1FD3}'
        | '\u{1FD6}'..='\u{1FDB}' | '\u{1FDD}'..='\u{1FEF}' | '\u{1FF2}'..='\u{1FF4}'
        | '\u{1FF6}'..='\u{1FFE}' | '\u{2000}'..='\u{2064}' | '\u{2070}'..='\u{2071}'
        | '\u{2074}'..='\u{208E}' | '\u{2090}'..='\u{209C}' | '\u{20A0}'..='\u{20BF}'
        | '\u{20D0}'..='\u{20F0}' | '\u{2100}'..='\u{218B}' | '\u{2190}'..='\u{2426}'
        | '\u{2460}'..='\u{2B73}' | '\u{3000}'..='\u{303F}' | '\u{3041}'..='\u{3096}'
        | '\u{3099}'..='\u{30FF}' | '\u{3105}'..='\u{312F}' | '\u{3131}'..='\u{318E}'
        | '\u{3220}'..='\u{9FFC}' | '\u{AC00}'..='\u{D7A3}' | '\u{E000}'..='\u{FA6D}'
        | '\u{FA70}'..='\u{FAD9}' | '\u{FB1D}'..='\u{FB36}' | '\u{FE20}'..='\u{FE52}'
        | '\u{FF01}'..='\u{FFBE}' | '\u{1F300}'..='\u{1F6D7}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&[u8; 3], &[u8])]) -> Vec<u8> {
        let mut builder = RecordBuilder::default();
        for (tag, data) in fields {
            builder.add_field(**tag, data).unwrap();
        }
        builder.finish(b"nam a22", b" a 4500").unwrap()
    }

    #[test]
    fn same_bytes_are_copied() {
        let raw = record(&[
            (b"001", b"id1\x1e"),
            (b"245", b"10\x1faEmma /\x1fcJ.A.\x1e"),
        ]);
        let mut expected = raw.clone();
        expected[9] = b' ';
        assert_eq!(record_to_marc8(&raw), Some(expected));
    }

    #[test]
    fn texts_are_encoded_by_themselves() {
        let raw = record(&[
            (b"001", "id\u{e9}\x1e".as_bytes()),
            (b"100", b"1 \x1faSame\x1e"),
            (
                b"245",
                "10\x1faCafe\u{301} &#x41; \x1fb\u{416}\x1fc\u{4e00}\x1e".as_bytes(),
            ),
        ]);
        let marc8 = record_to_marc8(&raw).unwrap();
        let view = RecordView::new(&marc8).unwrap();
        assert_eq!(marc8[9], b' ');
        assert_eq!(view.entry(0).unwrap().data, b"id\xe2e\x1e");
        assert_eq!(view.entry(1).unwrap().data, b"1 \x1faSame\x1e");
        assert_eq!(
            view.entry(2).unwrap().data,
            b"10\x1faCaf\xe2e &#x0026;#x41; \x1fb\x1b(Nv\x1b(B\x1fc\x1b$1!0!\x1b(B\x1e"
        );
    }

    #[test]
    fn leaves_what_needs_a_closer_look() {
        let long = "\u{1F600}".repeat(2_000) + "\x1e";
        for data in [
            // A delimiter in a control field, an indicator, a mark of a later edition, a field that
            // grows.
            (b"001", &b"a\x1fb\x1e"[..]),
            (b"245", b"1\x7f\x1fax\x1e"),
            (b"245", "10\x1fa\u{1AC1}\x1e".as_bytes()),
            (b"001", long.as_bytes()),
        ] {
            assert_eq!(record_to_marc8(&record(&[data])), None);
        }
        for nonsense in [&b""[..], b"00060nam a2200049 a 4500", &[0xFF; 60]] {
            assert_eq!(record_to_marc8(nonsense), None);
        }
    }
}
