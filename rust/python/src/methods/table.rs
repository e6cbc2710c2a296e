//! The descriptors that lead to the methods, and how they get into the classes.

use std::ffi::{CString, c_int, c_void};
use std::ptr::null_mut;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::{Answer, Object, Original, answer, arguments_of, bound, field, record};
use crate::slots::FREE_THREADED;

/// What a descriptor is made of.
enum Kind {
    /// A method, and its parameters as `inspect.signature` reads them.
    NoArguments(ffi::PyCFunction, &'static str),
    Arguments(ffi::PyCFunctionFastWithKeywords, &'static str),
    /// An attribute that stays a property; only the way it is read changes.
    Property(ffi::PyCFunction),
    /// An attribute that is no property in pymarc either. The property keeps the way to write it.
    Attribute(ffi::getter, ffi::setter, &'static Original),
    /// A method that the interpreter finds in a place of the type object, where it puts the
    /// function if the descriptor is of the kind that this built-in class has there.
    Place(*mut c_void, &'static str),
}

struct Method {
    name: &'static str,
    kind: Kind,
    original: &'static Original,
}

macro_rules! no_arguments {
    ($name:literal, $method:path, $kind:expr) => {{
        static ORIGINAL: Original = Original::new();
        unsafe extern "C" fn call(this: Object, _: Object) -> Object {
            // SAFETY: the interpreter calls with an object.
            unsafe { answer(this, &[], null_mut(), &ORIGINAL, |c, this| $method(c, this)) }
        }
        Method {
            name: $name,
            kind: $kind(call),
            original: &ORIGINAL,
        }
    }};
}

macro_rules! arguments {
    ($name:literal, $method:path, $parameters:literal) => {{
        static ORIGINAL: Original = Original::new();
        unsafe extern "C" fn call(
            this: Object,
            arguments: *const Object,
            count: ffi::Py_ssize_t,
            keywords: Object,
        ) -> Object {
            // SAFETY: the interpreter calls with `count` objects and one for each of the keywords,
            // all of which stay alive until this returns.
            unsafe {
                let all = arguments_of(arguments, count, keywords);
                answer(this, all, keywords, &ORIGINAL, |c, this| {
                    $method(c, this, bound(this.py(), all))
                })
            }
        }
        Method {
            name: $name,
            kind: Kind::Arguments(call, $parameters),
            original: &ORIGINAL,
        }
    }};
}

macro_rules! attribute {
    ($name:literal, $method:path) => {{
        static ORIGINAL: Original = Original::new();
        static PROPERTY: Original = Original::new();
        unsafe extern "C" fn get(this: Object, _: *mut c_void) -> Object {
            // SAFETY: the interpreter calls with an object.
            unsafe { answer(this, &[], null_mut(), &ORIGINAL, |c, this| $method(c, this)) }
        }
        unsafe extern "C" fn set(this: Object, value: Object, _: *mut c_void) -> c_int {
            // SAFETY: the interpreter calls with objects; no value stands for `del`.
            unsafe { PROPERTY.set(this, value) }
        }
        Method {
            name: $name,
            kind: Kind::Attribute(get, set, &PROPERTY),
            original: &ORIGINAL,
        }
    }};
}

macro_rules! unary {
    ($name:literal, $method:path, $like:literal) => {{
        static ORIGINAL: Original = Original::new();
        unsafe extern "C" fn call(this: Object) -> Object {
            // SAFETY: the interpreter calls with an object.
            unsafe { answer(this, &[], null_mut(), &ORIGINAL, |c, this| $method(c, this)) }
        }
        Method {
            name: $name,
            kind: Kind::Place(call as *mut c_void, $like),
            original: &ORIGINAL,
        }
    }};
}

macro_rules! binary {
    ($name:literal, $method:path, $result:ty, $convert:path, $like:literal) => {{
        static ORIGINAL: Original = Original::new();
        unsafe extern "C" fn call(this: Object, argument: Object) -> $result {
            let all = [argument];
            // SAFETY: the interpreter calls with objects, which stay alive until this returns.
            unsafe {
                $convert(answer(
                    this,
                    &all,
                    null_mut(),
                    &ORIGINAL,
                    |c, this| match bound(this.py(), &all) {
                        [argument] => $method(c, this, argument),
                        _ => Answer::NotMine,
                    },
                ))
            }
        }
        Method {
            name: $name,
            kind: Kind::Place(call as *mut c_void, $like),
            original: &ORIGINAL,
        }
    }};
}

/// The truth of an object as the interpreter passes it on; -1 with an exception set.
///
/// # Safety
///
/// This thread is attached to the interpreter; the reference, if it is one, is given away.
unsafe fn truth(object: Object) -> c_int {
    if object.is_null() {
        return -1;
    }
    // SAFETY: it is an object, and a reference of ours.
    unsafe {
        let truth = ffi::PyObject_IsTrue(object);
        ffi::Py_DECREF(object);
        truth
    }
}

/// What was said, as it is.
unsafe fn as_it_is(object: Object) -> Object {
    object
}

fn methods_of_record() -> [Method; 9] {
    use record::{contains, fields, get, get_fields, getitem, iter, leader, next, title};
    [
        attribute!("fields", fields),
        attribute!("leader", leader),
        no_arguments!("title", title, Kind::Property),
        arguments!("get", get, "($self, /, tag, default=None)"),
        arguments!("get_fields", get_fields, "($self, /, *args)"),
        unary!("__iter__", iter, "list_iterator"),
        unary!("__next__", next, "list_iterator"),
        binary!("__getitem__", getitem, Object, as_it_is, "mappingproxy"),
        binary!("__contains__", contains, c_int, truth, "mappingproxy"),
    ]
}

fn methods_of_field() -> [Method; 11] {
    use field::{contains, get, get_subfields, getitem, indicator1, indicator2, indicators};
    use field::{iter, next, subfields, value};
    let value_kind = |call| Kind::NoArguments(call, "($self, /)");
    [
        attribute!("subfields", subfields),
        no_arguments!("indicators", indicators, Kind::Property),
        no_arguments!("indicator1", indicator1, Kind::Property),
        no_arguments!("indicator2", indicator2, Kind::Property),
        no_arguments!("value", value, value_kind),
        arguments!("get", get, "($self, /, code, default=None)"),
        arguments!("get_subfields", get_subfields, "($self, /, *codes)"),
        unary!("__iter__", iter, "list_iterator"),
        unary!("__next__", next, "list_iterator"),
        binary!("__getitem__", getitem, Object, as_it_is, "mappingproxy"),
        binary!("__contains__", contains, c_int, truth, "mappingproxy"),
    ]
}

/// Put the engine's own methods into the two classes; return those that stood there, by name.
#[pyfunction]
pub fn install_methods<'py>(
    record: &Bound<'py, PyType>,
    field: &Bound<'py, PyType>,
) -> PyResult<Bound<'py, PyDict>> {
    let replaced = PyDict::new(record.py());
    // They read slots without a lock of their own.
    if !FREE_THREADED {
        install(record, &methods_of_record(), &replaced)?;
        install(field, &methods_of_field(), &replaced)?;
    }
    Ok(replaced)
}

fn install<'py>(
    class: &Bound<'py, PyType>,
    methods: &[Method],
    replaced: &Bound<'py, PyDict>,
) -> PyResult<()> {
    let attributes = class.getattr("__dict__")?;
    for method in methods {
        let original = attributes.get_item(method.name)?;
        let python = original.get_type().name()?;
        if python != "function" && python != "property" {
            // A module that is loaded anew may bring a class that has been here before.
            continue;
        }
        let name = format!("{}.{}", class.name()?, method.name);
        replaced.set_item(name, &original)?;
        class.setattr(method.name, descriptor(class, method, &original)?)?;
    }
    Ok(())
}

/// Makes the descriptor of a method that takes the place of this one.
fn descriptor<'py>(
    class: &Bound<'py, PyType>,
    method: &Method,
    original: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let doc: Option<String> = original.getattr("__doc__")?.extract()?;
    let doc = doc.unwrap_or_default();
    let function = match method.kind {
        Kind::Property(_) | Kind::Attribute(..) => original.getattr("fget")?,
        _ => original.clone(),
    };
    method.original.keep(function);
    // SAFETY: all definitions are leaked, so they live as long as the descriptors; their functions
    // are of the types that the flags name. The functions return a new reference or null with an
    // exception, as the descriptors expect.
    unsafe {
        let owner = class.as_type_ptr();
        let new = |pointer| Bound::from_owned_ptr_or_err(py, pointer);
        let new_method = |meth, flags, parameters| -> PyResult<_> {
            let doc = format!("{}{parameters}\n--\n\n{doc}", method.name);
            let definition = ffi::PyMethodDef {
                ml_name: CString::new(method.name)?.into_raw(),
                ml_meth: meth,
                ml_flags: flags,
                ml_doc: CString::new(doc)?.into_raw(),
            };
            new(ffi::PyDescr_NewMethod(
                owner,
                Box::leak(Box::new(definition)),
            ))
        };
        match method.kind {
            Kind::NoArguments(call, parameters) => new_method(
                ffi::PyMethodDefPointer { PyCFunction: call },
                ffi::METH_NOARGS,
                parameters,
            ),
            Kind::Arguments(call, parameters) => new_method(
                ffi::PyMethodDefPointer {
                    PyCFunctionFastWithKeywords: call,
                },
                ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
                parameters,
            ),
            Kind::Property(call) => {
                let getter = new_method(
                    ffi::PyMethodDefPointer { PyCFunction: call },
                    ffi::METH_NOARGS,
                    "($self, /)",
                )?;
                let (setter, deleter) = (original.getattr("fset")?, original.getattr("fdel")?);
                let property = original.get_type().call1((getter, setter, deleter, doc))?;
                // The body of a class would have told it; exceptions name the attribute.
                property.call_method1("__set_name__", (class, method.name))?;
                Ok(property)
            }
            Kind::Attribute(get, set, property) => {
                property.keep(original.clone());
                let definition = ffi::PyGetSetDef {
                    name: CString::new(method.name)?.into_raw(),
                    get: Some(get),
                    set: Some(set),
                    doc: CString::new(doc)?.into_raw(),
                    closure: null_mut(),
                };
                new(ffi::PyDescr_NewGetSet(
                    owner,
                    Box::leak(Box::new(definition)),
                ))
            }
            Kind::Place(function, like) => {
                let definition = place(py, like, method.name)?;
                new(PyDescr_NewWrapper(owner, definition, function))
            }
        }
    }
}

/// The interpreter's own definition of a place in type objects, from a class that fills it.
fn place(py: Python<'_>, like: &str, name: &str) -> PyResult<*mut ffi::wrapperbase> {
    let builtins = py.import("builtins")?;
    let class = match like {
        "list_iterator" => builtins
            .getattr("iter")?
            .call1((pyo3::types::PyList::empty(py),))?,
        _ => builtins.getattr("type")?.getattr("__dict__")?,
    };
    let descriptor = class.get_type().getattr("__dict__")?.get_item(name)?;
    if descriptor.get_type().name()? != "wrapper_descriptor" {
        return Err(PyTypeError::new_err(format!("{like} has no place {name}")));
    }
    // SAFETY: a wrapper descriptor has this layout; the definition is in a table of the
    // interpreter's that is never freed.
    unsafe {
        let descriptor = descriptor.as_ptr().cast::<ffi::PyWrapperDescrObject>();
        Ok((*descriptor).d_base)
    }
}

unsafe extern "C" {
    /// Part of the documented interface of CPython that the bindings leave out.
    fn PyDescr_NewWrapper(
        class: *mut ffi::PyTypeObject,
        definition: *mut ffi::wrapperbase,
        function: *mut c_void,
    ) -> Object;
}
