//! A plain record in MarcEdit's mnemonic format (mrk).
//!
//! A line for the leader and one for each field: "=", the tag, two blanks, the content. A backslash
//! is a blank in indicators and control fields; "$" begins a subfield. What has such a meaning, and
//! line ends, are written as mnemonics in braces where they are part of a text. The twin is
//! `mrrc/_pure/mrk.py`.

use crate::json::data_of_fields;
use crate::output::{Output, below, equal};
use crate::view::RecordView;
use crate::{FIELD_TERMINATOR, LEADER_LENGTH, SUBFIELD_DELIMITER, is_control_tag};

/// The tag of the line that has the leader.
pub(crate) const LEADER_TAG: [u8; 3] = *b"LDR";

const LINE: &[u8] = b"=TTT  ";
const TAG: usize = 1;

/// Writes the lines of a plain record to the end of `out`; `leader` is the leader to show.
///
/// `None` where a leader, a tag or the code of a subfield is not written as it is, or a subfield
/// would be read as a price; and when the bytes are not those of a plain record.
#[must_use]
pub fn record_as_mrk(raw: &[u8], leader: &[u8; LEADER_LENGTH], out: &mut Output) -> Option<()> {
    let view = RecordView::new(raw)?;
    let data = data_of_fields(raw, &view)?;
    if !leader
        .iter()
        .all(|&byte| is_graphic_or_blank(byte) && !has_meaning(byte))
    {
        return None;
    }
    put_head(out, LEADER_TAG);
    out.put(leader);
    out.put(b"\n");
    let mut offset = 0;
    for tag in view.tags() {
        if tag == LEADER_TAG || !tag.iter().all(|&byte| is_graphic_or_blank(byte)) {
            return None;
        }
        put_head(out, tag);
        offset = if is_control_tag(tag) {
            control_field(out, data, offset)?
        } else {
            data_field(out, data, offset)?
        };
        out.put(b"\n");
    }
    Some(())
}

fn put_head(out: &mut Output, [t0, t1, t2]: [u8; 3]) {
    out.put_template(LINE, [(TAG, t0), (TAG + 1, t1), (TAG + 2, t2)]);
}

fn control_field(out: &mut Output, data: &[u8], start: usize) -> Option<usize> {
    let before = out.len();
    let mut offset = start;
    loop {
        offset = out.copy_until(data, offset, special);
        let byte = *data.get(offset)?;
        offset += 1;
        if byte == FIELD_TERMINATOR {
            // No mnemonic has a blank.
            out.replace_from(before, b' ', b'\\');
            return Some(offset);
        }
        put_byte(out, byte);
    }
}

fn data_field(out: &mut Output, data: &[u8], start: usize) -> Option<usize> {
    let &[first, second] = data.get(start..)?.first_chunk()?;
    for indicator in [first, second] {
        if indicator == b' ' {
            out.put(b"\\");
        } else {
            put_byte(out, indicator);
        }
    }
    let first_delimiter = start + 2;
    let mut offset = first_delimiter;
    if *data.get(offset)? == FIELD_TERMINATOR {
        return Some(offset + 1);
    }
    loop {
        // Here is a subfield delimiter, or the bytes are not those of a plain record.
        let &[delimiter, code] = data.get(offset..)?.first_chunk()?;
        if delimiter != SUBFIELD_DELIMITER || !code.is_ascii_graphic() || has_meaning(code) {
            return None;
        }
        if code.is_ascii_digit() && offset > first_delimiter && looks_like_price(data, offset) {
            return None;
        }
        out.put_template(b"$ ", [(1, code)]);
        offset += 2;
        loop {
            offset = out.copy_until(data, offset, special);
            match *data.get(offset)? {
                FIELD_TERMINATOR => return Some(offset + 1),
                SUBFIELD_DELIMITER => break,
                byte => put_byte(out, byte),
            }
            offset += 1;
        }
    }
}

#[inline(always)]
fn looks_like_price(data: &[u8], delimiter: usize) -> bool {
    let before = |distance: usize| data.get(delimiter.wrapping_sub(distance)).copied();
    is_price(
        before(1),
        before(2) == Some(SUBFIELD_DELIMITER),
        data.get(delimiter + 1..).unwrap_or_default(),
    )
}

/// Whether what follows a dollar sign is an amount with two decimals, in a place where that is a
/// price rather than a subfield: behind a blank, a parenthesis, a capital or an empty subfield.
pub(crate) fn is_price(before: Option<u8>, behind_empty: bool, after: &[u8]) -> bool {
    if !(behind_empty || matches!(before, Some(b' ' | b'(' | b'A'..=b'Z'))) {
        return false;
    }
    let whole = after
        .iter()
        .take_while(|&&byte| byte.is_ascii_digit() || byte == b',')
        .count();
    let decimals = |index: usize| after.get(index).is_some_and(u8::is_ascii_digit);
    after.first().is_some_and(u8::is_ascii_digit)
        && after.get(whole) == Some(&b'.')
        && decimals(whole + 1)
        && decimals(whole + 2)
        && !decimals(whole + 3)
}

/// Writes a byte that may have a meaning in the format.
fn put_byte(out: &mut Output, byte: u8) {
    match byte {
        b'$' => out.put(b"{dollar}"),
        b'\\' => out.put(b"{bsol}"),
        b'{' => out.put(b"{lcub}"),
        b'}' => out.put(b"{rcub}"),
        b'\n' => out.put(b"{0A}"),
        b'\r' => out.put(b"{0D}"),
        SUBFIELD_DELIMITER => out.put(b"{1F}"),
        _ => out.put_template(b" ", [(0, byte)]),
    }
}

/// Whether a byte has a meaning in the format wherever it stands.
pub(crate) fn has_meaning(byte: u8) -> bool {
    matches!(byte, b'$' | b'\\' | b'{' | b'}')
}

fn is_graphic_or_blank(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Marks delimiters, terminators and controls, and what has a meaning in the format.
#[inline(always)]
fn special(block: u64) -> u64 {
    below(block, 0x20)
        | equal(block, b'$')
        | equal(block, b'\\')
        | equal(block, b'{')
        | equal(block, b'}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serialise::RecordBuilder;

    const LEADER: &[u8; LEADER_LENGTH] = b"00000nam a2200000   4500";

    fn mrk(fields: &[(&[u8; 3], &[u8])]) -> Option<String> {
        let mut builder = RecordBuilder::default();
        for (tag, content) in fields {
            builder.data().extend_from_slice(content);
            builder.end_field(**tag).unwrap();
        }
        let raw = builder.finish(b"nam a22", b"   4500").unwrap();
        assert!(crate::plain::is_plain(&raw));
        let mut out = Output::default();
        record_as_mrk(&raw, LEADER, &mut out)?;
        let text = String::from_utf8(out.as_bytes().to_vec()).unwrap();
        let fields = text.strip_prefix("=LDR  00000nam a2200000   4500\n");
        Some(fields.unwrap().to_string())
    }

    #[test]
    fn writes_lines() {
        assert_eq!(
            mrk(&[
                (b"001", b"a b\\{}$\n\r\x1fx"),
                (b"245", b" $\x1faA {b} $5\\\x1fb\x1fc\xc3\xa9\n"),
                (b"246", b"\\1"),
            ])
            .unwrap(),
            "=001  a\\b{bsol}{lcub}{rcub}{dollar}{0A}{0D}{1F}x\n\
             =245  \\{dollar}$aA {lcub}b{rcub} {dollar}5{bsol}$b$c\u{e9}{0A}\n\
             =246  {bsol}1\n"
        );
    }

    #[test]
    fn leaves_alone_what_could_be_a_price() {
        for (content, is_written) in [
            (&b"  \x1fc\x1f12.50"[..], false),
            (b"  \x1fcx\x1f12.50", true),
            (b"  \x1f12.50", true),
            (b"  \x1fcx \x1f12.50 ", false),
            (b"  \x1fcx (\x1f12.50)", false),
            (b"  \x1fcUS\x1f12.50", false),
            (b"  \x1fcUS\x1f12.5", true),
            (b"  \x1fcUS\x1f12.505", true),
            (b"  \x1fcUS\x1f11,234.50", false),
            (b"  \x1fcUS\x1f1,.50", false),
            (b"  \x1fcUS\x1fa2.50", true),
        ] {
            assert_eq!(mrk(&[(b"020", content)]).is_some(), is_written);
        }
    }

    #[test]
    fn leaves_alone_what_is_not_written_as_it_is() {
        for (tag, content) in [
            (b"LDR", &b"  \x1fax"[..]),
            (b"9\x019", b"  \x1fax"),
            (b"245", b"  \x1f x"),
            (b"245", b"  \x1f$x"),
            (b"245", b"  \x1fax\x1f\nx"),
        ] {
            assert_eq!(mrk(&[(tag, content)]), None);
        }
        let raw = b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d";
        let mut out = Output::default();
        for leader in [b"00000nam a2200000 { 4500", b"00000nam a2200000 \x01 4500"] {
            assert_eq!(record_as_mrk(raw, leader, &mut out), None);
        }
        for length in 0..raw.len() - 1 {
            assert_eq!(record_as_mrk(&raw[..length], LEADER, &mut out), None);
        }
    }
}
