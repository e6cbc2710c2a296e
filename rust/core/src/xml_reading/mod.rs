//! Records from MARCXML, without a general parser of XML.
//!
//! [`Scanner`] takes a document in blocks of bytes and gives the records that end in each block. It
//! accepts less than XML allows: UTF-8, no document type declaration, ASCII in names. Whatever it
//! accepts is well-formed XML with namespaces, and the records are those that a handler of SAX
//! events makes of it. Of anything else it says [`NotForScanner`], also of what is simply an
//! error: the caller hands the document to a real parser, which knows what to say.
//!
//! [`lexis`] cuts markup, [`text`] resolves references and ends of lines, [`namespaces`] knows
//! which prefixes are declared, [`collecting`] makes records of what the elements say.

mod collecting;
mod lexis;
mod namespaces;
mod scanner;
mod text;

pub use collecting::{Batch, Field, Item, Parts, Span};
pub(crate) use lexis::data_field;
pub use scanner::Scanner;
pub(crate) use text::{check_characters, push_content};

/// The document is none that the scanner reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotForScanner;

/// Why a token could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// It does not end in the data that are there.
    Incomplete,
    /// It is none that the scanner reads.
    NotForScanner,
}

impl From<NotForScanner> for Stop {
    fn from(_: NotForScanner) -> Self {
        Self::NotForScanner
    }
}

#[cfg(test)]
mod tests;
