//! Records out of a stream of bytes, a batch at a time.
//!
//! ```text
//! blocks of bytes -> Batch: where each record begins and ends, and what it is -> one by one
//! ```
//!
//! A [`Batch`] does its work on all records that are complete in it at once, so that whoever holds
//! a lock on everything else can let go of it meanwhile. [`Pipeline`] makes batches in other
//! threads and hands them over in order.
//!
//! With a [`Target`](crate::target::Target) records are formatted as soon as they were looked at,
//! while they are in the processor's cache, and handed over many at a time.

mod batch;
mod ordered;
mod pipeline;
#[cfg(test)]
mod tests;

pub use batch::{Batch, Found, Item, Piece, Records, Wanted, Way, in_utf8_already, look, run_at};
pub use ordered::{Block, Limits, Next, Ordered};
pub use pipeline::{BLOCK, Frames, Pipeline, Rest, Splitter, Taken};
