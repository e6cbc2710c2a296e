//! Sound records out of any bytes.
//!
//! Mutating a record hardly ever leaves it sound, since all its lengths would have to change
//! together. So most of what the targets do with records is done with ones put together here.

use mrrc_core::serialise::RecordBuilder;
use mrrc_core::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER, is_control_tag};

/// Leader positions 05-11 and 17-23 of a record in UTF-8.
pub const HEAD: &[u8; 7] = b"nam a22";
pub const TAIL: &[u8; 7] = b" a 4500";

/// Reads `data` as fields, each a tag, a content and a field terminator, and puts a record of
/// them together. `None` when a content cannot be in a sound record, or nothing is left.
pub fn from_fields(data: &[u8], head: &[u8; 7]) -> Option<Vec<u8>> {
    let mut builder = RecordBuilder::default();
    let mut fields = 0;
    for field in data.split(|&byte| byte == FIELD_TERMINATOR) {
        let Some((tag, content)) = field.split_first_chunk::<3>() else {
            continue;
        };
        if !tag.iter().all(|byte| (0x20..0x7F).contains(byte)) || !is_plain_content(*tag, content) {
            return None;
        }
        builder.data().extend_from_slice(content);
        builder.end_field(*tag).ok()?;
        fields += 1;
    }
    if fields == 0 {
        return None;
    }
    builder.finish(head, TAIL).ok()
}

/// Whether a field of this tag may have this content, by the rules in `docs/ARCHITECTURE.md`.
pub fn is_plain_content(tag: [u8; 3], content: &[u8]) -> bool {
    let ended = [FIELD_TERMINATOR, RECORD_TERMINATOR];
    if content.iter().any(|byte| ended.contains(byte)) {
        return false;
    }
    let mut parts = content.split(|&byte| byte == SUBFIELD_DELIMITER);
    let first = parts.next().unwrap_or_default();
    // A code is asked for wherever a delimiter stands, also in a variable control field.
    parts.all(|subfield| subfield.first().is_some_and(u8::is_ascii))
        && (is_control_tag(tag)
            || (first.len() == 2 && first.iter().all(|byte| (0x20..0x80).contains(byte))))
}
