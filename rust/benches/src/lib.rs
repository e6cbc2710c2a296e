//! What is measured of `mrrc-core`: once here, for criterion's times and callgrind's counts.

pub mod records;
pub mod tasks;
