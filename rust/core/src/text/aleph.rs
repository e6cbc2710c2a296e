//! Reads a record in Aleph sequential; the reference is `mrrc/_formats/aleph_reading.py`.

use memchr::memmem;

use super::lines::{FIRST_DELIMITER, finish, ordinary_lines};
use super::{Beside, Reader};
use crate::serialise::RecordBuilder;
use crate::{LEADER_LENGTH, SUBFIELD_DELIMITER, is_control_tag};

const DELIMITER: &[u8] = b"$$";

/// Reads records.
#[derive(Debug, Default)]
pub(super) struct RecordReader {
    builder: RecordBuilder,
}

impl Reader for RecordReader {
    fn read(&mut self, span: &[u8], _context: &[u8], out: &mut Vec<u8>) -> Option<Beside> {
        simdutf8::basic::from_utf8(span).ok()?;
        // A delimiter in a text is nothing that the bytes of a record could hold.
        if span
            .iter()
            .any(|byte| (FIRST_DELIMITER..=SUBFIELD_DELIMITER).contains(byte))
        {
            return None;
        }
        self.builder.clear();
        let mut leader = None;
        let mut has_number = false;
        for line in ordinary_lines(span) {
            let line = Line::new(line)?;
            if &line.tag == b"LDR" {
                if leader.is_some() {
                    return None;
                }
                leader = Some(leader_of(line.content)?);
                continue;
            }
            has_number |= &line.tag == b"001";
            line.field(&mut self.builder)?;
        }
        // The reference makes a field 001 of the system number.
        if !has_number {
            return None;
        }
        finish(&self.builder, &leader?, out)
    }
}

/// A line in its usual form: system number, tag, indicators, alphabet, content.
struct Line<'a> {
    tag: [u8; 3],
    indicators: [u8; 2],
    content: &'a [u8],
}

impl<'a> Line<'a> {
    fn new(line: &'a [u8]) -> Option<Self> {
        let (number, rest) = line.split_at_checked(9)?;
        let (&head, content) = rest.split_first_chunk::<9>()?;
        let [b' ', t0, t1, t2, first, second, b' ', b'A'..=b'Z', b' '] = head else {
            return None;
        };
        let tag = [t0, t1, t2];
        let is_usual = number.iter().all(u8::is_ascii_digit)
            && tag.iter().all(u8::is_ascii_alphanumeric)
            && [first, second].iter().all(|byte| matches!(byte, b' '..=b'~' if *byte != b'^'))
            // Else it could be the content of a line without an alphabet.
            && !content.starts_with(b" ");
        is_usual.then_some(Self {
            tag,
            indicators: [first, second],
            content,
        })
    }

    fn field(&self, builder: &mut RecordBuilder) -> Option<()> {
        if is_control_tag(self.tag) {
            let blanks = |&byte: &u8| if byte == b'^' { b' ' } else { byte };
            builder.data().extend(self.content.iter().map(blanks));
            return builder.end_field(self.tag).ok();
        }
        let out = builder.data();
        out.extend_from_slice(&self.indicators);
        if !self.content.starts_with(DELIMITER) {
            let is_own = self.tag.iter().any(|byte| !byte.is_ascii_digit());
            if !is_own || self.content.is_empty() || memmem::find(self.content, DELIMITER).is_some()
            {
                return None;
            }
            out.extend_from_slice(b"\x1fa");
            out.extend_from_slice(self.content);
            return builder.end_field(self.tag).ok();
        }
        let mut rest = self.content;
        while let Some(subfield) = rest.strip_prefix(DELIMITER) {
            let length = memmem::find(subfield, DELIMITER).unwrap_or(subfield.len());
            let (subfield, behind) = subfield.split_at_checked(length)?;
            let [b'!'..=b'~', ..] = subfield else {
                return None;
            };
            out.push(SUBFIELD_DELIMITER);
            out.extend_from_slice(subfield);
            rest = behind;
        }
        builder.end_field(self.tag).ok()
    }
}

fn leader_of(content: &[u8]) -> Option<[u8; LEADER_LENGTH]> {
    let mut leader: [u8; LEADER_LENGTH] = content.try_into().ok()?;
    for byte in &mut leader {
        match *byte {
            b'^' => *byte = b' ',
            b' '..=b'~' => {}
            _ => return None,
        }
    }
    Some(leader)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(span: &str) -> Option<(Vec<u8>, Option<[u8; LEADER_LENGTH]>)> {
        let mut out = b"x".to_vec();
        let Beside(leader) = RecordReader::default().read(span.as_bytes(), b"", &mut out)?;
        assert!(crate::plain::is_plain(&out[1..]) && crate::plain::is_regular(&out[1..]));
        Some((out.split_off(1), leader))
    }

    #[test]
    fn reads_a_record() {
        let (raw, leader) = read(
            "000000002 FMT   L BK\r\n000000002 LDR   L 00000nam^^2200301^i 4500\n\
             000000002 001   L a^b\n000000002 24510 L $$aCaf\u{e9} $5$$b$$c^\n",
        )
        .unwrap();
        assert_eq!(leader.as_ref(), Some(b"00000nam  2200301 i 4500"));
        let text = String::from_utf8(raw).unwrap();
        assert!(text.ends_with("\x1e  \x1faBK\x1ea b\x1e10\x1faCaf\u{e9} $5\x1fb\x1fc^\x1e\x1d"));
    }

    #[test]
    fn leaves_the_rest_to_the_reference() {
        let good = "000000002 LDR   L 00000nam^^2200301^i 4500\n\
                    000000002 001   L x\n000000002 24510 L $$aTitle\n";
        assert!(read(good).is_some());
        for (from, to) in [
            ("LDR", "001"),
            ("001", "LDR"),
            ("001", "002"),
            ("i 4500", "i 450"),
            ("24510", "2451^"),
            ("24510", "2-510"),
            (" L $$", " $$"),
            ("$$aTitle", "Title"),
            ("$$aTitle", "$$aTitle$$"),
            ("$$aTitle", "$$ Title"),
            ("Title", "Ti\ntle"),
            ("Title", "Ti\x1ftle"),
            ("L x", "x"),
            ("L x", "L  x"),
        ] {
            assert_eq!(read(&good.replace(from, to)), None, "{to}");
        }
    }
}
