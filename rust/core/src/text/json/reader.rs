//! A record of MARC-in-JSON to plain bytes.

use memchr::memchr2;

use crate::digits::{directory_entry, five_digits};
use crate::output::{Output, below, equal};
use crate::text::{Beside, Reader};
use crate::{
    FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR,
    SUBFIELD_DELIMITER, is_control_tag,
};

/// How deep what is passed over may be.
const MAX_SKIPPED_DEPTH: usize = 32;

/// Reads a record of MARC-in-JSON.
///
/// It reads a leader and fields, once each, and the object around them that some systems have; all
/// that is usual in these. Whatever else there is, is for the reference reader.
#[derive(Debug, Default)]
pub(crate) struct RecordReader {
    directory: Output,
    data: Output,
}

impl Reader for RecordReader {
    fn read(&mut self, span: &[u8], _context: &[u8], out: &mut Vec<u8>) -> Option<Beside> {
        simdutf8::basic::from_utf8(span).ok()?;
        self.directory.clear();
        self.data.clear();
        let mut cursor = Cursor { data: span, at: 0 };
        let leader = self.record(&mut cursor, 0)?;
        cursor.blanks();
        if cursor.at < span.len() {
            return None;
        }
        self.finish(leader, out)
    }
}

impl RecordReader {
    /// Reads an object that is a record, or has one in it at its place; gives its leader.
    ///
    /// The record of FOLIO is `content` (level 2) of `parsedRecord` (level 1) of what is stored.
    fn record(&mut self, cursor: &mut Cursor<'_>, level: u8) -> Option<[u8; LEADER_LENGTH]> {
        cursor.expect(b'{')?;
        let mut leader = None;
        let mut inner = None;
        let mut has_fields = false;
        loop {
            if leader.is_none() && cursor.name(b"\"leader\"") {
                leader = Some(cursor.leader()?);
            } else if !has_fields && inner.is_none() && cursor.name(b"\"fields\"") {
                self.fields(cursor)?;
                has_fields = true;
            } else {
                match (cursor.any_name()?, level) {
                    (b"parsedRecord", 0) | (b"content", 1) if !has_fields && inner.is_none() => {
                        inner = Some(self.record(cursor, level + 1)?);
                    }
                    // Once more, or of another form, or in another order of importance.
                    (b"leader" | b"fields" | b"controlfield" | b"datafield", _)
                    | (b"parsedRecord" | b"content" | b"record" | b"collection", _) => return None,
                    _ => cursor.skip_value(0)?,
                }
            }
            if !cursor.goes_on(b'}')? {
                break;
            }
        }
        match (leader, has_fields, inner) {
            (Some(leader), true, None) | (None, false, Some(leader)) => Some(leader),
            _ => None,
        }
    }

    fn fields(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.expect(b'[')?;
        loop {
            cursor.expect(b'{')?;
            let tag = cursor.short_name::<3>()?;
            if !tag.iter().all(u8::is_ascii_alphanumeric) {
                return None;
            }
            let start = self.data.len();
            if is_control_tag(tag) {
                cursor.expect(b'"')?;
                cursor.text(&mut self.data)?;
            } else {
                self.data_field(cursor)?;
            }
            cursor.expect(b'}')?;
            self.data.put(&[FIELD_TERMINATOR]);
            let length = self.data.len() - start;
            if length > MAX_FIELD_LENGTH || start > MAX_RECORD_LENGTH {
                return None;
            }
            self.directory.put(&directory_entry(tag, length, start));
            if !cursor.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Reads indicators and, behind them, subfields.
    fn data_field(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.expect(b'{')?;
        let mut indicators = [0; 2];
        loop {
            let place = if cursor.name(b"\"ind1\"") {
                0
            } else if cursor.name(b"\"ind2\"") {
                1
            } else if cursor.name(b"\"subfields\"") {
                break;
            } else {
                return None;
            };
            let indicator = indicators.get_mut(place).filter(|byte| **byte == 0)?;
            [*indicator] = cursor.short_string()?;
            cursor.expect(b',')?;
        }
        if !indicators.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        self.data.put(&indicators);
        self.subfields(cursor)?;
        cursor.expect(b'}')
    }

    fn subfields(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.expect(b'[')?;
        if cursor.next_is(b']') {
            return Some(());
        }
        loop {
            cursor.expect(b'{')?;
            let [code] = cursor.short_name()?;
            if !matches!(code, b'!'..=b'~') {
                return None;
            }
            self.data.put(&[SUBFIELD_DELIMITER, code]);
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
        *own.first_chunk_mut()? = five_digits(length);
        *own.get_mut(9)? = b'a';
        *own.get_mut(12..)?.first_chunk_mut()? = five_digits(base);
        out.reserve(length);
        out.extend_from_slice(&own);
        out.extend_from_slice(self.directory.as_bytes());
        out.push(FIELD_TERMINATOR);
        out.extend_from_slice(self.data.as_bytes());
        out.push(RECORD_TERMINATOR);
        Some(Beside((own != leader).then_some(leader)))
    }
}

/// A place in a document.
struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

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

    /// Passes a name in quotation marks and the colon, if it follows.
    #[inline(always)]
    fn name(&mut self, quoted: &[u8]) -> bool {
        self.blanks();
        let start = self.at;
        if self.rest().starts_with(quoted) {
            self.at += quoted.len();
            if self.next_is(b':') {
                return true;
            }
            self.at = start;
        }
        false
    }

    /// Reads a string of so many graphic characters of ASCII or blanks, without escapes.
    #[inline(always)]
    fn short_string<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        self.expect(b'"')?;
        let string: [u8; LENGTH] = *self.rest().first_chunk()?;
        let is_plain = |&byte: &u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        if !string.iter().all(is_plain) {
            return None;
        }
        self.at += LENGTH;
        (self.data.get(self.at) == Some(&b'"')).then(|| self.at += 1)?;
        Some(string)
    }

    /// Reads a name of so many characters, and the colon.
    #[inline(always)]
    fn short_name<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let name = self.short_string()?;
        self.expect(b':')?;
        Some(name)
    }

    fn leader(&mut self) -> Option<[u8; LEADER_LENGTH]> {
        self.short_string()
    }

    /// Reads a name without escapes, and the colon.
    fn any_name(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let start = self.at;
        self.skip_string()?;
        let name = self.data.get(start..self.at - 1)?;
        self.expect(b':')?;
        (!name.contains(&b'\\')).then_some(name)
    }

    /// Passes a value that nobody asks for, if nothing is wrong with it.
    fn skip_value(&mut self, depth: usize) -> Option<()> {
        if self.next_is(b'"') {
            return self.skip_string();
        }
        let is_object = self.next_is(b'{');
        if !is_object && !self.next_is(b'[') {
            let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            let length = self.rest().iter().take_while(is_part).count();
            self.at += length;
            return (length > 0).then_some(());
        }
        let end = if is_object { b'}' } else { b']' };
        if self.next_is(end) {
            return Some(());
        }
        if depth >= MAX_SKIPPED_DEPTH {
            return None;
        }
        loop {
            if is_object {
                self.any_name()?;
            }
            self.skip_value(depth + 1)?;
            if !self.goes_on(end)? {
                return Some(());
            }
        }
    }

    /// Passes a string behind its quotation mark.
    fn skip_string(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            let length = memchr2(b'"', b'\\', rest)?;
            let passed = rest.get(..length)?;
            if passed.iter().any(|&byte| byte < 0x20) {
                return None;
            }
            self.at += length + 1;
            if rest.get(length) == Some(&b'"') {
                return Some(());
            }
            match *self.data.get(self.at)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                b'u' => {
                    self.at += 1;
                    self.escaped_character()?;
                }
                _ => return None,
            }
        }
    }

    /// Reads a string behind its quotation mark.
    #[inline(always)]
    fn text(&mut self, out: &mut Output) -> Option<()> {
        loop {
            self.at = out.copy_until(self.data, self.at, |block| {
                below(block, 0x20) | equal(block, b'"') | equal(block, b'\\')
            });
            let byte = *self.data.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                b'\\' => self.escape(out)?,
                // A control character, which JSON has not.
                _ => return None,
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, out: &mut Output) -> Option<()> {
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
                out.put(character.encode_utf8(&mut room).as_bytes());
                return Some(());
            }
            _ => return None,
        };
        out.put(&[character]);
        Some(())
    }

    /// Reads the digits of an escaped character, or of both of its surrogates.
    fn escaped_character(&mut self) -> Option<char> {
        let first = self.unit()?;
        if let Some(character) = char::from_u32(first) {
            return Some(character);
        }
        if first >= 0xDC00 || !self.rest().starts_with(b"\\u") {
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
        let digits: &[u8; 4] = self.rest().first_chunk()?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16)?;
            Some(unit << 4 | value)
        })
    }
}
