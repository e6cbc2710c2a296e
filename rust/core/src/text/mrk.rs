//! Reads a record in MarcEdit's mnemonic format; the reference is `mrrc/_formats/mrk_reading.py`.

use super::lines::{FIRST_DELIMITER, finish, ordinary_lines};
use super::{Beside, Reader};
use crate::mrk::{LEADER_TAG, is_price};
use crate::output::{below, equal, find_special};
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
        let mut lines = ordinary_lines(span);
        let leader = leader(lines.next()?)?;
        self.builder.clear();
        for line in lines {
            field(line, &mut self.builder)?;
        }
        finish(&self.builder, &leader, out)
    }
}

/// The leader that a line holds.
fn leader(line: &[u8]) -> Option<[u8; LEADER_LENGTH]> {
    let text = line.strip_prefix(b"=LDR  ")?;
    let mut leader: [u8; LEADER_LENGTH] = text.try_into().ok()?;
    for byte in &mut leader {
        match *byte {
            b'\\' => *byte = b' ',
            b'{' => return None,
            b' '..=b'~' => {}
            _ => return None,
        }
    }
    Some(leader)
}

fn field(line: &[u8], builder: &mut RecordBuilder) -> Option<()> {
    let (&head, content) = line.split_first_chunk::<6>()?;
    let [b'=', t0, t1, t2, b' ', b' '] = head else {
        return None;
    };
    let tag = [t0, t1, t2];
    if tag == LEADER_TAG || !tag.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    if is_control_tag(tag) {
        text(content, true, builder.data())?;
    } else {
        data_field(content, builder.data())?;
    }
    builder.end_field(tag).ok()
}

fn data_field(content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (&indicators, subfields) = content.split_first_chunk::<2>()?;
    for indicator in indicators {
        out.push(match indicator {
            b'\\' => b' ',
            b'$' | b'{' => return None,
            b' '..=b'~' => indicator,
            _ => return None,
        });
    }
    let mut offset = 0;
    while let Some(rest) = subfields.get(offset..).filter(|rest| !rest.is_empty()) {
        let [b'$', code @ b'!'..=b'~', value @ ..] = rest else {
            return None;
        };
        if matches!(code, b'$' | b'{') {
            return None;
        }
        if offset > 0 && code.is_ascii_digit() {
            let before = |distance: usize| subfields.get(offset.wrapping_sub(distance)).copied();
            let after = rest.get(1..).unwrap_or_default();
            if is_price(before(1), before(2) == Some(b'$'), after) {
                return None;
            }
        }
        out.extend_from_slice(&[SUBFIELD_DELIMITER, *code]);
        offset += 2 + text(value, false, out)?;
    }
    Some(())
}

/// Appends a text, and gives how much of `data` it took: all of it in a control field, else what is
/// before the next subfield.
fn text(data: &[u8], is_control_field: bool, out: &mut Vec<u8>) -> Option<usize> {
    let mut start = 0;
    loop {
        let end = if is_control_field {
            find_special(data, start, |block| {
                below(block, 0x20) | equal(block, b'{') | equal(block, b'\\')
            })
        } else {
            find_special(data, start, |block| {
                below(block, 0x20) | equal(block, b'{') | equal(block, b'$')
            })
        };
        out.extend_from_slice(data.get(start..end)?);
        start = end;
        start += match data.get(end..).unwrap_or_default() {
            [] => return Some(start),
            [b'$', ..] if !is_control_field => return Some(start),
            rest @ [b'{', ..] => mnemonic(rest, out)?,
            rest @ [b'\\', ..] if is_control_field => {
                let count = rest.iter().take_while(|&&byte| byte == b'\\').count();
                out.resize(out.len() + count, b' ');
                count
            }
            // A terminator or delimiter, of which the reference reader makes something.
            [FIRST_DELIMITER..=SUBFIELD_DELIMITER, ..] => return None,
            [byte, ..] => {
                out.push(*byte);
                1
            }
        };
    }
}

/// Appends the character of a mnemonic, and gives its length. Those that are not written by the
/// twin of this module are left to the reference reader.
fn mnemonic(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    const KNOWN: [(&[u8], u8); 6] = [
        (b"{dollar}", b'$'),
        (b"{bsol}", b'\\'),
        (b"{lcub}", b'{'),
        (b"{rcub}", b'}'),
        (b"{0A}", b'\n'),
        (b"{0D}", b'\r'),
    ];
    let (name, character) = KNOWN.iter().find(|(name, _)| text.starts_with(name))?;
    out.push(*character);
    Some(name.len())
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
            "=LDR  00000nam  2200000 a\\4500\r\n=001  a\\b{bsol}$c\n\
             =245  1\\$aCaf\u{e9} {lcub}x}\\$b$c{dollar}5\n=500  \\\\\n\n",
        )
        .unwrap();
        assert_eq!(leader.as_ref(), Some(b"00000nam  2200000 a 4500"));
        let text = String::from_utf8(raw).unwrap();
        assert!(text.starts_with("00093nam a2200061 a 4500001"), "{text}");
        assert!(text.ends_with("\x1ea b\\$c\x1e1 \x1faCaf\u{e9} {x}\\\x1fb\x1fc$5\x1e  \x1e\x1d"));
    }

    #[test]
    fn leaves_the_rest_to_the_reference() {
        let good = "=LDR  00000nam  2200000 a 4500\n=245  10$aTitle\n";
        assert!(read(good).is_some());
        for (from, to) in [
            ("=LDR", "=ldr"),
            ("00nam", "0nam"),
            (" a 4", " { 4"),
            ("=245  ", "=245 "),
            ("=245", "=2-5"),
            ("10$a", "1$a"),
            ("10$a", "10x$a"),
            ("10$a", "\u{e9}0$a"),
            ("$aTitle", "$"),
            ("$aTitle", "$aTitle$"),
            ("$aTitle", "$aTitle$ 5"),
            ("$aTitle", "$\u{e9}"),
            ("$aTitle", "$a{copy}"),
            ("$aTitle", "$cUS$12.50"),
            ("$aTitle", "$a$12.50"),
            ("$aTitle", "$aTit\nle"),
            ("$aTitle", "$aTit\x1ele"),
            ("$aTitle", "$aTitle\n# comment"),
            ("=245", "=LDR"),
        ] {
            assert_eq!(read(&good.replace(from, to)), None, "{to}");
        }
        let long = format!("=245  10$a{}\n", "x".repeat(9_994));
        assert!(read(&good.replace("=245  10$aTitle\n", &long)).is_some());
        let long = long.replace('\n', "x");
        assert_eq!(read(&good.replace("=245  10$aTitle\n", &long)), None);
    }
}
