//! What has to hold for any bytes: one module for each target of the fuzzer.
//!
//! A `check` panics where it does not hold; `docs/fuzzing.md` says how the targets are run.

pub mod iso2709;
pub mod json;
pub mod marc8_decode;
pub mod marc8_encode;
pub mod marcxml;
pub mod marcxml_records;
pub mod mrk;
pub mod plain;
pub mod record;
