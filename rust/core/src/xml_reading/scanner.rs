//! The document from its beginning to its end.

use memchr::memchr;

use super::collecting::{Batch, Collector, Item, Kind};
use super::lexis::{self, is_space};
use super::namespaces::Namespaces;
use super::text::{check_characters, push_attribute_value, push_content, push_verbatim};
use super::{NotForScanner, Stop};

/// What may stand open at the end of a block, in bytes: it is read again with the next one.
const LONGEST_TOKEN: usize = 1 << 24;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const CDATA: &[u8] = b"<![CDATA[";
const COMMENT: &[u8] = b"<!--";

/// An element that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Where its name begins in `names`.
    name_start: usize,
    kind: Kind,
}

/// Reads a document block by block.
#[derive(Debug)]
pub struct Scanner {
    /// Whether elements outside of MARCXML's namespace are passed over.
    strict: bool,
    /// Whether the document was text, so that its declaration says nothing of its encoding.
    decoded: bool,
    ascii_only: bool,
    at_start: bool,
    root_seen: bool,
    ended: bool,
    /// What was given and not used yet; it begins where a token does.
    pending: Vec<u8>,
    /// How much of that was found to be proper characters.
    checked: usize,
    open: Vec<Open>,
    /// The names of the open elements, as they are written.
    names: Vec<u8>,
    namespaces: Namespaces,
    collector: Collector,
}

impl Scanner {
    /// A scanner for one document.
    #[must_use]
    pub fn new(strict: bool, decoded: bool) -> Self {
        Self {
            strict,
            decoded,
            ascii_only: false,
            at_start: true,
            root_seen: false,
            ended: false,
            pending: Vec::new(),
            checked: 0,
            open: Vec::new(),
            names: Vec::new(),
            namespaces: Namespaces::default(),
            collector: Collector::default(),
        }
    }

    /// A scanner for records inside of an element with this start tag.
    ///
    /// # Errors
    ///
    /// [`NotForScanner`] if that is not exactly one start tag.
    pub fn inside(start_tag: &[u8]) -> Result<Self, NotForScanner> {
        let mut scanner = Self::new(false, true);
        scanner.at_start = false;
        let length = scanner.scan(start_tag, false, &mut Batch::default())?;
        scanner.collector.take_odd();
        if length == start_tag.len() && scanner.open.len() == 1 {
            Ok(scanner)
        } else {
            Err(NotForScanner)
        }
    }

    /// Reads a record, the whole element, of a scanner that is [inside](Self::inside) of another.
    ///
    /// The only item that is added to the batch is a plain record of which nothing was left out,
    /// and in which all is where it should be.
    ///
    /// # Errors
    ///
    /// [`NotForScanner`]; then the scanner reads no more records.
    pub fn read_record(&mut self, span: &[u8], batch: &mut Batch) -> Result<(), NotForScanner> {
        if std::mem::replace(&mut self.ended, true) {
            return Err(NotForScanner);
        }
        self.checked = 0;
        self.check(span, true)?;
        let before = batch.items.len();
        let length = self.scan(span, false, batch)?;
        let complete = length == span.len() && self.open.len() == 1 && self.collector.is_idle();
        let plain = matches!(batch.items.get(before..), Some([Item::Plain { .. }]));
        if complete && plain && !self.collector.take_odd() {
            self.ended = false;
            Ok(())
        } else {
            Err(NotForScanner)
        }
    }

    /// Takes the next block of the document, gives the records that end in it.
    ///
    /// # Errors
    ///
    /// [`NotForScanner`], now and from now on, and whenever a document ends inside of a record.
    pub fn feed(&mut self, block: &[u8], last: bool) -> Result<Batch, NotForScanner> {
        if self.ended {
            return Err(NotForScanner);
        }
        // Set back where all is well.
        self.ended = true;
        self.pending.extend_from_slice(block);
        let mut pending = std::mem::take(&mut self.pending);
        self.check(&pending, last)?;
        let mut batch = Batch::default();
        let data = pending.get(..self.checked).unwrap_or_default();
        let used = self.scan(data, last, &mut batch)?;
        if last {
            let complete = self.root_seen && self.open.is_empty() && self.collector.is_idle();
            return if complete {
                Ok(batch)
            } else {
                Err(NotForScanner)
            };
        }
        pending.drain(..used);
        if pending.len() > LONGEST_TOKEN {
            return Err(NotForScanner);
        }
        self.checked -= used;
        self.pending = pending;
        self.ended = false;
        Ok(batch)
    }

    /// Checks the bytes that are new; a character that is cut off has to wait.
    fn check(&mut self, data: &[u8], last: bool) -> Result<(), NotForScanner> {
        let new = data.get(self.checked..).unwrap_or_default();
        let valid = if simdutf8::basic::from_utf8(new).is_ok() {
            new
        } else {
            match simdutf8::compat::from_utf8(new) {
                Err(error) if error.error_len().is_none() && !last => {
                    new.get(..error.valid_up_to()).unwrap_or_default()
                }
                _ => return Err(NotForScanner),
            }
        };
        check_characters(valid)?;
        if self.ascii_only && !valid.is_ascii() {
            return Err(NotForScanner);
        }
        self.checked += valid.len();
        Ok(())
    }

    /// Reads as many tokens as are complete, and gives their length.
    fn scan(&mut self, data: &[u8], last: bool, batch: &mut Batch) -> Result<usize, NotForScanner> {
        let mut at = 0;
        if self.at_start {
            match self.prolog(data, last) {
                Ok(length) => at = length,
                Err(Stop::Incomplete) if !last => return Ok(0),
                Err(_) => return Err(NotForScanner),
            }
            self.at_start = false;
        }
        while let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) {
            let run = match memchr(b'<', rest) {
                Some(length) => length,
                None if last => rest.len(),
                None => break,
            };
            let (characters, markup) = rest.split_at(run);
            if run > 0 {
                self.characters(characters)?;
                at += run;
            }
            if markup.is_empty() {
                break;
            }
            match self.markup(markup, batch) {
                Ok(length) => at += length,
                Err(Stop::Incomplete) if !last => break,
                Err(_) => return Err(NotForScanner),
            }
        }
        Ok(at)
    }

    /// Reads byte order mark and XML declaration, and gives their length.
    fn prolog(&mut self, data: &[u8], last: bool) -> Result<usize, Stop> {
        // "<?xml" and a blank, after the mark.
        if data.len() < 9 && !last {
            return Err(Stop::Incomplete);
        }
        let document = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
        let mark = data.len() - document.len();
        match document.strip_prefix(b"<?xml") {
            Some([blank, ..]) if is_space(*blank) => {}
            _ => return Ok(mark),
        }
        let (encoding, length) = lexis::declaration(document)?;
        let named = |name: &str| {
            encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case(name.as_bytes()))
        };
        if !self.decoded && !named("utf-8") {
            if mark > 0 || !named("us-ascii") || !data.is_ascii() {
                return Err(Stop::NotForScanner);
            }
            self.ascii_only = true;
        }
        let regular = |name: &[u8]| {
            let letters = name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
            letters && name.first().is_some_and(u8::is_ascii_alphabetic)
        };
        if encoding.is_some_and(|encoding| !regular(encoding)) {
            return Err(Stop::NotForScanner);
        }
        Ok(mark + length)
    }

    /// Takes the characters between two pieces of markup.
    fn characters(&mut self, run: &[u8]) -> Result<(), NotForScanner> {
        if self.open.is_empty() {
            return if run.iter().all(|&byte| is_space(byte)) {
                Ok(())
            } else {
                Err(NotForScanner)
            };
        }
        push_content(run, self.collector.text())
    }

    /// Takes the piece of markup that the data begin with, and gives its length.
    fn markup(&mut self, data: &[u8], batch: &mut Batch) -> Result<usize, Stop> {
        match data.get(1) {
            None => Err(Stop::Incomplete),
            Some(b'/') => self.end_tag(data, batch),
            Some(b'?') => lexis::processing_instruction(data),
            Some(b'!') if data.starts_with(COMMENT) => lexis::comment(data),
            Some(b'!') if data.starts_with(CDATA) && !self.open.is_empty() => {
                let length = lexis::end_of(data, CDATA.len(), b"]]>")?;
                let content = data.get(CDATA.len()..length - 3).unwrap_or_default();
                push_verbatim(content, self.collector.text());
                Ok(length)
            }
            Some(b'!') if COMMENT.starts_with(data) || CDATA.starts_with(data) => {
                Err(Stop::Incomplete)
            }
            Some(b'!') => Err(Stop::NotForScanner),
            Some(_) => self.start_tag(data, batch),
        }
    }

    fn start_tag(&mut self, data: &[u8], batch: &mut Batch) -> Result<usize, Stop> {
        let depth = self.open.len();
        if let Some((tag, rest)) = lexis::usual_tag(data) {
            let name = lexis::usual_name(tag);
            if depth > 0 && (!self.strict || self.namespaces.is_marc(name)?) {
                let kind = self.collector.start_usual(tag);
                self.push(name.whole, kind);
                return Ok(data.len() - rest.len());
            }
        }
        let mut attributes = lexis::Attributes::new();
        let tag = lexis::start_tag(data, &mut attributes)?;
        if depth == 0 && std::mem::replace(&mut self.root_seen, true) {
            return Err(Stop::NotForScanner);
        }
        for attribute in &attributes {
            if attribute.needs_resolving {
                push_attribute_value(attribute.value, &mut Vec::new())?;
            }
        }
        self.namespaces.enter(&attributes, depth)?;
        let mut kind = Kind::of(tag.name.local);
        if self.strict || !tag.name.prefix.is_empty() {
            let is_marc = self.namespaces.is_marc(tag.name)?;
            if self.strict && !is_marc {
                kind = Kind::PassedOver;
            }
        }
        self.collector.start(kind, &attributes)?;
        if tag.empty {
            self.collector.end(kind, batch)?;
            self.namespaces.leave(depth);
        } else {
            self.push(tag.name.whole, kind);
        }
        Ok(tag.length)
    }

    fn push(&mut self, name: &[u8], kind: Kind) {
        let name_start = self.names.len();
        self.names.extend_from_slice(name);
        self.open.push(Open { name_start, kind });
    }

    fn end_tag(&mut self, data: &[u8], batch: &mut Batch) -> Result<usize, Stop> {
        let &Open { name_start, kind } = self.open.last().ok_or(Stop::NotForScanner)?;
        let name = self.names.get(name_start..).unwrap_or_default();
        let length = lexis::end_tag(data, name)?;
        self.collector.end(kind, batch)?;
        self.open.pop();
        self.names.truncate(name_start);
        self.namespaces.leave(self.open.len());
        Ok(length)
    }
}
