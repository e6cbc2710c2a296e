//! Documents in pieces of every size, and the accounts of what the scanner leaves to others.

use super::*;

/// What a document says: a record is its bytes, or `PARTS`.
fn read(document: &[u8], piece: usize, strict: bool) -> Option<Vec<Vec<u8>>> {
    let mut scanner = Scanner::new(strict, false);
    let mut records = Vec::new();
    let mut take = |batch: Batch| {
        for item in &batch.items {
            records.push(match item {
                Item::Plain { record, .. } => record.of(&batch.bytes).to_vec(),
                Item::Parts(_) => b"PARTS".to_vec(),
            });
        }
    };
    for block in document.chunks(piece) {
        take(scanner.feed(block, false).ok()?);
    }
    take(scanner.feed(b"", true).ok()?);
    Some(records)
}

fn whole(document: &str) -> Option<Vec<Vec<u8>>> {
    let records = read(document.as_bytes(), document.len().max(1), false);
    for piece in [1, 2, 3, 7] {
        assert_eq!(
            read(document.as_bytes(), piece, false),
            records,
            "{document}"
        );
    }
    records
}

fn value(content: &str) -> Option<String> {
    let document = format!(
        "<record><datafield tag='500'><subfield code='a'>{content}</subfield></datafield></record>"
    );
    let records = whole(&document)?;
    let text = String::from_utf8(records.concat()).ok()?;
    let (_, value) = text.split_once("\u{1F}a")?;
    Some(value.trim_end_matches(['\u{1E}', '\u{1D}']).to_owned())
}

#[test]
fn makes_plain_records() {
    let records = whole(
        "\u{FEFF}<?xml version='1.0' encoding=\"UTF-8\" standalone = 'yes' ?>\n<!-- - -->\
         <m:collection xmlns:m='http://www.loc.gov/MARC21/slim'>\n <m:record>\
         <m:leader>00060nam a2200049 a 4500</m:leader><m:controlfield tag='001'>id1\
         </m:controlfield> <m:datafield ind1='1' ind2='0' tag='245'><m:subfield code='a'>x\
         </m:subfield ></m:datafield></m:record><m:record/></m:collection><?end?>",
    );
    let expected = b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d";
    assert!(crate::plain::is_plain(expected));
    assert_eq!(records, Some(vec![expected.to_vec(), b"PARTS".to_vec()]));
}

#[test]
fn resolves_what_stands_for_characters() {
    let cases = [
        ("", ""),
        ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'"),
        (
            "&#65;&#x42;&#x00043;&#9;&#13;&#x10FFFF;",
            "ABC\t\r\u{10FFFF}",
        ),
        ("a\r\nb\rc\nd\r", "a\nb\nc\nd\n"),
        ("a<![CDATA[<&]]]]><![CDATA[>\r\n]]>b", "a<&]]>\nb"),
        ("a<!-- x --><?y z?>b", "ab"),
        ("a<i>b</i>c", "c"),
        ("]] > é日\u{1F600}\u{FFFD}", "]] > é日\u{1F600}\u{FFFD}"),
    ];
    for (content, expected) in cases {
        assert_eq!(value(content).as_deref(), Some(expected), "{content}");
    }
}

#[test]
fn leaves_errors_to_others() {
    let contents = [
        "]]>",
        "&",
        "&;",
        "&x;",
        "&#;",
        "&#x;",
        "&#0;",
        "&#x1F;",
        "&#xD800;",
        "&#xFFFE;",
        "&#xG;",
        "&#1114112;",
        "&#99999999999999999999;",
        "&amp",
        "&AMP;",
        "\u{1}",
        "\0",
        "\u{FFFF}",
        "<i>",
        "</i>",
        "<i></j>",
        "<1/>",
        "<i a/>",
        "<i a=b/>",
        "<i a='<'/>",
        "<i a='&'/>",
        "<i a=''b=''/>",
        "<i a='' a=''/>",
        "<p:i/>",
        "<i p:a=''/>",
        "<:i/>",
        "<i:/>",
        "<a:b:c/>",
        "<!-- -- -->",
        "<!--->",
        "<!---->-->x]]>",
        "<?xml version='1.0'?>",
        "<?XML ?>",
        "<??>",
        "<!DOCTYPE x>",
        "<![CDATA[",
        "<i xmlns:p=''/>",
        "<i xmlns:xml='x'/>",
        "<i xmlns:p='a' xmlns:q='a' p:b='' q:b=''/>",
        "<i",
        "<",
        "<!",
        "<subfield/>",
        "<datafield/>",
        "<controlfield/>",
        "<leader>x</leader>",
        "<i xmlns:p='a'/><p:i/>",
    ];
    for content in contents {
        assert_eq!(value(content), None, "{content}");
    }
    let documents = [
        "",
        " ",
        "x",
        "<a>",
        "<a/><a/>",
        "<a/>x",
        "x<a/>",
        "<a/>&amp;",
        "<a/><![CDATA[]]>",
        " <?xml version='1.0'?><a/>",
        "<?xml version='1.1'?><a/>",
        "<?xml encoding='utf-8'?><a/>",
        "<?xml version='1.0' encoding='latin-1'?><a/>",
        "<?xml?><a/>",
        "<?xml ?><a/>",
        "<?xml version='1.0'encoding='utf-8'?><a/>",
        "<!DOCTYPE a><a/>",
        "<é/>",
        "<?xml version='1.0' encoding='us-ascii'?><a>é</a>",
        "<subfield code='a'/>",
        "<datafield tag='245'/>",
    ];
    for document in documents {
        assert_eq!(whole(document), None, "{document}");
    }
    assert_eq!(read(b"<a>\xC3</a>", 4, false), None);
    assert_eq!(read(b"<a>\xED\xA0\x80</a>", 20, false), None);
}

#[test]
fn keeps_parts_of_what_is_not_plain() {
    let parts = Some(vec![b"PARTS".to_vec()]);
    let long = "x".repeat(9_997);
    for field in [
        "<datafield tag='001'/>",
        "<controlfield tag='245'/>",
        "<datafield tag='24'/>",
        "<datafield tag='é1'/>",
        "<datafield tag='245' ind1=''/>",
        "<datafield tag='245' ind2='é'/>",
        "<datafield tag='245' ind2='&#9;'/>",
        "<datafield tag='245'><subfield code='ab'/></datafield>",
        "<datafield tag='245'><subfield code='é'/></datafield>",
        &format!("<controlfield tag='001'>{long}xx</controlfield>"),
        &"<controlfield tag='001'/>".repeat(8_000),
    ] {
        assert_eq!(
            read(format!("<record>{field}</record>").as_bytes(), 4096, false),
            parts
        );
    }
    let fits = format!("<record><controlfield tag='001'>{long}x</controlfield></record>");
    let records = read(fits.as_bytes(), 100, false).unwrap();
    assert!(crate::plain::is_plain(&records[0]));
}

#[test]
fn passes_over_other_namespaces() {
    let document = b"<r><record xmlns='http://www.loc.gov/MARC21/slim'><controlfield tag='001'>a\
        <b xmlns=''>c</b>d</controlfield></record><record/></r>";
    let records = read(document, 5, true).unwrap();
    assert_eq!(records.len(), 1);
    assert!(records[0].ends_with(b"\x1eacd\x1e\x1d"));
    assert_eq!(read(document, 5, false).unwrap().len(), 2);
}

#[test]
fn refuses_more_declarations_than_can_be_looked_through() {
    let nested = |count: usize| {
        let open = "<a xmlns:p='u'>".repeat(count);
        format!("{open}<record/>{}", "</a>".repeat(count))
    };
    assert!(whole(&nested(64)).is_some());
    assert_eq!(whole(&nested(65)), None);
    let in_turn = "<a xmlns:p='u'/>".repeat(100);
    assert!(whole(&format!("<c>{in_turn}</c>")).is_some());
}

#[test]
fn refuses_a_token_without_end() {
    let mut scanner = Scanner::new(false, false);
    assert!(scanner.feed(b"<a b='", false).is_ok());
    let block = vec![b'x'; 1 << 22];
    let refused = (0..8).any(|_| scanner.feed(&block, false).is_err());
    assert!(refused);
    assert!(scanner.feed(b"'/>", true).is_err());
}
