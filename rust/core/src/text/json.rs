//! MARC-in-JSON.

use super::{Beside, Frames, Kind, Reader};
use memchr::memchr;

/// Documents of JSON, and arrays of them.
#[derive(Debug, Default)]
pub(super) struct Documents;

impl Frames for Documents {
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        (last && !data.is_empty()).then_some((Kind::Record, data.len()))
    }
}

/// A document of JSON in each line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// How much of the data was looked at.
    seen: usize,
}

impl Frames for Lines {
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)> {
        if data.first() == Some(&b'\n') {
            return Some((Kind::Between, 1));
        }
        let rest = data.get(self.seen..).unwrap_or_default();
        let Some(length) = memchr(b'\n', rest) else {
            self.seen = data.len();
            return (last && !data.is_empty()).then_some((Kind::Record, data.len()));
        };
        let length = self.seen + length;
        self.seen = 0;
        Some((Kind::Record, length))
    }
}

/// Reads a record of MARC-in-JSON.
#[derive(Debug, Default)]
pub(super) struct RecordReader;

impl Reader for RecordReader {
    fn read(&mut self, _span: &[u8], _context: &[u8], _out: &mut Vec<u8>) -> Option<Beside> {
        None
    }
}
