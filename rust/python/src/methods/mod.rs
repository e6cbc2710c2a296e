//! Methods of Record and Field in place of those in Python.
//!
//! A call of a method in Python costs more than the answer when a Record or a Field is bytes. So
//! `install_methods` puts descriptors into the two classes that lead here. Each answers the plain
//! case, in which the object is exactly a Record or a Field and its slots hold what is usual; in
//! any other case, and for subclasses, it calls the method that stood there, which is the twin in
//! Python, and says what the method means.

mod field;
mod record;
mod table;

use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use crate::classes::{Classes, classes};
use crate::quietly;

pub use table::install_methods;

type Object = *mut ffi::PyObject;

/// What a method here says.
pub enum Answer<'py> {
    Value(Bound<'py, PyAny>),
    /// There is no such field or subfield.
    KeyError,
    /// The iteration is at its end.
    Exhausted,
    /// The method in Python shall answer.
    NotMine,
}

impl<'py> Answer<'py> {
    /// An answer that can fail only in ways in which the method in Python will fail as well.
    fn of(value: PyResult<Bound<'py, PyAny>>) -> Self {
        quietly(value).map_or(Self::NotMine, Self::Value)
    }
}

/// The method in Python that a descriptor stands for.
pub struct Original(AtomicPtr<ffi::PyObject>);

impl Original {
    const fn new() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// Keeps the method, for good.
    fn keep(&self, method: Bound<'_, PyAny>) {
        self.0.store(method.into_ptr(), Ordering::Release);
    }

    /// Calls the method.
    ///
    /// # Safety
    ///
    /// This thread is attached to the interpreter, and all pointers are objects.
    #[cold]
    #[inline(never)]
    unsafe fn call(&self, this: Object, arguments: &[Object], keywords: Object) -> Object {
        let method = self.0.load(Ordering::Acquire);
        let mut all: SmallVec<[Object; 8]> = SmallVec::with_capacity(arguments.len() + 1);
        all.push(this);
        all.extend_from_slice(arguments);
        // SAFETY: `install_methods` keeps a method before it makes a descriptor that leads here,
        // and methods that are kept are never freed. For the rest the caller answers. Values of
        // keywords are counted in `keywords` and come behind the other arguments.
        unsafe {
            let named = if keywords.is_null() {
                0
            } else {
                usize::try_from(ffi::PyTuple_GET_SIZE(keywords)).unwrap_or(0)
            };
            let positional = all.len().saturating_sub(named);
            ffi::PyObject_Vectorcall(method, all.as_ptr(), positional, keywords)
        }
    }

    /// Sets what a property stands for, or deletes it where there is no value.
    ///
    /// # Safety
    ///
    /// This thread is attached to the interpreter, a property is kept, and `this` is an object.
    unsafe fn set(&self, this: Object, value: Object) -> c_int {
        let property = self.0.load(Ordering::Acquire);
        // SAFETY: the caller answers for it.
        unsafe {
            match (*ffi::Py_TYPE(property)).tp_descr_set {
                Some(set) => set(property, this, value),
                None => -1,
            }
        }
    }
}

/// The arguments of a call, values of keywords among them.
///
/// # Safety
///
/// `arguments` points to `count` objects and one more for each of the keywords, or nothing does.
unsafe fn arguments_of<'a>(
    arguments: *const Object,
    count: ffi::Py_ssize_t,
    keywords: Object,
) -> &'a [Object] {
    let named = if keywords.is_null() {
        0
    } else {
        // SAFETY: what is not null is a tuple.
        unsafe { ffi::PyTuple_GET_SIZE(keywords) }
    };
    match usize::try_from(count + named) {
        // SAFETY: see above.
        Ok(count) if count > 0 => unsafe { std::slice::from_raw_parts(arguments, count) },
        _ => &[],
    }
}

/// Objects that somebody else holds.
///
/// # Safety
///
/// All of them are objects.
unsafe fn bound<'a, 'py>(_py: Python<'py>, objects: &'a [Object]) -> &'a [Bound<'py, PyAny>] {
    // SAFETY: a Bound is a pointer to an object and nothing else, and those behind a shared
    // reference are not dropped.
    unsafe { std::slice::from_raw_parts(objects.as_ptr().cast(), objects.len()) }
}

/// Answers a call from the interpreter.
///
/// # Safety
///
/// This thread is attached to the interpreter, and all pointers are objects; of `keywords`, null
/// or a tuple of names.
#[inline]
unsafe fn answer(
    this: Object,
    arguments: &[Object],
    keywords: Object,
    original: &Original,
    method: impl for<'py> FnOnce(&'static Classes, &Bound<'py, PyAny>) -> Answer<'py>,
) -> Object {
    // SAFETY: see above. Who calls a method holds its object meanwhile.
    let object = unsafe { Bound::ref_from_ptr(Python::assume_attached(), &this) };
    let answer = match quietly(classes()) {
        Some(classes) if keywords.is_null() => method(classes, object),
        _ => Answer::NotMine,
    };
    match answer {
        Answer::Value(value) => value.into_ptr(),
        Answer::Exhausted => null_mut(),
        Answer::KeyError => {
            // By itself, not through the bindings; see `quietly`.
            // SAFETY: the thread is attached, and no other exception is set.
            unsafe { ffi::PyErr_SetNone(ffi::PyExc_KeyError) };
            null_mut()
        }
        // SAFETY: as above.
        Answer::NotMine => unsafe { original.call(this, arguments, keywords) },
    }
}
