//! The extension module `mrrc._mrrc`.

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _mrrc(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
