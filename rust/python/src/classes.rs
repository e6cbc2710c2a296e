//! The public classes: which they are, and the making of their objects.
//!
//! Making an object by calling its class costs more than decoding what goes into it. So the
//! objects are allocated here, and their slots are filled where they are (`slots`). The safe twin
//! is `mrrc/_pure/lookup.py`; the parity tests compare the objects of both.

use std::sync::atomic::{AtomicPtr, Ordering};

use mrrc_core::is_control_tag;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyList, PyString, PyTuple, PyType};

use crate::slots::{FREE_THREADED, FieldSlots, RecordSlots, Slot, allocate};
use crate::text::string;

const INDICATOR_RANGE: usize = 0x60;

/// The registered classes, their slots, and the objects that many fields share.
pub struct Classes {
    record: Py<PyType>,
    field: Py<PyType>,
    subfield: Py<PyType>,
    indicators: Py<PyType>,
    leader: Py<PyType>,
    pub record_slots: RecordSlots,
    pub field_slots: FieldSlots,
    /// The tags "000" to "999".
    tags: Vec<Py<PyString>>,
    /// The one-character strings of ASCII.
    codes: Vec<Py<PyString>>,
    /// Pairs of indicators by their two characters, from 0x20 on.
    pairs: Vec<PyOnceLock<Py<PyAny>>>,
    /// Whether a tuple is nothing but its items, so that one can be made by filling it.
    bare_tuples: bool,
}

static CLASSES: AtomicPtr<Classes> = AtomicPtr::new(std::ptr::null_mut());

/// The registered classes.
pub fn classes() -> PyResult<&'static Classes> {
    let pointer = CLASSES.load(Ordering::Acquire);
    // SAFETY: the pointer is null or comes from `Box::leak` in `register`; it is never freed.
    unsafe { pointer.as_ref() }
        .ok_or_else(|| PyRuntimeError::new_err("no classes registered: import mrrc first"))
}

/// Tell the engine which classes to build.
#[pyfunction]
pub fn register(
    record: &Bound<'_, PyType>,
    field: &Bound<'_, PyType>,
    subfield: &Bound<'_, PyType>,
    indicators: &Bound<'_, PyType>,
    leader: &Bound<'_, PyType>,
) -> PyResult<()> {
    let py = record.py();
    for class in [subfield, indicators] {
        if !class.is_subclass_of::<PyTuple>()?
            || class.getattr("__itemsize__")?.extract::<usize>()? == 0
        {
            return Err(PyTypeError::new_err(format!("{class} is no named tuple")));
        }
    }
    if !leader
        .getattr("__new__")?
        .is(&py.get_type::<PyAny>().getattr("__new__")?)
    {
        return Err(PyTypeError::new_err(format!(
            "{leader} has its own __new__"
        )));
    }
    let tags = (0..1000)
        .map(|tag| PyString::intern(py, &format!("{tag:03}")).unbind())
        .collect();
    let codes = (0..0x80_u8)
        .map(|code| PyString::from_bytes(py, &[code]).map(Bound::unbind))
        .collect::<PyResult<_>>()?;
    let classes = Classes {
        record_slots: RecordSlots {
            raw: Slot::new(record, "_raw")?,
            fields: Slot::new(record, "_fields")?,
            leader: Slot::new(record, "_leader")?,
            cursor: Slot::new(record, "_Record__pos")?,
            pos: Slot::new(record, "pos")?,
            force_utf8: Slot::new(record, "force_utf8")?,
            to_unicode: Slot::new(record, "to_unicode")?,
        },
        field_slots: FieldSlots {
            tag: Slot::new(field, "tag")?,
            indicators: Slot::new(field, "_indicators")?,
            raw: Slot::new(field, "_raw")?,
            subfields: Slot::new(field, "_subfields")?,
            control_field: Slot::new(field, "control_field")?,
            data: Slot::new(field, "data")?,
            cursor: Slot::new(field, "_Field__pos")?,
        },
        record: record.clone().unbind(),
        field: field.clone().unbind(),
        subfield: subfield.clone().unbind(),
        indicators: indicators.clone().unbind(),
        leader: leader.clone().unbind(),
        tags,
        codes,
        pairs: (0..INDICATOR_RANGE * INDICATOR_RANGE)
            .map(|_| PyOnceLock::new())
            .collect(),
        // From 3.14 on a tuple keeps its hash beside the items.
        bare_tuples: py.version_info() < (3, 14),
    };
    // Registering again, as a reload of mrrc does, leaves the former classes to whoever still
    // builds with them: they are few and never freed.
    CLASSES.store(Box::leak(Box::new(classes)), Ordering::Release);
    Ok(())
}

impl Classes {
    /// Whether an object is exactly a Record.
    pub fn is_record(&self, object: &Bound<'_, PyAny>) -> bool {
        object.get_type_ptr() == self.record.as_ptr().cast()
    }

    /// Whether an object is exactly a Field.
    pub fn is_field(&self, object: &Bound<'_, PyAny>) -> bool {
        object.get_type_ptr() == self.field.as_ptr().cast()
    }

    /// Whether an object is exactly a Leader.
    pub fn is_leader(&self, object: &Bound<'_, PyAny>) -> bool {
        object.get_type_ptr() == self.leader.as_ptr().cast()
    }

    /// The items of an object that is exactly a Subfield.
    pub fn as_subfield<'a, 'py>(
        &self,
        object: &'a Bound<'py, PyAny>,
    ) -> Option<&'a Bound<'py, PyTuple>> {
        let exact = object.get_type_ptr() == self.subfield.as_ptr().cast();
        if exact {
            object.cast::<PyTuple>().ok()
        } else {
            None
        }
    }

    /// The items of an object that is exactly an Indicators.
    pub fn as_indicators<'a, 'py>(
        &self,
        object: &'a Bound<'py, PyAny>,
    ) -> Option<&'a Bound<'py, PyTuple>> {
        let exact = object.get_type_ptr() == self.indicators.as_ptr().cast();
        if exact {
            object.cast::<PyTuple>().ok()
        } else {
            None
        }
    }

    /// A Record over these bytes; `leader` is None for the bytes' own.
    pub fn new_record<'py>(
        &self,
        py: Python<'py>,
        raw: Bound<'py, PyAny>,
        leader: Bound<'py, PyAny>,
        force_utf8: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let record = allocate(py, &self.record)?;
        let slots = &self.record_slots;
        let zero = 0_u8.into_pyobject(py)?.into_any();
        slots.raw.fill(&record, raw);
        slots.fields.fill(&record, py.None().into_bound(py));
        slots.leader.fill(&record, leader);
        slots.cursor.fill(&record, zero.clone());
        slots.pos.fill(&record, zero);
        slots.force_utf8.fill(&record, force_utf8.clone());
        slots.to_unicode.fill(&record, boolean(py, true));
        Ok(record.track())
    }

    /// A Leader of this text.
    ///
    /// Like everything here it is made without running Python code, in which the interpreter could
    /// turn to another thread that asks the same record for its fields.
    pub fn new_leader<'py>(&self, py: Python<'py>, leader: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let class = self.leader.bind(py).as_type_ptr();
        // SAFETY: what a type names as its way to allocate makes an object of it, as
        // `object.__new__` would; `register` has seen that it is that which makes a Leader.
        let object = unsafe {
            let object = (*class)
                .tp_alloc
                .map_or(std::ptr::null_mut(), |alloc| alloc(class, 0));
            Bound::from_owned_ptr_or_err(py, object)?
        };
        object.setattr(pyo3::intern!(py, "leader"), self.text(py, leader)?)?;
        Ok(object)
    }

    /// A Field of a directory entry; `data` ends with the field terminator.
    pub fn new_field<'py>(
        &self,
        py: Python<'py>,
        tag: [u8; 3],
        data: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        let field = allocate(py, &self.field)?;
        let slots = &self.field_slots;
        let none = py.None().into_bound(py);
        slots.tag.fill(&field, self.tag(py, tag)?);
        if is_control_tag(tag) {
            let content = data.split_last().map_or(data, |(_, content)| content);
            slots.control_field.fill(&field, boolean(py, true));
            slots.data.fill(&field, self.text(py, content)?);
            slots.indicators.fill(&field, none.clone());
            slots.raw.fill(&field, none);
            slots.subfields.fill(&field, PyList::empty(py).into_any());
            return Ok(field.track());
        }
        let &[first, second, ..] = data else {
            return Err(crate::not_plain());
        };
        slots.control_field.fill(&field, boolean(py, false));
        slots.data.fill(&field, none);
        slots
            .indicators
            .fill(&field, self.indicator_pair(py, first, second)?);
        slots.raw.fill(&field, PyBytes::new(py, data).into_any());
        Ok(field.track())
    }

    /// A tag as a str; those of digits are shared.
    pub fn tag<'py>(&self, py: Python<'py>, tag: [u8; 3]) -> PyResult<Bound<'py, PyAny>> {
        let shared = mrrc_core::view::number(&tag).and_then(|number| self.tags.get(number));
        match shared {
            Some(shared) => Ok(shared.bind(py).clone().into_any()),
            None => PyString::from_bytes(py, &tag).map(Bound::into_any),
        }
    }

    /// A text as a str; those of one ASCII character are shared.
    pub fn text<'py>(&self, py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        match text {
            &[code] if code < 0x80 => self.code(py, code),
            text => string(py, text),
        }
    }

    /// A subfield code as a str, shared.
    pub fn code<'py>(&self, py: Python<'py>, code: u8) -> PyResult<Bound<'py, PyAny>> {
        match self.codes.get(usize::from(code)) {
            Some(shared) => Ok(shared.bind(py).clone().into_any()),
            None => Err(crate::not_plain()),
        }
    }

    /// A pair of indicators, shared by all fields that have the same.
    fn indicator_pair<'py>(
        &self,
        py: Python<'py>,
        first: u8,
        second: u8,
    ) -> PyResult<Bound<'py, PyAny>> {
        let make = || -> PyResult<Py<PyAny>> {
            let (first, second) = (self.code(py, first)?, self.code(py, second)?);
            self.named_tuple(py, &self.indicators, first, second)
                .map(Bound::unbind)
        };
        if FREE_THREADED {
            return make().map(|pair| pair.into_bound(py));
        }
        let row = usize::from(first).wrapping_sub(0x20);
        let column = usize::from(second).wrapping_sub(0x20);
        let shared = row
            .checked_mul(INDICATOR_RANGE)
            .filter(|_| column < INDICATOR_RANGE)
            .and_then(|start| self.pairs.get(start + column));
        match shared {
            // Not `get_or_init`, which lets other threads run while it initialises.
            Some(shared) => {
                if shared.get(py).is_none() {
                    let _already_set_by_another_thread = shared.set(py, make()?);
                }
                match shared.get(py) {
                    Some(pair) => Ok(pair.bind(py).clone()),
                    None => make().map(|pair| pair.into_bound(py)),
                }
            }
            None => make().map(|pair| pair.into_bound(py)),
        }
    }

    /// A Subfield.
    pub fn new_subfield<'py>(
        &self,
        py: Python<'py>,
        code: u8,
        value: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        let code = self.code(py, code)?;
        let value = self.text(py, value)?;
        self.named_tuple(py, &self.subfield, code, value)
    }

    /// A named tuple of two items.
    fn named_tuple<'py>(
        &self,
        py: Python<'py>,
        class: &Py<PyType>,
        first: Bound<'py, PyAny>,
        second: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !self.bare_tuples {
            let new = py
                .get_type::<PyTuple>()
                .getattr(pyo3::intern!(py, "__new__"))?;
            return new.call1((class, (first, second)));
        }
        // SAFETY: the class is a tuple's (`register` has checked that) and has nothing but its
        // items, `PyObject_GC_NewVar` makes room for two of them and leaves it to the caller to
        // fill it, and each item's reference is given away. The collector does not have to know
        // a tuple of two str, which can be in no cycle; it lets go of such tuples by itself.
        unsafe {
            let class = class.as_ptr().cast();
            let tuple = ffi::PyObject_GC_NewVar::<ffi::PyObject>(class, 2);
            if tuple.is_null() {
                return Err(PyErr::fetch(py));
            }
            ffi::PyTuple_SET_ITEM(tuple, 0, first.into_ptr());
            ffi::PyTuple_SET_ITEM(tuple, 1, second.into_ptr());
            Ok(Bound::from_owned_ptr(py, tuple))
        }
    }
}

/// A new list of as many items, each made when its turn comes.
pub fn list<'py>(
    py: Python<'py>,
    count: usize,
    mut item: impl FnMut(usize) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the list is new, and `count` long. Its places are null, with which can deal who frees
    // the list after a failure. Each gets a reference, once. The collector, which may run whenever
    // an item is made, does not know the list before all are in: it would show it to its callbacks
    // and to finalizers (`gc.get_objects`), and a null is no object to them.
    unsafe {
        let list = ffi::PyList_New(count as ffi::Py_ssize_t);
        let list = Bound::from_owned_ptr_or_err(py, list)?;
        ffi::PyObject_GC_UnTrack(list.as_ptr().cast());
        for index in 0..count {
            ffi::PyList_SET_ITEM(
                list.as_ptr(),
                index as ffi::Py_ssize_t,
                item(index)?.into_ptr(),
            );
        }
        ffi::PyObject_GC_Track(list.as_ptr().cast());
        Ok(list.cast_into_unchecked())
    }
}

fn boolean(py: Python<'_>, value: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, value).to_owned().into_any()
}
