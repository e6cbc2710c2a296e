//! MARC-8 to text, and records in MARC-8 to records in UTF-8.

use mrrc_core::marc8::{CharacterSets, Note, decode_into};
use mrrc_core::plain::{is_plain, plain_base_address};
use mrrc_core::transcode::{Marc8, to_utf8};
use unicode_normalization::is_nfc;

use crate::record;

/// Leader positions 05-11 of a record in MARC-8.
const HEAD: &[u8; 7] = b"nam  22";

/// Any bytes as a text, as a record, and as the fields of a record.
pub fn check(data: &[u8]) {
    decode(data);
    transcode(data);
    if let Some(raw) = record::from_fields(data, HEAD) {
        assert!(plain_base_address(&raw).is_some());
        transcode(&raw);
    }
}

fn decode(data: &[u8]) {
    let (whole, notes) = text_and_notes(data, "");
    // What is there already has no part in it: neither a base before a mark, nor the contents.
    for before in ["e", "\u{1100}", "\u{301}"] {
        let (after, same_notes) = text_and_notes(data, before);
        assert_eq!(after.strip_prefix(before), Some(whole.as_str()));
        assert_eq!(same_notes, notes);
    }
    assert!(is_nfc(&whole), "{whole:?} is not normalised");
    // A byte has one character of at most three bytes of UTF-8.
    assert!(whole.len() <= 3 * data.len());
    assert!(notes.len() <= data.len());
    // At the very end is where three bytes should follow and none does.
    assert!(notes.iter().all(|note| note.offset <= data.len()));
    assert!(notes.is_sorted_by(|first, second| first.offset < second.offset));
}

fn text_and_notes(data: &[u8], before: &str) -> (String, Vec<Note>) {
    let (mut text, mut notes) = (before.to_owned(), Vec::new());
    let result = decode_into(data, &mut CharacterSets::default(), &mut text, &mut notes);
    if result.is_err() {
        assert_eq!(text, before, "an error leaves the text as it was");
    }
    (text, notes)
}

fn transcode(raw: &[u8]) {
    if let Some(utf8) = to_utf8(raw, &mut Marc8) {
        assert!(plain_base_address(raw).is_some());
        assert!(is_plain(&utf8));
    }
}
