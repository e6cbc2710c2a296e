//! mrk and the other formats of lines: frames are the same in any blocks, records that are read are
//! plain, and what is written of one is read as it was.

use std::time::Duration;

use mrrc_core::LEADER_LENGTH;
use mrrc_core::mrk::record_as_mrk;
use mrrc_core::output::Output;
use mrrc_core::plain::{is_plain, is_regular};
use mrrc_core::text::{Content, Format, TextRecords, Waiting};

/// Any bytes as a file of each format, and as the fields of a record in mrk.
pub fn check(data: &[u8]) {
    for format in [Format::Mrk, Format::Line, Format::Aleph] {
        look_at(data, format);
    }
    let mut text = b"=LDR  00000nam a2200000   4500\n=".to_vec();
    text.extend_from_slice(data);
    look_at(&text, Format::Mrk);
}

/// A frame: where it ends, and the record that was read in it.
#[derive(Debug, PartialEq)]
struct Found {
    end: usize,
    kind: u8,
    record: Option<(Vec<u8>, [u8; LEADER_LENGTH])>,
}

fn look_at(data: &[u8], format: Format) {
    let whole = items(data, data.len().max(1), format);
    assert_eq!(whole.last().map_or(0, |last| last.end), data.len());
    // The first byte says how the file is divided, too.
    let piece = 1 + usize::from(data.first().copied().unwrap_or_default()) % 50;
    assert_eq!(items(data, piece, format), whole);
    for found in &whole {
        if let Some((raw, leader)) = &found.record {
            assert!(is_plain(raw) && is_regular(raw));
            comes_back(raw, leader);
        }
    }
}

/// A record that is written as it is, is read as it is.
fn comes_back(raw: &[u8], leader: &[u8; LEADER_LENGTH]) {
    let mut out = Output::new();
    if record_as_mrk(raw, leader, &mut out).is_none() {
        return;
    }
    let found = items(out.as_bytes(), 1 << 20, Format::Mrk);
    assert_eq!(found.len(), 1);
    // A delimiter in a control field is written, but its reading is left to the reference.
    match &found[0].record {
        Some((again, shown)) => assert!(again == raw && shown == leader),
        None => assert!(out.as_bytes().windows(4).any(|text| text == b"{1F}")),
    }
}

fn items(data: &[u8], piece: usize, format: Format) -> Vec<Found> {
    let Ok(mut records) = TextRecords::new(format, None, 0) else {
        return Vec::new();
    };
    let mut found: Vec<Found> = Vec::new();
    let blocks = data.chunks(piece).map(|block| (block, false));
    for (block, last) in blocks.chain([(b"".as_slice(), true)]) {
        records.feed(block, last);
        let before = found.last().map_or(0, |last| last.end);
        while let Waiting::Items(done) = records.take(Duration::ZERO) {
            for item in &done.items {
                let (kind, record) = match &item.content {
                    &Content::Record(from, to, leader) => {
                        let raw = done.records[from..to].to_vec();
                        let own = raw[..LEADER_LENGTH].try_into().unwrap_or_default();
                        (0, Some((raw, leader.unwrap_or(own))))
                    }
                    Content::Unclear(_) => (1, None),
                    Content::Between => (2, None),
                    Content::Unread => (3, None),
                    Content::Run(..) => unreachable!("nothing is formatted"),
                };
                let end = before + item.end;
                found.push(Found { end, kind, record });
            }
        }
    }
    found
}
