//! From token to token, and to the end of each record.

use std::sync::Arc;

use memchr::{memchr, memchr2, memmem};

use super::declarations::{Declarations, is_marc, is_part};
use super::ends::UsualEnd;
use super::marks::{Absent, Mark, opening};
use super::tokens::{self, FirstChild, More, begins_name, is_document, is_space, local, name};
use crate::text::{Frames, Kind, MAX_SPAN};

/// How much may stand in one frame that is no record, if no single token is longer.
const LONGEST_BETWEEN: usize = 1 << 16;
const MOST_OPEN: usize = 64;
/// The longest opening that has to be known: that of a CDATA section.
const LONGEST_OPENING: usize = 9;
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What was joined: declarations, and a document type.
type Joined = (Arc<[u8]>, Arc<[u8]>);

/// Cuts MARCXML into records and what is between them.
#[derive(Debug, Default)]
pub struct XmlFrames {
    state: State,
    context: Arc<[u8]>,
    /// Declarations and document type, and both in one.
    joined: Option<Joined>,
    both: Arc<[u8]>,
    absent: Absent,
    /// How far the end of the record was looked for.
    seen: usize,
    usual_end: Option<UsualEnd>,
}

/// What is open.
#[derive(Debug, Clone, Default)]
struct State {
    open: Vec<Open>,
    /// How many elements are open inside of the last one of these.
    deeper: usize,
    /// The document type declaration, if it declares entities.
    doctype: Arc<[u8]>,
    declarations: Arc<Declarations>,
}

#[derive(Debug, Clone)]
struct Open {
    name: Arc<[u8]>,
    /// Those outside of the element.
    declarations: Arc<Declarations>,
}

/// What a token is to the elements that are open.
#[derive(Debug)]
enum Effect {
    /// Text.
    Characters,
    BadCharacters,
    /// None, and nothing is wrong with it.
    Passed,
    /// It is out of place, or cannot be understood.
    Bad,
    State(Box<State>, bool),
    /// The start tag of a record with this name.
    Record {
        name: usize,
        empty: bool,
    },
}

struct Token {
    end: usize,
    effect: Effect,
}

impl Token {
    const fn bad(end: usize) -> Self {
        Self {
            end,
            effect: Effect::Bad,
        }
    }
}

impl Frames for XmlFrames {
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        let frame = self.frame(data, last).ok()?;
        if let Some((_, length)) = frame {
            self.absent.forget(length);
            self.seen = 0;
        }
        frame
    }

    fn context(&self) -> Arc<[u8]> {
        Arc::clone(&self.context)
    }
}

impl XmlFrames {
    fn frame(&mut self, data: &[u8], last: bool) -> Result<Option<(Kind, usize)>, More> {
        if data.is_empty() {
            let broken_off = last && (!self.state.open.is_empty() || self.state.deeper > 0);
            return Ok(broken_off.then_some((Kind::Unread, 0)));
        }
        let mut changed: Option<Box<State>> = None;
        let mut unread = false;
        let mut at = 0;
        while at < LONGEST_BETWEEN {
            if at == data.len() {
                if last {
                    break;
                }
                return Err(More);
            }
            let state = changed.as_deref().unwrap_or(&self.state);
            let token = token(&mut self.absent, state, data, at, last)?;
            let (bad, is_text, after) = match token.effect {
                Effect::Characters => (false, true, None),
                Effect::BadCharacters => (true, true, None),
                Effect::Passed => (false, false, None),
                Effect::Bad => (true, false, None),
                Effect::State(after, bad) => (bad, false, Some(after)),
                Effect::Record { .. } if at > 0 => break,
                Effect::Record { name, empty } => {
                    return self.record(data, token.end, name, empty, last);
                }
            };
            if at == 0 {
                unread = bad;
            } else if bad != unread && !(unread && is_text) {
                break;
            }
            changed = after.or(changed);
            at += token.end;
        }
        if let Some(changed) = changed {
            self.state = *changed;
        }
        let kind = if unread { Kind::Unread } else { Kind::Between };
        Ok(Some((kind, at)))
    }

    fn record(
        &mut self,
        data: &[u8],
        tag_end: usize,
        name: usize,
        empty: bool,
        last: bool,
    ) -> Result<Option<(Kind, usize)>, More> {
        let frame = if empty {
            (Kind::Record, tag_end)
        } else {
            self.record_end(data, tag_end, name, last)?
        };
        let context = self.state.declarations.context();
        let doctype = &self.state.doctype;
        if doctype.is_empty() {
            self.context = Arc::clone(context);
            return Ok(Some(frame));
        }
        // Many records have one and the same, which can be long.
        let is_same = |(tag, types): &(Arc<[u8]>, Arc<[u8]>)| {
            Arc::ptr_eq(tag, context) && Arc::ptr_eq(types, doctype)
        };
        if !self.joined.as_ref().is_some_and(is_same) {
            self.joined = Some((Arc::clone(context), Arc::clone(doctype)));
            self.both = [&**context, &**doctype].concat().into();
        }
        self.context = Arc::clone(&self.both);
        Ok(Some(frame))
    }

    /// Where the record ends that the data begin with.
    fn record_end(
        &mut self,
        data: &[u8],
        tag_end: usize,
        name_length: usize,
        last: bool,
    ) -> Result<(Kind, usize), More> {
        let stop = data.len().min(MAX_SPAN);
        let at_bound = stop == MAX_SPAN;
        let more = !at_bound && !last;
        let data = data.get(..stop).unwrap_or_default();
        let own = data.get(1..=name_length).unwrap_or_default();
        let open = self.state.open.last().filter(|_| self.state.deeper == 0);
        let parent = open.map(|open| &*open.name).filter(|name| !is_part(name));
        if self.seen == 0 {
            let usual = UsualEnd::of(&mut self.usual_end, own, parent);
            if let Some(length) = usual.find(data.get(tag_end..).unwrap_or_default()) {
                return Ok((Kind::Record, tag_end + length));
            }
        }
        let first = own.first().copied().unwrap_or(b'<');
        let mut at = self.seen.max(tag_end);
        loop {
            let Some(found) = data.get(at..).and_then(|rest| memchr(b'<', rest)) else {
                self.seen = stop;
                break;
            };
            at += found;
            // If it cannot be told yet what this is.
            self.seen = at;
            let (_, markup) = data.split_at(at);
            let after = markup.get(1..).unwrap_or_default();
            match after.first().copied() {
                None => break,
                Some(b'/') => {
                    let written = after.get(1..).unwrap_or_default();
                    // Most end tags are told from the one looked for by their first letter.
                    let may_be =
                        |name: &[u8]| written.is_empty() || written.first() == name.first();
                    let own_behind = if may_be(own) {
                        written.strip_prefix(own)
                    } else {
                        None
                    };
                    if let Some(behind) = own_behind {
                        match behind.first() {
                            None => break,
                            Some(b'>') => return Ok((Kind::Record, at + 3 + own.len())),
                            Some(&byte) if is_space(byte) => {
                                let from = at + 2 + own.len();
                                return match memchr2(b'<', b'>', behind) {
                                    Some(end) if behind.get(end) == Some(&b'>') => {
                                        Ok((Kind::Record, from + end + 1))
                                    }
                                    Some(end) => Ok((Kind::Record, from + end)),
                                    None if more => Err(More),
                                    None => Ok((Kind::Record, stop)),
                                };
                            }
                            Some(_) => {}
                        }
                    } else if may_be(own) && own.starts_with(written) {
                        break;
                    }
                    if let Some(parent) = parent.filter(|parent| may_be(parent)) {
                        match written.strip_prefix(parent).map(<[u8]>::first) {
                            Some(None) => break,
                            Some(Some(&byte)) if is_space(byte) || byte == b'>' => {
                                return Ok((Kind::Record, at));
                            }
                            None if parent.starts_with(written) => break,
                            _ => {}
                        }
                    }
                    at += 2;
                }
                Some(second @ (b'!' | b'?')) => {
                    if markup.len() < LONGEST_OPENING && more {
                        return Err(More);
                    }
                    if second == b'?' && is_document(markup) {
                        return Ok((Kind::Record, at));
                    }
                    at += match opening(markup) {
                        Some((opening, mark)) => match self.absent.find(mark, data, at + opening) {
                            Some(end) => end + mark.bytes().len() - at,
                            None if more => return Err(More),
                            None => opening,
                        },
                        None => 2,
                    };
                }
                Some(byte) if byte == first => {
                    match after.strip_prefix(own).map(<[u8]>::first) {
                        Some(None) => break,
                        Some(Some(&byte)) if is_space(byte) || matches!(byte, b'>' | b'/') => {
                            return Ok((Kind::Record, at));
                        }
                        None if own.starts_with(after) => break,
                        _ => {}
                    }
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
        if more {
            Err(More)
        } else if at_bound {
            Ok((Kind::Unread, MAX_SPAN))
        } else {
            Ok((Kind::Record, stop))
        }
    }
}

/// Reads the token at `at` of the data.
fn token(
    absent: &mut Absent,
    state: &State,
    data: &[u8],
    at: usize,
    last: bool,
) -> Result<Token, More> {
    let rest = data.get(at..).unwrap_or_default();
    if rest.first() != Some(&b'<') {
        return characters(state, rest, LONGEST_BETWEEN - at, last);
    }
    if rest.len() < LONGEST_OPENING && !last {
        return Err(More);
    }
    match rest.get(1) {
        Some(b'!' | b'?') => declaration(absent, state, data, at, last),
        Some(b'/') => {
            let (end, whole) = tokens::end_tag(rest, last)?;
            if !whole {
                return Ok(Token::bad(end));
            }
            let name = name(rest.get(2..end).unwrap_or_default());
            let effect = state.closed(name);
            Ok(Token { end, effect })
        }
        Some(&first) if begins_name(first) => start_tag(state, rest, last),
        _ => Ok(Token::bad(1)),
    }
}

fn characters(state: &State, rest: &[u8], room: usize, last: bool) -> Result<Token, More> {
    let text = rest.get(..room).unwrap_or(rest);
    let end = match memchr(b'<', text) {
        Some(end) => end,
        None if text.len() < room && !last => return Err(More),
        None => text.len(),
    };
    let text = text.get(..end).unwrap_or_default();
    let effect = state.characters(is_blank(text));
    Ok(Token { end, effect })
}

/// Whether there is nothing but white space, and marks as files begin with.
fn is_blank(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [byte, rest @ ..] if is_space(*byte) => rest,
            _ => match text.strip_prefix(MARK) {
                Some(rest) => rest,
                None => return false,
            },
        };
    }
}

/// Reads what begins with an exclamation mark or a question mark.
fn declaration(
    absent: &mut Absent,
    state: &State,
    data: &[u8],
    at: usize,
    last: bool,
) -> Result<Token, More> {
    let rest = data.get(at..).unwrap_or_default();
    if rest.starts_with(b"<!DOCTYPE") {
        let (end, whole) = tokens::document_type(rest, last)?;
        if !whole {
            return Ok(Token::bad(end));
        }
        let text = rest.get(..end).unwrap_or_default();
        let mut after = state.clone();
        after.doctype = match memmem::find(text, b"<!ENTITY") {
            Some(_) => text.into(),
            None => Arc::default(),
        };
        let effect = Effect::State(Box::new(after), false);
        return Ok(Token { end, effect });
    }
    let Some((opening, mark)) = opening(rest) else {
        return Ok(Token::bad(2));
    };
    let limited = data.get(..at + MAX_SPAN);
    let Some(found) = absent.find(mark, limited.unwrap_or(data), at + opening) else {
        return match limited {
            None if !last => Err(More),
            _ => Ok(Token::bad(opening)),
        };
    };
    let effect = match mark {
        Mark::Section => state.characters(false),
        Mark::Instruction if is_document(rest) => Effect::State(Box::default(), false),
        _ => Effect::Passed,
    };
    let end = found + mark.bytes().len() - at;
    Ok(Token { end, effect })
}

fn start_tag(state: &State, rest: &[u8], last: bool) -> Result<Token, More> {
    let (end, whole) = tokens::start_tag(rest, last)?;
    let (tag, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let name = name(tag.get(1..).unwrap_or_default());
    let empty = whole && tag.ends_with(b"/>");
    let inner = state.declarations.with(tag);
    let uri = inner.as_ref().unwrap_or(&state.declarations).uri_of(name);
    if local(name) == b"record" {
        let child = if empty {
            FirstChild::None
        } else {
            tokens::first_child(behind, last)?
        };
        let is_record = match child {
            FirstChild::Marc => true,
            FirstChild::None => is_marc(uri) || (uri.is_empty() && whole),
            FirstChild::Other => is_marc(uri),
        };
        if is_record {
            let name = name.len();
            let effect = Effect::Record { name, empty };
            return Ok(Token { end, effect });
        }
    }
    // Part of a record that does not begin.
    let stray = is_part(name) && (uri.is_empty() || is_marc(uri));
    let effect = if !whole || stray {
        Effect::Bad
    } else if empty {
        Effect::Passed
    } else {
        state.opened(name, inner)
    };
    Ok(Token { end, effect })
}

impl State {
    fn characters(&self, blank: bool) -> Effect {
        let bad = if self.open.is_empty() {
            !blank
        } else {
            self.deeper > 0
        };
        if bad {
            Effect::BadCharacters
        } else {
            Effect::Characters
        }
    }

    fn opened(&self, name: &[u8], inner: Option<Declarations>) -> Effect {
        let mut after = self.clone();
        let deeper = self.deeper > 0 || self.open.len() == MOST_OPEN;
        if deeper {
            after.deeper += 1;
        } else {
            after.open.push(Open {
                name: name.into(),
                declarations: Arc::clone(&self.declarations),
            });
            if let Some(inner) = inner {
                after.declarations = Arc::new(inner);
            }
        }
        Effect::State(Box::new(after), deeper)
    }

    fn closed(&self, name: &[u8]) -> Effect {
        let mut after = self.clone();
        if self.deeper > 0 {
            after.deeper -= 1;
            return Effect::State(Box::new(after), true);
        }
        while let Some(open) = after.open.pop() {
            if *open.name == *name {
                after.declarations = open.declarations;
                return Effect::State(Box::new(after), false);
            }
        }
        Effect::Bad
    }
}
