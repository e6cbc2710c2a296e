//! The extension module `mrrc._mrrc`: the engine of `mrrc/_pure`, over `mrrc-core`.
//!
//! This crate converts and fills slots; whatever is about MARC stands in `mrrc-core`. Its
//! functions, their parameters and their outcomes are those of `mrrc._pure`. They return None
//! where a case is not theirs, and the Python code that called them takes its reference path.

mod classes;
mod fields;
mod formats;
mod iterator;
mod lookup;
mod marc8;
mod marc8_records;
mod methods;
mod reading;
mod salvage;
mod serialise;
mod sharing;
mod slots;
mod soundness;
mod stream;
mod supply;
mod target;
mod text;
mod text_records;
mod turn;
mod xml_reading;

use pyo3::prelude::*;

/// The engine that mrrc uses when it is installed; see `mrrc._pure` for what the functions do.
#[pymodule(gil_used = false)]
mod _mrrc {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::classes::register;
    #[pymodule_export]
    use super::fields::{field_subfields, field_value, subfield_value, subfield_values};
    #[pymodule_export]
    use super::formats::{record_as_dict, record_as_json, record_as_xml};
    #[pymodule_export]
    use super::iterator::RecordIterator;
    #[pymodule_export]
    use super::lookup::{
        first_subfields, get_field, get_fields, has_tag, leader_of, materialise, subfields_of,
    };
    #[pymodule_export]
    use super::marc8::{decode_marc8, encode_marc8};
    #[pymodule_export]
    use super::marc8_records::{Marc8Batches, record_to_marc8};
    #[pymodule_export]
    use super::methods::install_methods;
    #[pymodule_export]
    use super::reading::{is_plain, next_sound, plain_bytes, read_record};
    #[pymodule_export]
    use super::salvage::{build_record, next_frame, salvage_record};
    #[pymodule_export]
    use super::serialise::serialise;
    #[pymodule_export]
    use super::soundness::fields_are_sound;
    #[pymodule_export]
    use super::stream::RecordStream;
    #[pymodule_export]
    use super::target::{format_record, next_run};
    #[pymodule_export]
    use super::text_records::{TextRecords, count_lines};
    #[pymodule_export]
    use super::xml_reading::xml_scanner;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::sharing::share_functions(module)
    }
}

/// What was answered; an exception is let go of, for somebody else will answer, or raise it again.
///
/// The methods run without the bindings' note that their thread is attached, for that takes time.
/// An exception that is merely dropped there lives on, with all it refers to, in a queue that is
/// emptied when a function of the module is called next.
fn quietly<T>(answer: PyResult<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(exception) => {
            Python::try_attach(move |_| drop(exception));
            None
        }
    }
}

/// The exception for bytes that no plain record has; only a caller's own mistake leads here.
fn not_plain() -> PyErr {
    pyo3::exceptions::PyValueError::new_err("these are not the bytes of a plain record")
}
