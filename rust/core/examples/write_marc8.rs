//! Writes a file of plain records in MARC-8: `MARCWriter.write_many` without Python, to compare.
//!
//!     cargo run --release --example write_marc8 -- SOURCE TARGET THREADS [RUNS]
//!
//! Prints the best wall time of the runs, in microseconds for a record; reading is not counted.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use mrrc_core::marc8::Records;
use mrrc_core::plain::is_plain;
use rayon::ThreadPoolBuilder;

const RECORDS_IN_BATCH: usize = 256;
const PORTION: usize = 1 << 16;

type Encoded = Vec<Option<Vec<u8>>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target, threads, runs @ ..] = arguments.as_slice() else {
        return Err("SOURCE TARGET THREADS [RUNS]".into());
    };
    let threads: usize = threads.parse()?;
    let runs: usize = runs.first().map_or(Ok(5), |runs| runs.parse())?;
    let data = std::fs::read(source)?;
    let records: Vec<&[u8]> = data
        .split_inclusive(|&byte| byte == 0x1D)
        .filter(|raw| is_plain(raw))
        .collect();
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        write(&records, &mut File::create(target)?, threads)?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    let each = best / records.len().max(1) as f64 * 1e6;
    println!("{} records, {threads} threads: {each:.3} us", records.len());
    Ok(())
}

fn write(
    records: &[&[u8]],
    file: &mut File,
    threads: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut pending = Vec::with_capacity(2 * PORTION);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    let mut submitted: VecDeque<Receiver<Encoded>> = VecDeque::new();
    for raws in records.chunks(RECORDS_IN_BATCH) {
        let mut batch = Records::default();
        for raw in raws {
            batch.push(raw);
        }
        if threads < 2 {
            hand_over(&batch.to_marc8(), &mut pending, file)?;
            continue;
        }
        let (sender, receiver) = channel();
        pool.spawn(move || {
            let _unwanted = sender.send(batch.to_marc8_in_parallel());
        });
        submitted.push_back(receiver);
        if submitted.len() > 2 {
            if let Some(first) = submitted.pop_front() {
                hand_over(&first.recv()?, &mut pending, file)?;
            }
        }
    }
    for first in submitted {
        hand_over(&first.recv()?, &mut pending, file)?;
    }
    file.write_all(&pending)?;
    Ok(())
}

fn hand_over(records: &Encoded, pending: &mut Vec<u8>, file: &mut File) -> std::io::Result<()> {
    for record in records.iter().flatten() {
        pending.extend_from_slice(record);
    }
    if pending.len() >= PORTION {
        file.write_all(pending)?;
        pending.clear();
    }
    Ok(())
}
