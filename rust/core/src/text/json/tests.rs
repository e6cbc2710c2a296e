use super::*;
use crate::plain::{is_plain, is_regular};
use crate::text::{Beside, Frames, Kind, MAX_SPAN, Reader};

const RECORD: &str = r#"{"leader":"00000nam a2200000 a 4500","fields":[{"001":"x"},{"245":{"ind1":"1","ind2":"0","subfields":[{"a":"T\u00e9xt {[ "},{"b":"\ud83d\ude00\\"}]}}]}"#;

fn frames_of(mut frames: impl Frames, data: &[u8], size: usize) -> Vec<(Kind, usize)> {
    let mut found = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        let last = end == data.len();
        match frames.next_frame(&data[start..end], last) {
            Some((kind, length)) => {
                start += length;
                found.push((kind, length));
                if length == 0 {
                    return found;
                }
            }
            None if last => return found,
            None => end = data.len().min(end + size),
        }
    }
}

fn documents(data: &str) -> Vec<(Kind, usize)> {
    let whole = frames_of(Documents::default(), data.as_bytes(), data.len().max(1));
    for size in [1, 2, 3, 5, 17] {
        let found = frames_of(Documents::default(), data.as_bytes(), size);
        assert_eq!(found, whole, "{size} {data}");
    }
    whole
}

fn kinds(data: &str) -> String {
    let letter = |(kind, length)| match kind {
        Kind::Record => 'r',
        Kind::Between => '-',
        Kind::Unread if length == 0 => '!',
        Kind::Unread => 'x',
    };
    documents(data).into_iter().map(letter).collect()
}

fn read(span: &str) -> Option<(Vec<u8>, Beside)> {
    let mut out = b"before".to_vec();
    let beside = RecordReader::default().read(span.as_bytes(), b"", &mut out)?;
    assert!(out.starts_with(b"before"));
    Some((out.split_off(6), beside))
}

#[test]
fn finds_documents_and_what_they_stand_in() {
    let record = RECORD;
    for (data, expected) in [
        (String::new(), ""),
        (format!("[{record},\n{record}]\n"), "-r-r-"),
        (format!("{record}{record} "), "rr-"),
        (format!("\u{feff}{record}"), "-r"),
        (format!("{{\"records\":[{record}],\"n\":{{}}}}"), "-r--"),
        (
            format!("{{\"collection\":{{\"record\":{record}}}}}"),
            "--r--",
        ),
        (format!("{{\"fields\":[],\"records\":[{record}]}}"), "r"),
        (format!("[{record},"), "-r-!"),
        (format!("nothing {record} 5"), "xr-x"),
        ("]]]".to_owned(), "x"),
        (format!("[{}", record.trim_end_matches('}')), "-r!"),
    ] {
        assert_eq!(kinds(&data), expected, "{data}");
    }
}

#[test]
fn a_record_that_has_not_ended_ends_before_the_next() {
    let cut = &RECORD[..RECORD.len() - 12];
    let record = RECORD;
    for data in [
        format!("{cut},{record}"),
        format!("{cut}\n{record}"),
        format!("{}\"x,{record}", &RECORD[..60]),
    ] {
        let first = data.len() - record.len();
        let expected = [(Kind::Record, first), (Kind::Record, record.len())];
        assert_eq!(documents(&data), expected, "{data}");
    }
}

#[test]
fn what_is_too_deep_or_too_long_is_unread() {
    let deep = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
    assert_eq!(kinds(&format!("{deep}{RECORD}")), "xr");
    let allowed = format!("{}1{}", "{\"a\":".repeat(64), "}".repeat(64));
    assert_eq!(kinds(&format!("{allowed}{RECORD}")), "rr");
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_SPAN));
    let data = [long.as_bytes(), RECORD.as_bytes()].concat();
    let expected = [
        (Kind::Unread, MAX_SPAN),
        (Kind::Unread, long.len() - MAX_SPAN),
        (Kind::Record, RECORD.len()),
    ];
    for size in [1 << 20, data.len()] {
        assert_eq!(frames_of(Documents::default(), &data, size), expected);
    }
    let lines = [long.as_bytes(), b"\n", RECORD.as_bytes()].concat();
    let expected = [
        (Kind::Unread, MAX_SPAN),
        (Kind::Unread, long.len() - MAX_SPAN),
        (Kind::Between, 1),
        (Kind::Record, RECORD.len()),
    ];
    for size in [1 << 20, data.len()] {
        assert_eq!(frames_of(Lines::default(), &lines, size), expected);
    }
}

#[test]
fn reads_a_record() {
    let (record, beside) = read(RECORD).unwrap();
    assert!(is_plain(&record) && is_regular(&record));
    let text = String::from_utf8(record).unwrap();
    assert!(
        text.starts_with("00073nam a2200049 a 4500001000200000245002100002\u{1e}x\u{1e}10\u{1f}aT")
    );
    assert!(text.ends_with("\u{1f}aT\u{e9}xt {[ \u{1f}b\u{1f600}\\\u{1e}\u{1d}"));
    assert_eq!(beside, Beside(Some(*b"00000nam a2200000 a 4500")));
    let spread = RECORD.replace(':', " :\n").replace(',', "\t, ");
    assert_eq!(read(&spread).unwrap().0, text.as_bytes());
    let wrapped = format!("{{\"id\":[1,{{}}],\"parsedRecord\":{{\"content\":{RECORD}}}}}");
    assert_eq!(read(&wrapped).unwrap().0, text.as_bytes());
}

#[test]
fn leaves_every_other_record_alone() {
    for end in 0..RECORD.len() {
        if RECORD.is_char_boundary(end) {
            assert_eq!(read(&RECORD[..end]), None);
        }
    }
    for (part, other) in [
        ("\\u00e9", "\\u001f"),
        ("\\u00e9", "\\ud83d"),
        ("\\ud83d", "\\udc00"),
        ("\\u00e9", "\\x"),
        ("\\u00e9", "\u{1f}"),
        ("\"001\"", "\"0 1\""),
        ("\"x\"", "1"),
        ("\"ind1\":\"1\"", "\"ind1\":\"\""),
        ("\"ind1\":\"1\"", "\"ind2\":\"1\""),
        ("{\"a\"", "{\" \""),
        ("4500\",", "450\","),
        ("{\"leader\"", "{\"fields\":[],\"leader\""),
    ] {
        assert!(RECORD.contains(part));
        assert_eq!(read(&RECORD.replace(part, other)), None, "{other}");
    }
}
