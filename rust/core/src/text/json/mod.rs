//! MARC-in-JSON: where its records begin and end, and what they are.
//!
//! [`Documents`] is for one document, an array, a collection, and documents one after the other;
//! [`Lines`] for a document in each line. The twins are in `mrrc/_pure/json_frames.py`.

mod documents;
mod lines;
mod reader;
mod scan;
#[cfg(test)]
mod tests;

pub(super) use documents::Documents;
pub(super) use lines::Lines;
pub(super) use reader::RecordReader;

/// Whether this is white space of JSON, or the separator of a sequence of JSON texts.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1E)
}

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The longest stretch between two records that is one frame, in bytes.
const MAX_BETWEEN: usize = 1 << 16;

/// How long the byte order mark at the beginning of a file is; `None`: more data are needed.
fn byte_order_mark(data: &[u8], last: bool) -> Option<usize> {
    if data.starts_with(BYTE_ORDER_MARK) {
        return Some(BYTE_ORDER_MARK.len());
    }
    let is_part = data.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(data);
    (!is_part || last).then_some(0)
}
