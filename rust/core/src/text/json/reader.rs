//! A record of MARC-in-JSON to plain bytes.

use crate::text::{Beside, Reader};
use crate::{
    FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR,
    SUBFIELD_DELIMITER, is_control_tag,
};

/// Reads a record of MARC-in-JSON.
///
/// It reads a leader and fields, once each, and the object around them that some systems have; all
/// that is usual in these. Whatever else there is, is for the reference reader.
#[derive(Debug, Default)]
pub(crate) struct RecordReader {
    directory: Vec<u8>,
    data: Vec<u8>,
}

impl Reader for RecordReader {
    fn read(&mut self, span: &[u8], _context: &[u8], out: &mut Vec<u8>) -> Option<Beside> {
        simdutf8::basic::from_utf8(span).ok()?;
        self.directory.clear();
        self.data.clear();
        let mut cursor = Cursor { data: span, at: 0 };
        let leader = self.record(&mut cursor)?;
        cursor.blanks();
        if cursor.at < span.len() {
            return None;
        }
        self.finish(leader, out)
    }
}

impl RecordReader {
    /// Reads an object that is a record; gives its leader.
    fn record(&mut self, cursor: &mut Cursor<'_>) -> Option<[u8; LEADER_LENGTH]> {
        cursor.expect(b'{')?;
        let mut leader = None;
        let mut has_fields = false;
        loop {
            match cursor.simple_string()? {
                b"leader" if leader.is_none() => {
                    cursor.expect(b':')?;
                    leader = Some(cursor.leader()?);
                }
                b"fields" if !has_fields => {
                    cursor.expect(b':')?;
                    self.fields(cursor)?;
                    has_fields = true;
                }
                _ => return None,
            }
            if !cursor.goes_on(b'}')? {
                break;
            }
        }
        leader.filter(|_| has_fields)
    }

    fn fields(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.expect(b'[')?;
        loop {
            cursor.expect(b'{')?;
            let tag: [u8; 3] = cursor.simple_string()?.try_into().ok()?;
            if !tag.iter().all(u8::is_ascii_alphanumeric) {
                return None;
            }
            cursor.expect(b':')?;
            let start = self.data.len();
            if is_control_tag(tag) {
                cursor.expect(b'"')?;
                cursor.text(&mut self.data)?;
            } else {
                self.data_field(cursor, start)?;
            }
            cursor.expect(b'}')?;
            self.data.push(FIELD_TERMINATOR);
            let length = self.data.len() - start;
            if length > MAX_FIELD_LENGTH || start > MAX_RECORD_LENGTH {
                return None;
            }
            let entry = self.directory.len();
            self.directory.extend_from_slice(&tag);
            self.directory.extend_from_slice(b"000000000");
            write_digits(self.directory.get_mut(entry + 3..entry + 7)?, length);
            write_digits(self.directory.get_mut(entry + 7..)?, start);
            if !cursor.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Reads indicators and subfields, in whatever order they are.
    fn data_field(&mut self, cursor: &mut Cursor<'_>, start: usize) -> Option<()> {
        cursor.expect(b'{')?;
        self.data.extend_from_slice(&[0; 2]);
        let mut has_subfields = false;
        loop {
            let name = cursor.simple_string()?;
            cursor.expect(b':')?;
            match name {
                b"ind1" | b"ind2" => {
                    let &[indicator @ b' '..=b'~'] = cursor.simple_string()? else {
                        return None;
                    };
                    let place = start + usize::from(name == b"ind2");
                    let place = self.data.get_mut(place)?;
                    if *place != 0 {
                        return None;
                    }
                    *place = indicator;
                }
                b"subfields" if !has_subfields => {
                    self.subfields(cursor)?;
                    has_subfields = true;
                }
                _ => return None,
            }
            if !cursor.goes_on(b'}')? {
                break;
            }
        }
        let has_both = !self.data.get(start..start + 2)?.contains(&0);
        (has_subfields && has_both).then_some(())
    }

    fn subfields(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.expect(b'[')?;
        if cursor.next_is(b']') {
            return Some(());
        }
        loop {
            cursor.expect(b'{')?;
            let &[code @ b'!'..=b'~'] = cursor.simple_string()? else {
                return None;
            };
            self.data.extend_from_slice(&[SUBFIELD_DELIMITER, code]);
            cursor.expect(b':')?;
            cursor.expect(b'"')?;
            cursor.text(&mut self.data)?;
            cursor.expect(b'}')?;
            if !cursor.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Puts the record together.
    fn finish(&self, leader: [u8; LEADER_LENGTH], out: &mut Vec<u8>) -> Option<Beside> {
        let base = LEADER_LENGTH + self.directory.len() + 1;
        let length = base + self.data.len() + 1;
        if length > MAX_RECORD_LENGTH {
            return None;
        }
        let mut own = leader;
        write_digits(own.get_mut(..5)?, length);
        *own.get_mut(9)? = b'a';
        write_digits(own.get_mut(12..17)?, base);
        out.reserve(length);
        out.extend_from_slice(&own);
        out.extend_from_slice(&self.directory);
        out.push(FIELD_TERMINATOR);
        out.extend_from_slice(&self.data);
        out.push(RECORD_TERMINATOR);
        Some(Beside((own != leader).then_some(leader)))
    }
}

/// Fills the place with the number's last digits.
fn write_digits(place: &mut [u8], mut number: usize) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// A place in a document.
struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Passes white space.
    #[inline(always)]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.data.get(self.at) {
            self.at += 1;
        }
    }

    /// Passes white space and this byte, if it follows.
    #[inline(always)]
    fn next_is(&mut self, byte: u8) -> bool {
        self.blanks();
        let is = self.data.get(self.at) == Some(&byte);
        self.at += usize::from(is);
        is
    }

    /// Passes white space and this byte.
    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())
    }

    /// Passes a comma, or the end of what is being read; false for the latter.
    #[inline(always)]
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        if self.next_is(b',') {
            return Some(true);
        }
        self.expect(end)?;
        Some(false)
    }

    /// Reads a short string in ASCII without escapes.
    #[inline(always)]
    fn simple_string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let rest = self.data.get(self.at..)?;
        let length = rest.iter().position(|&byte| byte == b'"')?;
        let string = rest.get(..length)?;
        if string
            .iter()
            .any(|byte| !matches!(byte, b' '..=b'~') || *byte == b'\\')
        {
            return None;
        }
        self.at += length + 1;
        Some(string)
    }

    fn leader(&mut self) -> Option<[u8; LEADER_LENGTH]> {
        self.simple_string()?.try_into().ok()
    }

    /// Reads a string behind its quotation mark.
    #[inline(always)]
    fn text(&mut self, out: &mut Vec<u8>) -> Option<()> {
        loop {
            let rest = self.data.get(self.at..)?;
            let length = plain_length(rest)?;
            out.extend_from_slice(rest.get(..length)?);
            self.at += length + 1;
            match rest.get(length) {
                Some(b'"') => return Some(()),
                Some(b'\\') => self.escape(out)?,
                // A control character, which JSON has not.
                _ => return None,
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let byte = *self.data.get(self.at)?;
        self.at += 1;
        let character = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let character = self.escaped_character()?;
                // Delimiters and terminators are none of a plain record's texts.
                if matches!(character, '\u{1d}'..='\u{1f}') {
                    return None;
                }
                let mut room = [0; 4];
                out.extend_from_slice(character.encode_utf8(&mut room).as_bytes());
                return Some(());
            }
            _ => return None,
        };
        out.push(character);
        Some(())
    }

    /// Reads the digits of an escaped character, or of both of its surrogates.
    fn escaped_character(&mut self) -> Option<char> {
        let first = self.unit()?;
        if let Some(character) = char::from_u32(first) {
            return Some(character);
        }
        if first >= 0xDC00 || self.data.get(self.at..self.at + 2)? != b"\\u" {
            return None;
        }
        self.at += 2;
        let second = self.unit()?;
        if !(0xDC00..0xE000).contains(&second) {
            return None;
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    fn unit(&mut self) -> Option<u32> {
        let digits: &[u8; 4] = self.data.get(self.at..)?.first_chunk()?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16)?;
            Some(unit << 4 | value)
        })
    }
}

/// How many bytes come before a quotation mark, a backslash or a control character.
#[inline(always)]
fn plain_length(text: &[u8]) -> Option<usize> {
    use crate::output::{below, equal};
    let mut at = 0;
    while let Some(&block) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let block = u64::from_le_bytes(block);
        let marks = below(block, 0x20) | equal(block, b'"') | equal(block, b'\\');
        if marks != 0 {
            return Some(at + (marks.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    let is_special = |&byte: &u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    Some(at + rest.iter().position(is_special)?)
}
