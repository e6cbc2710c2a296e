//! The frames of a file with a document in each line.

use memchr::memchr;

use super::{MAX_BETWEEN, byte_order_mark, is_blank};
use crate::text::{Frames, Kind, MAX_SPAN};

/// A document of JSON in each line.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// How much of the data was looked at.
    seen: usize,
    /// Whether something of the file was framed.
    begun: bool,
    /// Whether the data go on with a line that is too long.
    too_long: bool,
}

impl Frames for Lines {
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        let mark = if self.begun {
            0
        } else {
            byte_order_mark(data, last)?
        };
        let &first = data.first()?;
        if first == b'\n' {
            self.too_long = false;
        }
        let frame = if mark > 0 || (is_blank(first) && !self.too_long) {
            self.between(data, mark, last)
        } else {
            self.line(data, last)
        };
        if frame.is_some() {
            self.seen = 0;
            self.begun = true;
        }
        frame
    }
}

impl Lines {
    fn between(&mut self, data: &[u8], mark: usize, last: bool) -> Option<(Kind, usize)> {
        let from = self.seen.max(mark);
        let view = data.get(from..data.len().min(MAX_BETWEEN))?;
        let end = match view.iter().position(|&byte| !is_blank(byte)) {
            Some(length) => from + length,
            None => from + view.len(),
        };
        if end < data.len() || last {
            return Some((Kind::Between, end));
        }
        self.seen = end;
        (end >= MAX_BETWEEN).then_some((Kind::Between, end))
    }

    fn line(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        let kind = if self.too_long {
            Kind::Unread
        } else {
            Kind::Record
        };
        let view = data.get(..MAX_SPAN + 1).unwrap_or(data);
        if let Some(length) = memchr(b'\n', view.get(self.seen..)?) {
            self.too_long = false;
            return Some((kind, self.seen + length));
        }
        if view.len() > MAX_SPAN {
            self.too_long = true;
            return Some((Kind::Unread, MAX_SPAN));
        }
        self.seen = data.len();
        last.then_some((kind, data.len()))
    }
}
