//! The loop over the bytes of one string.

use unicode_normalization::{UnicodeNormalization, char::compose};

use super::{
    BASIC_LATIN, CharacterSets, EACC, Marc8Error, Note, NoteKind, SingleByteSet, eacc_character,
    is_designation, odd_character, tables::single_byte_set,
};

const ESCAPE: u8 = 0x1B;
const BACK_TO_BASIC_LATIN: u8 = 0x73;
const EACC_LENGTH: usize = 3;
/// How many bytes the search for the end of a plain run looks at together.
const BLOCK: usize = 16;

/// Appends the text of one string to `out`, in NFC.
///
/// What `out` holds already is left alone: the string is normalised by itself. `sets` are the sets
/// in force before and, when the function returns, after it, also with an error. A code without a
/// character becomes a blank and a note; control characters, and combining characters that no base
/// follows, are left out. With an error `out` is as it was.
///
/// # Errors
///
/// `EscapeCutOff` where the string ends within an escape sequence.
///
/// # Examples
///
/// ```
/// use mrrc_core::marc8::{decode_into, CharacterSets};
///
/// let (mut text, mut notes) = (String::new(), Vec::new());
/// decode_into(b"caf\xe2e", &mut CharacterSets::default(), &mut text, &mut notes)?;
/// assert_eq!(text, "caf\u{e9}");
/// # Ok::<(), mrrc_core::marc8::Marc8Error>(())
/// ```
pub fn decode_into(
    data: &[u8],
    sets: &mut CharacterSets,
    out: &mut String,
    notes: &mut Vec<Note>,
) -> Result<(), Marc8Error> {
    decode_and_say_if_whole(data, sets, out, notes).map(|_| ())
}

/// Does as `decode_into`, from the default sets on; `None` with an error, with notes, and where
/// combining characters are left out because no base follows.
pub(crate) fn decode_whole(data: &[u8], out: &mut String) -> Option<()> {
    let mut notes = Vec::new();
    let is_whole =
        decode_and_say_if_whole(data, &mut CharacterSets::default(), out, &mut notes).ok()?;
    (is_whole && notes.is_empty()).then_some(())
}

/// Does as `decode_into`; false where combining characters are left out.
fn decode_and_say_if_whole(
    data: &[u8],
    sets: &mut CharacterSets,
    out: &mut String,
    notes: &mut Vec<Note>,
) -> Result<bool, Marc8Error> {
    let start = out.len();
    let mut decoder = Decoder {
        data,
        sets: *sets,
        out,
        notes,
        waiting: None,
        more_waiting: Vec::new(),
        is_settled: true,
    };
    let result = decoder.run();
    *sets = decoder.sets;
    let is_whole = decoder.waiting.is_none();
    if result.is_err() {
        out.truncate(start);
    } else if !decoder.is_settled {
        let raw = out.split_off(start);
        out.extend(raw.nfc());
    }
    result.map(|()| is_whole)
}

struct Decoder<'a> {
    data: &'a [u8],
    sets: CharacterSets,
    out: &'a mut String,
    notes: &'a mut Vec<Note>,
    /// The first combining character whose base has not come yet.
    waiting: Option<char>,
    /// The others, of which there are rarely any.
    more_waiting: Vec<char>,
    /// Whether all that was appended is inert, or was normalised together with its marks.
    is_settled: bool,
}

impl Decoder<'_> {
    fn run(&mut self) -> Result<(), Marc8Error> {
        let mut offset = 0;
        while let Some(&byte) = self.data.get(offset) {
            if byte == ESCAPE {
                offset = self.follow_escape(offset)?;
            } else if self.sets.g0 == EACC {
                offset = self.decode_sequence(offset);
            } else {
                offset = self.decode_bytes(offset);
            }
        }
        Ok(())
    }

    /// Decodes by the single-byte sets up to the next escape sequence; returns its offset.
    fn decode_bytes(&mut self, mut offset: usize) -> usize {
        let (g0, g1) = (single_byte_set(self.sets.g0), single_byte_set(self.sets.g1));
        let has_plain_runs = self.sets.g0 == BASIC_LATIN;
        while let Some(&byte) = self.data.get(offset) {
            if byte == ESCAPE {
                break;
            }
            if has_plain_runs && is_plain(byte) && self.waiting.is_none() {
                offset = self.copy_plain_run(offset);
            } else {
                self.decode_byte(byte, if byte > 0x80 { g1 } else { g0 }, offset);
                offset += 1;
            }
        }
        offset
    }

    /// Copies the bytes from `offset` that stand for themselves; returns the offset after them.
    fn copy_plain_run(&mut self, offset: usize) -> usize {
        let rest = self.data.get(offset..).unwrap_or_default();
        let run = rest.get(..plain_length(rest)).unwrap_or_default();
        self.out
            .push_str(std::str::from_utf8(run).unwrap_or_default());
        offset + run.len()
    }

    /// Follows the escape sequence at `offset`; returns the offset of what is next.
    fn follow_escape(&mut self, offset: usize) -> Result<usize, Marc8Error> {
        let cut_off = Marc8Error::EscapeCutOff { offset };
        let item = |index: usize| self.data.get(index).copied().ok_or(cut_off);
        match item(offset + 1)? {
            intermediate @ (b'(' | b',' | b'$') => {
                let Some(&third) = self.data.get(offset + 2) else {
                    // Kept, to show that something is wrong here.
                    self.out.push(char::from(ESCAPE));
                    return Ok(offset + 1);
                };
                let is_long = intermediate == b'$' && third == b',';
                let end = if is_long { offset + 3 } else { offset + 2 };
                self.sets.g0 = item(end)?;
                Ok(end + 1)
            }
            b')' | b'-' => {
                self.sets.g1 = item(offset + 2)?;
                Ok(offset + 3)
            }
            // What follows one of the short forms is a code, even if it is an escape character;
            // without a form that is known the escape character itself is taken for a code.
            form => {
                let code_offset = if is_designation(form) {
                    self.sets.g0 = form;
                    offset + 2
                } else if form == BACK_TO_BASIC_LATIN {
                    self.sets.g0 = BASIC_LATIN;
                    if offset + 2 == self.data.len() {
                        return Ok(offset + 2);
                    }
                    offset + 2
                } else {
                    offset
                };
                if self.sets.g0 == EACC {
                    return Ok(self.decode_sequence(code_offset));
                }
                let byte = self.data.get(code_offset).copied().ok_or(cut_off)?;
                let set = if byte > 0x80 {
                    self.sets.g1
                } else {
                    self.sets.g0
                };
                self.decode_byte(byte, single_byte_set(set), code_offset);
                Ok(code_offset + 1)
            }
        }
    }

    /// Decodes a byte by the set in force for it; None is one that does not exist.
    fn decode_byte(&mut self, byte: u8, set: Option<&SingleByteSet>, offset: usize) {
        if byte < 0x20 || (0x81..0xA0).contains(&byte) {
            return;
        }
        match set.and_then(|set| set.character(byte)) {
            Some((mark, true)) => self.wait(mark),
            Some((character, false)) => self.place(character),
            // The blank is the blank in every set, though most tables leave it out.
            None if byte == b' ' => self.place(' '),
            None => self.place_blank(NoteKind::UnknownByte(byte), offset),
        }
    }

    /// Decodes the sequence of EACC at `offset`; returns the offset after it.
    fn decode_sequence(&mut self, offset: usize) -> usize {
        let rest = self.data.get(offset..).unwrap_or_default();
        let &[first, second, third, ..] = rest else {
            // There are at most two.
            let present = u8::try_from(rest.len()).unwrap_or(2);
            self.place_blank(NoteKind::SequenceCutOff(present), offset);
            return offset + EACC_LENGTH;
        };
        let code = [first, second, third];
        if let Some(character) = eacc_character(code) {
            self.place(character);
        } else if let Some(character) = odd_character(code) {
            // Combining characters that wait go on waiting.
            self.push(character);
        } else {
            let number = u32::from_be_bytes([0, first, second, third]);
            if number >= 0x20 && !(0x81..0xA0).contains(&number) {
                self.place_blank(NoteKind::UnknownSequence(number), offset);
            }
        }
        offset + EACC_LENGTH
    }

    fn place_blank(&mut self, kind: NoteKind, offset: usize) {
        self.notes.push(Note {
            kind,
            offset,
            sets: self.sets,
        });
        self.place(' ');
    }

    fn wait(&mut self, mark: char) {
        if self.waiting.is_none() {
            self.waiting = Some(mark);
        } else {
            self.more_waiting.push(mark);
        }
    }

    /// Appends a base character, and after it the combining ones that have waited for it.
    fn place(&mut self, base: char) {
        let Some(mark) = self.waiting.take() else {
            self.push(base);
            return;
        };
        if let (true, Some(composed)) = (self.more_waiting.is_empty(), compose(base, mark)) {
            self.push(composed);
            return;
        }
        let cluster = [base, mark].into_iter().chain(self.more_waiting.drain(..));
        // An inert base has nothing to do with what is ahead of it.
        if is_inert(base) {
            self.out.extend(cluster.nfc());
        } else {
            self.is_settled = false;
            self.out.extend(cluster);
        }
    }

    fn push(&mut self, character: char) {
        self.is_settled &= is_inert(character);
        self.out.push(character);
    }
}

/// Whether a character of a table that is not combining is in NFC wherever it stands, because it
/// is neither composed, decomposed nor moved. Composed ones with a mark added are inert as well.
pub(super) fn is_inert(character: char) -> bool {
    // Greek numeral sign, question mark and ano teleia; Arabic superscript alef; the CJK
    // compatibility ideographs.
    !matches!(
        character,
        '\u{374}' | '\u{37E}' | '\u{387}' | '\u{670}' | '\u{F900}'..='\u{FAFF}'
    )
}

fn is_plain(byte: u8) -> bool {
    byte.wrapping_sub(0x20) < 0x5F
}

/// How many bytes from the start are ASCII characters other than control characters.
pub(super) fn plain_length(data: &[u8]) -> usize {
    let mut length = 0;
    for block in data.chunks_exact(BLOCK) {
        // One flag for the block, without a branch for each byte, makes a vector instruction.
        if !block.iter().fold(true, |all, &byte| all & is_plain(byte)) {
            break;
        }
        length += BLOCK;
    }
    let rest = data.get(length..).unwrap_or_default();
    length + rest.iter().take_while(|&&byte| is_plain(byte)).count()
}
