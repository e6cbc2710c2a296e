//! Finding and building the fields of a record that is still bytes.
//!
//! A Record's `_raw` is its bytes; `_fields` is None or a list with one place for each directory
//! entry, holding the Field that was handed out for it or None. A Field that is out may have been
//! given another tag since, so its own tag counts, not the directory's.

use mrrc_core::LEADER_LENGTH;
use mrrc_core::field::subfields;
use mrrc_core::view::RecordView;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use smallvec::SmallVec;

use crate::classes::{Classes, classes, list};
use crate::fields::field_subfields;
use crate::{not_plain, quietly};

/// A Record that is bytes, and the fields of it that are out.
///
/// Another thread may turn the record into objects between any two calls into the interpreter. So
/// whatever is stored in a record is made first; then its state is read anew and the store follows
/// at once, with nothing between the two in which the interpreter could turn to another thread.
struct LazyRecord<'py> {
    record: Bound<'py, PyAny>,
    raw: Bound<'py, PyBytes>,
    held: Option<Bound<'py, PyList>>,
    classes: &'static Classes,
}

/// What a record is at this moment.
enum State<'py> {
    Bytes(LazyRecord<'py>),
    /// Its list of fields, or what was assigned in its place.
    Objects(Bound<'py, PyAny>),
}

fn state<'py>(record: &Bound<'py, PyAny>) -> PyResult<State<'py>> {
    let classes = classes()?;
    let raw = classes.record_slots.raw.get_held(record)?;
    let fields = classes.record_slots.fields.get_held(record)?;
    let Ok(raw) = raw.cast_into::<PyBytes>() else {
        return Ok(State::Objects(fields));
    };
    let held = if fields.is_none() {
        None
    } else {
        Some(fields.cast_into::<PyList>()?)
    };
    Ok(State::Bytes(LazyRecord {
        record: record.clone(),
        raw,
        held,
        classes,
    }))
}

impl<'py> LazyRecord<'py> {
    fn view(&self) -> PyResult<RecordView<'_>> {
        RecordView::new(self.raw.as_bytes()).ok_or_else(not_plain)
    }

    /// The Field that is out for this entry.
    fn held(&self, index: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(held) = &self.held else {
            return Ok(None);
        };
        let field = held.get_item(index)?;
        Ok((!field.is_none()).then_some(field))
    }

    /// Whether the field of an entry, which has this tag in the directory, matches.
    fn matches(&self, index: usize, tag: [u8; 3], wanted: &Wanted<'_, 'py>) -> PyResult<bool> {
        match self.held(index)? {
            None => Ok(wanted.has(tag)),
            Some(field) => wanted.has_object(&self.classes.field_slots.tag.get(&field)?),
        }
    }

    /// The first entry that matches.
    fn find(&self, wanted: &Wanted<'_, 'py>) -> PyResult<Option<usize>> {
        let view = self.view()?;
        if self.held.is_none() {
            return Ok(view.tags().position(|tag| wanted.has(tag)));
        }
        for (index, tag) in view.tags().enumerate() {
            if self.matches(index, tag, wanted)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// The Field of an entry: the one that is out, or a new one that is out from now on.
    fn field(&mut self, index: usize) -> PyResult<Bound<'py, PyAny>> {
        if let Some(field) = self.held(index)? {
            return Ok(field);
        }
        let py = self.record.py();
        let view = self.view()?;
        let entry = view.entry(index).ok_or_else(not_plain)?;
        let field = self.classes.new_field(py, entry.tag, entry.data)?;
        let count = view.entry_count();
        let empty = match self.held {
            Some(_) => None,
            None => Some(list(py, count, |_| Ok(py.None().into_bound(py)))?),
        };
        match state(&self.record)? {
            State::Objects(fields) => return fields.get_item(index),
            State::Bytes(now) => self.held = now.held.or(empty),
        }
        let Some(held) = &self.held else {
            return Err(not_plain());
        };
        self.classes
            .record_slots
            .fields
            .set_held(&self.record, held)?;
        let present = held.get_item(index)?;
        if present.is_none() {
            held.set_item(index, &field)?;
            Ok(field)
        } else {
            Ok(present)
        }
    }
}

/// The tags that are asked for.
struct Wanted<'a, 'py> {
    tags: SmallVec<[[u8; 3]; 4]>,
    objects: SmallVec<[&'a Bound<'py, PyAny>; 4]>,
}

impl<'a, 'py> Wanted<'a, 'py> {
    fn new(objects: impl IntoIterator<Item = &'a Bound<'py, PyAny>>) -> Self {
        let objects: SmallVec<[_; 4]> = objects.into_iter().collect();
        let tags = objects
            .iter()
            .filter_map(|object| tag_bytes(object))
            .collect();
        Self { tags, objects }
    }

    /// Whether a tag of the directory is among them.
    fn has(&self, tag: [u8; 3]) -> bool {
        self.tags.contains(&tag)
    }

    /// Whether the tag that a Field has is among them.
    fn has_object(&self, tag: &Bound<'py, PyAny>) -> PyResult<bool> {
        for object in &self.objects {
            if tag.eq(object)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A tag as it can stand in a directory; None for what no entry has.
fn tag_bytes(tag: &Bound<'_, PyAny>) -> Option<[u8; 3]> {
    let tag = quietly(tag.cast::<PyString>().ok()?.to_str())?;
    tag.as_bytes().try_into().ok()
}

/// The fields with one of these tags in a record that is objects already.
fn matching<'py>(
    fields: &Bound<'py, PyAny>,
    wanted: &Wanted<'_, 'py>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut found = Vec::new();
    for field in fields.try_iter()? {
        let field = field?;
        if wanted.has_object(&field.getattr(intern!(field.py(), "tag"))?)? {
            found.push(field);
        }
    }
    Ok(found)
}

/// Return the record's first field with this tag, None when it has none.
#[pyfunction]
pub fn get_field<'py>(
    record: &Bound<'py, PyAny>,
    tag: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let wanted = Wanted::new([tag]);
    with_critical_section(record, || match state(record)? {
        State::Objects(fields) => Ok(matching(&fields, &wanted)?.into_iter().next()),
        State::Bytes(mut record) => match record.find(&wanted)? {
            Some(index) => record.field(index).map(Some),
            None => Ok(None),
        },
    })
}

/// Return the record's fields whose tag is among `tags`, in the record's order.
#[pyfunction]
pub fn get_fields<'py>(
    record: &Bound<'py, PyAny>,
    tags: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyList>> {
    let tags: SmallVec<[_; 4]> = tags.iter().collect();
    with_tags(record, &tags)
}

/// The record's fields whose tag is among `tags`, in the record's order.
pub fn with_tags<'py>(
    record: &Bound<'py, PyAny>,
    tags: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyList>> {
    let wanted = Wanted::new(tags);
    with_critical_section(record, || {
        let mut lazy = match state(record)? {
            State::Objects(fields) => return PyList::new(record.py(), matching(&fields, &wanted)?),
            State::Bytes(lazy) => lazy,
        };
        let mut found = SmallVec::<[usize; 8]>::new();
        let untouched = lazy.held.is_none();
        for (index, tag) in lazy.view()?.tags().enumerate() {
            let matches = if untouched {
                wanted.has(tag)
            } else {
                lazy.matches(index, tag, &wanted)?
            };
            if matches {
                found.push(index);
            }
        }
        let mut found = found.into_iter();
        list(record.py(), found.len(), |_| {
            lazy.field(found.next().ok_or_else(not_plain)?)
        })
    })
}

/// Say whether the record has a field with this tag.
#[pyfunction]
pub fn has_tag<'py>(record: &Bound<'py, PyAny>, tag: &Bound<'py, PyAny>) -> PyResult<bool> {
    let wanted = Wanted::new([tag]);
    with_critical_section(record, || match state(record)? {
        State::Objects(fields) => Ok(!matching(&fields, &wanted)?.is_empty()),
        State::Bytes(record) => Ok(record.find(&wanted)?.is_some()),
    })
}

/// Turn the record's bytes into its list of fields and its leader, for good.
#[pyfunction]
pub fn materialise<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    with_critical_section(record, || {
        loop {
            let mut lazy = match state(record)? {
                State::Objects(fields) => return Ok(fields),
                State::Bytes(lazy) => lazy,
            };
            if let Some(fields) = lazy.materialise()? {
                return Ok(fields.into_any());
            }
        }
    })
}

impl<'py> LazyRecord<'py> {
    /// Does the step from bytes to objects; None when another thread came in between.
    fn materialise(&mut self) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = self.record.py();
        let slots = &self.classes.record_slots;
        let leader = self.raw.as_bytes().get(..LEADER_LENGTH).unwrap_or_default();
        let leader = if slots.leader.get_held(&self.record)?.is_none() {
            Some(self.classes.new_leader(py, leader)?)
        } else {
            None
        };
        let fields = if self.held.is_some() {
            for index in 0..self.view()?.entry_count() {
                self.field(index)?;
            }
            None
        } else {
            let view = self.view()?;
            let mut entries = view.entries();
            Some(list(py, view.entry_count(), |_| {
                let entry = entries.next().flatten().ok_or_else(not_plain)?;
                self.classes.new_field(py, entry.tag, entry.data)
            })?)
        };
        let State::Bytes(now) = state(&self.record)? else {
            return Ok(None);
        };
        let fields = match (now.held, fields) {
            (None, Some(fields)) => fields,
            (Some(held), None) => held,
            _ => return Ok(None),
        };
        slots.fields.set_held(&self.record, &fields)?;
        if let Some(leader) = leader {
            if slots.leader.get_held(&self.record)?.is_none() {
                slots.leader.set_held(&self.record, &leader)?;
            }
        }
        slots.raw.set_held(&self.record, py.None().bind(py))?;
        Ok(Some(fields))
    }
}

/// Return the record's leader, made of its bytes when it is asked for the first time.
#[pyfunction]
pub fn leader_of<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let slot = &classes()?.record_slots.leader;
    with_critical_section(record, || {
        let State::Bytes(lazy) = state(record)? else {
            return slot.get_held(record);
        };
        let present = slot.get_held(record)?;
        if !present.is_none() {
            return Ok(present);
        }
        let leader = lazy.raw.as_bytes().get(..LEADER_LENGTH);
        let leader = lazy
            .classes
            .new_leader(record.py(), leader.unwrap_or_default())?;
        // As everywhere here: made first, then looked again.
        let present = slot.get_held(record)?;
        if !present.is_none() {
            return Ok(present);
        }
        slot.set_held(record, &leader)?;
        Ok(leader)
    })
}

/// Turn the field's bytes into its list of subfields, for good.
#[pyfunction]
pub fn subfields_of<'py>(field: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let slots = &classes()?.field_slots;
    let raw = slots.raw.get(field)?;
    let Ok(raw) = raw.cast_into::<PyBytes>() else {
        return slots.subfields.get(field);
    };
    let list = field_subfields(&raw)?;
    with_critical_section(field, || {
        if !slots.raw.get_held(field)?.is(&raw) {
            return slots.subfields.get_held(field);
        }
        slots.subfields.set_held(field, &list)?;
        slots
            .raw
            .set_held(field, field.py().None().bind(field.py()))?;
        Ok(list.into_any())
    })
}

/// Return the first value of each code in the first field with this tag.
#[pyfunction]
pub fn first_subfields<'py>(
    raw: &Bound<'py, PyBytes>,
    tag: &str,
    codes: &str,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let py = raw.py();
    let view = RecordView::new(raw.as_bytes()).ok_or_else(not_plain)?;
    let Some(index) = tag
        .as_bytes()
        .try_into()
        .ok()
        .and_then(|tag| view.find(tag))
    else {
        return Ok(None);
    };
    let field = view.entry(index).ok_or_else(not_plain)?;
    let mut values: SmallVec<[Option<Bound<'py, PyString>>; 4]> =
        SmallVec::from_elem(None, codes.len());
    for (code, value) in subfields(field.data) {
        for (slot, wanted) in values.iter_mut().zip(codes.bytes()) {
            if wanted == code && slot.is_none() {
                *slot = Some(PyString::from_bytes(py, value)?);
            }
        }
    }
    PyList::new(py, values).map(Some)
}
