//! MARCXML: a document is the same in one block and in many, and records of bytes are plain.

use mrrc_core::plain::is_plain;
use mrrc_core::xml_reading::{Item, Scanner, Span};

/// Any bytes as a document, and as what stands in a subfield of one.
pub fn check(data: &[u8]) {
    look_at(data);
    let mut document = b"<record><datafield tag=\"245\"><subfield code=\"a\">".to_vec();
    document.extend_from_slice(data);
    document.extend_from_slice(b"</subfield></datafield></record>");
    look_at(&document);
}

fn look_at(document: &[u8]) {
    for strict in [false, true] {
        let whole = records(document, document.len().max(1), strict);
        // The first byte says how the document is divided, too.
        let piece = 1 + usize::from(document.first().copied().unwrap_or_default()) % 50;
        assert_eq!(records(document, piece, strict), whole);
        if whole.is_some() {
            assert!(std::str::from_utf8(document).is_ok());
        }
    }
}

/// What a scanner gives for each record: its bytes, or the texts that it consists of.
fn records(document: &[u8], piece: usize, strict: bool) -> Option<Vec<Vec<u8>>> {
    let mut scanner = Scanner::new(strict, false);
    let mut found = Vec::new();
    let blocks = document.chunks(piece).map(|block| (block, false));
    for (block, last) in blocks.chain([(b"".as_slice(), true)]) {
        let batch = scanner.feed(block, last).ok()?;
        for item in &batch.items {
            match item {
                Item::Plain { record, leader } => {
                    let record = record.of(&batch.bytes).to_vec();
                    assert!(is_plain(&record));
                    found.push(record);
                    found.extend(leader.map(Vec::from));
                }
                Item::Parts(parts) => {
                    let text = |span: Span| {
                        assert!(span.start <= span.end && span.end <= batch.bytes.len());
                        span.of(&batch.bytes).to_vec()
                    };
                    found.extend(parts.leader.map(text));
                    for field in &parts.fields {
                        found.push(text(field.tag));
                        found.extend(field.data.map(text));
                        if let Some((first, second)) = field.indicators {
                            found.extend([text(first), text(second)]);
                        }
                        for (code, value) in field.subfields.of(&parts.subfields) {
                            found.extend([text(*code), text(*value)]);
                        }
                    }
                }
            }
        }
    }
    Some(found)
}
