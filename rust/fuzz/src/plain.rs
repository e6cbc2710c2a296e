//! Records that stay bytes: the eight rules, the fields, and the other forms.

use mrrc_core::field::{first_value, joined_values, strip, subfields};
use mrrc_core::json::record_as_json;
use mrrc_core::output::Output;
use mrrc_core::plain::is_plain;
use mrrc_core::serialise::RecordBuilder;
use mrrc_core::view::RecordView;
use mrrc_core::xml::record_as_xml;
use mrrc_core::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER, is_control_tag};

use crate::record;

/// Any bytes, and a record with them as its fields.
pub fn check(data: &[u8]) {
    look_at(data);
    if let Some(raw) = record::from_fields(data, record::HEAD) {
        assert_eq!(
            is_plain(&raw),
            std::str::from_utf8(&raw).is_ok(),
            "only the encoding can be wrong here"
        );
        look_at(&raw);
    }
}

fn look_at(raw: &[u8]) {
    let plain = is_plain(raw);
    assert_eq!(plain, obeys_the_rules(raw));
    let Some(view) = RecordView::new(raw) else {
        assert!(!plain);
        return;
    };
    assert_eq!(view.tags().count(), view.entry_count());
    for (index, entry) in view.entries().enumerate() {
        assert_eq!(view.entry(index), entry);
        let Some(entry) = entry else {
            assert!(!plain);
            continue;
        };
        assert!(view.find(entry.tag).is_some_and(|first| first <= index));
        for (code, value) in subfields(entry.data) {
            assert!(first_value(entry.data, code).is_some());
            assert!(strip(value).len() <= value.len());
        }
        assert!(joined_values(entry.data).len() <= entry.data.len());
    }
    assert_eq!(view.entry(view.entry_count()), None);
    let leader = String::from_utf8_lossy(view.leader());
    for flag in [false, true] {
        let mut out = Output::new();
        let json = record_as_json(raw, &leader, flag, &mut out).map(|()| out.as_bytes().to_vec());
        out.clear();
        let xml = record_as_xml(raw, &leader, !flag, flag, &mut out);
        let xml = xml.map(|()| out.as_bytes().to_vec());
        if plain {
            let json = json.expect("a plain record has a JSON form");
            assert!(json.iter().all(|byte| (0x20..0x7F).contains(byte)));
            assert_eq!(record_of(&Json::texts(&json)), raw);
            if let Some(xml) = xml {
                let xml = String::from_utf8(xml).expect("XML is UTF-8");
                assert!(!flag || xml.is_ascii());
                assert_eq!(texts_of_xml(&xml), texts_of_record(&view, &leader));
            }
        }
    }
    if plain {
        assert_eq!(serialised_again(&view), raw);
    }
}

/// The eight rules again, one after the other and without haste.
fn obeys_the_rules(raw: &[u8]) -> bool {
    let number = |digits: &[u8]| -> Option<usize> {
        let text = std::str::from_utf8(digits).ok()?;
        let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
        digits_only.then(|| text.parse().ok())?
    };
    let rules = || -> Option<()> {
        let require = |condition: bool| condition.then_some(());
        // 1
        require(raw.len() >= 39 && raw.last() == Some(&RECORD_TERMINATOR))?;
        require(number(&raw[..5])? == raw.len())?;
        // 2
        require(raw[..24].is_ascii() && raw[9] == b'a')?;
        // 3
        let base = number(&raw[12..17])?;
        require(base > 36 && (base - 25) % 12 == 0)?;
        require(base < raw.len() && raw[base - 1] == FIELD_TERMINATOR)?;
        // 4
        let mut offset = 0;
        let data = &raw[base..raw.len() - 1];
        for entry in raw[24..base - 1].chunks(12) {
            require(entry.is_ascii())?;
            let length = number(&entry[3..7])?;
            require(length >= 1 && number(&entry[7..])? == offset)?;
            // 5
            let field = data.get(offset..offset + length)?;
            let (&last, content) = field.split_last()?;
            require(last == FIELD_TERMINATOR)?;
            // 6 and 7
            let tag = [entry[0], entry[1], entry[2]];
            require(record::is_plain_content(tag, content))?;
            offset += length;
        }
        require(offset == data.len())?;
        // 8
        require(std::str::from_utf8(data).is_ok())
    };
    rules().is_some()
}

fn serialised_again(view: &RecordView<'_>) -> Vec<u8> {
    let mut builder = RecordBuilder::default();
    for entry in view.entries().flatten() {
        let added = builder.add_field(entry.tag, entry.data);
        added.expect("a field of a plain record fits");
    }
    let (head, tail) = (&view.leader()[5..12], &view.leader()[17..]);
    builder.finish(head, tail).expect("a plain record fits")
}

/// All texts of a record in order: the leader, then tag, content, indicators, codes, values.
fn texts_of_record(view: &RecordView<'_>, leader: &str) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let mut texts = vec![leader.to_owned()];
    for entry in view.entries().flatten() {
        if entry.is_control_field() {
            texts.extend([text(&entry.tag), text(entry.content())]);
            continue;
        }
        texts.extend([text(&entry.data[..1]), text(&entry.data[1..2])]);
        texts.push(text(&entry.tag));
        for (code, value) in subfields(entry.data) {
            texts.extend([text(&[code]), text(value)]);
        }
    }
    texts
}

/// The texts of a record element: the attributes but those of the namespace, and the contents.
fn texts_of_xml(xml: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = xml;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        rest = text;
        if tag.starts_with("record") || tag.starts_with('/') {
            continue;
        }
        let attributes = tag.split('"').skip(1).step_by(2);
        texts.extend(attributes.map(without_references));
        if !tag.starts_with("datafield") {
            let content = text.split('<').next().unwrap_or_default();
            texts.push(without_references(if tag.ends_with('/') {
                ""
            } else {
                content
            }));
        }
    }
    texts
}

fn without_references(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';').expect("a reference ends");
        plain.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            _ => {
                let number = reference.strip_prefix('#').expect("a known reference");
                let number = number.parse().expect("a number");
                char::from_u32(number).expect("a character")
            }
        });
        plain.push_str(rest);
    }
    plain
}

/// Puts a record together from the strings of its JSON form.
fn record_of(strings: &[String]) -> Vec<u8> {
    let bytes = |index: usize| strings[index].as_bytes();
    let mut builder = RecordBuilder::default();
    // "leader", its value, "fields", and then the fields.
    let mut index = 3;
    while index < strings.len() {
        let tag = *bytes(index).first_chunk::<3>().expect("a tag");
        if is_control_tag(tag) {
            builder.data().extend_from_slice(bytes(index + 1));
            index += 2;
        } else {
            // "ind1", value, "ind2", value, "subfields"
            builder.data().extend_from_slice(bytes(index + 2));
            builder.data().extend_from_slice(bytes(index + 4));
            index += 6;
            // A subfield's name has one character, a tag three.
            while index < strings.len() && strings[index].len() == 1 {
                builder.data().push(SUBFIELD_DELIMITER);
                builder.data().extend_from_slice(bytes(index));
                builder.data().extend_from_slice(bytes(index + 1));
                index += 2;
            }
        }
        builder
            .end_field(tag)
            .expect("a field of a plain record fits");
    }
    let leader = bytes(1);
    let record = builder.finish(&leader[5..12], &leader[17..]);
    record.expect("a plain record fits")
}

struct Json;

impl Json {
    /// The strings in a JSON text, names and values alike.
    fn texts(json: &[u8]) -> Vec<String> {
        let mut strings = Vec::new();
        let mut rest = json.iter().copied();
        while let Some(byte) = rest.next() {
            if byte == b'"' {
                strings.push(Self::string(&mut rest));
            }
        }
        strings
    }

    fn string(rest: &mut impl Iterator<Item = u8>) -> String {
        let mut units = Vec::new();
        loop {
            let byte = rest.next().expect("a string ends");
            units.push(match byte {
                b'"' => return String::from_utf16(&units).expect("no half of a pair"),
                b'\\' => match rest.next().expect("an escape goes on") {
                    b'n' => 0x0A,
                    b'r' => 0x0D,
                    b't' => 0x09,
                    b'b' => 0x08,
                    b'f' => 0x0C,
                    b'u' => {
                        let digits: String = rest.take(4).map(char::from).collect();
                        u16::from_str_radix(&digits, 16).expect("four digits")
                    }
                    other => u16::from(other),
                },
                _ => u16::from(byte),
            });
        }
    }
}
