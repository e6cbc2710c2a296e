//! Times of the parts of `mrrc-core`, in records per second.
//!
//! The records are made here. `MRRC_BENCH_FILE` names a file of records in UTF-8 that is measured
//! as well, its first 1,000 records.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mrrc_benches::records::{Encoding, cut, make};
use mrrc_benches::tasks::{ALL, Material};

const RECORDS: usize = 1_000;

fn measure(criterion: &mut Criterion, name: &str, material: &Material) {
    let mut group = criterion.benchmark_group(name);
    group.measurement_time(Duration::from_secs(2));
    group.warm_up_time(Duration::from_millis(500));
    group.sample_size(20);
    for (task, run) in ALL {
        let records = if *task == "encode_marc8" {
            material.texts.len()
        } else {
            material.utf8.len()
        };
        group.throughput(Throughput::Elements(records as u64));
        group.bench_function(*task, |bencher| {
            bencher.iter(|| run(black_box(material)));
        });
    }
    group.finish();
}

fn generated(criterion: &mut Criterion) {
    measure(criterion, "generated", &Material::new(RECORDS));
}

fn file(criterion: &mut Criterion) {
    let Some(path) = std::env::var_os("MRRC_BENCH_FILE") else {
        return;
    };
    match std::fs::read(&path) {
        Ok(content) => {
            let mut utf8 = cut(&content);
            utf8.truncate(RECORDS);
            let material = Material::of(utf8, make(RECORDS, Encoding::Marc8));
            measure(criterion, "file", &material);
        }
        Err(error) => eprintln!("left out: {}: {error}", path.to_string_lossy()),
    }
}

criterion_group!(benches, generated, file);
criterion_main!(benches);
