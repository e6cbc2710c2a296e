//! Whole records in MARC-8, one or many at once.

use mrrc_core::marc8;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use rayon::prelude::*;

use crate::pool;

/// A thread that takes fewer records at a time spends more on taking than on encoding.
const RECORDS_AT_A_TIME: usize = 8;

/// Return a plain record in MARC-8, None where it has to be looked at more closely.
#[pyfunction]
pub fn record_to_marc8<'py>(raw: &Bound<'py, PyBytes>) -> Option<Bound<'py, PyBytes>> {
    marc8::record_to_marc8(raw.as_bytes()).map(|record| PyBytes::new(raw.py(), &record))
}

/// Return what `record_to_marc8` does for each record, worked out by this many threads.
#[pyfunction]
pub fn records_to_marc8<'py>(
    raws: &Bound<'py, PyList>,
    threads: usize,
) -> PyResult<Bound<'py, PyList>> {
    let py = raws.py();
    let held = raws
        .iter()
        .map(|raw| Ok(raw.cast_into::<PyBytes>()?))
        .collect::<PyResult<Vec<_>>>()?;
    let raws: Vec<&[u8]> = held.iter().map(|raw| raw.as_bytes()).collect();
    let pool = pool::of(threads)?;
    let records: Vec<Option<Vec<u8>>> = py.detach(|| match pool {
        Some(pool) => pool.install(|| {
            raws.par_iter()
                .with_min_len(RECORDS_AT_A_TIME)
                .map(|raw| marc8::record_to_marc8(raw))
                .collect()
        }),
        None => raws.iter().map(|raw| marc8::record_to_marc8(raw)).collect(),
    });
    let records = records
        .into_iter()
        .map(|record| record.map(|record| PyBytes::new(py, &record)));
    PyList::new(py, records.collect::<Vec<_>>())
}
