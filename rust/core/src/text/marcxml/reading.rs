//! A record of MARCXML.

use memchr::memchr;

use super::usual::UsualRecords;
use crate::plain::is_regular;
use crate::text::{Beside, Reader};
use crate::xml_reading::{Batch, Item, Scanner};

/// Reads a record of MARCXML.
#[derive(Debug, Default)]
pub struct RecordReader {
    /// What the scanner is inside of.
    context: Vec<u8>,
    /// None before the first record, and after one that it did not read.
    scanner: Option<Scanner>,
    /// For records with a start tag that the scanner has read in this context.
    usual: Option<UsualRecords>,
    items: Vec<Item>,
}

impl Reader for RecordReader {
    fn read(&mut self, span: &[u8], context: &[u8], out: &mut Vec<u8>) -> Option<Beside> {
        if self.context != context {
            self.scanner = None;
            self.usual = None;
            self.context.clear();
            self.context.extend_from_slice(context);
        }
        let mut known = false;
        if let Some(usual) = self.usual.as_mut().filter(|usual| usual.begin(span)) {
            let before = out.len();
            if let Some(leader) = usual.read(span, out) {
                return Some(Beside(leader));
            }
            out.truncate(before);
            known = true;
        }
        let mut scanner = match self.scanner.take() {
            Some(scanner) => scanner,
            None => Scanner::inside(start_tag(context)).ok()?,
        };
        self.items.clear();
        let mut batch = Batch {
            bytes: std::mem::take(out),
            items: std::mem::take(&mut self.items),
        };
        let read = scanner.read_record(span, &mut batch);
        *out = batch.bytes;
        self.items = batch.items;
        if read.is_err() {
            return None;
        }
        self.scanner = Some(scanner);
        if !known {
            self.usual = start_tag_of(span).and_then(UsualRecords::new);
        }
        match self.items.last() {
            Some(Item::Plain { record, leader }) if is_regular(record.of(out)) => {
                Some(Beside(*leader))
            }
            _ => None,
        }
    }
}

/// The start tag in a context, before the document type that may follow it.
fn start_tag(context: &[u8]) -> &[u8] {
    match memchr(b'>', context) {
        Some(end) if context.starts_with(b"<x ") => context.get(..=end).unwrap_or_default(),
        _ => b"<x>",
    }
}

/// The start tag of a span, if it ends where it seems to.
fn start_tag_of(span: &[u8]) -> Option<&[u8]> {
    let (end, whole) = super::tokens::start_tag(span, true).ok()?;
    span.get(..end).filter(|_| whole)
}
