use super::*;

/// A sound record of these fields.
fn record(fields: &[(&str, &str)]) -> Vec<u8> {
    let leader = b"00000cam a2200000 a 4500";
    let fields = fields
        .iter()
        .map(|(tag, content)| (tag.as_bytes(), content.as_bytes()));
    build_record(leader, fields).unwrap()
}

fn sound() -> Vec<u8> {
    record(&[
        ("001", "id1"),
        ("008", "031127s2003"),
        ("245", "10\x1faA title /\x1fcsomebody."),
        ("650", " 0\x1faSubject\u{e9}"),
        ("700", "1 \x1faName, A."),
    ])
}

fn codes(salvaged: &Salvaged<'_>) -> Vec<&'static str> {
    let problems = salvaged.problems.iter();
    problems.map(|problem| problem.code.as_str()).collect()
}

fn tags(salvaged: &Salvaged<'_>) -> Vec<String> {
    let fields = salvaged.fields.iter();
    fields
        .map(|field| String::from_utf8(field.tag.to_vec()).unwrap())
        .collect()
}

fn replaced(raw: &[u8], from: &str, to: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(raw, from.as_bytes()).unwrap();
    [&raw[..at], to, &raw[at + from.len()..]].concat()
}

#[test]
fn a_sound_record_stays_what_it_is() {
    let raw = sound();
    let salvaged = salvage(&raw);
    assert_eq!(salvaged.sound().unwrap(), raw);
    assert_eq!(salvaged.problems, []);
    assert_eq!(tags(&salvaged), ["001", "008", "245", "650", "700"]);
    assert!(crate::plain::is_plain(&raw));
}

#[test]
fn lengths_that_lie() {
    let raw = sound();
    for (at, digits, code) in [
        (0, b"99999", "record-length-wrong"),
        (0, b"1234 ", "record-length-not-number"),
        (12, b"00000", "base-address-wrong"),
        (12, b"000x0", "base-address-not-number"),
    ] {
        let mut bad = raw.clone();
        bad[at..at + 5].copy_from_slice(digits);
        let salvaged = salvage(&bad);
        assert_eq!(codes(&salvaged), [code]);
        assert_eq!(*salvaged.problems[0].found, *digits);
        assert_eq!(*salvaged.problems[0].used, raw[at..at + 5]);
        assert_eq!(salvaged.sound().unwrap(), raw);
    }
}

#[test]
fn a_byte_of_the_directory() {
    let raw = sound();
    let terminator = memchr::memchr(FIELD_TERMINATOR, &raw).unwrap();
    for at in 24..terminator {
        let mut bad = raw.clone();
        bad[at] ^= 1;
        let salvaged = salvage(&bad);
        assert_eq!(salvaged.fields.len(), 5, "byte {at}");
        let mut fewer = raw.clone();
        fewer.remove(at);
        let salvaged = salvage(&fewer);
        assert!(salvaged.fields.len() >= 4, "byte {at}: {salvaged:?}");
        assert!(!salvaged.problems.is_empty());
    }
}

#[test]
fn terminators_too_many_and_too_few() {
    let raw = sound();
    let stray = replaced(&raw, "title", b"ti\x1ele");
    let salvaged = salvage(&stray);
    assert_eq!(codes(&salvaged), ["field-terminator-stray"]);
    assert_eq!(tags(&salvaged), ["001", "008", "245", "650", "700"]);
    assert!(salvaged.fields[2].content.starts_with(b"10\x1faA ti le"));

    let lost = replaced(&raw, "somebody.\x1e", b"somebody.x");
    let salvaged = salvage(&lost);
    assert_eq!(tags(&salvaged), ["001", "008", "245", "650", "700"]);
    assert_eq!(codes(&salvaged), ["field-terminator-missing"]);
    assert_eq!(*salvaged.problems[0].found, *b"x");
}

#[test]
fn a_record_that_breaks_off() {
    let raw = sound();
    let salvaged = salvage(&raw[..raw.len() - 6]);
    assert_eq!(tags(&salvaged).len(), 5);
    assert_eq!(
        codes(&salvaged),
        [
            "record-terminator-missing",
            "record-length-wrong",
            "field-truncated"
        ]
    );
}

#[test]
fn leaders_that_lost_or_gained_bytes() {
    let raw = sound();
    for at in 0..24 {
        let mut bad = raw.clone();
        bad.remove(at);
        let salvaged = salvage(&bad);
        assert!(codes(&salvaged).contains(&"leader-length-wrong"), "{at}");
        assert_eq!(salvaged.fields, {
            let mut fields = salvage(&raw).fields;
            fields.iter_mut().for_each(|field| field.offset -= 1);
            fields
        });
        let mut bad = raw.clone();
        bad.insert(at, b'7');
        let salvaged = salvage(&bad);
        assert!(codes(&salvaged).contains(&"leader-length-wrong"), "{at}");
        assert_eq!(salvaged.fields.len(), 5);
    }
    let two_bytes = replaced(&raw, "cam", "c\u{e9}m".as_bytes());
    let salvaged = salvage(&two_bytes);
    assert_eq!(
        codes(&salvaged),
        ["leader-invalid"],
        "24 characters in 25 bytes"
    );
    assert_eq!(&salvaged.leader[5..8], b"c m");
}

#[test]
fn contents() {
    for (content, problems, sound) in [
        ("10\x1faTitle", &[][..], &b"10\x1faTitle"[..]),
        ("10", &[], b"10"),
        ("", &["indicators-missing"], b"  "),
        ("1", &["indicators-missing"], b"1 "),
        ("1\x1fax", &["indicators-missing"], b"1 \x1fax"),
        ("10x\x1fay", &["text-before-subfields"], b"10\x1f?x\x1fay"),
        ("10\x1f\x1fax", &["subfield-code-missing"], b"10\x1fax"),
        ("10\x1fax\x1f", &["subfield-code-missing"], b"10\x1fax"),
        (
            "10\x1f\u{e9}",
            &["subfield-code-invalid"],
            b"10\x1f?\xc3\xa9",
        ),
        ("\x010\x1fax", &["indicator-invalid"], b" 0\x1fax"),
        ("\u{e9}\x1fax", &["indicator-invalid"], b"  \x1fax"),
    ] {
        let raw = record(&[("001", "id1"), ("245", content), ("500", "  \x1faz")]);
        let salvaged = salvage(&raw);
        assert_eq!(codes(&salvaged), problems, "{content:?}");
        assert_eq!(salvaged.fields[1].content, sound, "{content:?}");
    }
    let raw = record(&[("001", "i\x1f1\x1f"), ("245", "10\x1faTitle")]);
    let salvaged = salvage(&raw);
    assert_eq!(codes(&salvaged), ["delimiter-in-control-field"]);
    assert_eq!(&*salvaged.fields[0].content, b"i\x1f1 ");
}

#[test]
fn what_the_structure_cannot_hold() {
    let leader = b"00000nam a2200000 a 4500";
    let longest = [b'x'; MAX_FIELD_LENGTH];
    let field = |length: usize| (&b"500"[..], &longest[..length]);
    assert!(build_record(leader, [field(9_998)].into_iter()).is_some());
    assert!(build_record(leader, [field(9_999)].into_iter()).is_none());
    assert!(build_record(leader, [].into_iter()).is_none());
    assert!(build_record(leader, vec![field(9_998); 10].into_iter()).is_none());
    let rest = 99_999 - 26 - 10 * 12 - 9 * 9_999 - 1;
    let mut fields = vec![field(9_998); 9];
    fields.push(field(rest));
    let record = build_record(leader, fields.clone().into_iter()).unwrap();
    assert!(record.starts_with(b"99999nam a2200145 a 4500500999900000"));
    fields[9] = field(rest + 1);
    assert!(build_record(leader, fields.into_iter()).is_none());
    let no_leader = build_record(b"", [field(1)].into_iter()).unwrap();
    assert!(no_leader.starts_with(b"000400003750000020000"));
}

#[test]
fn names_are_different() {
    let names: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
}

/// Numbers that look random.
struct Dice(u32);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit
    }
}

/// What has to hold of anything that is salvaged.
fn check(raw: &[u8]) {
    let salvaged = salvage(raw);
    assert!(salvaged.leader.is_ascii());
    for problem in &salvaged.problems {
        assert!(
            problem.offset <= raw.len().max(LEADER_LENGTH),
            "{problem:?}"
        );
    }
    let offsets = salvaged.fields.iter().map(|field| field.offset);
    assert!(offsets.clone().all(|offset| offset <= raw.len()));
    if let Some(sound) = salvaged.sound() {
        let mut again = salvage(&sound);
        // A tag stays what it is.
        again
            .problems
            .retain(|problem| problem.code != Code::TagInvalid);
        assert_eq!(again.problems, [], "{raw:?}");
        assert_eq!(again.leader[5..12], salvaged.leader[5..12]);
        let contents = |fields: &[Field<'_>]| -> Vec<([u8; 3], Vec<u8>)> {
            let fields = fields.iter();
            fields
                .map(|field| (field.tag, field.content.to_vec()))
                .collect()
        };
        assert_eq!(contents(&again.fields), contents(&salvaged.fields));
    }
}

#[test]
fn what_was_salvaged_is_sound() {
    let raw = sound();
    let telling = b"\x1d\x1e\x1f0019a \x00\x7f\x80\xc3\xff";
    let mut dice = Dice(1);
    for _ in 0..30_000 {
        let mut bad = raw.clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(bad.len() - 1);
            let byte = telling[dice.below(telling.len())];
            match dice.below(5) {
                0 => bad[at] = byte,
                1 => bad.insert(at, byte),
                2 => drop(bad.remove(at)),
                3 => drop(bad.drain(at..(at + dice.below(20)).min(bad.len() - 1))),
                _ => bad.truncate(at.max(2)),
            }
            if bad.len() < 4 {
                break;
            }
        }
        check(&bad);
    }
    for length in 0..raw.len() {
        check(&raw[..length]);
        check(&raw[length..]);
    }
}
