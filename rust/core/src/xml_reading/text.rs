//! Characters: which are allowed, references, and the ends of lines.

use memchr::{memchr, memchr3, memmem};

use super::NotForScanner;

/// Checks that UTF-8 has none of the characters that XML forbids: controls, U+FFFE and U+FFFF.
pub fn check_characters(utf8: &[u8]) -> Result<(), NotForScanner> {
    const BLOCK: usize = 4096;
    let mut start = 0;
    // In blocks without a branch, so that they compile to vector instructions.
    while let Some(block) = utf8.get(start..(start + BLOCK).min(utf8.len())) {
        if block.is_empty() {
            break;
        }
        let control = block.iter().fold(0, |bad: u8, &byte| {
            let allowed =
                u8::from(byte == b'\t') | u8::from(byte == b'\n') | u8::from(byte == b'\r');
            bad | (u8::from(byte < b' ') & !allowed)
        });
        if control != 0 {
            return Err(NotForScanner);
        }
        start += BLOCK;
    }
    for found in memmem::find_iter(utf8, b"\xEF\xBF") {
        if utf8.get(found + 2).is_some_and(|&last| last >= 0xBE) {
            return Err(NotForScanner);
        }
    }
    Ok(())
}

/// Appends what the characters between two pieces of markup stand for.
pub fn push_content(run: &[u8], out: &mut Vec<u8>) -> Result<(), NotForScanner> {
    let mut rest = run;
    while let Some(found) = memchr3(b'&', b'\r', b']', rest) {
        let (before, special) = rest.split_at(found);
        out.extend_from_slice(before);
        rest = match special {
            [b'&', ..] => push_reference(special, out)?,
            [b']', b']', b'>', ..] => return Err(NotForScanner),
            [b']', after @ ..] => {
                out.push(b']');
                after
            }
            _ => push_line_end(special, out),
        };
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// Appends the content of a CDATA section.
pub fn push_verbatim(run: &[u8], out: &mut Vec<u8>) {
    let mut rest = run;
    while let Some(found) = memchr(b'\r', rest) {
        let (before, special) = rest.split_at(found);
        out.extend_from_slice(before);
        rest = push_line_end(special, out);
    }
    out.extend_from_slice(rest);
}

/// Appends the end of a line for a carriage return, and gives what follows.
fn push_line_end<'a>(special: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    out.push(b'\n');
    match special {
        [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
        [] => special,
    }
}

/// Appends the value of an attribute; every white space in it is a blank, unless by reference.
pub fn push_attribute_value(value: &[u8], out: &mut Vec<u8>) -> Result<(), NotForScanner> {
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'&' => push_reference(rest, out)?,
            b'\r' => {
                out.push(b' ');
                after.strip_prefix(b"\n").unwrap_or(after)
            }
            b'\t' | b'\n' => {
                out.push(b' ');
                after
            }
            _ => {
                out.push(byte);
                after
            }
        };
    }
    Ok(())
}

/// Appends the character of the reference that `data` begin with, and gives what follows.
fn push_reference<'a>(data: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], NotForScanner> {
    // The names are short; a number may have any count of leading zeros.
    let end = memchr(b';', data).ok_or(NotForScanner)?;
    let (reference, after) = data.split_at(end);
    let character = match reference {
        b"&amp" => '&',
        b"&lt" => '<',
        b"&gt" => '>',
        b"&quot" => '"',
        b"&apos" => '\'',
        [b'&', b'#', b'x', digits @ ..] => numbered(digits, 16)?,
        [b'&', b'#', digits @ ..] => numbered(digits, 10)?,
        _ => return Err(NotForScanner),
    };
    let mut utf8 = [0; 4];
    out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
    Ok(after.strip_prefix(b";").unwrap_or(after))
}

/// The character of this number, if XML allows it.
fn numbered(digits: &[u8], radix: u32) -> Result<char, NotForScanner> {
    if digits.is_empty() {
        return Err(NotForScanner);
    }
    let mut number: u32 = 0;
    for &digit in digits {
        let value = char::from(digit).to_digit(radix).ok_or(NotForScanner)?;
        number = number * radix + value;
        if number > 0x10_FFFF {
            return Err(NotForScanner);
        }
    }
    match char::from_u32(number) {
        Some('\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
        | None => Err(NotForScanner),
        Some(character) => Ok(character),
    }
}
