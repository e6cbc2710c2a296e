//! Reads a record in YAZ's line format; the reference is `mrrc/_formats/line_reading.py`.

use memchr::memmem;

use super::lines::{FIRST_DELIMITER, finish, ordinary_lines};
use super::{Beside, Reader};
use crate::serialise::RecordBuilder;
use crate::{LEADER_LENGTH, SUBFIELD_DELIMITER, is_control_tag};

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
        let mut lines = ordinary_lines(span);
        let leader: [u8; LEADER_LENGTH] = lines.next()?.try_into().ok()?;
        let is_leader = leader.iter().take(5).all(u8::is_ascii_digit)
            && leader.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_leader {
            return None;
        }
        self.builder.clear();
        for line in lines {
            field(line, &mut self.builder)?;
        }
        finish(&self.builder, &leader, out)
    }
}

fn field(line: &[u8], builder: &mut RecordBuilder) -> Option<()> {
    let (&[t0, t1, t2, b' '], content) = line.split_first_chunk()? else {
        return None;
    };
    let tag = [t0, t1, t2];
    if !tag.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    if is_control_tag(tag) {
        builder.data().extend_from_slice(content);
    } else {
        data_field(content, builder.data())?;
    }
    builder.end_field(tag).ok()
}

/// Appends the content of a data field: indicators, and subfields as in " $a Title $b ...".
fn data_field(content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (indicators, mut rest) = content.split_first_chunk::<2>()?;
    let is_indicator = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'$';
    if !indicators.iter().all(is_indicator) {
        return None;
    }
    out.extend_from_slice(indicators);
    // Only the first delimiter is sure to be one, whatever its code.
    loop {
        let [b' ', b'$', code @ b'!'..=b'~', b' ', value @ ..] = rest else {
            return None;
        };
        out.extend_from_slice(&[SUBFIELD_DELIMITER, *code]);
        let Some(length) = end_of_value(value)? else {
            out.extend_from_slice(value);
            return Some(());
        };
        let (value, behind) = value.split_at_checked(length)?;
        out.extend_from_slice(value);
        rest = behind;
    }
}

/// Where the next subfield begins; `None` inside if there is none, outside if it is not sure.
fn end_of_value(value: &[u8]) -> Option<Option<usize>> {
    for place in memmem::find_iter(value, b" $") {
        match value.get(place + 2..)? {
            [b'$', ..] => {}
            [b'!'..=b'~', b' ', ..] => return Some(Some(place)),
            // At the end of a line that lost its last blank.
            [b'!'..=b'~'] => return None,
            _ => {}
        }
    }
    Some(None)
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
            "00377nam a2200097 a 4500\r\n001 id $ 1\n005 \n\
             245 1  $a Caf\u{e9} $5.00 $ 5 $b  $c  x \n\n",
        )
        .unwrap();
        assert_eq!(leader.as_ref(), Some(b"00377nam a2200097 a 4500"));
        let text = String::from_utf8(raw).unwrap();
        assert!(
            text.ends_with("\x1eid $ 1\x1e\x1e1 \x1faCaf\u{e9} $5.00 $ 5\x1fb\x1fc x \x1e\x1d")
        );
    }

    #[test]
    fn leaves_the_rest_to_the_reference() {
        let good = "00377nam a2200097 a 4500\n245 10 $a Title\n";
        assert!(read(good).is_some());
        for (from, to) in [
            ("00377", "0037x"),
            ("a 4500", "a 450"),
            ("a 4500", "a 450\u{e9}"),
            ("a 4500\n245 10 $a Title", "a 4500"),
            ("245 ", "2-5 "),
            ("245 ", "245"),
            ("245 10 $a", "24510 $a"),
            (" $a Title", ""),
            (" $a Title", " "),
            (" $a", "$a"),
            ("$a Title", "$aTitle"),
            ("$a Title", "Title"),
            ("Title", "Title $b"),
            ("Title", "Ti\ntle"),
            ("Title", "Ti\x1ftle"),
            ("Title", "Title\n(Comment)"),
        ] {
            assert_eq!(read(&good.replace(from, to)), None, "{to}");
        }
    }
}
