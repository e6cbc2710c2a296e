//! Known strings, every entry of every table, and the naive twin of the search for plain runs.

use super::decoder::{is_inert, plain_length};
use super::*;
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick,
};

const DESIGNATIONS: [u8; 12] = [
    0x31, 0x32, 0x33, 0x34, 0x42, 0x45, 0x4E, 0x51, 0x53, 0x62, 0x67, 0x70,
];

/// The character that a byte stands for when `designation` is in force for it.
fn single_byte_character(designation: u8, byte: u8) -> Option<(char, bool)> {
    tables::single_byte_set(designation)?.character(byte)
}

fn decode(data: &[u8]) -> (Result<String, Marc8Error>, CharacterSets, Vec<String>) {
    let (mut sets, mut text, mut notes) = (CharacterSets::default(), String::new(), Vec::new());
    let result = decode_into(data, &mut sets, &mut text, &mut notes);
    (
        result.map(|()| text),
        sets,
        notes.iter().map(Note::to_string).collect(),
    )
}

fn text(data: &[u8]) -> String {
    decode(data).0.unwrap()
}

/// A small generator of numbers, so that the tests need no other crate.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[test]
fn known_strings() {
    for (data, expected) in [
        (&b""[..], ""),
        (b"abc", "abc"),
        (b"\xe2e", "\u{e9}"),
        (b"\xe2", ""),
        (b"a\xe2", "a"),
        (b"\xe2\xe8a", "\u{e1}\u{308}"),
        (b"\xf2\xe3o", "\u{1ed9}"),
        (b"\x1bp1\x1bs2", "\u{b9}2"),
        (b"\x1bb1\x1bs", "\u{2081}"),
        (b"\x1b(NABC\x1b(Bx", "\u{430}\u{431}\u{446}x"),
        (b"a\tb\nc", "abc"),
        (b"\x88sort\x89", "sort"),
        (b"\x1b$1!0!\x1b(B!", "\u{4e00}!"),
        (b"\x1b$,1!0!", "\u{4e00}"),
        (b"\xebi\xeca", "i\u{fe20}a\u{fe21}"),
        (b"\xfan\xfbg", "n\u{fe22}g\u{fe23}"),
        (b"\xc7\xc8\xae", "\u{df}\u{20ac}\u{2bc}"),
        (b"\x1b)Q\xc0", "\u{491}"),
        (b"\xe2\x1b$1! =\x1b(Be", "\u{2026}\u{e9}"),
        (b"\xe2\x09e", "\u{e9}"),
        (b"\x1b(", "\u{1b}("),
        (b"a\x1b!b", "a!b"),
    ] {
        assert_eq!(text(data), expected, "{data:x?}");
    }
}

#[test]
fn a_code_without_a_character_is_a_blank_and_a_note() {
    let (result, _, notes) = decode(b"a\x80\xffb");
    assert_eq!(result.unwrap(), "a  b");
    assert_eq!(
        notes,
        [
            "MARC-8 byte 0x80 at offset 1 has no character in the sets in force (G0 0x42, G1 0x45)",
            "MARC-8 byte 0xFF at offset 2 has no character in the sets in force (G0 0x42, G1 0x45)",
        ]
    );
    let (result, sets, notes) = decode(b"\x1b$1!!!!0");
    assert_eq!(
        (result.unwrap().as_str(), sets),
        (
            "  ",
            CharacterSets {
                g0: EACC,
                g1: ANSEL
            }
        )
    );
    assert_eq!(
        notes,
        [
            "MARC-8 sequence 0x212121 at offset 3 has no character in the sets in force \
             (G0 0x31, G1 0x45)",
            "MARC-8 sequence at offset 6 is cut off: 2 of its 3 bytes are there \
             (G0 0x31, G1 0x45)",
        ]
    );
    assert_eq!(decode(b"\x1b1").0.unwrap(), " ");
}

#[test]
fn an_escape_sequence_that_is_cut_off_is_an_error() {
    for (data, offset) in [
        (&b"a\x1b"[..], 1),
        (b"\x1b)", 0),
        (b"\x1b-", 0),
        (b"\x1b$,", 0),
        (b"ab\x1bp", 2),
    ] {
        assert_eq!(
            decode(data).0,
            Err(Marc8Error::EscapeCutOff { offset }),
            "{data:x?}"
        );
    }
    let (result, sets, _) = decode(b"\x1b(N\x1b");
    assert!(result.unwrap_err().to_string().contains("offset 3"));
    assert_eq!(sets.g0, 0x4E);
}

#[test]
fn what_is_there_already_is_left_alone() {
    let (mut sets, mut notes) = (CharacterSets::default(), Vec::new());
    for (before, data, after) in [
        ("e", &b"\xe2e"[..], "e\u{e9}"),
        ("e\u{301}", b"\xe2e", "e\u{301}\u{e9}"),
        ("e", b"\xe2\x1b$1!0!\x1b(B", "e\u{4e00}\u{301}"),
        ("e", b"a\x1b", "e"),
    ] {
        let mut out = String::from(before);
        let _ = decode_into(data, &mut sets, &mut out, &mut notes);
        assert_eq!(out, after);
    }
    // Normalised together, the superscript alef would come ahead of the acute accent.
    let mut out = String::from("b\u{301}");
    sets = CharacterSets {
        g0: 0x33,
        g1: ANSEL,
    };
    decode_into(b"\x74", &mut sets, &mut out, &mut notes).unwrap();
    assert_eq!(out, "b\u{301}\u{670}");
}

#[test]
fn every_single_byte_entry_is_reached_from_its_own_side_only() {
    let mut count = 0;
    for designation in DESIGNATIONS.into_iter().filter(|&set| set != EACC) {
        for byte in (0x20..=0x80).chain(0xA0..=0xFF) {
            let mut sets = CharacterSets {
                g0: designation,
                g1: designation,
            };
            let (mut out, mut notes) = (String::new(), Vec::new());
            match single_byte_character(designation, byte) {
                Some((character, false)) => {
                    decode_into(&[byte], &mut sets, &mut out, &mut notes).unwrap();
                    assert_eq!(out, character.to_string().nfc().collect::<String>());
                    count += 1;
                }
                Some((_, true)) => {
                    decode_into(&[byte], &mut sets, &mut out, &mut notes).unwrap();
                    assert_eq!((out.as_str(), notes.len()), ("", 0));
                    count += 1;
                }
                None => {
                    decode_into(&[byte], &mut sets, &mut out, &mut notes).unwrap();
                    let unknown = usize::from(byte != b' ');
                    assert_eq!((out.as_str(), notes.len()), (" ", unknown));
                }
            }
        }
    }
    // All but the four control characters of Basic Latin and the four of ANSEL.
    assert_eq!(
        count,
        99 + 69 + 3 + 14 + 14 + 78 + 94 + 42 + 83 + 90 + 73 - 8
    );
}

#[test]
fn every_sequence_of_eacc_is_decoded() {
    let mut count = 0;
    for code in 0x20_0000_u32..0x80_0000 {
        let [_, first, second, third] = code.to_be_bytes();
        if let Some(character) = eacc_character([first, second, third]) {
            let decoded = text(&[b"\x1b$1", &[first, second, third][..]].concat());
            assert_eq!(decoded, character.to_string().nfc().collect::<String>());
            count += 1;
        }
    }
    assert_eq!(count, 15_739);
}

#[test]
fn bytes_that_are_no_codes_of_eacc_have_no_character() {
    for code in [
        [0x80, 0x30, 0x21],
        [0x21, 0x80, 0x21],
        [0x21, 0xB0, 0x21],
        [0x21, 0x30, 0xFF],
    ] {
        assert_eq!(eacc_character(code), None);
    }
    assert_eq!(eacc_character([0x20, 0x30, 0x21]), None);
}

/// The single-byte codes that are decoded, by set, with their characters.
fn single_bytes(combining: bool) -> Vec<(u8, u8, char)> {
    DESIGNATIONS
        .into_iter()
        .flat_map(|set| {
            (0x20..=0x80)
                .chain(0xA0..=0xFF_u8)
                .map(move |byte| (set, byte))
        })
        .filter_map(|(set, byte)| match single_byte_character(set, byte) {
            Some((character, flag)) if flag == combining => Some((set, byte, character)),
            _ => None,
        })
        .collect()
}

fn designate(set: u8, byte: u8) -> [u8; 4] {
    [0x1B, if byte > 0x80 { b')' } else { b'(' }, set, byte]
}

#[test]
fn inert_is_what_the_normaliser_never_touches() {
    let eacc = (0x21..0x7F_u8).flat_map(|first| {
        (0x21..0x7F).flat_map(move |second| {
            (0x20..0x7F).filter_map(move |third| eacc_character([first, second, third]))
        })
    });
    let bases: Vec<char> = single_bytes(false)
        .into_iter()
        .map(|(_, _, character)| character)
        .chain(eacc)
        .collect();
    assert_eq!(bases.len(), 15_739 + 659 - 8 - 61);
    for character in bases {
        let untouched = canonical_combining_class(character) == 0
            && is_nfc_quick(std::iter::once(character)) == IsNormalized::Yes;
        assert_eq!(
            is_inert(character),
            untouched,
            "U+{:04X}",
            u32::from(character)
        );
    }
}

#[test]
fn every_base_with_every_mark_is_in_nfc() {
    for (mark_set, mark, mark_character) in single_bytes(true) {
        for (base_set, base, base_character) in single_bytes(false) {
            let data = [designate(mark_set, mark), designate(base_set, base)].concat();
            let expected: String = [base_character, mark_character].into_iter().nfc().collect();
            assert_eq!(text(&data), expected, "{data:x?}");
        }
    }
}

#[test]
fn plain_length_agrees_with_its_naive_twin() {
    let mut numbers = Numbers(88_172_645_463_325_252);
    for length in 0..70 {
        for _ in 0..40 {
            let mut data: Vec<u8> = (0..length)
                .map(|_| 0x20 + u8::try_from(numbers.below(0x5F)).unwrap())
                .collect();
            if length > 0 && numbers.below(4) > 0 {
                let special = [0x00, 0x1B, 0x1F, 0x7F, 0x80, 0xE2, 0xFF][numbers.below(7)];
                data[numbers.below(length)] = special;
            }
            let naive = data
                .iter()
                .position(|byte| !(0x20..0x7F).contains(byte))
                .unwrap_or(length);
            assert_eq!(plain_length(&data), naive, "{data:x?}");
        }
    }
}

#[test]
fn pieces_make_the_same_text_as_the_whole() {
    // The decoder normalises a base with its marks; here the twin normalises the whole text.
    let (marks, bases) = (single_bytes(true), single_bytes(false));
    let latin_bases: Vec<_> = bases.iter().filter(|base| base.0 == BASIC_LATIN).collect();
    let mut numbers = Numbers(2_463_534_242);
    for _ in 0..50_000 {
        let (mut data, mut expected, mut waiting) = (Vec::new(), String::new(), String::new());
        for _ in 0..numbers.below(9) {
            let (set, byte, character) = match numbers.below(4) {
                0 => bases[numbers.below(bases.len())],
                1 => *latin_bases[numbers.below(latin_bases.len())],
                _ => marks[numbers.below(marks.len())],
            };
            data.extend(designate(set, byte));
            if marks.contains(&(set, byte, character)) {
                waiting.push(character);
            } else {
                expected.push(character);
                expected.push_str(&waiting);
                waiting.clear();
            }
        }
        assert_eq!(text(&data), expected.nfc().collect::<String>(), "{data:x?}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let alphabet = b"\x1b\x1b\x1b$,()-1NsBp!0a\xe2\x80\x00\xff 3";
    let mut numbers = Numbers(123_456_789);
    for _ in 0..200_000 {
        let data: Vec<u8> = (0..numbers.below(9))
            .map(|_| alphabet[numbers.below(alphabet.len())])
            .collect();
        let (result, _, _) = decode(&data);
        if let Ok(decoded) = result {
            assert!(decoded.chars().nfc().eq(decoded.chars()));
        }
    }
}
