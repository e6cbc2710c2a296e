//! Records out of the text formats: MARC-in-JSON, MARCXML, line formats.
//!
//! ```text
//! blocks of bytes -> Frames: where each record begins and ends -> Reader: plain bytes of each
//! ```
//!
//! Finding the records needs what stands before them, so it goes one after the other. Reading a
//! record needs nothing but its bytes and what [`Frames::context`] says, so many can be read at
//! once. [`TextRecords`] does both, and formats what was read if there is a target.

mod aleph;
mod batch;
mod json;
mod line;
mod lines;
mod marcxml;
mod mrk;
mod queue;
mod records;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use memchr::memchr_iter;

pub use batch::{Content, Done, Item};
pub use records::{TextRecords, Waiting};

use lines::{LineFrames, Syntax};

use crate::LEADER_LENGTH;

/// The longest span that is taken for one record, in bytes.
pub const MAX_SPAN: usize = 64 << 20;

/// How many line feeds there are.
#[must_use]
pub fn count_lines(block: &[u8]) -> usize {
    memchr_iter(b'\n', block).count()
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A span in which a record should be.
    Record,
    /// What the format expects between records; nothing is wrong with it.
    Between,
    /// Bytes of which nothing can be made.
    ///
    /// One of no length, at the end of the data: they end before what was opened is closed.
    Unread,
}

/// Finds the records of a format.
pub trait Frames: Send {
    /// What stands at the beginning of `data`, and how long it is; `None`: more data are needed.
    ///
    /// `data` begins where the frame before ended. After `None` it is called with the same bytes
    /// and more behind them, so it remembers how far it has looked; with `last`, which says that
    /// there are no more, it gives a frame as long as there are data. At the end of all it is
    /// called with no data and `last`. The frames are the same in whatever blocks the data come.
    fn next_frame(&mut self, data: &[u8], last: bool) -> Option<(Kind, usize)>;

    /// What the reader has to know for the frame given last.
    fn context(&self) -> Arc<[u8]> {
        Arc::default()
    }
}

/// What reads a record; it keeps nothing of one for the next but its room to work in.
pub trait Reader: Send {
    /// Appends the plain record that stands in `span` to `out`.
    ///
    /// Gives the leader to be shown, if that is not the one in the bytes. `None` where there is
    /// anything to be said about the record: then what was appended is taken back, and the
    /// reference reader of the format reads it. The record is regular as well as plain (see
    /// [`crate::plain`]).
    fn read(&mut self, span: &[u8], context: &[u8], out: &mut Vec<u8>) -> Option<Beside>;
}

/// The leader that stands beside the bytes of a record, where it is another than theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside(pub Option<[u8; LEADER_LENGTH]>);

/// The text formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// MARC-in-JSON: documents, arrays of them.
    Json,
    /// MARC-in-JSON, a record in each line.
    JsonLines,
    /// MARCXML, in whatever it is wrapped.
    MarcXml,
    /// MarcEdit's mnemonic format.
    Mrk,
    /// YAZ's line format.
    Line,
    /// Aleph sequential.
    Aleph,
}

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "jsonl" => Some(Self::JsonLines),
            "marcxml" => Some(Self::MarcXml),
            "mrk" => Some(Self::Mrk),
            "line" => Some(Self::Line),
            "aleph" => Some(Self::Aleph),
            _ => None,
        }
    }

    /// What finds the records of a file.
    #[must_use]
    pub fn frames(self) -> Box<dyn Frames> {
        match self {
            Self::Json => Box::new(json::Documents::default()),
            Self::JsonLines => Box::new(json::Lines::default()),
            Self::MarcXml => Box::new(marcxml::XmlFrames::default()),
            Self::Mrk => Box::new(LineFrames::new(Syntax::Mrk)),
            Self::Line => Box::new(LineFrames::new(Syntax::Line)),
            Self::Aleph => Box::new(LineFrames::new(Syntax::Aleph)),
        }
    }

    /// What reads a record.
    #[must_use]
    pub fn reader(self) -> Box<dyn Reader> {
        match self {
            Self::Json | Self::JsonLines => Box::new(json::RecordReader::default()),
            Self::MarcXml => Box::new(marcxml::RecordReader::default()),
            Self::Mrk => Box::new(mrk::RecordReader::default()),
            Self::Line => Box::new(line::RecordReader::default()),
            Self::Aleph => Box::new(aleph::RecordReader::default()),
        }
    }
}
