//! MARC-in-JSON: where its records begin and end, and the records.

use mrrc_core::plain::{is_plain, is_regular};
use mrrc_core::text::{Beside, Format, Kind};

/// Any bytes as a file, the first of them for the size of the blocks.
pub fn check(data: &[u8]) {
    let Some((&size, data)) = data.split_first() else {
        return;
    };
    for format in [Format::Json, Format::JsonLines] {
        let whole = frames(format, data, data.len());
        assert_eq!(frames(format, data, usize::from(size) + 1), whole);
        let mut start = 0;
        let mut reader = format.reader();
        let mut again = format.reader();
        for (kind, length) in whole {
            let span = &data[start..start + length];
            start += length;
            if kind == Kind::Record {
                let mut record = Vec::new();
                let read = reader.read(span, b"", &mut record);
                let mut same = Vec::new();
                assert_eq!(again.read(span, b"", &mut same), read);
                if let Some(Beside(leader)) = read {
                    assert_eq!(same, record);
                    assert!(is_plain(&record) && is_regular(&record));
                    assert!(std::str::from_utf8(span).is_ok());
                    assert!(leader.is_none_or(|leader| leader != record[..24]));
                }
                // It keeps nothing of one record for the next.
                again = format.reader();
            }
        }
        assert_eq!(start, data.len());
    }
}

/// The frames of a file that comes in blocks of this size.
fn frames(format: Format, data: &[u8], size: usize) -> Vec<(Kind, usize)> {
    let mut frames = format.frames();
    let mut found = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        let last = end == data.len();
        match frames.next_frame(&data[start..end], last) {
            Some((kind, length)) => {
                start += length;
                found.push((kind, length));
                if length == 0 {
                    assert!(last && start == end && kind == Kind::Unread);
                    return found;
                }
            }
            None if last => return found,
            None => end = data.len().min(end + size.max(1)),
        }
    }
}
