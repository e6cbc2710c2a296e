use std::sync::Arc;

use super::{RecordReader, XmlFrames, tokens};
use crate::plain::{is_plain, is_regular};
use crate::text::{Beside, Frames, Kind, Reader};

const RECORD: &str = "<record><leader>00060nam a2200049 a 4500</leader>\
    <controlfield tag=\"001\">id1</controlfield>\
    <datafield tag=\"245\" ind1=\"1\" ind2=\"0\"><subfield code=\"a\">A &amp; B</subfield>\
    </datafield></record>";

/// Kinds and texts of the frames, the same in one block and in many.
fn frames(data: &str) -> Vec<(Kind, &str)> {
    let whole = in_blocks(data, data.len().max(1));
    for length in 1..20 {
        assert_eq!(in_blocks(data, length), whole);
    }
    whole
}

fn in_blocks(data: &str, length: usize) -> Vec<(Kind, &str)> {
    let mut frames = XmlFrames::default();
    let mut found = Vec::new();
    let (mut start, mut end) = (0, 0);
    while end < data.len() {
        end = (end + length).min(data.len());
        let last = end == data.len();
        while let Some((kind, length)) = frames.next_frame(&data.as_bytes()[start..end], last) {
            found.push((kind, &data[start..start + length]));
            start += length;
            if length == 0 {
                break;
            }
        }
    }
    found
}

fn read(span: &str, context: &str) -> Option<(Vec<u8>, Beside)> {
    let mut out = Vec::new();
    let mut reader = RecordReader::default();
    let first = reader.read(span.as_bytes(), context.as_bytes(), &mut out);
    // The second time the start tag is known.
    let length = out.len();
    let second = reader.read(span.as_bytes(), context.as_bytes(), &mut out);
    assert_eq!(first, second);
    let beside = first?;
    let again = out.split_off(length);
    assert_eq!(out, again);
    assert!(is_plain(&out) && is_regular(&out));
    Some((out, beside))
}

#[test]
fn records_are_found_in_wrappers() {
    let document = format!("<a>\n<record><header/>{RECORD}</record></a>");
    assert_eq!(
        frames(&document),
        [
            (Kind::Between, "<a>\n<record><header/>"),
            (Kind::Record, RECORD),
            (Kind::Between, "</record></a>"),
        ]
    );
}

#[test]
fn markup_inside_ends_no_record() {
    let inside = RECORD.replace(
        "id1",
        "<!-- </record> --><![CDATA[</record>]]><?p </record>?>",
    );
    assert_eq!(frames(&inside), [(Kind::Record, inside.as_str())]);
}

#[test]
fn a_record_without_end_ends_before_the_next() {
    let open = RECORD.replace("</record>", "");
    let document = format!("<c>{open}{RECORD}{open}</c>");
    assert_eq!(
        frames(&document),
        [
            (Kind::Between, "<c>"),
            (Kind::Record, open.as_str()),
            (Kind::Record, RECORD),
            (Kind::Record, open.as_str()),
            (Kind::Between, "</c>"),
        ]
    );
}

#[test]
fn what_is_open_at_the_end_is_said() {
    let document = format!("<c>{RECORD}");
    assert_eq!(
        frames(&document),
        [
            (Kind::Between, "<c>"),
            (Kind::Record, RECORD),
            (Kind::Unread, "")
        ]
    );
    let mut frames = XmlFrames::default();
    assert_eq!(frames.next_frame(b"<c>", true), Some((Kind::Between, 3)));
    assert_eq!(frames.next_frame(b"", false), None);
    assert_eq!(frames.next_frame(b"", true), Some((Kind::Unread, 0)));
}

#[test]
fn records_are_read_with_any_prefix() {
    let (plain, Beside(leader)) = read(RECORD, "").expect("a usual record");
    assert!(plain.ends_with(b"id1\x1e10\x1faA & B\x1e\x1d"));
    assert_eq!(
        leader.map(|leader| leader.to_vec()),
        Some(b"00060nam a2200049 a 4500".to_vec())
    );
    let prefixed = RECORD
        .replace("</", "</m:")
        .replace('<', "<m:")
        .replace("<m:/m:", "</m:");
    let (other, _) = read(&prefixed, "<x xmlns:m=\"u\">").expect("a prefix that is declared");
    assert_eq!(other, plain);
    assert_eq!(read(&prefixed, ""), None);
}

#[test]
fn what_is_odd_is_left() {
    for (usual, odd) in [
        ("<leader>", "<leader> "),
        ("<leader>00060nam a2200049 a 4500</leader>", ""),
        ("tag=\"245\"", "tag=\"2 5\""),
        ("tag=\"245\"", "tag=\"005\""),
        ("ind1=\"1\" ", ""),
        ("code=\"a\"", "code=\"\""),
        ("code=\"a\"", "code=\"\u{e9}\""),
        ("</datafield>", "x</datafield>"),
        ("A &amp; B", "A & B"),
        ("A &amp; B", "<i>A</i>"),
        ("A &amp; B", "\u{1}"),
        ("A &amp; B", "]]>"),
        ("</record>", ""),
        ("</record>", "</record> "),
    ] {
        let changed = RECORD.replace(usual, odd);
        assert_ne!(changed, RECORD);
        assert_eq!(read(&changed, ""), None, "{changed}");
    }
    let long = RECORD.replace("id1", &"x".repeat(9_999));
    assert_eq!(read(&long, ""), None);
    assert!(read(&RECORD.replace("id1", &"x".repeat(9_998)), "").is_some());
}

#[test]
fn a_document_type_that_does_not_end_ends_before_the_record() {
    for broken in [
        "<!DOCTYPE c [ <!ENTITY a \"b\"> ",
        "<!DOCTYPE c [ <!-- <record> --> <?x <?> ",
        "<!DOCTYPE c ",
        "<!DOCTYPE c [ <!DOCTYPE c [ ",
    ] {
        let document = format!("{broken}{RECORD}");
        let expected = [(Kind::Unread, broken), (Kind::Record, RECORD)];
        assert_eq!(frames(&document), expected);
    }
}

#[test]
fn what_is_no_document_type_is_looked_at_once() {
    let data = "<!DOCTYPE[--><!--".repeat(500);
    let (length, whole) = tokens::document_type(data.as_bytes(), true).unwrap();
    assert!(length > data.len() - 20 && !whole);
    let data = "<!DOCTYPE[".repeat(5_000);
    let found = tokens::document_type(data.as_bytes(), false);
    assert_eq!(found, Ok((1 << 14, false)));
}

#[test]
fn records_in_a_row_share_their_context() {
    let records = "<record/>".repeat(3);
    let document = format!("<!DOCTYPE x [<!ENTITY a \"b\">]><x xmlns:m=\"u\">{records}");
    let mut frames = XmlFrames::default();
    let mut contexts = Vec::new();
    let mut rest = document.as_bytes();
    while let Some((kind, length)) = frames.next_frame(rest, true).filter(|it| it.1 > 0) {
        rest = &rest[length..];
        if kind == Kind::Record {
            contexts.push(frames.context());
        }
    }
    assert_eq!(contexts.len(), 3);
    assert!(contexts.iter().all(|it| Arc::ptr_eq(it, &contexts[0])));
    let expected = b"<x xmlns:m=\"u\"><!DOCTYPE x [<!ENTITY a \"b\">]>";
    assert_eq!(&*contexts[0], expected);
}

#[test]
fn a_context_is_short_whatever_is_declared() {
    let mut document = String::new();
    for number in 0..200 {
        let uri = "u".repeat(if number % 2 == 0 { 120 } else { 121 });
        let name = "p".repeat(30 + number % 4);
        document.push_str(&format!(
            "<x xmlns:{name}{number:03}=\"{uri}\" xmlns:n{number}=\"{uri}\">"
        ));
    }
    document.push_str("<record/>");
    let mut frames = XmlFrames::default();
    let mut rest = document.as_bytes();
    while let Some((_, length)) = frames.next_frame(rest, true).filter(|it| it.1 > 0) {
        rest = &rest[length..];
    }
    assert!((1_000..8_000).contains(&frames.context().len()));
}
