//! The inside of a damaged record's fields: indicators, delimiters and codes made sound.
//!
//! Nothing is dropped but a delimiter that nothing follows: text in a place where none can be
//! becomes a subfield with the code "?".

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use super::{Code, Field, Problem};
use crate::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER};

/// Puts a blank for each terminator inside the content.
fn replace_terminators(field: &mut Field<'_>, problems: &mut Vec<Problem>) {
    for (terminator, code) in [
        (FIELD_TERMINATOR, Code::FieldTerminatorStray),
        (RECORD_TERMINATOR, Code::RecordTerminatorStray),
    ] {
        let Some(first) = memchr(terminator, &field.content) else {
            continue;
        };
        let mut count: usize = 0;
        for byte in field.content.to_mut() {
            if *byte == terminator {
                *byte = b' ';
                count += 1;
            }
        }
        problems.push(
            Problem::new(code, field.offset + first, count)
                .tag(field.tag)
                .found(count.to_string()),
        );
    }
}

/// Whether this byte is a graphic character of ASCII, as a subfield code has to be.
fn is_graphic(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~')
}

/// Whether this byte can follow a subfield delimiter, as far as a reader is concerned.
fn is_code(byte: u8) -> bool {
    byte < 0x80 && !matches!(byte, RECORD_TERMINATOR..=SUBFIELD_DELIMITER)
}

/// Makes the content of a variable control field sound.
pub(super) fn check_control_field(field: &mut Field<'_>, problems: &mut Vec<Problem>) {
    replace_terminators(field, problems);
    let content = &field.content;
    let without_code: Vec<usize> = memchr_iter(SUBFIELD_DELIMITER, content)
        .filter(|&at| !content.get(at + 1).is_some_and(|&byte| is_code(byte)))
        .collect();
    let Some(first) = without_code.first() else {
        return;
    };
    problems
        .push(Problem::new(Code::DelimiterInControlField, field.offset + first, 1).tag(field.tag));
    let content = field.content.to_mut();
    for at in without_code {
        if let Some(delimiter) = content.get_mut(at) {
            *delimiter = b' ';
        }
    }
}

/// Makes the content of a variable data field sound: indicators, then coded subfields.
pub(super) fn check_data_field(field: &mut Field<'_>, problems: &mut Vec<Problem>) {
    replace_terminators(field, problems);
    if is_sound(&field.content) {
        return;
    }
    let mut pieces = field.content.split(|&byte| byte == SUBFIELD_DELIMITER);
    let head = pieces.next().unwrap_or_default();
    let mut sound = Vec::with_capacity(field.content.len() + 8);
    push_indicators(&mut sound, head, field, problems);
    let mut delimiter = field.offset + head.len();
    // A field has one problem of each kind, as there can be thousands: the first, and how many.
    let mut missing: Option<Problem> = None;
    let mut invalid: Option<Problem> = None;
    for subfield in pieces {
        match subfield.first_chunk() {
            None => match &mut missing {
                Some(problem) => problem.length += 1,
                None => {
                    let problem = Problem::new(Code::SubfieldCodeMissing, delimiter, 1);
                    missing = Some(problem.tag(field.tag));
                }
            },
            Some(&[code]) if !is_graphic(code) => {
                match &mut invalid {
                    Some(problem) => problem.length += 1,
                    None => {
                        let problem = Problem::new(Code::SubfieldCodeInvalid, delimiter + 1, 1);
                        invalid = Some(problem.tag(field.tag).found([code]).used("?"));
                    }
                }
                sound.extend_from_slice(&[SUBFIELD_DELIMITER, b'?']);
                sound.extend_from_slice(subfield);
            }
            Some(_) => {
                sound.push(SUBFIELD_DELIMITER);
                sound.extend_from_slice(subfield);
            }
        }
        delimiter += 1 + subfield.len();
    }
    problems.extend(missing.into_iter().chain(invalid));
    field.content = Cow::Owned(sound);
}

/// Whether the content, without terminators, is what a data field's has to be.
fn is_sound(content: &[u8]) -> bool {
    let [0x20..0x80, 0x20..0x80, subfields @ ..] = content else {
        return false;
    };
    matches!(subfields, [] | [SUBFIELD_DELIMITER, ..])
        && memchr_iter(SUBFIELD_DELIMITER, subfields)
            .all(|at| subfields.get(at + 1).is_some_and(|&byte| is_graphic(byte)))
}

/// Two indicators, and a subfield of what else stands before the first delimiter.
fn push_indicators(
    sound: &mut Vec<u8>,
    head: &[u8],
    field: &Field<'_>,
    problems: &mut Vec<Problem>,
) {
    let (found, text) = head.split_at(head.len().min(2));
    sound.extend(found.iter().map(|&byte| match byte {
        0x20..0x80 => byte,
        _ => b' ',
    }));
    let problem =
        |code, start, length| Problem::new(code, field.offset + start, length).tag(field.tag);
    if sound.as_slice() != found {
        problems.push(
            problem(Code::IndicatorInvalid, 0, found.len())
                .found(found)
                .used(sound.as_slice()),
        );
    }
    if head.len() < 2 {
        problems.push(problem(Code::IndicatorsMissing, 0, head.len()).found(head));
        sound.resize(2, b' ');
    } else if !text.is_empty() {
        problems.push(
            problem(Code::TextBeforeSubfields, 2, text.len())
                .found(text)
                .used("?"),
        );
        sound.extend_from_slice(&[SUBFIELD_DELIMITER, b'?']);
        sound.extend_from_slice(text);
    }
}
