//! Where records begin and end in formats of lines: MarcEdit's mrk, YAZ's line format, Aleph's.
//!
//! The twin is `mrrc/_pure/line_frames.py`.

use memchr::{memchr, memchr_iter, memrchr};

use super::{Beside, Frames, Kind, MAX_SPAN};
use crate::serialise::RecordBuilder;
use crate::{LEADER_LENGTH, RECORD_TERMINATOR};

/// Enough to see how the line goes on that ends a record: it decides by so many bytes at most.
const AHEAD: usize = 64;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const LEADER_LINE: usize = LEADER_LENGTH + 2;
const NUMBER_LENGTH: usize = 9;

/// A format of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// MarcEdit's mnemonic format.
    Mrk,
    /// YAZ's line format.
    Line,
    /// Aleph sequential.
    Aleph,
}

/// Finds the records of a format of lines.
#[derive(Debug)]
pub(super) struct LineFrames {
    syntax: Syntax,
    /// How far the frame in question was looked at.
    looked: usize,
    /// How many blanks it begins with, as far as that is known.
    blanks: usize,
    /// Up to where there is nothing but blanks behind the line end at `looked`.
    verified: usize,
    /// This is the rest of a record that is too long to be one.
    skips: bool,
}

impl LineFrames {
    pub(super) fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            looked: 0,
            blanks: 0,
            verified: 0,
            skips: false,
        }
    }

    fn frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        if self.skips {
            return self.until(Kind::Unread, data, last, |syntax, line| {
                syntax.begins_record(line, false)
            });
        }
        if data.starts_with(BYTE_ORDER_MARK) {
            return Some((Kind::Between, BYTE_ORDER_MARK.len()));
        }
        if !last && data.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(data) {
            return None;
        }
        let &first = data.first()?;
        if is_blank(first) || first == b'\n' {
            let rest = data.get(self.blanks..).unwrap_or_default();
            let count = rest.iter().position(|&byte| !is_blank(byte));
            self.blanks += count.unwrap_or(rest.len());
            match data.get(self.blanks) {
                None => return last.then_some((Kind::Between, data.len())),
                Some(b'\n') => return Some((Kind::Between, self.blanks + 1)),
                Some(_) => {}
            }
        }
        match self.syntax {
            Syntax::Mrk => self.mrk(first, data, last),
            Syntax::Line => self.line(data, last),
            Syntax::Aleph => self.aleph(data, last),
        }
    }

    fn mrk(&mut self, first: u8, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        match first {
            b'=' => self.until(Kind::Record, data, last, |syntax, line| {
                syntax.begins_record(line, last)
            }),
            b'#' => self.one_line(data, last),
            _ => self.until(Kind::Unread, data, last, |_, line| {
                without_mark(line).starts_with(b"=")
            }),
        }
    }

    fn line(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        if data.starts_with(b"(") || data.starts_with(b"<!--") {
            return self.one_line(data, last);
        }
        let head = data.get(..LEADER_LINE).unwrap_or(data);
        let end = memchr(b'\n', head);
        if !last && end.is_none() && data.len() < LEADER_LINE {
            return None;
        }
        let begins = |length: usize, is_part: fn(&u8) -> bool, is_next: fn(&u8) -> bool| {
            head.iter().take(length).all(is_part) && head.get(length).is_some_and(is_next)
        };
        let is_field = begins(3, u8::is_ascii_alphanumeric, |&byte| byte == b' ');
        let is_cut_leader = begins(5, u8::is_ascii_digit, u8::is_ascii_alphabetic);
        let is_whole = end.is_some() || data.len() == head.len();
        let first_line = head.get(..end.unwrap_or(head.len())).unwrap_or_default();
        let is_leader = is_whole && is_leader_line(first_line);
        let kind = if is_field || is_cut_leader || is_leader {
            Kind::Record
        } else {
            Kind::Unread
        };
        self.until(kind, data, last, |syntax, line| {
            syntax.begins_record(line, last)
        })
    }

    fn aleph(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        if !last && data.len() <= NUMBER_LENGTH {
            return None;
        }
        let Some(number) = system_number(data) else {
            return self.until(Kind::Unread, data, last, |syntax, line| {
                syntax.begins_record(line, false)
            });
        };
        let rest = data.get(self.looked..).unwrap_or_default();
        for place in memchr_iter(b'\n', rest) {
            let start = self.looked + place + 1;
            let line = data.get(start..).unwrap_or_default();
            let content = without_mark(line);
            let other = system_number(content);
            if other.is_some_and(|other| other != number || content.len() < line.len()) {
                return Some((Kind::Record, start));
            }
        }
        self.at_end(Kind::Record, data, last)
    }

    /// The frame that ends behind the line.
    fn one_line(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        let rest = data.get(self.looked..).unwrap_or_default();
        if let Some(place) = memchr(b'\n', rest) {
            return Some((Kind::Between, self.looked + place + 1));
        }
        self.looked = data.len();
        last.then_some((Kind::Between, data.len()))
    }

    /// The frame that ends behind a blank line, or before a line of which `ends` says that.
    fn until(
        &mut self,
        kind: Kind,
        data: &[u8],
        last: bool,
        ends: impl Fn(Syntax, &[u8]) -> bool,
    ) -> Option<(Kind, usize)> {
        let rest = data.get(self.looked..).unwrap_or_default();
        for place in memchr_iter(b'\n', rest) {
            let start = self.looked + place + 1;
            let from = start.max(self.verified);
            let line = data.get(from..).unwrap_or_default();
            match line.iter().position(|&byte| !is_blank(byte)) {
                None => self.verified = data.len(),
                Some(length) if line.get(length) == Some(&b'\n') => {
                    return Some((kind, from + length + 1));
                }
                Some(_) => {
                    if ends(self.syntax, data.get(start..).unwrap_or_default()) {
                        return Some((kind, start));
                    }
                }
            }
        }
        self.at_end(kind, data, last)
    }

    /// What to say when no end was found: the last line end is undecided.
    fn at_end(&mut self, kind: Kind, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        if last {
            return Some((kind, data.len()));
        }
        let rest = data.get(self.looked..).unwrap_or_default();
        self.looked = memrchr(b'\n', rest).map_or(data.len(), |place| self.looked + place);
        None
    }
}

impl Frames for LineFrames {
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        if data.is_empty() {
            return None;
        }
        let (kind, end) = match self.frame(data, last) {
            Some(found) => found,
            None if data.len() < MAX_SPAN + AHEAD => return None,
            None => (Kind::Unread, data.len()),
        };
        self.looked = 0;
        self.blanks = 0;
        self.verified = 0;
        if end > MAX_SPAN {
            self.skips = true;
            return Some((Kind::Unread, MAX_SPAN));
        }
        if std::mem::take(&mut self.skips) {
            return Some((Kind::Unread, end));
        }
        Some((kind, end))
    }
}

impl Syntax {
    /// Whether a record begins with the line that `data` begins with.
    ///
    /// Files that were joined have the mark of each at its beginning; then one does.
    fn begins_record(self, data: &[u8], last: bool) -> bool {
        let is_marked = data.starts_with(BYTE_ORDER_MARK);
        let data = without_mark(data);
        match self {
            Self::Mrk => data.starts_with(if is_marked { b"=" } else { b"=LDR" }),
            Self::Line => {
                let head = data.get(..LEADER_LINE).unwrap_or(data);
                let line = match memchr(b'\n', head) {
                    Some(end) => head.get(..end),
                    None if last && data.len() == head.len() => Some(head),
                    None => None,
                };
                let line = line.unwrap_or_default();
                line.iter().take(5).all(u8::is_ascii_digit) && is_leader_line(line)
            }
            Self::Aleph => system_number(data).is_some(),
        }
    }
}

fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

/// Whether a line is as long as a leader; a carriage return may end it.
fn is_leader_line(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.len() == LEADER_LENGTH && line.last() != Some(&b'\r')
}

fn system_number(data: &[u8]) -> Option<&[u8]> {
    let (number, rest) = data.split_at_checked(NUMBER_LENGTH)?;
    (rest.first() == Some(&b' ') && number.iter().all(u8::is_ascii_digit)).then_some(number)
}

/// Padding of old systems counts as blank: NUL, and 0x1A, which ended files on CP/M and DOS.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0 | 0x1A)
}

/// The lowest of the delimiters and terminators of ISO 2709; the others follow it.
pub(super) const FIRST_DELIMITER: u8 = RECORD_TERMINATOR;

/// The lines of a record that are not blank, without their line ends.
pub(super) fn ordinary_lines(span: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = span;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, behind) = rest.split_at_checked(end)?;
            rest = behind.get(1..).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.iter().all(|&byte| is_blank(byte)) {
                return Some(line);
            }
        }
        None
    })
}

/// Appends the record with this leader, whose lengths and coding scheme become those of the bytes.
pub(super) fn finish(
    builder: &RecordBuilder,
    leader: &[u8; LEADER_LENGTH],
    out: &mut Vec<u8>,
) -> Option<Beside> {
    let start = out.len();
    let mut head: [u8; 7] = *leader.get(5..)?.first_chunk()?;
    *head.get_mut(4)? = b'a';
    builder.append_to(out, &head, leader.get(17..)?).ok()?;
    let own = out.get(start..)?.first_chunk()?;
    // Without a field there is no directory, and the record is not plain.
    let has_fields = out.len() > start + LEADER_LENGTH + 2;
    has_fields.then_some(Beside((own != leader).then_some(*leader)))
}
