//! The slots of the public classes: finding, reading and writing them in their objects.
//!
//! An object is allocated as `object.__new__` does it, and its slots are read and written where
//! the slot descriptors of its class say they are. The safe twin is Python's own way to an
//! attribute, in `mrrc/_pure/lookup.py`.

use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// Whether there is no lock that the thread in here holds. An object has more than a reference
/// count and a type then.
pub const FREE_THREADED: bool = size_of::<ffi::PyObject>() != 2 * size_of::<usize>();

/// A slot of a class with `__slots__`.
pub struct Slot {
    class: Py<PyType>,
    descriptor: Py<PyAny>,
    get: ffi::descrgetfunc,
    set: ffi::descrsetfunc,
    /// Where the slot is in an object of the class, in bytes.
    offset: isize,
}

impl Slot {
    pub fn new(class: &Bound<'_, PyType>, name: &str) -> PyResult<Self> {
        let descriptor = class.as_any().getattr(name)?;
        let kind = descriptor.get_type();
        if kind.name()? != "member_descriptor" {
            return Err(PyTypeError::new_err(format!("{class} has no slot {name}")));
        }
        // SAFETY: the type object lives as long as `kind`; the two function pointers are copied
        // out of it, and the type of member descriptors is a static type of the interpreter.
        let (get, set) = unsafe {
            let kind = kind.as_type_ptr();
            ((*kind).tp_descr_get, (*kind).tp_descr_set)
        };
        let (Some(get), Some(set)) = (get, set) else {
            return Err(PyTypeError::new_err(format!(
                "slot {name} cannot be written"
            )));
        };
        // SAFETY: the object is a member descriptor, so it has this layout, and `d_member` points
        // to the definition that the class keeps as long as the descriptor.
        let (kind, offset) = unsafe {
            let member = (*descriptor.as_ptr().cast::<ffi::PyMemberDescrObject>()).d_member;
            // The bindings give it another type before 3.11.
            let member = member.cast::<ffi::PyMemberDef>();
            ((*member).type_code, (*member).offset)
        };
        if kind != ffi::Py_T_OBJECT_EX {
            return Err(PyTypeError::new_err(format!(
                "{name} is no slot for an object"
            )));
        }
        Ok(Self {
            class: class.clone().unbind(),
            descriptor: descriptor.unbind(),
            get,
            set,
            offset,
        })
    }

    /// Reads the slot of an object of exactly this class; None when it is empty.
    ///
    /// Without the interpreter's lock another thread could be writing to the slot, so this finds
    /// nothing there, and `get` goes through the descriptor.
    #[inline]
    pub fn read<'py>(&self, object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        if FREE_THREADED || object.get_type_ptr() != self.class.as_ptr().cast() {
            return None;
        }
        // SAFETY: the object is of exactly the class that put a slot for an object pointer at
        // `offset`; it holds null or an object, of which this takes a reference of its own.
        unsafe {
            let slot = object.as_ptr().cast::<u8>().offset(self.offset);
            Bound::from_borrowed_ptr_or_opt(object.py(), slot.cast::<*mut ffi::PyObject>().read())
        }
    }

    /// Reads the slot; an AttributeError when it is empty.
    #[inline]
    pub fn get<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match self.read(object) {
            Some(value) => Ok(value),
            None => self.get_by_descriptor(object),
        }
    }

    #[cold]
    fn get_by_descriptor<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: `get` belongs to the type of `descriptor` and checks that `object` is of the
        // descriptor's class; it returns a new reference, or null with an exception set.
        unsafe {
            let value = (self.get)(
                self.descriptor.as_ptr(),
                object.as_ptr(),
                object.get_type_ptr().cast(),
            );
            Bound::from_owned_ptr_or_err(object.py(), value)
        }
    }

    /// Fills the empty slot of an object that `allocate` has just made.
    ///
    /// A twentieth of the time that `field.value()` over a record takes went into `set`, which
    /// looks for the class among the bases, and for a former value.
    #[inline]
    pub fn fill<'py>(&self, fresh: &Fresh<'py>, value: Bound<'py, PyAny>) {
        // SAFETY: `allocate` made the object, of exactly the class that put a slot for an object
        // pointer at `offset` (`register` looks each slot up in the class it allocates). Nobody
        // else has seen the object, so nobody reads the slot meanwhile, and it is null (were it
        // not, its former value would leak). The reference is given away.
        unsafe {
            let slot = fresh.0.as_ptr().cast::<u8>().offset(self.offset);
            slot.cast::<*mut ffi::PyObject>().write(value.into_ptr());
        }
    }

    /// Reads the slot in a critical section of its object.
    ///
    /// Without a GIL the descriptor would open a section of its own, and before 3.14 the outer one
    /// is left for as long as that lasts.
    #[inline]
    pub fn get_held<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let Some(slot) = self.place(object) else {
            return self.get(object);
        };
        // SAFETY: whoever writes to the slot is in a critical section of the object, as the caller
        // is, so what it holds stays there until this has its own reference.
        let value =
            unsafe { Bound::from_borrowed_ptr_or_opt(object.py(), slot.load(Ordering::Acquire)) };
        value.map_or_else(|| self.get(object), Ok)
    }

    /// Writes the slot in a critical section of its object; see `get_held`.
    #[inline]
    pub fn set_held(&self, object: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(slot) = self.place(object) else {
            return self.set(object, value);
        };
        // The release is for those who read without a section: they see the whole value.
        let former = slot.swap(value.clone().into_ptr(), Ordering::AcqRel);
        // SAFETY: the slot held null or a reference, which is this function's now.
        drop(unsafe { Bound::from_owned_ptr_or_opt(object.py(), former) });
        Ok(())
    }

    /// Where the slot is, in an object of exactly this class; `get` and `set` do with a GIL.
    #[inline]
    fn place<'a>(&self, object: &'a Bound<'_, PyAny>) -> Option<&'a AtomicPtr<ffi::PyObject>> {
        if !FREE_THREADED || object.get_type_ptr() != self.class.as_ptr().cast() {
            return None;
        }
        // SAFETY: the object is of exactly the class that put a slot for an object pointer at
        // `offset`, and lives as long as `object`. The interpreter reads and writes it atomically
        // wherever several threads can.
        unsafe {
            let slot = object.as_ptr().cast::<u8>().offset(self.offset);
            Some(AtomicPtr::from_ptr(slot.cast::<*mut ffi::PyObject>()))
        }
    }

    /// Writes the slot.
    #[inline]
    pub fn set(&self, object: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if FREE_THREADED || object.get_type_ptr() != self.class.as_ptr().cast() {
            return self.set_by_descriptor(object, value);
        }
        // SAFETY: as in `read`. The slot takes a reference of its own, and what it held goes to
        // `former`, which is dropped when the object is whole again.
        let former = unsafe {
            let slot = object.as_ptr().cast::<u8>().offset(self.offset);
            let former = slot
                .cast::<*mut ffi::PyObject>()
                .replace(value.clone().into_ptr());
            Bound::from_owned_ptr_or_opt(object.py(), former)
        };
        drop(former);
        Ok(())
    }

    #[cold]
    fn set_by_descriptor(
        &self,
        object: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        // SAFETY: as in `get`; `set` takes its own reference to the value.
        let status =
            unsafe { (self.set)(self.descriptor.as_ptr(), object.as_ptr(), value.as_ptr()) };
        if status == 0 {
            Ok(())
        } else {
            Err(PyErr::fetch(object.py()))
        }
    }
}

/// The slots of Record that the engine knows.
pub struct RecordSlots {
    pub raw: Slot,
    pub fields: Slot,
    pub leader: Slot,
    pub cursor: Slot,
    pub pos: Slot,
    pub force_utf8: Slot,
    pub to_unicode: Slot,
}

/// The slots of Field.
pub struct FieldSlots {
    pub tag: Slot,
    pub indicators: Slot,
    pub raw: Slot,
    pub subfields: Slot,
    pub control_field: Slot,
    pub data: Slot,
    pub cursor: Slot,
}

/// An object that was just allocated: its slots, or the items of a tuple, are all empty.
pub struct Fresh<'py>(Bound<'py, PyAny>);

/// Allocates an object of a class that has slots and no `__dict__`; `track` has to follow.
#[inline]
pub fn allocate<'py>(py: Python<'py>, class: &Py<PyType>) -> PyResult<Fresh<'py>> {
    // SAFETY: objects of a class made in Python that has slots are the collector's, and
    // `PyObject_GC_New` allocates such, but leaves to the caller what comes behind their head.
    // That reaches as far as `tp_basicsize` says; all its pointers may be null.
    unsafe {
        let class = class.as_ptr().cast::<ffi::PyTypeObject>();
        let object = ffi::PyObject_GC_New::<ffi::PyObject>(class);
        let fresh = Bound::from_owned_ptr_or_err(py, object)?;
        let size = usize::try_from((*class).tp_basicsize).unwrap_or(0);
        let slots = size.saturating_sub(size_of::<ffi::PyObject>());
        object.add(1).cast::<u8>().write_bytes(0, slots);
        Ok(Fresh(fresh))
    }
}

impl<'py> Fresh<'py> {
    /// Shows the finished object to the collector.
    #[inline]
    pub fn track(self) -> Bound<'py, PyAny> {
        // SAFETY: `allocate` made the object and did not track it; all its slots are null or hold
        // an object.
        unsafe { ffi::PyObject_GC_Track(self.0.as_ptr().cast()) };
        self.0
    }
}
