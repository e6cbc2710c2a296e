//! What threads share where there is no GIL, and how they come by it without waiting.
//!
//! There an object counts its references in two places: for the thread that made it without, for
//! all others with atomic instructions. Two threads that read files of their own still used the
//! same functions and the same pairs of indicators, whose counts they took from each other for
//! each field: they were 1.6 times as fast as one, and are twice as fast without that.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use crate::slots::FREE_THREADED;

/// Lets threads call the module's functions without counting references to them.
///
/// The interpreter makes functions such that are in a module's own table, or come by
/// `PyModule_AddFunctions`; of others, as the bindings make them, a call counts each.
pub fn share_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    if !FREE_THREADED {
        return Ok(());
    }
    // Each is put into the place of the former, so the dictionary is not iterated over meanwhile.
    for value in module.dict().values() {
        let Ok(function) = value.cast_exact::<PyCFunction>() else {
            continue;
        };
        // SAFETY: the object is exactly a function of this layout, with a definition that lives as
        // long as the function and, as its parts are static, may be copied. The functions that are
        // made of the copy refer to it, so it is never freed; a definition of zeros ends the table.
        let status = unsafe {
            let definition = *(*function.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml;
            let table = Box::leak(Box::new([definition, ffi::PyMethodDef::zeroed()]));
            ffi::PyModule_AddFunctions(module.as_ptr(), table.as_mut_ptr())
        };
        if status != 0 {
            return Err(PyErr::fetch(module.py()));
        }
    }
    Ok(())
}
