//! The public classes: making their objects and reading and filling their slots.
//!
//! Making an object by calling its class costs more than decoding what goes into it. So the
//! objects are allocated here, as `object.__new__` does it, and their slots are filled where the
//! slot descriptors of the class say they are. The safe twin is `mrrc/_pure/lookup.py`; the parity
//! tests compare the objects of both.

use std::sync::atomic::{AtomicPtr, Ordering};

use mrrc_core::is_control_tag;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyList, PyString, PyTuple, PyType};

use crate::text::string;

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
    fn new(class: &Bound<'_, PyType>, name: &str) -> PyResult<Self> {
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
    fn fill<'py>(&self, fresh: &Fresh<'py>, value: Bound<'py, PyAny>) {
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
    pos: Slot,
    force_utf8: Slot,
    to_unicode: Slot,
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

/// An object that was just allocated: its slots, or the items of a tuple, are all empty.
struct Fresh<'py>(Bound<'py, PyAny>);

/// Allocates an object of a class that has slots and no `__dict__`; `track` has to follow.
#[inline]
fn allocate<'py>(py: Python<'py>, class: &Py<PyType>) -> PyResult<Fresh<'py>> {
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
    fn track(self) -> Bound<'py, PyAny> {
        // SAFETY: `allocate` made the object and did not track it; all its slots are null or hold
        // an object.
        unsafe { ffi::PyObject_GC_Track(self.0.as_ptr().cast()) };
        self.0
    }
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
    // SAFETY: the list is new, and `count` long. Its places are null, with which the collector can
    // deal, as can who frees the list after a failure. Each gets a reference, once.
    unsafe {
        let list = ffi::PyList_New(count as ffi::Py_ssize_t);
        let list = Bound::from_owned_ptr_or_err(py, list)?;
        for index in 0..count {
            ffi::PyList_SET_ITEM(
                list.as_ptr(),
                index as ffi::Py_ssize_t,
                item(index)?.into_ptr(),
            );
        }
        Ok(list.cast_into_unchecked())
    }
}

fn boolean(py: Python<'_>, value: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, value).to_owned().into_any()
}
