//! MARCXML.
//!
//! The twin of `mrrc/_pure/xml_frames.py`, which says what a frame is. [`frames`] goes from token to
//! token outside of records and to the end of each record, where [`ends`] has not found it by
//! itself; [`tokens`] cuts the tokens, [`marks`] knows what is no tag, [`declarations`] the namespaces
//! in force. [`reading`] reads a record, by [`usual`] if it is
//! one as nearly all are.

mod declarations;
mod ends;
mod frames;
mod marks;
mod reading;
#[cfg(test)]
mod tests;
mod tokens;
mod usual;

pub(super) use frames::XmlFrames;
pub(super) use reading::RecordReader;
