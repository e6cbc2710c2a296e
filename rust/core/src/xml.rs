//! A plain record as MARCXML, to the letter as Python's ElementTree writes it.

use crate::field::subfields;
use crate::json::first_character;
use crate::view::RecordView;

const NAMESPACES: &str = " xmlns=\"http://www.loc.gov/MARC21/slim\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xsi:schemaLocation=\"http://www.loc.gov/MARC21/slim \
    http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd\"";

/// Writes the record as a `record` element; `leader` is the leader to show.
///
/// `namespace` declares the MARCXML namespace and schema on it. `ascii_only` writes numeric
/// character references for what is not ASCII. `None` when the bytes are not those of a plain
/// record, or when a character is among them that XML forbids.
#[must_use]
pub fn record_as_xml(
    raw: &[u8],
    leader: &str,
    namespace: bool,
    ascii_only: bool,
) -> Option<Vec<u8>> {
    let view = RecordView::new(raw)?;
    let mut writer = Writer {
        out: Vec::with_capacity(raw.len() * 3 + 256),
        ascii_only,
    };
    writer.markup("<record");
    if namespace {
        writer.markup(NAMESPACES);
    }
    writer.markup("><leader");
    writer.end_of_element("leader", leader.as_bytes())?;
    for entry in view.entries() {
        let entry = entry?;
        if entry.is_control_field() {
            writer.markup("<controlfield");
            writer.attribute(" tag", &entry.tag)?;
            writer.end_of_element("controlfield", entry.content())?;
            continue;
        }
        writer.markup("<datafield");
        writer.attribute(" ind1", entry.data.get(..1)?)?;
        writer.attribute(" ind2", entry.data.get(1..2)?)?;
        writer.attribute(" tag", &entry.tag)?;
        let mut empty = true;
        for (code, value) in subfields(entry.data) {
            writer.markup(if empty { "><subfield" } else { "<subfield" });
            empty = false;
            writer.attribute(" code", &[code])?;
            writer.end_of_element("subfield", value)?;
        }
        writer.markup(if empty { " />" } else { "</datafield>" });
    }
    writer.markup("</record>");
    Some(writer.out)
}

struct Writer {
    out: Vec<u8>,
    ascii_only: bool,
}

impl Writer {
    fn markup(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn attribute(&mut self, name: &str, value: &[u8]) -> Option<()> {
        self.markup(name);
        self.markup("=\"");
        self.text(value, true)?;
        self.markup("\"");
        Some(())
    }

    /// Ends a start tag, and with the text the element.
    fn end_of_element(&mut self, name: &str, text: &[u8]) -> Option<()> {
        if text.is_empty() {
            self.markup(" />");
            return Some(());
        }
        self.markup(">");
        self.text(text, false)?;
        self.markup("</");
        self.markup(name);
        self.markup(">");
        Some(())
    }

    fn text(&mut self, text: &[u8], in_attribute: bool) -> Option<()> {
        let mut rest = text;
        loop {
            let plain = rest
                .iter()
                .position(|&byte| is_special(byte))
                .unwrap_or(rest.len());
            let (copied, special) = rest.split_at_checked(plain)?;
            self.out.extend_from_slice(copied);
            let Some(&byte) = special.first() else {
                return Some(());
            };
            let mut length = 1;
            match byte {
                b'&' => self.markup("&amp;"),
                b'<' => self.markup("&lt;"),
                b'>' => self.markup("&gt;"),
                b'"' if in_attribute => self.markup("&quot;"),
                b'\t' if in_attribute => self.markup("&#09;"),
                b'\n' if in_attribute => self.markup("&#10;"),
                b'\r' if in_attribute => self.markup("&#13;"),
                b'"' | b'\t' | b'\n' | b'\r' | 0x7F => self.out.push(byte),
                0..0x80 => return None,
                _ => length = self.character(special)?,
            }
            rest = special.get(length..)?;
        }
    }

    /// Writes the character outside ASCII that `text` begins with; gives its length in bytes.
    fn character(&mut self, text: &[u8]) -> Option<usize> {
        let character = first_character(text)?;
        if matches!(character, '\u{FFFE}' | '\u{FFFF}') {
            return None;
        }
        if self.ascii_only {
            self.markup("&#");
            self.markup(&u32::from(character).to_string());
            self.markup(";");
        } else {
            self.out
                .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Some(character.len_utf8())
    }
}

fn is_special(byte: u8) -> bool {
    !(0x20..0x7F).contains(&byte) || matches!(byte, b'&' | b'<' | b'>' | b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(content: &str, ascii_only: bool) -> Option<String> {
        let mut builder = crate::serialise::RecordBuilder::default();
        builder.data().extend_from_slice(content.as_bytes());
        builder.end_field(*b"245").unwrap();
        let raw = builder.finish(b"nam a22", b" a 4500").unwrap();
        record_as_xml(&raw, "L", false, ascii_only).map(|xml| String::from_utf8(xml).unwrap())
    }

    #[test]
    fn writes_what_element_tree_writes() {
        assert_eq!(
            xml("\"<\x1fa\u{e9} & <b>\n\u{65e5}", true).unwrap(),
            "<record><leader>L</leader><datafield ind1=\"&quot;\" ind2=\"&lt;\" tag=\"245\">\
             <subfield code=\"a\">&#233; &amp; &lt;b&gt;\n&#26085;</subfield></datafield></record>"
        );
        assert!(xml("10\x1fa\u{e9}", false).unwrap().contains(">\u{e9}<"));
        assert!(
            xml("10\x1fa", true)
                .unwrap()
                .contains("<subfield code=\"a\" />")
        );
        assert!(xml("10", true).unwrap().contains("tag=\"245\" />"));
    }

    #[test]
    fn refuses_what_xml_forbids() {
        for bad in [
            "10\x1fax\x1b",
            "10\x1fa\u{fffe}",
            "10\x1fa\u{ffff}",
            "10\x1fa\0",
            "10\x1f\x01",
        ] {
            assert_eq!(xml(bad, true), None);
            assert_eq!(xml(bad, false), None);
        }
        assert!(xml("10\x1fa\u{fffd}\u{10ffff}\u{85}\x7f\t", true).is_some());
    }
}
