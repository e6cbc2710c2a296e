//! The formats in which records are written.

use crate::json::record_as_json;
use crate::output::Output;

/// A format of a file, in which a record that is bytes can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// MARC-in-JSON, an array.
    Json,
    /// MARC-in-JSON, a record in each line.
    JsonLines,
    /// Nothing: the records are only counted.
    Nothing,
}

impl Target {
    /// The target of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "jsonl" => Some(Self::JsonLines),
            "" => Some(Self::Nothing),
            _ => None,
        }
    }

    /// What stands between two records.
    #[must_use]
    pub fn separator(self) -> &'static [u8] {
        match self {
            Self::Json => b",\n",
            Self::JsonLines => b"\n",
            Self::Nothing => b"",
        }
    }

    /// Writes a plain record; `leader` is the leader to show. `None` where anything would have to
    /// be changed, or is not sure.
    #[must_use]
    pub fn format(self, raw: &[u8], leader: &[u8], out: &mut Output) -> Option<()> {
        match self {
            Self::Json | Self::JsonLines => {
                record_as_json(raw, std::str::from_utf8(leader).ok()?, true, out)
            }
            Self::Nothing => Some(()),
        }
    }
}
