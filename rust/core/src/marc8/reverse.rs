//! The tables in reverse: the MARC-8 forms of a character.

use once_cell::race::OnceBox;
use unicode_normalization::{
    UnicodeNormalization,
    char::{compose, decompose_canonical},
};

use super::{
    ANSEL, BASIC_LATIN, EACC, decoder::is_inert, eacc_character, is_dropped,
    tables::single_byte_set,
};

const SUPERSCRIPTS: u8 = 0x70;
const SUBSCRIPTS: u8 = 0x62;
/// Where a character is in several sets, the first of them is taken. The Greek symbols (0x67) are
/// not here: the Library wants their three letters back in the Greek set.
const ORDER: [u8; 10] = [
    BASIC_LATIN,
    ANSEL,
    0x4E,
    0x51,
    0x32,
    0x33,
    0x34,
    0x53,
    SUPERSCRIPTS,
    SUBSCRIPTS,
];

/// The ideographic space "in some implementations"; the standard's own is 0x212321.
const UNUSED_IN_EACC: u32 = 0x21_2320;

/// One of the two graphic sets at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GraphicSet {
    G0,
    G1,
}

/// How a character, or a byte that has none, is written: the set that has to be in force, and the
/// code. The code of a single-byte set is in the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) designation: u8,
    pub(super) code: [u8; 3],
    is_mark: bool,
}

impl Form {
    pub(super) const fn single(designation: u8, byte: u8) -> Self {
        Self {
            designation,
            code: [0, 0, byte],
            is_mark: false,
        }
    }

    pub(super) const fn sequence(code: [u8; 3]) -> Self {
        Self {
            designation: EACC,
            code,
            is_mark: false,
        }
    }

    pub(super) fn graphic_set(&self) -> GraphicSet {
        if self.designation != EACC && self.code[2] > 0x80 {
            GraphicSet::G1
        } else {
            GraphicSet::G0
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        if self.designation == EACC {
            &self.code
        } else {
            &self.code[2..]
        }
    }
}

/// The forms of all characters, those of one character together.
struct Reverse {
    forms: Vec<Form>,
    /// Where the forms of a code point start, and those of the one before end.
    starts: Vec<u16>,
}

/// Made by whoever comes first, without a lock: a process that is forked while a thread of its parent
/// is at it would wait for that thread, which it does not have.
static REVERSE: OnceBox<Reverse> = OnceBox::new();

fn reverse() -> &'static Reverse {
    REVERSE.get_or_init(|| Box::new(Reverse::new()))
}

impl Reverse {
    fn new() -> Self {
        let mut found: Vec<(u16, usize, Form)> = Vec::new();
        for (rank, &designation) in ORDER.iter().enumerate() {
            let Some(set) = single_byte_set(designation) else {
                continue;
            };
            for byte in (0..=u8::MAX).filter(|&byte| !is_dropped(u32::from(byte))) {
                if let Some((character, is_mark)) = set.character(byte) {
                    let form = Form {
                        is_mark,
                        ..Form::single(designation, byte)
                    };
                    found.push((normal_form(character), rank, form));
                }
            }
        }
        for number in (0x21_0000..0x7F_0000).filter(|&number| number != UNUSED_IN_EACC) {
            let [_, first, second, third] = number.to_be_bytes();
            if let Some(character) = eacc_character([first, second, third]) {
                let form = Form::sequence([first, second, third]);
                found.push((normal_form(character), ORDER.len(), form));
            }
        }
        found.sort_unstable_by_key(|&(character, rank, form)| (character, rank, form.code));
        // A character that has several codes in EACC is written with the lowest.
        found.dedup_by_key(|&mut (character, _, form)| (character, form.designation));
        let mut starts = vec![0; 0x1_0001];
        for &(character, _, _) in &found {
            if let Some(count) = starts.get_mut(usize::from(character) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let forms = found.into_iter().map(|(_, _, form)| form).collect();
        Self { forms, starts }
    }

    fn forms(&self, character: char) -> &[Form] {
        let index = u32::from(character) as usize;
        match self.starts.get(index..).unwrap_or_default() {
            [start, end, ..] => self
                .forms
                .get(usize::from(*start)..usize::from(*end))
                .unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The code point that a character of a table has in the decoder's text, which is in NFC.
fn normal_form(character: char) -> u16 {
    let normal = if is_inert(character) {
        character
    } else {
        std::iter::once(character).nfc().next().unwrap_or(character)
    };
    // The tables have no others, and 0 stands for no character in them.
    u16::try_from(u32::from(normal)).unwrap_or(0)
}

/// The forms of a combining character, none for any other.
pub(super) fn mark_forms(character: char) -> &'static [Form] {
    let forms = reverse().forms(character);
    if forms.first().is_some_and(|form| form.is_mark) {
        forms
    } else {
        &[]
    }
}

/// The forms of a character that can be a base, none for any other.
fn base_forms(character: char) -> &'static [Form] {
    let forms = reverse().forms(character);
    if forms.first().is_some_and(|form| form.is_mark) {
        &[]
    } else {
        forms
    }
}

/// The forms of the base that makes a character, together with marks, whose forms are appended to
/// `marks`; none, and none appended, where MARC-8 cannot make it.
pub(super) fn spell(character: char, marks: &mut Vec<&'static [Form]>) -> &'static [Form] {
    let forms = base_forms(character);
    if !forms.is_empty() {
        return forms;
    }
    let mut parts = Vec::new();
    decompose_canonical(character, |part| parts.push(part));
    // The longest beginning that has a form by itself: a letter with a horn, say, and then marks.
    for count in (1..parts.len()).rev() {
        let (head, tail) = parts.split_at(count);
        let mut head = head.iter().copied();
        let Some(first) = head.next() else {
            break;
        };
        let Some(base) = head.try_fold(first, compose) else {
            continue;
        };
        let forms = base_forms(base);
        if forms.is_empty() {
            continue;
        }
        if tail.iter().any(|&part| mark_forms(part).is_empty()) {
            break;
        }
        marks.extend(tail.iter().map(|&part| mark_forms(part)));
        return forms;
    }
    &[]
}

/// Whether a set is left for a blank, which is the blank in every single-byte set: the escape
/// sequences of these two are for a digit or two.
pub(super) const fn is_left_by_a_blank(designation: u8) -> bool {
    matches!(designation, SUPERSCRIPTS | SUBSCRIPTS)
}

/// Whether the blank is written in a set that is in force as G0.
pub(super) fn has_blank(designation: u8) -> bool {
    ORDER.contains(&designation) && !is_left_by_a_blank(designation)
}
