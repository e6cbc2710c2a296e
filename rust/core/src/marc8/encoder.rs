//! The loop over the characters of one text.

use std::fmt;

use super::{
    ANSEL, BASIC_LATIN, EACC, eacc_character, is_dropped, is_short_or_partial_escape,
    odd_character,
    reverse::{Form, GraphicSet, has_blank, is_left_by_a_blank, mark_forms, spell},
    tables::single_byte_set,
};

const ESCAPE: u8 = 0x1B;
const BASIC_CYRILLIC: u8 = 0x4E;
const EXTENDED_CYRILLIC: u8 = 0x51;
const EACC_LENGTH: usize = 3;

/// Appends a text, which is in NFC, to `out` as MARC-8.
///
/// It starts with Basic Latin in G0 and Extended Latin (ANSEL) in G1, and ends with them. What has
/// no MARC-8 form becomes a numeric character reference, `&#x4E00;`; so do control characters,
/// marks without a base in MARC-8, and the ampersand of what looks like a reference. The characters
/// 0x1D to 0x1F are written as they are. Decoding, and decoding the references in what comes out,
/// gives the text again.
///
/// # Examples
///
/// ```
/// let mut data = Vec::new();
/// mrrc_core::marc8::encode_into("caf\u{e9}, \u{1F600}", &mut data);
/// assert_eq!(data, b"caf\xe2e, &#x1F600;");
/// ```
pub fn encode_into(text: &str, out: &mut Vec<u8>) {
    let mut encoder = Encoder::new(out);
    encoder.push_text(text);
    encoder.finish();
}

/// Bytes that would not be read as bytes without a character where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotKept;

impl fmt::Display for NotKept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("these bytes would not be kept where they are")
    }
}

impl std::error::Error for NotKept {}

/// Encodes one text that comes in pieces: texts in NFC, and bytes that had no character when they
/// were read.
///
/// A base is held back until its marks have come, since they are written before it.
///
/// ```
/// use mrrc_core::marc8::Encoder;
///
/// let mut data = Vec::new();
/// let mut encoder = Encoder::new(&mut data);
/// encoder.push_text("a");
/// encoder.push_kept(b"!0\x7f", false)?;
/// encoder.push_text("b");
/// encoder.finish();
/// assert_eq!(data, b"a\x1b$1!0\x7f\x1b(Bb");
/// # Ok::<(), mrrc_core::marc8::NotKept>(())
/// ```
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    g0: u8,
    g1: u8,
    base: Option<Form>,
    marks: Vec<&'static [Form]>,
}

impl<'a> Encoder<'a> {
    /// Starts a text, to be appended to `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            g0: BASIC_LATIN,
            g1: ANSEL,
            base: None,
            marks: Vec::new(),
        }
    }

    /// Appends a piece of text in NFC. Marks at its start stand on what came before.
    pub fn push_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let length = if character.is_ascii() {
                self.push_ascii(rest)
            } else {
                self.push_other(character);
                character.len_utf8()
            };
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    /// Writes the text's end: what was held back, and the sets that the next text starts with.
    pub fn finish(mut self) {
        self.write_base();
        self.designate(GraphicSet::G1, ANSEL);
        self.designate(GraphicSet::G0, BASIC_LATIN);
    }

    /// Appends the ASCII characters that `rest` starts with, at least one; returns how many.
    fn push_ascii(&mut self, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let &[byte, ..] = bytes else {
            return 0;
        };
        // First, because it can change the sets in force.
        self.write_base();
        if self.g0 == BASIC_LATIN {
            let length = bytes.iter().take_while(|&&byte| is_plain(byte)).count();
            if let Some((&last, run)) = bytes.get(..length).and_then(<[u8]>::split_last) {
                self.out.extend_from_slice(run);
                self.base = Some(Form::single(BASIC_LATIN, last));
                return length;
            }
        }
        match byte {
            0x1D..=0x1F => self.write(Form::single(BASIC_LATIN, byte)),
            b'&' if starts_with_reference(bytes) => self.refer_to('&'),
            b' ' => {
                let designation = if has_blank(self.g0) {
                    self.g0
                } else {
                    BASIC_LATIN
                };
                self.base = Some(Form::single(designation, b' '));
            }
            _ => self.push_other(char::from(byte)),
        }
        1
    }

    fn push_other(&mut self, character: char) {
        let forms = mark_forms(character);
        if !forms.is_empty() {
            if self.base.is_some() {
                self.marks.push(forms);
            } else {
                // Before a reference, or before nothing, it would be given to another letter.
                self.refer_to(character);
            }
            return;
        }
        self.write_base();
        let forms = spell(character, &mut self.marks);
        match self.choose(forms) {
            Some(form) => self.base = Some(form),
            None => self.refer_to(character),
        }
    }

    /// The first form in a set in force, else the first of all.
    fn choose(&self, forms: &[Form]) -> Option<Form> {
        let in_force = forms
            .iter()
            .find(|form| self.in_force(form.graphic_set()) == form.designation);
        in_force.or(forms.first()).copied()
    }

    const fn in_force(&self, graphic_set: GraphicSet) -> u8 {
        match graphic_set {
            GraphicSet::G0 => self.g0,
            GraphicSet::G1 => self.g1,
        }
    }

    /// Writes the base that was held back, its marks before it.
    fn write_base(&mut self) {
        let Some(base) = self.base.take() else {
            return;
        };
        if !self.marks.is_empty() {
            let marks = std::mem::take(&mut self.marks);
            let base_set = base.graphic_set();
            for forms in &marks {
                let is_alike = |form: &&Form| {
                    form.designation == base.designation && form.graphic_set() == base_set
                };
                let alike = forms.iter().find(is_alike).copied();
                let Some(mark) = alike.or_else(|| self.choose(forms)) else {
                    continue;
                };
                // A mark from G1 stands next to its base, behind the escape sequence. After a short
                // one, though, a code has to follow at once, and EACC would take the mark for one.
                if mark.graphic_set() == GraphicSet::G1
                    && base_set == GraphicSet::G0
                    && base.designation != EACC
                    && !is_left_by_a_blank(base.designation)
                    && !is_left_by_a_blank(self.g0)
                {
                    self.designate(GraphicSet::G0, base.designation);
                }
                self.designate_and_write(mark);
            }
        }
        self.designate_and_write(base);
    }

    /// Writes what is no base for the marks that may follow.
    fn write(&mut self, form: Form) {
        self.write_base();
        self.designate_and_write(form);
    }

    fn refer_to(&mut self, character: char) {
        self.write_base();
        self.designate(GraphicSet::G0, BASIC_LATIN);
        let reference = format!("&#x{:04X};", u32::from(character));
        self.out.extend_from_slice(reference.as_bytes());
    }

    fn designate_and_write(&mut self, form: Form) {
        let graphic_set = form.graphic_set();
        if graphic_set == GraphicSet::G1 && self.g0 == EACC {
            // It would take this byte and the next two.
            self.designate(GraphicSet::G0, BASIC_LATIN);
        }
        if form.bytes().first() == Some(&ESCAPE) {
            self.write_escape_as_code();
        }
        self.designate(graphic_set, form.designation);
        self.out.extend_from_slice(form.bytes());
    }

    /// Brings EACC in force by the short escape sequence, after which anything is a code.
    fn write_escape_as_code(&mut self) {
        self.out.extend_from_slice(&[ESCAPE, EACC]);
        self.g0 = EACC;
    }

    /// Writes the escape sequence that brings a set in force, where it is not.
    fn designate(&mut self, graphic_set: GraphicSet, designation: u8) {
        let before = self.in_force(graphic_set);
        if before == designation {
            return;
        }
        match graphic_set {
            GraphicSet::G0 => self.g0 = designation,
            GraphicSet::G1 => {
                self.g1 = designation;
                self.out.extend_from_slice(&[ESCAPE, b')', designation]);
                return;
            }
        }
        match designation {
            EACC => self.out.extend_from_slice(&[ESCAPE, b'$', EACC]),
            BASIC_LATIN if is_left_by_a_blank(before) => {
                self.out.extend_from_slice(&[ESCAPE, b's']);
            }
            _ if is_left_by_a_blank(designation) => {
                self.out.extend_from_slice(&[ESCAPE, designation]);
            }
            _ => self.out.extend_from_slice(&[ESCAPE, b'(', designation]),
        }
    }

    /// Appends bytes that had no character, in a state in which they have none again. `run` is all
    /// of them up to the next piece of text; with `is_end` nothing comes after it.
    ///
    /// # Errors
    ///
    /// `NotKept` where there is no such state; nothing of the run is appended.
    pub fn push_kept(&mut self, run: &[u8], is_end: bool) -> Result<(), NotKept> {
        let fits = fitting_offsets(run, is_end);
        let fits = |offset: usize| fits.get(offset) == Some(&true);
        if !fits(0) {
            return Err(NotKept);
        }
        // Marks that no letter follows are kept; where none follows here either, they need nothing.
        let final_marks = run.iter().rev().take_while(|&&byte| is_ansel_mark(byte));
        let settled = run.len() - if is_end { final_marks.count() } else { 0 };
        let mut offset = 0;
        while let [byte, ..] = *run.get(offset..).unwrap_or_default() {
            self.write_base();
            let rest = run.get(offset..).unwrap_or_default();
            let is_single = is_single(byte) && fits(offset + 1);
            let is_cut_off = is_end && is_short_or_partial_escape(rest);
            let sequence =
                unknown_sequence(rest).filter(|_| fits(offset + EACC_LENGTH) && !is_cut_off);
            if is_single && offset >= settled && self.g1 == ANSEL {
                self.designate_and_write(Form::single(ANSEL, byte));
                offset += 1;
                continue;
            }
            match sequence {
                Some(code) if !is_single || (code.is_ascii() && self.has_character(byte)) => {
                    self.base = Some(Form::sequence(code));
                    offset += EACC_LENGTH;
                }
                _ if is_single => {
                    self.base = Some(self.unknown(byte));
                    offset += 1;
                }
                _ => {
                    self.write_cut_off(rest);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether the sets in force make something of a byte, so that another is needed.
    fn has_character(&self, byte: u8) -> bool {
        let designation = if byte > 0x80 { self.g1 } else { self.g0 };
        designation == EACC
            || single_byte_set(designation).is_some_and(|set| set.character(byte).is_some())
    }

    /// The form of a byte without a character.
    fn unknown(&self, byte: u8) -> Form {
        let designation = match (self.has_character(byte), byte > 0x80) {
            // The tables have Basic Cyrillic in G0 only and Extended Cyrillic in G1 only.
            (true, true) => BASIC_CYRILLIC,
            (true, false) => EXTENDED_CYRILLIC,
            (false, true) => self.g1,
            (false, false) => self.g0,
        };
        Form::single(designation, byte)
    }

    /// Writes an escape sequence, or a sequence of EACC, that the text ends within.
    fn write_cut_off(&mut self, rest: &[u8]) {
        self.designate(GraphicSet::G1, ANSEL);
        if is_short_or_partial_escape(rest) {
            if self.g0 != BASIC_LATIN {
                // Not the short form: what follows that is always a code.
                self.out.extend_from_slice(&[ESCAPE, b'(', BASIC_LATIN]);
            }
        } else if rest.first() == Some(&ESCAPE) {
            self.write_escape_as_code();
        } else {
            self.designate(GraphicSet::G0, EACC);
        }
        self.out.extend_from_slice(rest);
        self.g0 = BASIC_LATIN;
    }
}

/// Whether a byte stands for itself in Basic Latin; an ampersand could be the start of a reference.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E) && byte != b'&'
}

/// Whether a text starts with a reference that decoding references would replace.
fn starts_with_reference(text: &[u8]) -> bool {
    let [b'&', b'#', b'x' | b'X', rest @ ..] = text else {
        return false;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let count = digits.clone().take(7).count();
    if !(1..=6).contains(&count) || rest.get(count) != Some(&b';') {
        return false;
    }
    let code_point = digits.fold(0, |number, &digit| {
        number << 4 | char::from(digit).to_digit(16).unwrap_or(0)
    });
    char::from_u32(code_point).is_some() && !(0x1D..=0x1F).contains(&code_point)
}

fn is_ansel_mark(byte: u8) -> bool {
    single_byte_set(ANSEL)
        .and_then(|set| set.character(byte))
        .is_some_and(|(_, is_mark)| is_mark)
}

/// Whether a byte can be one that a single-byte set has no character for.
fn is_single(byte: u8) -> bool {
    !is_dropped(u32::from(byte)) && byte != b' '
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x1D..=0x1F)
}

/// The first three bytes, if EACC has no character for them and a field may hold them.
fn unknown_sequence(rest: &[u8]) -> Option<[u8; 3]> {
    let code = *rest.first_chunk::<EACC_LENGTH>()?;
    let [first, second, third] = code;
    let is_unknown = !code.into_iter().any(is_delimiter)
        && !is_dropped(u32::from_be_bytes([0, first, second, third]))
        && eacc_character(code).is_none()
        && odd_character(code).is_none();
    is_unknown.then_some(code)
}

/// Whether what is left of a run from each offset can be divided into kept codes.
fn fitting_offsets(run: &[u8], is_end: bool) -> Vec<bool> {
    // From the end on, so that each offset can look at those after it.
    let mut fits = vec![true];
    let after = |fits: &[bool], count: usize| {
        let index = fits.len().checked_sub(count);
        index.and_then(|index| fits.get(index)) == Some(&true)
    };
    for offset in (0..run.len()).rev() {
        let rest = run.get(offset..).unwrap_or_default();
        let fit = (after(&fits, 1) && rest.first().is_some_and(|&byte| is_single(byte)))
            || (after(&fits, EACC_LENGTH) && unknown_sequence(rest).is_some())
            || (is_end && is_cut_off(rest));
        fits.push(fit);
    }
    fits.reverse();
    fits
}

/// Whether the end of a text can be an escape sequence or one of EACC that is cut off.
fn is_cut_off(rest: &[u8]) -> bool {
    rest.len() <= EACC_LENGTH
        && !rest.iter().any(|&byte| is_delimiter(byte))
        && (rest.len() < EACC_LENGTH || is_short_or_partial_escape(rest))
}
