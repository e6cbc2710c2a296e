//! The frames of a file of documents, arrays and collections.

use super::scan::{Found, Object, next_record, usual_object};
use super::{MAX_BETWEEN, byte_order_mark, is_blank};
use crate::text::{Frames, Kind, MAX_SPAN};

/// How deep objects and arrays may be in each other.
pub(super) const MAX_DEPTH: usize = 64;
/// More than an ordinary record has, in bytes.
const MUCH: usize = 1 << 18;
/// No start of a record is longer: bracket, white space, name.
const LONGEST_START: usize = 80;

/// Documents of JSON, and arrays of them.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// What is open around the place.
    open: Vec<Open>,
    state: State,
    begun: bool,
}

/// What a record can stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Array,
    /// An object one member of which has records.
    Collection,
    /// A member of one, whose value comes next.
    Member,
}

#[derive(Debug, Default)]
enum State {
    /// Between two frames.
    #[default]
    Between,
    /// In what stands between two records, up to here.
    Passing(usize),
    /// In bytes that are nothing, up to here.
    Nothing(usize),
    /// In an object.
    Object(Object),
    /// Behind something wrong: the next record is looked for from here.
    Searching(Kind, usize),
}

impl Frames for Documents {
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        loop {
            match std::mem::take(&mut self.state) {
                State::Between => {
                    if data.is_empty() {
                        // Once, for the state is that of the beginning afterwards.
                        let is_open = last && !std::mem::take(&mut self.open).is_empty();
                        return is_open.then_some((Kind::Unread, 0));
                    }
                    if let Some(end) = self.begin(data, last)? {
                        return Some((Kind::Record, end));
                    }
                }
                State::Passing(seen) => match self.pass(data, seen, last) {
                    Some(0) => self.state = State::Nothing(1),
                    Some(length) => return Some((Kind::Between, length)),
                    None => return None,
                },
                State::Nothing(seen) => return self.nothing(data, seen, last),
                State::Object(object) => {
                    if let Some(frame) = self.object(object, data, last) {
                        return frame;
                    }
                }
                State::Searching(kind, from) => {
                    if let Some(frame) = self.search(kind, from, data, last) {
                        return frame;
                    }
                }
            }
        }
    }
}

impl Documents {
    /// Sees what begins here: the end of it, if it is a usual record; `None`: more data are needed.
    #[allow(clippy::option_option)]
    fn begin(&mut self, data: &[u8], last: bool) -> Option<Option<usize>> {
        if !self.begun {
            let mark = byte_order_mark(data, last)?;
            self.begun = true;
            if mark > 0 {
                self.state = State::Passing(mark);
                return Some(None);
            }
        }
        if self.open.last() == Some(&Open::Collection) {
            self.state = State::Object(Object::rest());
            return Some(None);
        }
        if self.open.last() == Some(&Open::Member) {
            self.open.pop();
        }
        if data.first() != Some(&b'{') {
            self.state = State::Passing(0);
            return Some(None);
        }
        // Not of much, for it looks at all of it again if there is not enough.
        let usual = usual_object(data.get(..MUCH).unwrap_or(data));
        if usual.is_none() {
            self.state = State::Object(Object::default());
        }
        Some(usual)
    }

    /// How long what stands between two records is; 0 if nothing does.
    fn pass(&mut self, data: &[u8], seen: usize, last: bool) -> Option<usize> {
        let mut at = seen;
        while at < MAX_BETWEEN {
            match data.get(at) {
                Some(&byte) if is_blank(byte) || byte == b',' => {}
                Some(b'[') if self.open.len() < MAX_DEPTH => self.open.push(Open::Array),
                Some(b']') if self.open.last() == Some(&Open::Array) => {
                    self.open.pop();
                    if self.open.last() == Some(&Open::Collection) {
                        return Some(at + 1);
                    }
                }
                Some(_) => return Some(at),
                None if last => return Some(at),
                None => {
                    self.state = State::Passing(at);
                    return None;
                }
            }
            at += 1;
        }
        Some(at)
    }

    /// The bytes up to the next bracket, of which nothing can be made.
    fn nothing(&mut self, data: &[u8], seen: usize, last: bool) -> Option<(Kind, usize)> {
        let view = data.get(..MAX_SPAN).unwrap_or(data);
        let rest = view.get(seen..).unwrap_or_default();
        // Brackets that open or close nothing are part of it.
        let opens = self.open.len() < MAX_DEPTH;
        let closes = self.open.last() == Some(&Open::Array);
        let is_bracket = |byte: &u8| match byte {
            b'{' => true,
            b'[' => opens,
            b']' => closes,
            _ => false,
        };
        match rest.iter().position(is_bracket) {
            Some(length) => Some((Kind::Unread, seen + length)),
            None if last || view.len() == MAX_SPAN => Some((Kind::Unread, view.len())),
            None => {
                self.state = State::Nothing(view.len());
                None
            }
        }
    }

    /// The frame of an object, or that more data are needed; `None` if the state has changed.
    fn object(
        &mut self,
        mut object: Object,
        data: &[u8],
        last: bool,
    ) -> Option<Option<(Kind, usize)>> {
        let is_rest = object.is_rest();
        let frame = match object.scan(data, last) {
            Found::NeedsMore => {
                self.state = State::Object(object);
                return Some(None);
            }
            Found::End(end) if is_rest => {
                self.open.pop();
                (Kind::Between, end)
            }
            Found::End(end) => (Kind::Record, end),
            Found::NextRecord(end) if is_rest => {
                self.open.push(Open::Member);
                if end == 0 {
                    return None;
                }
                (Kind::Between, end)
            }
            Found::NextRecord(end) => (Kind::Record, end),
            Found::Collection(end, is_array) => {
                if !is_rest {
                    self.open.push(Open::Collection);
                }
                self.open
                    .push(if is_array { Open::Array } else { Open::Member });
                (Kind::Between, end)
            }
            Found::EndOfData if is_rest => (Kind::Between, data.len()),
            Found::EndOfData => (Kind::Record, data.len()),
            Found::Wrong(from) if is_rest => return self.look_on(Kind::Unread, from),
            Found::Wrong(from) => return self.look_on(Kind::Record, from),
            Found::TooMuch(from) => return self.look_on(Kind::Unread, from),
        };
        Some(Some(frame))
    }

    fn look_on<T>(&mut self, kind: Kind, from: usize) -> Option<T> {
        self.state = State::Searching(kind, from.max(1));
        None
    }

    /// The frame up to the next record, or that more data are needed; `None` if it begins here.
    fn search(
        &mut self,
        kind: Kind,
        from: usize,
        data: &[u8],
        last: bool,
    ) -> Option<Option<(Kind, usize)>> {
        let found = next_record(data, from);
        let from = found.unwrap_or(from.max(data.len().saturating_sub(LONGEST_START)));
        let end = match found {
            Some(start) => start,
            None if last => data.len(),
            None if data.len() > MAX_SPAN + LONGEST_START => from,
            None => {
                self.state = State::Searching(kind, from);
                return Some(None);
            }
        };
        if end == 0 {
            return None;
        }
        if end <= MAX_SPAN {
            return Some(Some((kind, end)));
        }
        self.state = State::Searching(Kind::Unread, from - from.min(MAX_SPAN));
        Some(Some((Kind::Unread, MAX_SPAN)))
    }
}
