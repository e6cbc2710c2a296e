//! The tokens of markup: tags with their attributes, comments, processing instructions.
//!
//! Each function gets the data from the token's `<` on and gives the token's length. Nothing is
//! changed before the token is known to be complete.

use memchr::memmem;
use smallvec::SmallVec;

use super::Stop;

/// An attribute with its value as it stands between the quotes.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    pub name: QName<'a>,
    pub value: &'a [u8],
    /// Whether the value has references or white space other than blanks.
    pub needs_resolving: bool,
}

pub type Attributes<'a> = SmallVec<[Attribute<'a>; 6]>;

/// A name with or without a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QName<'a> {
    /// As it is written.
    pub whole: &'a [u8],
    /// Empty where there is none.
    pub prefix: &'a [u8],
    pub local: &'a [u8],
}

/// A start tag, or the tag of an empty element.
#[derive(Debug, Clone, Copy)]
pub struct StartTag<'a> {
    pub name: QName<'a>,
    pub empty: bool,
    pub length: usize,
}

/// A start tag as nearly all of them are written: no prefix, nothing to resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsualTag {
    Subfield { code: u8 },
    DataField { tag: [u8; 3], indicators: [u8; 2] },
}

/// More attributes than any element of MARCXML has; comparing their names is quadratic.
const MOST_ATTRIBUTES: usize = 64;

pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

const fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Which bytes a name may go on with.
const NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    table
};

/// A place in a token.
struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Result<u8, Stop> {
        self.data.get(self.at).copied().ok_or(Stop::Incomplete)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek()? != byte {
            return Err(Stop::NotForScanner);
        }
        self.at += 1;
        Ok(())
    }

    /// Passes white space, and says whether there was some.
    fn spaces(&mut self) -> bool {
        let start = self.at;
        while self.data.get(self.at).is_some_and(|&byte| is_space(byte)) {
            self.at += 1;
        }
        self.at > start
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.data.get(start..self.at).unwrap_or_default()
    }

    /// A name without a colon.
    fn part(&mut self) -> Result<&'a [u8], Stop> {
        let start = self.at;
        if !is_name_start(self.peek()?) {
            return Err(Stop::NotForScanner);
        }
        let rest = self.data.get(start..).unwrap_or_default();
        let goes_on = |byte: &u8| NAME_BYTES.get(usize::from(*byte)) == Some(&true);
        let length = rest.iter().position(|byte| !goes_on(byte));
        self.at += length.ok_or(Stop::Incomplete)?;
        Ok(self.since(start))
    }

    fn name(&mut self) -> Result<QName<'a>, Stop> {
        let start = self.at;
        let first = self.part()?;
        if self.peek()? != b':' {
            return Ok(QName {
                whole: first,
                prefix: &[],
                local: first,
            });
        }
        self.at += 1;
        let local = self.part()?;
        Ok(QName {
            whole: self.since(start),
            prefix: first,
            local,
        })
    }

    fn attribute(&mut self) -> Result<Attribute<'a>, Stop> {
        let name = self.name()?;
        self.spaces();
        self.expect(b'=')?;
        self.spaces();
        let quote = self.peek()?;
        if quote != b'"' && quote != b'\'' {
            return Err(Stop::NotForScanner);
        }
        self.at += 1;
        let start = self.at;
        let mut needs_resolving = false;
        loop {
            let byte = self.peek()?;
            if byte == quote {
                break;
            }
            if byte == b'<' {
                return Err(Stop::NotForScanner);
            }
            needs_resolving |= byte == b'&' || byte < b' ';
            self.at += 1;
        }
        let value = self.since(start);
        self.at += 1;
        Ok(Attribute {
            name,
            value,
            needs_resolving,
        })
    }
}

/// Recognises a usual tag, and gives what follows it.
pub fn usual_tag(data: &[u8]) -> Option<(UsualTag, &[u8])> {
    if let Some(rest) = data.strip_prefix(b"<subfield code=\"") {
        return match rest {
            &[code, b'"', b'>', ref rest @ ..] if is_value(code) => {
                Some((UsualTag::Subfield { code }, rest))
            }
            _ => None,
        };
    }
    let (tag, indicators, rest) = data_field(data.strip_prefix(b"<datafield ")?)?;
    Some((UsualTag::DataField { tag, indicators }, rest))
}

/// Tag and indicators in the start tag of a data field as nearly all are written, from the first
/// attribute on, and what follows the start tag.
pub fn data_field(data: &[u8]) -> Option<([u8; 3], [u8; 2], &[u8])> {
    let (tag, indicators, rest) = match data.strip_prefix(b"tag=\"") {
        Some(rest) => {
            let (tag, rest) = rest.split_first_chunk::<3>()?;
            let (indicators, rest) = indicators(rest.strip_prefix(b"\" ")?)?;
            (tag, indicators, rest)
        }
        None => {
            let (indicators, rest) = indicators(data)?;
            let (tag, rest) = rest.strip_prefix(b" tag=\"")?.split_first_chunk::<3>()?;
            (tag, indicators, rest.strip_prefix(b"\"")?)
        }
    };
    let rest = rest.strip_prefix(b">")?;
    let value = tag.iter().chain(&indicators);
    value
        .copied()
        .all(is_value)
        .then_some((*tag, indicators, rest))
}

/// Whether a value of this byte needs no resolving.
const fn is_value(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'&' | b'<')
}

/// The name of the element that a usual tag opens.
pub fn usual_name(tag: UsualTag) -> QName<'static> {
    let name: &[u8] = match tag {
        UsualTag::Subfield { .. } => b"subfield",
        UsualTag::DataField { .. } => b"datafield",
    };
    QName {
        whole: name,
        prefix: &[],
        local: name,
    }
}

/// The attributes of two indicators in their order.
fn indicators(data: &[u8]) -> Option<([u8; 2], &[u8])> {
    // As one piece of known length it is compared without calls.
    let (head, rest) = data.split_first_chunk::<17>()?;
    let &[
        b'i',
        b'n',
        b'd',
        b'1',
        b'=',
        b'"',
        first,
        b'"',
        b' ',
        ref other @ ..,
    ] = head
    else {
        return None;
    };
    let &[b'i', b'n', b'd', b'2', b'=', b'"', second, b'"'] = other else {
        return None;
    };
    Some(([first, second], rest))
}

/// Cuts a start tag, or the tag of an empty element.
pub fn start_tag<'a>(
    data: &'a [u8],
    attributes: &mut Attributes<'a>,
) -> Result<StartTag<'a>, Stop> {
    let mut cursor = Cursor { data, at: 1 };
    let name = cursor.name()?;
    loop {
        let spaced = cursor.spaces();
        let byte = cursor.peek()?;
        if byte == b'>' || byte == b'/' {
            cursor.at += 1;
            let empty = byte == b'/';
            if empty {
                cursor.expect(b'>')?;
            }
            return Ok(StartTag {
                name,
                empty,
                length: cursor.at,
            });
        }
        if !spaced || attributes.len() == MOST_ATTRIBUTES {
            return Err(Stop::NotForScanner);
        }
        let attribute = cursor.attribute()?;
        let twice = |other: &Attribute<'_>| other.name.whole == attribute.name.whole;
        if attributes.iter().any(twice) {
            return Err(Stop::NotForScanner);
        }
        attributes.push(attribute);
    }
}

/// The length of the end tag of an element with this name.
pub fn end_tag(data: &[u8], name: &[u8]) -> Result<usize, Stop> {
    let written = data.get(2..).unwrap_or_default();
    let Some(after) = written.strip_prefix(name) else {
        // A tag that is cut off may still become the right one.
        return Err(if name.starts_with(written) {
            Stop::Incomplete
        } else {
            Stop::NotForScanner
        });
    };
    let mut cursor = Cursor { data: after, at: 0 };
    cursor.spaces();
    cursor.expect(b'>')?;
    Ok(2 + name.len() + cursor.at)
}

/// The length of a processing instruction.
pub fn processing_instruction(data: &[u8]) -> Result<usize, Stop> {
    let mut cursor = Cursor { data, at: 2 };
    let target = cursor.part()?;
    if target.eq_ignore_ascii_case(b"xml") {
        return Err(Stop::NotForScanner);
    }
    if cursor.peek()? == b'?' {
        cursor.at += 1;
        cursor.expect(b'>')?;
        return Ok(cursor.at);
    }
    if !cursor.spaces() {
        return Err(Stop::NotForScanner);
    }
    end_of(data, cursor.at, b"?>")
}

/// The length of a comment.
pub fn comment(data: &[u8]) -> Result<usize, Stop> {
    let end = end_of(data, 4, b"--")?;
    match data.get(end) {
        Some(b'>') => Ok(end + 1),
        Some(_) => Err(Stop::NotForScanner),
        None => Err(Stop::Incomplete),
    }
}

/// The length of what ends with `mark`, which is looked for from `start` on.
pub fn end_of(data: &[u8], start: usize, mark: &[u8]) -> Result<usize, Stop> {
    let rest = data.get(start..).ok_or(Stop::Incomplete)?;
    let found = memmem::find(rest, mark).ok_or(Stop::Incomplete)?;
    Ok(start + found + mark.len())
}

/// What an XML declaration says of the encoding, and its length; `data` begins with `<?xml `.
pub fn declaration(data: &[u8]) -> Result<(Option<&[u8]>, usize), Stop> {
    let mut cursor = Cursor { data, at: 5 };
    let mut encoding = None;
    let mut step = 0;
    loop {
        let spaced = cursor.spaces();
        if cursor.peek()? == b'?' {
            cursor.at += 1;
            cursor.expect(b'>')?;
            if step == 0 {
                return Err(Stop::NotForScanner);
            }
            return Ok((encoding, cursor.at));
        }
        if !spaced {
            return Err(Stop::NotForScanner);
        }
        let Attribute { name, value, .. } = cursor.attribute()?;
        // In this order, the first one required.
        step = match (step, name.whole) {
            (0, b"version") if value == b"1.0" => 1,
            (1, b"encoding") => {
                encoding = Some(value);
                2
            }
            (1 | 2, b"standalone") if value == b"yes" || value == b"no" => 3,
            _ => return Err(Stop::NotForScanner),
        };
    }
}
