//! A plain record as MARC-in-JSON, to the letter as Python's `json.dumps` writes it.

use crate::field::subfields;
use crate::view::RecordView;

/// Writes the record as a JSON object; `leader` is the leader to show.
///
/// `compact` leaves out the blanks after commas and colons. Characters outside ASCII are escaped.
/// `None` when the bytes are not those of a plain record.
#[must_use]
pub fn record_as_json(raw: &[u8], leader: &str, compact: bool) -> Option<Vec<u8>> {
    let view = RecordView::new(raw)?;
    let [comma, colon]: [&[u8]; 2] = if compact {
        [b",", b":"]
    } else {
        [b", ", b": "]
    };
    let mut out = Vec::with_capacity(raw.len() * 2 + 256);
    out.extend_from_slice(b"{\"leader\"");
    out.extend_from_slice(colon);
    string(&mut out, leader.as_bytes())?;
    out.extend_from_slice(comma);
    out.extend_from_slice(b"\"fields\"");
    out.extend_from_slice(colon);
    out.push(b'[');
    let member = |out: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>| -> Option<()> {
        string(out, name)?;
        out.extend_from_slice(colon);
        match value {
            Some(value) => string(out, value),
            None => Some(()),
        }
    };
    for (index, entry) in view.entries().enumerate() {
        let entry = entry?;
        if index > 0 {
            out.extend_from_slice(comma);
        }
        out.push(b'{');
        if entry.is_control_field() {
            member(&mut out, &entry.tag, Some(entry.content()))?;
            out.push(b'}');
            continue;
        }
        member(&mut out, &entry.tag, None)?;
        out.push(b'{');
        member(&mut out, b"ind1", Some(entry.data.get(..1)?))?;
        out.extend_from_slice(comma);
        member(&mut out, b"ind2", Some(entry.data.get(1..2)?))?;
        out.extend_from_slice(comma);
        member(&mut out, b"subfields", None)?;
        out.push(b'[');
        for (position, (code, value)) in subfields(entry.data).enumerate() {
            if position > 0 {
                out.extend_from_slice(comma);
            }
            out.push(b'{');
            member(&mut out, &[code], Some(value))?;
            out.push(b'}');
        }
        out.extend_from_slice(b"]}}");
    }
    out.extend_from_slice(b"]}");
    Some(out)
}

/// Appends a JSON string in ASCII; `None` when `text` is not UTF-8.
fn string(out: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    out.push(b'"');
    let mut rest = text;
    loop {
        let plain = rest
            .iter()
            .position(|&byte| !(0x20..0x7F).contains(&byte) || byte == b'"' || byte == b'\\')
            .unwrap_or(rest.len());
        let (copied, special) = rest.split_at_checked(plain)?;
        out.extend_from_slice(copied);
        let Some(&byte) = special.first() else { break };
        let mut length = 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0C => out.extend_from_slice(b"\\f"),
            _ => {
                let character = first_character(special)?;
                length = character.len_utf8();
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escape(out, *unit);
                }
            }
        }
        rest = special.get(length..)?;
    }
    out.push(b'"');
    Some(())
}

fn escape(out: &mut Vec<u8>, unit: u16) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(HEX[usize::from(unit >> shift & 0xF)]);
    }
}

/// The character that `text` begins with.
pub(crate) fn first_character(text: &[u8]) -> Option<char> {
    let head = text.get(..4).unwrap_or(text);
    head.utf8_chunks().next()?.valid().chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_json_dumps_writes() {
        let raw = b"00060nam a2200049 a 4500001000400000245000600004\x1ei\"\\\x1e10\x1fax\x1e\x1d";
        let json = record_as_json(raw, "L", false).unwrap();
        assert_eq!(
            String::from_utf8(json).unwrap(),
            "{\"leader\": \"L\", \"fields\": [{\"001\": \"i\\\"\\\\\"}, {\"245\": {\"ind1\": \"1\", \
             \"ind2\": \"0\", \"subfields\": [{\"a\": \"x\"}]}}]}"
        );
        let json = record_as_json(raw, "L", true).unwrap();
        assert!(json.starts_with(b"{\"leader\":\"L\",\"fields\":[{\"001\":"));
    }

    #[test]
    fn escapes_as_python_does() {
        let mut out = Vec::new();
        string(
            &mut out,
            "a\u{7f}\u{e9}\u{1f600}\n\t\r\u{8}\u{c}\u{1}".as_bytes(),
        )
        .unwrap();
        let expected = r#""a\u007f\u00e9\ud83d\ude00\n\t\r\b\f\u0001""#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!(string(&mut Vec::new(), b"\xff"), None);
        assert_eq!(string(&mut Vec::new(), b"a\xe2\x82"), None);
    }
}
