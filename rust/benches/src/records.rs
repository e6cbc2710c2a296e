//! Records made here, so that no file is needed and every machine measures the same bytes.

use std::iter::repeat_with;

const LATIN: &[&str] = &[
    "history",
    "of",
    "the",
    "city",
    "river",
    "garden",
    "letters",
    "music",
    "introduction",
    "to",
    "modern",
    "society",
    "law",
    "handbook",
    "studies",
    "economic",
    "development",
];
const ACCENTED: &[&str] = &[
    "étude",
    "für",
    "Universität",
    "dějiny",
    "théâtre",
    "à",
    "Köln",
];
/// The same words in ANSEL, where the mark stands before its letter.
const ACCENTED_ANSEL: &[&[u8]] = &[
    b"\xe2etude",
    b"f\xe8ur",
    b"Universit\xe8at",
    b"d\xe9ejiny",
    b"th\xe2e\xe3atre",
    b"\xe1a",
    b"K\xe8oln",
];
/// A word in Cyrillic, and in the set of MARC-8 that has it.
const CYRILLIC: &str = "история";
const CYRILLIC_MARC8: &[u8] = b"\x1b(NISTORIQ\x1b(B";

/// How the texts of records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// MARC-8 with ANSEL and Cyrillic.
    Marc8,
}

/// A sequence of numbers that is the same everywhere (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % end.max(1) as u64).unwrap_or_default()
    }
}

/// Makes `count` records of some 900 bytes, as in a national library's file.
#[must_use]
pub fn make(count: usize, encoding: Encoding) -> Vec<Vec<u8>> {
    let mut numbers = Numbers(245);
    let mut index = 0;
    repeat_with(|| {
        index += 1;
        record(index, encoding, &mut numbers)
    })
    .take(count)
    .collect()
}

fn record(index: usize, encoding: Encoding, numbers: &mut Numbers) -> Vec<u8> {
    let mut fields: Vec<(&str, Vec<u8>)> = vec![
        ("001", format!("{index:012}").into_bytes()),
        ("003", b"XX-Bench".to_vec()),
        ("005", b"20160101120000.0".to_vec()),
        ("008", b"850101s1985    xx            000 0 eng  ".to_vec()),
    ];
    for tag in ["010", "020", "035", "040", "050", "082", "100"] {
        fields.push((tag, field(index, encoding, numbers, &[(b'a', 2)])));
    }
    let title = [(b'a', 5), (b'b', 6), (b'c', 3)];
    fields.push(("245", field(index, encoding, numbers, &title)));
    fields.push((
        "260",
        field(index, encoding, numbers, &[(b'a', 1), (b'b', 2), (b'c', 1)]),
    ));
    fields.push((
        "300",
        field(index, encoding, numbers, &[(b'a', 2), (b'c', 2)]),
    ));
    fields.push(("500", field(index, encoding, numbers, &[(b'a', 14)])));
    for _ in 0..=numbers.below(4) {
        fields.push((
            "650",
            field(index, encoding, numbers, &[(b'a', 2), (b'x', 1)]),
        ));
    }
    fields.push((
        "700",
        field(index, encoding, numbers, &[(b'a', 2), (b'e', 1)]),
    ));
    assemble(&fields, encoding)
}

/// Makes a data field: for each subfield its code and how many words it has.
fn field(
    index: usize,
    encoding: Encoding,
    numbers: &mut Numbers,
    subfields: &[(u8, usize)],
) -> Vec<u8> {
    let mut data = b"1 ".to_vec();
    for &(code, words) in subfields {
        data.extend_from_slice(&[mrrc_core::SUBFIELD_DELIMITER, code]);
        for place in 0..words {
            if place > 0 {
                data.push(b' ');
            }
            let at = numbers.below(LATIN.len());
            // One record in three is not in English, one in nine not in Latin script.
            match index % 9 {
                0 => data.extend_from_slice(match encoding {
                    Encoding::Utf8 => CYRILLIC.as_bytes(),
                    Encoding::Marc8 => CYRILLIC_MARC8,
                }),
                3 | 6 => {
                    let at = at % ACCENTED.len();
                    data.extend_from_slice(match encoding {
                        Encoding::Utf8 => ACCENTED.get(at).map_or(&[][..], |word| word.as_bytes()),
                        Encoding::Marc8 => ACCENTED_ANSEL.get(at).copied().unwrap_or_default(),
                    });
                }
                _ => data.extend_from_slice(LATIN.get(at).map_or(&[][..], |word| word.as_bytes())),
            }
        }
    }
    data
}

fn assemble(fields: &[(&str, Vec<u8>)], encoding: Encoding) -> Vec<u8> {
    let (mut directory, mut content) = (String::new(), Vec::new());
    for (tag, data) in fields {
        directory += &format!("{tag}{:04}{:05}", data.len() + 1, content.len());
        content.extend_from_slice(data);
        content.push(mrrc_core::FIELD_TERMINATOR);
    }
    let base = mrrc_core::LEADER_LENGTH + directory.len() + 1;
    let length = base + content.len() + 1;
    let scheme = if encoding == Encoding::Utf8 { 'a' } else { ' ' };
    let mut raw = format!("{length:05}cam {scheme}22{base:05} a 4500{directory}").into_bytes();
    raw.push(mrrc_core::FIELD_TERMINATOR);
    raw.extend_from_slice(&content);
    raw.push(mrrc_core::RECORD_TERMINATOR);
    raw
}

/// Cuts a file without errors into its records.
#[must_use]
pub fn cut(content: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut start = 0;
    while let Some(raw) = mrrc_core::scan::by_record_length(content, start) {
        if raw.is_empty() {
            break;
        }
        start += raw.len();
        records.push(raw.to_vec());
    }
    records
}
