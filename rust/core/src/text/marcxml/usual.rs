//! Records as nearly all are written: the leader, control fields, data fields with subfields, white
//! space between their tags, and one way to write each tag.

use memchr::{memchr, memchr2, memchr3, memmem};

use super::tokens::is_space;
use crate::digits::{directory_entry, five_digits};
use crate::output::{Output, equal};
use crate::xml_reading::{check_characters, data_field, push_content};
use crate::{
    FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR,
    SUBFIELD_DELIMITER, is_control_tag,
};

/// Reads records that begin with one and the same start tag.
#[derive(Debug)]
pub struct UsualRecords {
    start_tag: Vec<u8>,
    /// What the names of all elements begin with, and how their tags are written.
    leader: Written,
    control_field: Written,
    data_field: Written,
    subfield: Written,
    record_end: Vec<u8>,
    /// Whether the names have no prefix, and are written as constants.
    bare: bool,
    directory: Vec<u8>,
    fields: Output,
}

/// The tags of an element, the start tag as far as it is always the same.
#[derive(Debug)]
struct Written {
    start: Vec<u8>,
    end: Vec<u8>,
}

impl Written {
    fn new(prefix: &[u8], name: &str, behind: &str) -> Self {
        let tag = |before: &str, behind: &str| {
            [
                before.as_bytes(),
                prefix,
                name.as_bytes(),
                behind.as_bytes(),
            ]
            .concat()
        };
        Self {
            start: tag("<", behind),
            end: tag("</", ">"),
        }
    }
}

impl UsualRecords {
    /// For records with this start tag, which is known to be well-formed where they stand.
    ///
    /// `None` if its element is no `record`.
    pub fn new(start_tag: &[u8]) -> Option<Self> {
        let name = super::tokens::name(start_tag.get(1..)?);
        let prefix = name.strip_suffix(b"record")?;
        Some(Self {
            start_tag: start_tag.to_vec(),
            leader: Written::new(prefix, "leader", ">"),
            control_field: Written::new(prefix, "controlfield", " tag=\""),
            data_field: Written::new(prefix, "datafield", " "),
            subfield: Written::new(prefix, "subfield", " code=\""),
            bare: prefix.is_empty(),
            record_end: Written::new(prefix, "record", "").end,
            directory: Vec::new(),
            fields: Output::new(),
        })
    }

    /// Whether a span begins with the start tag.
    pub fn begin(&self, span: &[u8]) -> bool {
        span.starts_with(&self.start_tag)
    }

    /// Appends the plain record of a span, and gives its leader if the bytes begin with another.
    ///
    /// `None` where anything is not as usual, or not as it should be.
    pub fn read(&mut self, span: &[u8], out: &mut Vec<u8>) -> Option<Option<[u8; LEADER_LENGTH]>> {
        if self.bare {
            self.read_record::<true>(span, out)
        } else {
            self.read_record::<false>(span, out)
        }
    }

    fn read_record<const BARE: bool>(
        &mut self,
        span: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Option<[u8; LEADER_LENGTH]>> {
        simdutf8::basic::from_utf8(span).ok()?;
        check_characters(span).ok()?;
        let verbatim = memchr2(b'&', b'\r', span).is_none() && memmem::find(span, b"]]>").is_none();
        self.directory.clear();
        self.fields.clear();
        self.fields.reserve(span.len());
        let rest = passed_spaces(span.strip_prefix(self.start_tag.as_slice())?);
        let rest = rest.strip_prefix(self.leader.start.as_slice())?;
        let (leader, rest) = rest.split_first_chunk::<LEADER_LENGTH>()?;
        let sound = |&byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<');
        if !leader.iter().all(sound) {
            return None;
        }
        let mut rest = passed_spaces(rest.strip_prefix(self.leader.end.as_slice())?);
        loop {
            let start = self.fields.len();
            let tag;
            if let Some(inside) = behind::<BARE, _>(rest, b"<datafield ", &self.data_field.start) {
                (tag, rest) = self.data_field::<BARE>(inside, verbatim)?;
            } else if let Some(inside) = rest.strip_prefix(self.control_field.start.as_slice()) {
                (tag, rest) = self.control_field(inside, verbatim)?;
            } else {
                break;
            }
            self.fields.put(&[FIELD_TERMINATOR]);
            self.add_entry(tag, start)?;
        }
        if rest != self.record_end || self.directory.is_empty() {
            return None;
        }
        self.put_together(leader, out)
    }

    /// Reads a control field behind `tag="`, and gives its tag and what follows.
    fn control_field<'a>(
        &mut self,
        inside: &'a [u8],
        verbatim: bool,
    ) -> Option<([u8; 3], &'a [u8])> {
        let (tag, rest) = inside.split_first_chunk::<3>()?;
        let rest = rest.strip_prefix(b"\">")?;
        let rest = push_text(rest, verbatim, &mut self.fields)?;
        let rest = passed_spaces(rest.strip_prefix(self.control_field.end.as_slice())?);
        is_control_tag(*tag).then_some((*tag, rest))
    }

    /// Reads a data field from its attributes on, and gives its tag and what follows.
    fn data_field<'a, const BARE: bool>(
        &mut self,
        inside: &'a [u8],
        verbatim: bool,
    ) -> Option<([u8; 3], &'a [u8])> {
        let (tag, indicators, rest) = data_field(inside)?;
        if !tag.iter().all(u8::is_ascii_alphanumeric) || is_control_tag(tag) {
            return None;
        }
        self.fields.put(&indicators);
        let mut rest = passed_spaces(rest);
        while let Some(inside) = behind::<BARE, _>(rest, b"<subfield code=\"", &self.subfield.start)
        {
            let &[code, b'"', b'>', ref text @ ..] = inside else {
                return None;
            };
            if !matches!(code, b'!'..=b'~') || matches!(code, b'"' | b'&' | b'<') {
                return None;
            }
            self.fields.put(&[SUBFIELD_DELIMITER, code]);
            let after = push_text(text, verbatim, &mut self.fields)?;
            let after = behind::<BARE, _>(after, b"</subfield>", &self.subfield.end)?;
            rest = passed_spaces(after);
        }
        let rest = behind::<BARE, _>(rest, b"</datafield>", &self.data_field.end)?;
        Some((tag, passed_spaces(rest)))
    }

    /// Adds the directory entry of the field at the end of `fields`.
    fn add_entry(&mut self, tag: [u8; 3], start: usize) -> Option<()> {
        let length = self.fields.len() - start;
        if length > MAX_FIELD_LENGTH || self.fields.len() > MAX_RECORD_LENGTH {
            return None;
        }
        self.directory
            .extend_from_slice(&directory_entry(tag, length, start));
        Some(())
    }

    fn put_together(
        &self,
        leader: &[u8; LEADER_LENGTH],
        out: &mut Vec<u8>,
    ) -> Option<Option<[u8; LEADER_LENGTH]>> {
        let base = LEADER_LENGTH + self.directory.len() + 1;
        let length = base + self.fields.len() + 1;
        if length > MAX_RECORD_LENGTH {
            return None;
        }
        let mut own = *leader;
        *own.first_chunk_mut()? = five_digits(length);
        *own.get_mut(9)? = b'a';
        *own.get_mut(12..)?.first_chunk_mut()? = five_digits(base);
        out.reserve(length);
        out.extend_from_slice(&own);
        out.extend_from_slice(&self.directory);
        out.push(FIELD_TERMINATOR);
        out.extend_from_slice(self.fields.as_bytes());
        out.push(RECORD_TERMINATOR);
        Some((own != *leader).then_some(*leader))
    }
}

/// Appends the text that the data begin with, and gives what follows.
#[inline(always)]
fn push_text<'a>(data: &'a [u8], verbatim: bool, out: &mut Output) -> Option<&'a [u8]> {
    if verbatim {
        let end = out.copy_until(data, 0, |block| equal(block, b'<'));
        return data.get(end..);
    }
    let (text, rest) = data.split_at(memchr(b'<', data)?);
    if memchr3(b'&', b'\r', b']', text).is_none() {
        out.put(text);
    } else {
        let mut content = Vec::with_capacity(text.len());
        push_content(text, &mut content).ok()?;
        out.put(&content);
    }
    Some(rest)
}

/// What follows a mark: a constant, whose length is known, if `BARE`; else another.
#[inline(always)]
fn behind<'a, const BARE: bool, const N: usize>(
    data: &'a [u8],
    constant: &[u8; N],
    other: &[u8],
) -> Option<&'a [u8]> {
    if BARE {
        let (begin, rest) = data.split_first_chunk::<N>()?;
        (begin == constant).then_some(rest)
    } else {
        data.strip_prefix(other)
    }
}

fn passed_spaces(mut data: &[u8]) -> &[u8] {
    while let [byte, rest @ ..] = data {
        if !is_space(*byte) {
            break;
        }
        data = rest;
    }
    data
}
