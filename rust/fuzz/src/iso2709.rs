//! Damaged files: spans without a gap, whatever came before, and records made sound.

use mrrc_core::LEADER_LENGTH;
use mrrc_core::plain::{is_regular, plain_base_address};
use mrrc_core::salvage::{Code, salvage};
use mrrc_core::scan::{Kind, Span, by_record_length, next_frame};

use crate::record;

/// A sound record that is put behind everything else.
const LAST: &[u8] = b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d";

/// Any bytes as a file, and as a record; a sound record of its fields.
pub fn check(data: &[u8]) {
    for (start, span) in spans(data) {
        // What a span is does not depend on what came before it, and all of it has been seen.
        let alone = next_frame(&data[start..], 0, true);
        let length = span.end - start;
        assert_eq!(
            alone.map(|span| (span.kind, span.end)),
            Some((span.kind, length))
        );
        // What is known before the end is, is so whatever follows.
        if let Some(early) = next_frame(data, start, false) {
            let followed = [data, LAST].concat();
            for found in [Some(span), next_frame(&followed, start, true)] {
                assert_eq!(Some(early), found, "there is more");
            }
        }
        if span.kind == Kind::Record {
            made_sound(&data[start..span.end]);
        }
    }
    // It is for records that the scanner found, but takes anything.
    made_sound(data);
    let raw = record::from_fields(data, record::HEAD);
    if let Some(raw) = raw.filter(|raw| is_regular(raw)) {
        sound_stays(&raw);
    }
    // Whatever there is before it, what follows a record terminator is found.
    let mut file = data.to_vec();
    file.push(0x1D);
    let start = file.len();
    file.extend_from_slice(LAST);
    let found = spans(&file);
    assert!(
        found
            .iter()
            .any(|(at, span)| *at == start && span.kind == Kind::Record)
    );
}

/// The spans of a whole file, each with its start; they end where the file ends.
fn spans(file: &[u8]) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(span) = next_frame(file, start, true) {
        assert!(start < span.end && span.end <= file.len());
        found.push((start, span));
        start = span.end;
    }
    assert_eq!(start, file.len());
    found
}

/// Salvages a record; what comes of it is sound.
fn made_sound(raw: &[u8]) {
    let salvaged = salvage(raw);
    assert!(salvaged.leader.is_ascii());
    for problem in &salvaged.problems {
        let end = problem.offset.checked_add(problem.length);
        // A record that is no more than a part of a leader has its problems within the leader.
        let known = raw.len().max(LEADER_LENGTH);
        assert!(end.is_some_and(|end| end <= known), "{problem:?}");
    }
    let mut size = 0;
    for field in &salvaged.fields {
        assert!(field.offset <= raw.len());
        assert!(field.tag.iter().all(|byte| (0x20..0x7F).contains(byte)));
        size += field.content.len();
    }
    // At most indicators and a code for each field or delimiter are added, and overlapping fields
    // are there twice; a directory entry is as long as what may be added for it.
    let entries = salvaged.fields.len();
    assert!(size <= (entries + 2) * (raw.len() + 4));
    if let Some(sound) = salvaged.sound() {
        sound_stays(&sound);
    }
}

/// A sound record is one span, by its length and by its looks, and nothing is wrong with it.
fn sound_stays(raw: &[u8]) {
    assert!(plain_base_address(raw).is_some());
    assert_eq!(by_record_length(raw, 0), Some(raw));
    let span = Span {
        kind: Kind::Record,
        end: raw.len(),
    };
    assert_eq!(spans(raw), [(0, span)]);
    let salvaged = salvage(raw);
    // A tag stays what it is.
    let mut problems = salvaged.problems.iter();
    assert!(
        problems.all(|problem| problem.code == Code::TagInvalid),
        "{:?}",
        salvaged.problems
    );
    assert_eq!(salvaged.sound().as_deref(), Some(raw));
}
