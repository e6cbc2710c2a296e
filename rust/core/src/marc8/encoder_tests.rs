//! Known texts, the way there and back of every character, and bytes that were kept.

use super::*;
use unicode_normalization::UnicodeNormalization;

fn encode(text: &str) -> Vec<u8> {
    let normal: String = text.nfc().collect();
    let mut data = Vec::new();
    encode_into(&normal, &mut data);
    data
}

fn kept(run: &[u8], after: &str) -> Result<Vec<u8>, NotKept> {
    let mut data = Vec::new();
    let mut encoder = Encoder::new(&mut data);
    encoder.push_kept(run, after.is_empty())?;
    encoder.push_text(after);
    encoder.finish();
    Ok(data)
}

/// The text that is read again, each reference in it the character.
fn read_again(data: &[u8]) -> String {
    let (mut sets, mut text, mut notes) = (CharacterSets::default(), String::new(), Vec::new());
    decode_into(data, &mut sets, &mut text, &mut notes).unwrap();
    assert_eq!((sets, notes), (CharacterSets::default(), Vec::new()));
    let mut pieces = text.split("&#x");
    let mut decoded = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_once(';').unwrap();
        let point = u32::from_str_radix(digits, 16).unwrap();
        decoded.push(char::from_u32(point).unwrap());
        decoded.push_str(rest);
    }
    decoded
}

#[test]
fn known_texts() {
    for (text, expected) in [
        ("", &b""[..]),
        ("abc", b"abc"),
        ("caf\u{e9}", b"caf\xe2e"),
        ("\u{1ead} \u{1edd}", b"\xf2\xe3a \xe1\xbc"),
        ("\u{431} 1 a", b"\x1b(NB 1 \x1b(Ba"),
        ("x\u{b2} \u{2082}", b"x\x1bp2\x1bs \x1bb2\x1bs"),
        ("\u{4e00}\u{451}", b"\x1b$1!0!\x1b(B\x1b)Q\xc4\x1b)E"),
        ("\u{3000}", b"\x1b$1!#!\x1b(B"),
        ("\u{1f600}\u{301}", b"&#x1F600;&#x0301;"),
        ("&#x41; &#x41", b"&#x0026;#x41; &#x41"),
        ("&#x1E; &#xD800; &#x110000;", b"&#x1E; &#xD800; &#x110000;"),
        ("\u{1b}\u{1e}", b"&#x001B;\x1e"),
    ] {
        assert_eq!(encode(text), expected, "{text:?}");
    }
}

#[test]
fn every_character_is_read_again() {
    for character in '\0'..=char::MAX {
        if matches!(character, '\u{1d}'..='\u{1f}') {
            continue;
        }
        let text = format!("{character}a{character}\u{301}\u{431}{character}");
        let normal: String = text.nfc().collect();
        assert_eq!(read_again(&encode(&text)), normal);
    }
}

#[test]
fn text_that_is_not_in_nfc_is_encoded_as_well() {
    for text in [
        "e\u{301}",
        "\u{212b}",
        "\u{1100}\u{1161}",
        "\u{344}",
        "\u{2f800}",
    ] {
        let mut data = Vec::new();
        encode_into(text, &mut data);
        let same: String = read_again(&data).nfc().collect();
        assert_eq!(same, text.nfc().collect::<String>());
    }
}

#[test]
fn pieces_are_one_text() {
    let mut data = b"before ".to_vec();
    let mut encoder = Encoder::new(&mut data);
    encoder.push_text("a");
    encoder.push_text("\u{301}\u{431}");
    encoder.push_text("\u{301} 1");
    encoder.finish();
    assert_eq!(data, b"before \xe2a\x1b(N\xe2B 1\x1b(B");
}

#[test]
fn bytes_that_were_kept() {
    for (run, after, expected) in [
        (&b"\xff\x80"[..], "b", &b"\xff\x80b"[..]),
        (b"\xe2", "b", b"\x1b)N\xe2b\x1b)E"),
        (b"\xe2", "", b"\xe2"),
        (b"A", "b", b"\x1b(QA\x1b(Bb"),
        (b"!0\x7f", "b", b"\x1b$1!0\x7f\x1b(Bb"),
        (b"!0\x7f", "\u{301}", b"\xe2\x1b$1!0\x7f\x1b(B"),
        (b"\x1bN!", "b", b"\x1b1\x1bN!\x1b(Bb"),
        (b"\x05", "", b"\x1b$1\x05"),
        (b"\x1b$,", "", b"\x1b$,"),
        (b"\xff!\x05\x05!", "", b"\xff\x1b$1!\x05\x05\x1b(Q!\x1b(B"),
    ] {
        assert_eq!(kept(run, after).unwrap(), expected, "{run:?} {after:?}");
    }
    for (run, after) in [
        (&b"\x05"[..], "b"),
        (b"\x1b", "b"),
        (b" ", "b"),
        (b"\x90", "\u{301}"),
        (b"\x1e", ""),
        (b"!\x1f!", ""),
    ] {
        assert_eq!(kept(run, after), Err(NotKept), "{run:?} {after:?}");
    }
    assert_eq!(
        NotKept.to_string(),
        "these bytes would not be kept where they are"
    );
}

#[test]
fn no_run_of_kept_bytes_fails() {
    // Every run of up to two bytes, and of three that begin as something special does.
    let all = || 0..=u8::MAX;
    for first in all() {
        for second in all() {
            let _ = (kept(&[first, second], ""), kept(&[first, second], "a"));
        }
    }
    for first in [0x00, 0x1B, b'!', 0x80, 0xE2] {
        for second in all() {
            for third in all() {
                let _ = kept(&[first, second, third], "");
            }
        }
    }
    assert_eq!(kept(b"", ""), Ok(Vec::new()));
}
