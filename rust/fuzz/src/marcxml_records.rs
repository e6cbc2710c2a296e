//! MARCXML as a file of records: frames do not depend on the blocks, and cover every byte; what is
//! read is plain and regular, and the scanner of documents reads it, too.

use mrrc_core::plain::{is_plain, is_regular};
use mrrc_core::text::{Beside, Format, Kind, MAX_SPAN};
use mrrc_core::xml_reading::{Item, Scanner};

/// Any bytes as a file, and as what stands in a record.
pub fn check(data: &[u8]) {
    look_at(data);
    let mut document =
        b"<c xmlns:m=\"u\"><record><leader>00060nam a2200049 a 4500</leader>".to_vec();
    document.extend_from_slice(data);
    document.extend_from_slice(b"</record></c>");
    look_at(&document);
}

/// Kind, length and context of each frame.
type Frame = (Kind, usize, Vec<u8>);

fn look_at(data: &[u8]) {
    let whole = frames(data, data.len().max(1));
    let piece = 1 + usize::from(data.first().copied().unwrap_or_default()) % 50;
    assert_eq!(frames(data, piece), whole);
    let mut at = 0;
    for (kind, length, context) in whole {
        let span = data.get(at..at + length).expect("frames lie in the data");
        at += length;
        if kind == Kind::Record {
            read(span, &context);
        }
    }
    assert_eq!(at, data.len());
}

fn frames(data: &[u8], piece: usize) -> Vec<Frame> {
    let mut frames = Format::MarcXml.frames();
    let mut found = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + piece).min(data.len());
        let last = end == data.len();
        while let Some((kind, length)) = frames.next_frame(&data[start..end], last) {
            assert!(length <= MAX_SPAN);
            found.push((kind, length, frames.context().to_vec()));
            if length == 0 {
                assert!(kind == Kind::Unread && last && start == end);
                break;
            }
            start += length;
            assert!(start <= end);
        }
        if last {
            return found;
        }
    }
}

/// Reads a span twice, by a reader that knows nothing and by one that has read another record.
fn read(span: &[u8], context: &[u8]) {
    let mut reader = Format::MarcXml.reader();
    let mut first = b"before".to_vec();
    let beside = reader.read(span, context, &mut first);
    let mut second = Vec::new();
    let again = reader.read(span, context, &mut second);
    assert_eq!(again, beside);
    let Some(Beside(leader)) = beside else {
        return;
    };
    assert_eq!(first.split_off(6), second);
    assert!(is_plain(&second) && is_regular(&second));
    let mut document = if context.starts_with(b"<x ") {
        let end = context.iter().position(|&byte| byte == b'>');
        context[..=end.expect("a start tag ends")].to_vec()
    } else {
        b"<x>".to_vec()
    };
    document.extend_from_slice(span);
    document.extend_from_slice(b"</x>");
    let batch = Scanner::new(false, true).feed(&document, true);
    let batch = batch.expect("what is read is well-formed");
    let [
        Item::Plain {
            record,
            leader: shown,
        },
    ] = batch.items.as_slice()
    else {
        panic!("what is read is one record");
    };
    assert_eq!(record.of(&batch.bytes), second);
    assert_eq!(*shown, leader);
}
