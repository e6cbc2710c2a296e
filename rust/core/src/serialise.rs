//! From fields back to ISO 2709.

use memchr::{memchr2, memchr3};

use crate::digits::{directory_entry, five_digits};
use crate::{
    FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR,
    SUBFIELD_DELIMITER,
};

/// A record in the making: directory and data grow side by side.
#[derive(Debug, Default)]
pub struct RecordBuilder {
    directory: Vec<u8>,
    data: Vec<u8>,
    field_start: usize,
}

/// Something does not fit the structure: a field over 9,999 bytes or a record over 99,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoesNotFit;

impl RecordBuilder {
    /// A builder with room for a record of about `length` bytes.
    #[must_use]
    pub fn with_capacity(length: usize) -> Self {
        Self {
            directory: Vec::with_capacity(512),
            data: Vec::with_capacity(length),
            field_start: 0,
        }
    }

    /// Forgets all fields; the memory is kept.
    pub fn clear(&mut self) {
        self.directory.clear();
        self.data.clear();
        self.field_start = 0;
    }

    /// Where the bytes of the field in the making go, its terminator left out.
    pub fn data(&mut self) -> &mut Vec<u8> {
        &mut self.data
    }

    /// Ends the field in the making: adds its terminator and its directory entry.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] when the field is too long for its directory entry.
    pub fn end_field(&mut self, tag: [u8; 3]) -> Result<(), DoesNotFit> {
        self.data.push(FIELD_TERMINATOR);
        self.add_entry(tag)
    }

    /// Adds a whole field, terminator included.
    ///
    /// # Errors
    ///
    /// As [`RecordBuilder::end_field`].
    pub fn add_field(&mut self, tag: [u8; 3], field: &[u8]) -> Result<(), DoesNotFit> {
        self.data.extend_from_slice(field);
        self.add_entry(tag)
    }

    fn add_entry(&mut self, tag: [u8; 3]) -> Result<(), DoesNotFit> {
        let length = self.data.len() - self.field_start;
        if length > MAX_FIELD_LENGTH || self.field_start > MAX_RECORD_LENGTH {
            return Err(DoesNotFit);
        }
        self.directory
            .extend_from_slice(&directory_entry(tag, length, self.field_start));
        self.field_start = self.data.len();
        Ok(())
    }

    /// Puts the record together. `head` is leader positions 05-11, `tail` 17-23.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] when the record is too long for its leader.
    pub fn finish(&self, head: &[u8], tail: &[u8]) -> Result<Vec<u8>, DoesNotFit> {
        let mut record = Vec::new();
        self.append_to(&mut record, head, tail)?;
        Ok(record)
    }

    /// Does as [`RecordBuilder::finish`], at the end of `record`.
    ///
    /// # Errors
    ///
    /// As [`RecordBuilder::finish`]; then nothing is appended.
    pub fn append_to(
        &self,
        record: &mut Vec<u8>,
        head: &[u8],
        tail: &[u8],
    ) -> Result<(), DoesNotFit> {
        let base = LEADER_LENGTH + self.directory.len() + 1;
        let length = base + self.data.len() + 1;
        if length > MAX_RECORD_LENGTH {
            return Err(DoesNotFit);
        }
        record.reserve(length + head.len() + tail.len());
        record.extend_from_slice(&five_digits(length));
        record.extend_from_slice(head);
        record.extend_from_slice(&five_digits(base));
        record.extend_from_slice(tail);
        record.extend_from_slice(&self.directory);
        record.push(FIELD_TERMINATOR);
        record.extend_from_slice(&self.data);
        record.push(RECORD_TERMINATOR);
        Ok(())
    }
}

/// Whether a text holds a subfield delimiter, field terminator or record terminator.
#[must_use]
pub fn has_delimiter(text: &[u8]) -> bool {
    memchr3(
        SUBFIELD_DELIMITER,
        FIELD_TERMINATOR,
        RECORD_TERMINATOR,
        text,
    )
    .is_some()
}

/// Whether a text holds a field terminator or record terminator.
#[must_use]
pub fn has_terminator(text: &[u8]) -> bool {
    memchr2(FIELD_TERMINATOR, RECORD_TERMINATOR, text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_a_record() {
        let mut builder = RecordBuilder::default();
        builder.data().extend_from_slice(b"id1");
        builder.end_field(*b"001").unwrap();
        builder.add_field(*b"245", b"10\x1fax\x1e").unwrap();
        let record = builder.finish(b"nam a22", b" a 4500").unwrap();
        assert_eq!(
            record,
            b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d"
        );
        assert!(crate::plain::is_plain(&record));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut builder = RecordBuilder::default();
        assert_eq!(builder.add_field(*b"500", &[b'x'; 9_999]), Ok(()));
        assert_eq!(builder.add_field(*b"500", &[b'x'; 10_000]), Err(DoesNotFit));
        let mut builder = RecordBuilder::default();
        for _ in 0..10 {
            builder.add_field(*b"500", &[b'x'; 9_985]).unwrap();
        }
        // 24 + 10 * 12 + 1 + 10 * 9,985 + 1 = 99,996
        assert!(builder.finish(b"nam a22", b" a 4500").is_ok());
        builder.add_field(*b"500", b"\x1e").unwrap();
        assert_eq!(builder.finish(b"nam a22", b" a 4500"), Err(DoesNotFit));
    }
}
