//! The tasks: each goes through all the records and returns a number that depends on all it found,
//! so that nothing of the work can be left out.

use std::ops::Deref;

use mrrc_core::field::{first_value, joined_values};
use mrrc_core::json::record_as_json;
use mrrc_core::marc8::encode_into;
use mrrc_core::output::Output;
use mrrc_core::plain::{is_plain, is_regular};
use mrrc_core::salvage::salvage;
use mrrc_core::scan::next_frame;
use mrrc_core::serialise::RecordBuilder;
use mrrc_core::transcode::{Marc8, to_utf8};
use mrrc_core::view::RecordView;
use mrrc_core::xml::record_as_xml;

use crate::records::{Encoding, make};

/// The records that the tasks go through.
#[derive(Debug)]
pub struct Material {
    /// Records in UTF-8.
    pub utf8: Vec<Vec<u8>>,
    /// Records in MARC-8.
    pub marc8: Vec<Vec<u8>>,
    /// Those in UTF-8, one after the other.
    pub file: Vec<u8>,
    /// Texts above ASCII.
    pub texts: Vec<String>,
}

impl Material {
    /// Makes `count` records of each encoding.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self::of(make(count, Encoding::Utf8), make(count, Encoding::Marc8))
    }

    /// Takes records of each encoding.
    #[must_use]
    pub fn of(utf8: Vec<Vec<u8>>, marc8: Vec<Vec<u8>>) -> Self {
        let file = utf8.concat();
        let texts = utf8
            .iter()
            .filter_map(|raw| field_of(raw, *b"245"))
            .map(|data| String::from_utf8_lossy(&joined_values(data)).into_owned())
            .filter(|text| !text.is_ascii())
            .collect();
        Self {
            utf8,
            marc8,
            file,
            texts,
        }
    }
}

/// A task by its name.
pub type Task = (&'static str, fn(&Material) -> usize);

/// Every task.
pub const ALL: &[Task] = &[
    ("is_plain", |material| sum(&material.utf8, plain)),
    ("find_field", |material| sum(&material.utf8, title)),
    ("values", |material| sum(&material.utf8, values)),
    ("transcode_marc8", |material| {
        sum(&material.marc8, transcoded)
    }),
    ("encode_marc8", |material| sum(&material.texts, encoded)),
    ("serialise", |material| sum(&material.utf8, rebuilt)),
    ("json", |material| sum(&material.utf8, json)),
    ("xml", |material| sum(&material.utf8, xml)),
    ("salvage", |material| sum(&material.utf8, salvaged)),
    ("scan", |material| scanned(&material.file)),
];

fn sum<T: Deref<Target = B>, B: ?Sized>(all: &[T], one: impl Fn(&B) -> usize) -> usize {
    all.iter()
        .map(|each| one(each))
        .fold(0, usize::wrapping_add)
}

fn plain(raw: &[u8]) -> usize {
    usize::from(is_plain(raw)) + usize::from(is_regular(raw))
}

fn field_of(raw: &[u8], tag: [u8; 3]) -> Option<&[u8]> {
    let view = RecordView::new(raw)?;
    Some(view.entry(view.find(tag)?)?.data)
}

fn title(raw: &[u8]) -> usize {
    field_of(raw, *b"245")
        .and_then(|data| first_value(data, b'a'))
        .map_or(0, <[u8]>::len)
}

fn values(raw: &[u8]) -> usize {
    RecordView::new(raw).map_or(0, |view| {
        view.entries()
            .flatten()
            .filter(|entry| !entry.is_control_field())
            .map(|entry| joined_values(entry.data).len())
            .sum()
    })
}

fn transcoded(raw: &[u8]) -> usize {
    to_utf8(raw, &mut Marc8).map_or(0, |utf8| utf8.len())
}

fn encoded(text: &str) -> usize {
    let mut out = Vec::new();
    encode_into(text, &mut out);
    out.len()
}

fn rebuilt(raw: &[u8]) -> usize {
    let mut builder = RecordBuilder::with_capacity(raw.len());
    let Some(view) = RecordView::new(raw) else {
        return 0;
    };
    for entry in view.entries().flatten() {
        if builder.add_field(entry.tag, entry.data).is_err() {
            return 0;
        }
    }
    builder
        .finish(b"cam a22", b" a 4500")
        .map_or(0, |record| record.len())
}

fn leader(raw: &[u8]) -> &str {
    raw.get(..mrrc_core::LEADER_LENGTH)
        .and_then(|leader| std::str::from_utf8(leader).ok())
        .unwrap_or_default()
}

fn json(raw: &[u8]) -> usize {
    let mut out = Output::new();
    record_as_json(raw, leader(raw), false, &mut out).map_or(0, |()| out.as_bytes().len())
}

fn xml(raw: &[u8]) -> usize {
    let mut out = Output::new();
    record_as_xml(raw, leader(raw), false, true, &mut out).map_or(0, |()| out.as_bytes().len())
}

fn salvaged(raw: &[u8]) -> usize {
    let found = salvage(raw);
    found.fields.len() + found.problems.len()
}

fn scanned(file: &[u8]) -> usize {
    let (mut start, mut found) = (0, 0);
    while let Some(span) = next_frame(file, start, true) {
        found += 1;
        if span.end <= start {
            break;
        }
        start = span.end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_records_are_plain_and_every_task_finds_something() {
        let material = Material::new(40);
        assert!(material.utf8.iter().all(|raw| is_plain(raw)));
        assert_eq!(scanned(&material.file), 40);
        assert_eq!(crate::records::cut(&material.file), material.utf8);
        for (name, task) in ALL {
            assert!(task(&material) >= 9, "{name}");
        }
    }

    #[test]
    fn both_encodings_have_the_same_texts() {
        let material = Material::new(40);
        for (utf8, marc8) in material.utf8.iter().zip(&material.marc8) {
            let read = to_utf8(marc8, &mut Marc8);
            let title = read.as_deref().and_then(|raw| field_of(raw, *b"245"));
            assert_eq!(title, field_of(utf8, *b"245"));
        }
    }

    #[test]
    fn a_rebuilt_record_is_the_record() {
        for raw in &Material::new(40).utf8 {
            assert_eq!(rebuilt(raw), raw.len());
        }
    }
}
