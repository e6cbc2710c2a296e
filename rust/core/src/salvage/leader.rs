//! The leader of a damaged record.

use std::borrow::Cow;

use super::directory::Directory;
use super::{Code, Problem, clipped};
use crate::{LEADER_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR, parse_digits};

type Leader = [u8; LEADER_LENGTH];

/// 24 ASCII characters for the leader.
pub(super) fn sound(raw: &[u8], directory: &Directory, problems: &mut Vec<Problem>) -> Leader {
    let found = in_single_bytes(clipped(raw, 0, directory.start));
    let data = raw.get(directory.base..).unwrap_or_default();
    let leader = Leader::try_from(found.as_ref()).unwrap_or_else(|_| {
        let mut leader = fitted(&found, LEADER_LENGTH + directory.length());
        if !found.iter().any(u8::is_ascii_alphabetic) && is_utf8_text(data) {
            leader[9] = b'a';
        }
        problems.push(
            Problem::new(Code::LeaderLengthWrong, 0, found.len())
                .found(&found)
                .used(leader),
        );
        leader
    });
    let mut clean = leader.map(|byte| match byte {
        b' '..=b'~' => byte,
        _ => b' ',
    });
    if clean != leader {
        if leader[9] >= 0x80 && is_utf8_text(data) {
            clean[9] = b'a';
        }
        problems.push(
            Problem::new(Code::LeaderInvalid, 0, directory.start)
                .found(clipped(raw, 0, directory.start))
                .used(clean),
        );
    }
    clean
}

/// A leader of 24 characters in UTF-8, if it is one, with one byte for each of them.
fn in_single_bytes(found: &[u8]) -> Cow<'_, [u8]> {
    if found.len() > LEADER_LENGTH {
        if let Ok(text) = std::str::from_utf8(found) {
            if text.chars().count() == LEADER_LENGTH {
                let bytes = text
                    .chars()
                    .map(|character| u8::try_from(character).unwrap_or(0xFF));
                return bytes.collect();
            }
        }
    }
    Cow::Borrowed(found)
}

/// 24 bytes of a leader that lost or gained some, by its fixed characters.
///
/// `base` is where the data would begin behind a leader of the right length.
fn fitted(found: &[u8], base: usize) -> Leader {
    let pattern: &Leader = b"00000     2200000   4500";
    if !found.iter().any(u8::is_ascii_alphabetic) {
        return *pattern; // what is there are digits of the directory
    }
    let mut best = None;
    let mut consider = |choice: Leader| {
        let likeness = likeness(&choice, base);
        if best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, choice));
        }
    };
    if let (Some(first), Some(last)) = (found.first_chunk(), found.last_chunk()) {
        consider(*first);
        consider(*last);
    } else {
        let missing = LEADER_LENGTH.saturating_sub(found.len());
        for kept in 0..=found.len() {
            let (before, after) = found.split_at(kept);
            let supplied = clipped(pattern, kept, kept + missing);
            let mut choice = *pattern;
            let bytes = before.iter().chain(supplied).chain(after);
            for (place, byte) in choice.iter_mut().zip(bytes) {
                *place = *byte;
            }
            consider(choice);
        }
    }
    best.map_or(*pattern, |(_, leader)| leader)
}

/// How many of its parts are what they are in most leaders, or in this one.
fn likeness(leader: &Leader, base: usize) -> usize {
    let alike = [
        leader[10..12] == *b"22",
        leader[20..24] == *b"4500",
        leader[..5].iter().all(u8::is_ascii_digit),
        leader[12..17].iter().all(u8::is_ascii_digit),
        leader[12..17] == *format!("{base:05}").as_bytes(),
    ];
    alike.into_iter().filter(|&alike| alike).count()
}

/// Whether data have characters beyond ASCII, and are UTF-8.
fn is_utf8_text(data: &[u8]) -> bool {
    !data.is_ascii() && simdutf8::basic::from_utf8(data).is_ok()
}

/// Compares record length and base address of data with what is there.
pub(super) fn check_lengths(raw: &[u8], directory: &Directory, problems: &mut Vec<Problem>) {
    if raw.last() != Some(&RECORD_TERMINATOR) {
        let last = raw.last_chunk::<1>().map_or([].as_slice(), |last| last);
        problems.push(Problem::new(Code::RecordTerminatorMissing, raw.len(), 0).found(last));
    }
    if directory.start != LEADER_LENGTH {
        return;
    }
    let digits = clipped(raw, 0, 5);
    let code = match parse_digits(digits) {
        _ if raw.len() > MAX_RECORD_LENGTH => Some((Code::RecordTooLong, raw.len())),
        None => Some((Code::RecordLengthNotNumber, 5)),
        Some(length) if length != raw.len() => Some((Code::RecordLengthWrong, 5)),
        Some(_) => None,
    };
    if let Some((code, length)) = code {
        problems.push(
            Problem::new(code, 0, length)
                .found(digits)
                .used(format!("{:05}", raw.len())),
        );
    }
    let digits = clipped(raw, 12, 17);
    let used = format!("{:05}", directory.base);
    let code = match parse_digits(digits) {
        Some(_) if digits == used.as_bytes() => return,
        Some(_) if digits.len() == 5 => Code::BaseAddressWrong,
        _ => Code::BaseAddressNotNumber,
    };
    problems.push(Problem::new(code, 12, 5).found(digits).used(used));
}
