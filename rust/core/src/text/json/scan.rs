//! Where an object ends.

use memchr::{memchr3, memmem};

use super::documents::MAX_DEPTH;
use crate::output::{below, equal};
use crate::text::MAX_SPAN;

/// The name with which an object begins that is a record, here and there.
const LEADER: &[u8] = b"\"leader\"";
/// Members of an object that has records in it.
const OF_COLLECTIONS: [&[u8]; 4] = [b"collection", b"record", b"records", b"sourceRecords"];
/// Members of an object that is a record.
const OF_RECORDS: [&[u8]; 3] = [b"leader", b"fields", b"parsedRecord"];
/// How much white space is looked at around the start of a record.
const MAX_BLANKS: usize = 64;

/// What [`Object::scan`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// More data are needed.
    NeedsMore,
    /// The end of the object.
    End(usize),
    /// Here the next record begins, and the object has not ended; or, in what is left of a
    /// collection, the first.
    NextRecord(usize),
    /// It is a collection, whose records come next; whether in an array, which is opened.
    Collection(usize, bool),
    /// The data end.
    EndOfData,
    /// It is no JSON; perhaps from here on it is, again.
    Wrong(usize),
    /// It is too deep or too long; from here on it was not looked at.
    TooMuch(usize),
}

/// An object that was scanned up to some place.
#[derive(Debug, Default)]
pub(super) struct Object {
    at: usize,
    depth: usize,
    /// Where the string begins in which the place is, or behind which.
    string: Option<usize>,
    string_ended: bool,
    /// Whether it is what is left of a collection.
    is_rest: bool,
    has_record: bool,
    expects_name: bool,
    is_record: bool,
    /// Whether the member has records, if it is an object or an array.
    is_collection: bool,
}

impl Object {
    /// What is left of a collection behind a member.
    pub(super) fn rest() -> Self {
        Self {
            depth: 1,
            is_rest: true,
            has_record: true,
            ..Self::default()
        }
    }

    pub(super) fn is_rest(&self) -> bool {
        self.is_rest
    }

    /// Goes on, with the same data and more.
    pub(super) fn scan(&mut self, data: &[u8], last: bool) -> Found {
        let view = data.get(..MAX_SPAN).unwrap_or(data);
        let is_cut = view.len() < data.len();
        let last = last || is_cut;
        let found = self.scan_view(view, last);
        match found {
            Found::EndOfData if is_cut => Found::TooMuch(self.string.unwrap_or(view.len())),
            Found::EndOfData => match self.string {
                Some(start) => Found::Wrong(start),
                None => found,
            },
            _ => found,
        }
    }

    fn scan_view(&mut self, view: &[u8], last: bool) -> Found {
        let end = if last {
            Found::EndOfData
        } else {
            Found::NeedsMore
        };
        loop {
            if let Some(start) = self.string {
                if let Some(found) = self.end_string(view, start, last) {
                    return found;
                }
            }
            let Some(&byte) = view.get(self.at) else {
                return end;
            };
            match byte {
                b'"' => {
                    self.string = Some(self.at);
                    self.string_ended = false;
                }
                b'{' | b'[' => {
                    if let Some(found) = self.open(view, byte == b'[', last) {
                        return found;
                    }
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Found::End(self.at + 1);
                    }
                }
                b',' if self.depth == 1 => {
                    self.expects_name = true;
                    self.is_collection = false;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Goes to the end of a string, and sees what follows it; gives what ends the scan.
    fn end_string(&mut self, view: &[u8], start: usize, last: bool) -> Option<Found> {
        let end = if last {
            Found::EndOfData
        } else {
            Found::NeedsMore
        };
        while !self.string_ended {
            let rest = view.get(self.at.max(start + 1)..).unwrap_or_default();
            let Some(length) = memchr3(b'"', b'\\', b'\n', rest) else {
                self.at = view.len().max(start + 1);
                return Some(end);
            };
            let place = self.at.max(start + 1) + length;
            match rest.get(length) {
                Some(b'"') => {
                    self.string_ended = true;
                    if self.depth == 1 && self.expects_name {
                        self.name(view.get(start + 1..place).unwrap_or_default());
                    }
                    self.at = place + 1;
                }
                Some(b'\\') => {
                    self.at = place;
                    if place + 1 >= view.len() {
                        return Some(end);
                    }
                    self.at = place + 2;
                }
                _ => match opens_record_soon(view, place + 1, last) {
                    Some(None) => self.at = place + 1,
                    Some(Some(next)) => return Some(Found::Wrong(next)),
                    None => {
                        self.at = place;
                        return Some(end);
                    }
                },
            }
        }
        let rest = view.get(self.at..).unwrap_or_default();
        let blanks = rest.iter().position(|byte| !b" \t\r\n".contains(byte));
        match blanks.and_then(|count| rest.get(count)) {
            None => {
                // Passed for good, for there may be a lot of it.
                self.at = view.len();
                return Some(end);
            }
            Some(b',' | b':' | b'}' | b']') => {}
            Some(_) => return Some(Found::Wrong(start)),
        }
        self.at += blanks.unwrap_or(0);
        self.string = None;
        None
    }

    fn name(&mut self, name: &[u8]) {
        self.expects_name = false;
        self.is_record |= OF_RECORDS.contains(&name);
        self.is_collection = !self.is_record && OF_COLLECTIONS.contains(&name);
    }

    fn open(&mut self, view: &[u8], is_array: bool, last: bool) -> Option<Found> {
        if self.depth == 1 && self.is_collection {
            let end = if is_array { self.at + 1 } else { self.at };
            return Some(Found::Collection(end, is_array));
        }
        if !is_array {
            match opens_record(view, self.at, last) {
                None => return Some(Found::NeedsMore),
                Some(true) if self.has_record => return Some(Found::NextRecord(self.at)),
                Some(opens) => self.has_record |= opens,
            }
        }
        self.depth += 1;
        self.expects_name = self.depth == 1;
        (self.depth > MAX_DEPTH).then_some(Found::TooMuch(self.at))
    }
}

/// Where an object ends that begins with a leader or fields, if nothing in it needs a closer look.
///
/// Of such an object [`Object::scan`] would say the same. It has all of its state in registers.
pub(super) fn usual_object(view: &[u8]) -> Option<usize> {
    let start = 1 + blanks_at(view, 1);
    let head = view.get(start..)?.first_chunk::<8>()?;
    if head != LEADER && head != b"\"fields\"" {
        return None;
    }
    let mut has_record = head == LEADER;
    let mut depth: usize = 1;
    let mut at = start;
    loop {
        match *view.get(at)? {
            b'"' => {
                at = end_of_string(view, at + 1)?;
                let behind = *view.get(at)?;
                if !matches!(behind, b',' | b':' | b'}' | b']') {
                    at += blanks_at(view, at);
                    if !matches!(*view.get(at)?, b',' | b':' | b'}' | b']') {
                        return None;
                    }
                }
                continue;
            }
            b'[' => depth += 1,
            b'{' => {
                depth += 1;
                // Another record, perhaps.
                let name = match *view.get(at + 1)? {
                    b'"' => at + 1,
                    _ => at + 1 + blanks_at(view, at + 1),
                };
                if *view.get(name + 1)? == b'l' && view.get(name..)?.starts_with(LEADER) {
                    if has_record {
                        return None;
                    }
                    has_record = true;
                }
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return None;
        }
        at += 1;
    }
}

/// The place behind the end of a string without control characters.
#[inline(always)]
fn end_of_string(view: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let block = u64::from_le_bytes(*view.get(at..)?.first_chunk()?);
        let marks = below(block, 0x20) | equal(block, b'"') | equal(block, b'\\');
        if marks == 0 {
            at += 8;
            continue;
        }
        at += (marks.trailing_zeros() / 8) as usize;
        match *view.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => return None,
        }
    }
}

/// How much white space there is at a place.
fn blanks_at(view: &[u8], at: usize) -> usize {
    let rest = view.get(at..).unwrap_or_default();
    let is_blank = |byte: &&u8| b" \t\r\n".contains(byte);
    rest.iter().take_while(is_blank).count()
}

/// Whether an object begins at `start` whose first member is a leader; `None`: more are needed.
fn opens_record(data: &[u8], start: usize, last: bool) -> Option<bool> {
    let Some((b'{', rest)) = data.get(start..).and_then(<[u8]>::split_first) else {
        return (last || start < data.len()).then_some(false);
    };
    let blanks = rest
        .iter()
        .take(MAX_BLANKS)
        .take_while(|byte| b" \t\r\n".contains(byte));
    let rest = rest.get(blanks.count()..).unwrap_or_default();
    if rest.starts_with(LEADER) {
        return Some(true);
    }
    let is_part = rest.len() < LEADER.len() && LEADER.starts_with(rest);
    (!is_part || last).then_some(false)
}

/// Where such an object begins if nothing but white space and a comma is before it.
#[allow(clippy::option_option)]
fn opens_record_soon(data: &[u8], start: usize, last: bool) -> Option<Option<usize>> {
    let rest = data.get(start..).unwrap_or_default();
    let before = rest
        .iter()
        .take(MAX_BLANKS)
        .take_while(|byte| b" \t\r\n,".contains(byte));
    let place = start + before.count();
    Some(opens_record(data, place, last)?.then_some(place))
}

/// Where the next object begins whose first member is a leader.
pub(super) fn next_record(data: &[u8], from: usize) -> Option<usize> {
    memmem::find_iter(data.get(from..)?, LEADER)
        .find_map(|place| start_of_record(data, from, from + place))
}

fn start_of_record(data: &[u8], from: usize, leader: usize) -> Option<usize> {
    let before = data.get(from..leader)?;
    let blanks = before
        .iter()
        .rev()
        .take(MAX_BLANKS)
        .take_while(|byte| b" \t\r\n".contains(byte));
    let place = before.len().checked_sub(blanks.count() + 1)?;
    (before.get(place) == Some(&b'{')).then_some(from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_behind_a_string_are_passed_once() {
        let mut object = Object::default();
        let mut data = b"{\"leader\"".to_vec();
        for _ in 0..3 {
            data.extend_from_slice(&[b' '; 100]);
            assert_eq!(object.scan(&data, false), Found::NeedsMore);
            assert_eq!(object.at, data.len());
        }
        data.extend_from_slice(b":1}");
        assert_eq!(object.scan(&data, true), Found::End(data.len()));
    }
}
