//! Text to MARC-8, and back to the same text.

use mrrc_core::marc8::{CharacterSets, Encoder, Note, NoteKind, decode_into, encode_into};
use unicode_normalization::UnicodeNormalization;

/// Any bytes as UTF-8, as MARC-8, and as UTF-8 with bytes in it that are to be kept.
pub fn check(data: &[u8]) {
    comes_back(&String::from_utf8_lossy(data));
    if let Some((text, _)) = decode(data) {
        comes_back(&text);
    }
    keep(data);
}

/// Delimiters and terminators end a text, so that none is in it; anything else comes back.
fn comes_back(text: &str) {
    let text: String = text
        .nfc()
        .filter(|each| !('\x1d'..='\x1f').contains(each))
        .collect();
    // Without them, what they kept apart may be composed.
    let text: String = text.nfc().collect();
    let mut data = Vec::new();
    encode_into(&text, &mut data);
    // A mark takes four bytes with an escape sequence before and after it, a reference ten.
    assert!(data.len() <= 16 * text.len() + 16);
    let (decoded, notes) = decode(&data).expect("no escape sequence is cut off");
    assert_eq!(notes, []);
    assert_eq!(
        without_references(&decoded),
        text,
        "by way of {:?}",
        data.escape_ascii()
    );
}

fn decode(data: &[u8]) -> Option<(String, Vec<Note>)> {
    let (mut text, mut notes) = (String::new(), Vec::new());
    decode_into(data, &mut CharacterSets::default(), &mut text, &mut notes).ok()?;
    Some((text, notes))
}

/// Puts characters in place of the references that `encode_into` may have written.
fn without_references(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("&#x") {
        out.push_str(before);
        let character = after.split_once(';').and_then(|(digits, after)| {
            let is_short = (1..=6).contains(&digits.len());
            let is_number = is_short && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
            let character = char::from_u32(number)?;
            (!('\x1d'..='\x1f').contains(&character)).then_some((character, after))
        });
        match character {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push_str("&#x");
                rest = after;
            }
        }
    }
    out + rest
}

/// Every second part of what delimiters divide is bytes to be kept, so that they have no character.
fn keep(data: &[u8]) {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out);
    let mut kept = Vec::new();
    let parts: Vec<_> = data.split(|byte| (0x1D..=0x1F).contains(byte)).collect();
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 0 {
            let text: String = String::from_utf8_lossy(part).nfc().collect();
            encoder.push_text(&text);
        } else if !part.is_empty() {
            let rest = parts.get(index + 1..).unwrap_or_default();
            let is_end = rest.iter().all(|part| part.is_empty());
            if encoder.push_kept(part, is_end).is_err() {
                return;
            }
            kept.extend_from_slice(part);
            if is_end {
                break;
            }
        }
    }
    encoder.finish();
    let Some((_, notes)) = decode(&out) else {
        assert!(kept.contains(&0x1B), "an escape sequence out of nowhere");
        return;
    };
    let mut noted = notes
        .iter()
        .flat_map(|note| bytes_of(note, &out))
        .peekable();
    for &byte in &kept {
        if noted.next_if_eq(&byte).is_none() {
            if byte == 0x1B {
                // The decoder shows some escape sequences that are cut off without a note.
                return;
            }
            // Marks at the end of a text, which no letter follows, are dropped without a note.
            assert!(
                byte >= 0xE0,
                "{byte:02x} of {kept:02x?} is lost in {}",
                out.escape_ascii()
            );
        }
    }
    assert_eq!(
        noted.next(),
        None,
        "more than {kept:02x?} is kept in {}",
        out.escape_ascii()
    );
}

fn bytes_of(note: &Note, data: &[u8]) -> Vec<u8> {
    match note.kind {
        NoteKind::UnknownByte(byte) => vec![byte],
        NoteKind::UnknownSequence(code) => code.to_be_bytes()[1..].to_vec(),
        _ => data[note.offset..].to_vec(),
    }
}
