//! The forms in which whole files of records are written.

use crate::LEADER_LENGTH;
use crate::json::record_as_utf8_json;
use crate::marc8::record_to_marc8;
use crate::mrk::record_as_mrk;
use crate::output::Output;
use crate::plain::codes_are_graphic;
use crate::xml::record_as_valid_xml;

/// What records are formatted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Nothing is written: records are only counted.
    Nothing,
    /// ISO 2709 in UTF-8.
    Marc,
    /// ISO 2709 in MARC-8.
    Marc8,
    /// A `record` element that is valid by the MARCXML schema, in UTF-8.
    MarcXml,
    /// MARC-in-JSON without blanks, in UTF-8; the records of an array.
    Json,
    /// The same, a record in each line.
    JsonLines,
    /// The text form of MarcEdit and MARCMaker.
    Mrk,
}

const CODING_SCHEME: usize = 9;

impl Target {
    /// The target of this name; none for another.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "" => Self::Nothing,
            "marc" => Self::Marc,
            "marc8" => Self::Marc8,
            "marcxml" => Self::MarcXml,
            "json" => Self::Json,
            "jsonl" => Self::JsonLines,
            "mrk" => Self::Mrk,
            _ => return None,
        })
    }

    /// What stands between two records.
    #[must_use]
    pub fn separator(self) -> &'static [u8] {
        match self {
            Self::Nothing | Self::Marc | Self::Marc8 => b"",
            Self::MarcXml | Self::JsonLines | Self::Mrk => b"\n",
            Self::Json => b",\n",
        }
    }

    /// Writes a record to the end of `out`.
    ///
    /// `raw` is a plain record (see [`crate::plain`]), `leader` the record's own where that is
    /// another. `None`, and nothing written, when something would have to be changed to write the
    /// record in this form, or when it is not sure.
    #[must_use]
    pub fn format(
        self,
        raw: &[u8],
        leader: Option<&[u8; LEADER_LENGTH]>,
        out: &mut Output,
    ) -> Option<()> {
        let length = out.len();
        let formatted = match self {
            Self::Nothing => Some(()),
            Self::Marc => marc(raw, leader, out),
            Self::Marc8 => marc8(raw, leader, out),
            Self::MarcXml => record_as_valid_xml(raw, leader_shown(raw, leader)?, out),
            Self::Json | Self::JsonLines => {
                record_as_utf8_json(raw, leader_shown(raw, leader)?, out)
            }
            Self::Mrk => record_as_mrk(raw, leader_shown(raw, leader)?, out),
        };
        if formatted.is_none() {
            out.truncate(length);
        }
        formatted
    }
}

fn leader_shown<'a>(
    raw: &'a [u8],
    leader: Option<&'a [u8; LEADER_LENGTH]>,
) -> Option<&'a [u8; LEADER_LENGTH]> {
    leader.or_else(|| raw.first_chunk())
}

/// The record as it is, save for a leader that is another: lengths and coding scheme stay.
fn marc(raw: &[u8], leader: Option<&[u8; LEADER_LENGTH]>, out: &mut Output) -> Option<()> {
    // Of a subfield with such a code a reader takes that for damage.
    if !codes_are_graphic(raw) {
        return None;
    }
    match leader {
        None => out.append(raw),
        Some(leader) => {
            out.append(&merged(raw, leader)?);
            out.append(raw.get(LEADER_LENGTH..)?);
        }
    }
    Some(())
}

fn marc8(raw: &[u8], leader: Option<&[u8; LEADER_LENGTH]>, out: &mut Output) -> Option<()> {
    if !codes_are_graphic(raw) {
        return None;
    }
    let encoded = match leader {
        None => record_to_marc8(raw)?,
        Some(leader) => {
            let mut record = raw.to_vec();
            *record.first_chunk_mut()? = merged(raw, leader)?;
            record_to_marc8(&record)?
        }
    };
    out.append(&encoded);
    Some(())
}

/// The leader, with what the bytes of the record in UTF-8 need.
fn merged(raw: &[u8], leader: &[u8; LEADER_LENGTH]) -> Option<[u8; LEADER_LENGTH]> {
    if !leader.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut merged = *leader;
    let own: &[u8; LEADER_LENGTH] = raw.first_chunk()?;
    merged.get_mut(..5)?.copy_from_slice(own.get(..5)?);
    merged.get_mut(12..17)?.copy_from_slice(own.get(12..17)?);
    *merged.get_mut(CODING_SCHEME)? = b'a';
    Some(merged)
}

/// Records that are formatted one behind the other, with what stands between them.
#[derive(Debug)]
pub struct Run {
    target: Target,
    /// How many records there are.
    pub count: usize,
    /// The records.
    pub out: Output,
}

impl Run {
    /// An empty run, which will be written into `out`.
    #[must_use]
    pub fn new(target: Target, mut out: Output) -> Self {
        out.clear();
        Self {
            target,
            count: 0,
            out,
        }
    }

    /// Appends a record, if [`Target::format`] does; else nothing changes.
    #[must_use]
    pub fn push(&mut self, raw: &[u8], leader: Option<&[u8; LEADER_LENGTH]>) -> Option<()> {
        let length = self.out.len();
        if self.count > 0 {
            self.out.append(self.target.separator());
        }
        if self.target.format(raw, leader, &mut self.out).is_none() {
            self.out.truncate(length);
            return None;
        }
        self.count += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const RAW: &[u8] =
        b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d";
    const LEADER: &[u8; LEADER_LENGTH] = b"00099cas  2200099 i 4500";
    const ALL: [Target; 7] = [
        Target::Nothing,
        Target::Marc,
        Target::Marc8,
        Target::MarcXml,
        Target::Json,
        Target::JsonLines,
        Target::Mrk,
    ];

    fn formatted(
        target: Target,
        raw: &[u8],
        leader: Option<&[u8; LEADER_LENGTH]>,
    ) -> Option<String> {
        let mut out = Output::new();
        out.append(b"before");
        let done = target.format(raw, leader, &mut out);
        let text = String::from_utf8(out.as_bytes().to_vec()).unwrap();
        let text = text.strip_prefix("before").unwrap().to_owned();
        assert!(done.is_some() || text.is_empty());
        done.map(|()| text)
    }

    #[test]
    fn names() {
        for target in ALL {
            let names = ["", "marc", "marc8", "marcxml", "json", "jsonl", "mrk"];
            let named: Vec<_> = names
                .into_iter()
                .filter(|name| Target::named(name) == Some(target))
                .collect();
            assert_eq!(named.len(), 1);
        }
        assert_eq!(Target::named("xml"), None);
    }

    #[test]
    fn every_form() {
        let raw = String::from_utf8(RAW.to_vec()).unwrap();
        let own = |target| formatted(target, RAW, None).unwrap();
        assert_eq!(own(Target::Nothing), "");
        assert_eq!(own(Target::Marc), raw);
        assert_eq!(own(Target::Marc8), raw.replacen("m a", "m  ", 1));
        assert_eq!(
            own(Target::MarcXml),
            "<record><leader>00060nam a2200049 a 4500</leader>\
             <controlfield tag=\"001\">id1</controlfield>\
             <datafield ind1=\"1\" ind2=\"0\" tag=\"245\">\
             <subfield code=\"a\">x</subfield></datafield></record>"
        );
        let json = "{\"leader\":\"00060nam a2200049 a 4500\",\"fields\":[{\"001\":\"id1\"},\
             {\"245\":{\"ind1\":\"1\",\"ind2\":\"0\",\"subfields\":[{\"a\":\"x\"}]}}]}";
        assert_eq!(own(Target::Json), json);
        assert_eq!(own(Target::JsonLines), json);
    }

    #[test]
    fn another_leader() {
        let other = |target| formatted(target, RAW, Some(LEADER)).unwrap();
        let raw = String::from_utf8(RAW.to_vec()).unwrap();
        let raw = raw.replacen("00060nam a2200049 a 4500", "00060cas a2200049 i 4500", 1);
        assert_eq!(other(Target::Marc), raw);
        assert_eq!(other(Target::Marc8), raw.replacen("s a", "s  ", 1));
        for target in [Target::MarcXml, Target::Json] {
            assert!(other(target).contains("00099cas  2200099 i 4500"));
        }
    }

    #[test]
    fn nothing_is_written_of_what_cannot_be() {
        let mut odd_leader = *LEADER;
        odd_leader[5] = 0x1B;
        for target in [Target::Marc, Target::Marc8, Target::MarcXml] {
            assert_eq!(formatted(target, RAW, Some(&odd_leader)), None);
        }
        odd_leader[5] = 0xE9;
        assert_eq!(formatted(Target::Json, RAW, Some(&odd_leader)), None);
        for (place, byte) in [
            (24, b'9'),
            (26, b'0'),
            (38, b'|'),
            (53, b'|'),
            (56, b'@'),
            (57, 1),
        ] {
            let mut raw = RAW.to_vec();
            raw[place] = byte;
            assert_eq!(formatted(Target::MarcXml, &raw, None), None, "{place}");
        }
    }

    #[test]
    fn runs() {
        let mut run = Run::new(Target::JsonLines, Output::new());
        assert_eq!(run.push(RAW, None), Some(()));
        assert_eq!(run.push(&RAW[..40], None), None);
        assert_eq!(run.push(RAW, Some(LEADER)), Some(()));
        let expected = [None, Some(LEADER)].map(|it| formatted(Target::Json, RAW, it).unwrap());
        assert_eq!(run.count, 2);
        assert_eq!(run.out.as_bytes(), expected.join("\n").as_bytes());
        let again = Run::new(Target::Marc, run.out);
        assert!(again.out.is_empty());
        assert_eq!(again.count, 0);
    }
}
