//! Pieces of markup outside of records, and the beginnings of records.
//!
//! Each function is given the data from the piece's `<` on. [`More`] says that the piece does not
//! end in the data, and that more of them can come.

use memchr::{memchr, memchr2, memmem};

use super::declarations::is_child;

/// Longer tags are no markup.
const LONGEST_TAG: usize = 1 << 14;
const LONGEST_DOCTYPE: usize = 1 << 14;
/// How far the first child of a record is looked for.
const LONGEST_LOOK: usize = 1 << 16;

/// More data are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct More;

/// What the first child of an element named `record` says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstChild {
    /// One of a MARC record.
    Marc,
    Other,
    /// There is none.
    None,
}

pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub const fn begins_name(first: u8) -> bool {
    first.is_ascii_alphabetic() || matches!(first, b'_' | b':' | 0x80..)
}

/// Whether this is the declaration that a document begins with.
pub fn is_document(data: &[u8]) -> bool {
    let rest = data.strip_prefix(b"<?xml");
    rest.and_then(<[u8]>::first)
        .is_some_and(|&byte| is_space(byte))
}

pub fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(colon) => name.get(colon + 1..).unwrap_or_default(),
        None => name,
    }
}

pub fn prefix(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(colon) => name.get(..colon).unwrap_or_default(),
        None => &[],
    }
}

/// The name that the data begin with.
pub fn name(data: &[u8]) -> &[u8] {
    let ends =
        |&byte: &u8| is_space(byte) || matches!(byte, b'<' | b'>' | b'/' | b'=' | b'"' | b'\'');
    let length = data.iter().position(ends).unwrap_or(data.len());
    data.get(..length).unwrap_or_default()
}

/// The data up to a limit, and whether more can come.
fn limited(data: &[u8], limit: usize, last: bool) -> (&[u8], bool) {
    match data.get(..limit) {
        Some(limited) => (limited, false),
        None => (data, !last),
    }
}

/// The length of a start tag, and whether that is its proper end.
pub fn start_tag(data: &[u8], last: bool) -> Result<(usize, bool), More> {
    let (data, more) = limited(data, LONGEST_TAG, last);
    let mut at = 1;
    let special = |byte: &u8| matches!(byte, b'<' | b'>' | b'"' | b'\'');
    while let Some(rest) = data.get(at..) {
        let Some(found) = rest.iter().position(special) else {
            break;
        };
        at += found;
        match rest.get(found).copied() {
            Some(b'>') => return Ok((at + 1, true)),
            Some(quote @ (b'"' | b'\'')) => match closing(data, at + 1, quote) {
                Some((end, true)) => at = end,
                Some((end, false)) => return Ok((end, false)),
                None => break,
            },
            _ => return Ok((at, false)),
        }
    }
    if more {
        Err(More)
    } else {
        Ok((data.len(), false))
    }
}

/// Where what begins at `at` after a quote goes on after the next one; or where a `<` stands.
fn closing(data: &[u8], at: usize, quote: u8) -> Option<(usize, bool)> {
    let rest = data.get(at..)?;
    let found = memchr2(b'<', quote, rest)?;
    if rest.get(found) == Some(&b'<') {
        Some((at + found, false))
    } else {
        Some((at + found + 1, true))
    }
}

/// The length of an end tag, and whether that is its proper end.
pub fn end_tag(data: &[u8], last: bool) -> Result<(usize, bool), More> {
    let (data, more) = limited(data, LONGEST_TAG, last);
    let rest = data.get(2..).unwrap_or_default();
    match memchr2(b'<', b'>', rest) {
        Some(found) if rest.get(found) == Some(&b'>') => Ok((2 + found + 1, true)),
        Some(found) => Ok((2 + found, false)),
        None if more => Err(More),
        None => Ok((data.len(), false)),
    }
}

/// The length of a document type declaration, and whether that is its proper end.
///
/// What was looked at in vain is part of the length, so that it is not looked at again.
pub fn document_type(data: &[u8], last: bool) -> Result<(usize, bool), More> {
    let (data, more) = limited(data, LONGEST_DOCTYPE, last);
    let mut at = 9;
    let mut inside = false;
    let special = |byte: &u8| matches!(byte, b'<' | b'>' | b'"' | b'\'' | b'[' | b']');
    while let Some(rest) = data.get(at..) {
        let Some(found) = rest.iter().position(special) else {
            at = data.len();
            break;
        };
        let (_, rest) = rest.split_at(found);
        let Some((&byte, rest)) = rest.split_first() else {
            break;
        };
        at += found + 1;
        let single = [byte];
        let mut mark: &[u8] = &single;
        match byte {
            b'>' if !inside => return Ok((at, true)),
            b'>' => continue,
            b'[' | b']' => {
                inside = byte == b'[';
                continue;
            }
            b'<' if !inside => return Ok((at - 1, false)),
            b'<' if rest.len() < 3 && more => return Err(More),
            b'<' if rest.starts_with(b"!--") => {
                mark = b"-->";
                at += 3;
            }
            b'<' if rest.starts_with(b"?") => {
                mark = b"?>";
                at += 1;
            }
            b'<' if rest.starts_with(b"!") => continue,
            // Declarations only can be inside.
            b'<' => return Ok((at - 1, false)),
            _ => {}
        }
        match data.get(at..).and_then(|rest| memmem::find(rest, mark)) {
            Some(end) => at += end + mark.len(),
            None => break,
        }
    }
    if more { Err(More) } else { Ok((at, false)) }
}

/// What the first element after a start tag says; `data` begin behind the tag.
pub fn first_child(data: &[u8], last: bool) -> Result<FirstChild, More> {
    let (data, more) = limited(data, LONGEST_LOOK, last);
    let mut rest = data;
    while let Some(found) = memchr(b'<', rest) {
        let (_, markup) = rest.split_at(found);
        if markup.len() < 4 && more {
            return Err(More);
        }
        let (opening, mark): (usize, &[u8]) = match markup {
            [b'<', b'!', b'-', b'-', ..] => (4, b"-->"),
            [b'<', b'?', ..] => (2, b"?>"),
            [_, first, ..] if begins_name(*first) => {
                let name = name(markup.get(1..).unwrap_or_default());
                if 1 + name.len() == markup.len() && more {
                    return Err(More);
                }
                return Ok(match local(name) {
                    [] => FirstChild::None,
                    local if is_child(local) => FirstChild::Marc,
                    _ => FirstChild::Other,
                });
            }
            _ => return Ok(FirstChild::None),
        };
        let content = markup.get(opening..).unwrap_or_default();
        let Some(end) = memmem::find(content, mark) else {
            break;
        };
        rest = content.get(end + mark.len()..).unwrap_or_default();
    }
    if more {
        Err(More)
    } else {
        Ok(FirstChild::None)
    }
}
