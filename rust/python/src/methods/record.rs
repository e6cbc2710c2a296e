//! Methods of Record.

use mrrc_core::field::subfields;
use mrrc_core::view::RecordView;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyString};
use smallvec::SmallVec;

use super::Answer;
use super::field::{rewind, step};
use crate::classes::Classes;
use crate::lookup::{get_field, has_tag, materialise, with_tags};
use crate::quietly;
use crate::text::joined;

/// What a Record is at this moment.
enum State<'py> {
    Bytes(Bound<'py, PyBytes>),
    Fields(Bound<'py, PyAny>),
    Other,
}

fn state<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> State<'py> {
    let slots = &classes.record_slots;
    let Some(raw) = slots.raw.read(this) else {
        return State::Other;
    };
    if raw.is_none() {
        return slots.fields.read(this).map_or(State::Other, State::Fields);
    }
    raw.cast_into_exact::<PyBytes>()
        .map_or(State::Other, State::Bytes)
}

pub fn fields<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    match state(classes, this) {
        State::Bytes(_) => Answer::of(materialise(this)),
        State::Fields(fields) => Answer::Value(fields),
        State::Other => Answer::NotMine,
    }
}

pub fn leader<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    match classes.record_slots.leader.read(this) {
        Some(leader) if !leader.is_none() => Answer::Value(leader),
        _ => Answer::NotMine,
    }
}

pub fn title<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    let py = this.py();
    let none = || Answer::Value(py.None().into_bound(py));
    let State::Bytes(raw) = state(classes, this) else {
        return Answer::NotMine;
    };
    let untouched = classes.record_slots.fields.read(this);
    let view = RecordView::new(raw.as_bytes());
    let (Some(view), Some(true)) = (view, untouched.map(|fields| fields.is_none())) else {
        return Answer::NotMine;
    };
    let Some(index) = view.find(*b"245") else {
        return none();
    };
    let Some(entry) = view.entry(index) else {
        return Answer::NotMine;
    };
    let (mut title, mut rest) = (None, None);
    for (code, value) in subfields(entry.data) {
        let found = match code {
            b'a' => &mut title,
            b'b' => &mut rest,
            _ => continue,
        };
        found.get_or_insert(value);
        if title.is_some() && rest.is_some() {
            break;
        }
    }
    match (title, rest) {
        (None, _) => none(),
        (Some(title @ [_, ..]), Some(rest @ [_, ..])) => Answer::of(joined(py, [title, rest])),
        (Some(title), _) => Answer::of(classes.text(py, title)),
    }
}

/// Whether the tag of what is in a record's list is one of these; None where Python shall say.
fn has_tag_of<'py>(classes: &Classes, field: &Bound<'py, PyAny>, tags: &[&str]) -> Option<bool> {
    let tag = classes.field_slots.tag.read(field)?;
    let tag = quietly(tag.cast_exact::<PyString>().ok()?.to_str())?;
    Some(tags.contains(&tag))
}

/// The first field with a tag in a record's list; None where Python shall look.
fn first<'py>(
    classes: &Classes,
    fields: &Bound<'py, PyAny>,
    tag: &Bound<'py, PyAny>,
) -> Option<Option<Bound<'py, PyAny>>> {
    let tag = quietly(tag.cast_exact::<PyString>().ok()?.to_str())?;
    for field in fields.cast_exact::<PyList>().ok()? {
        if has_tag_of(classes, &field, &[tag])? {
            return Some(Some(field));
        }
    }
    Some(None)
}

pub fn getitem<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    tag: &Bound<'py, PyAny>,
) -> Answer<'py> {
    let found = match state(classes, this) {
        State::Bytes(_) => quietly(get_field(this, tag)),
        State::Fields(fields) => first(classes, &fields, tag),
        State::Other => None,
    };
    match found {
        Some(Some(field)) => Answer::Value(field),
        Some(None) => Answer::KeyError,
        None => Answer::NotMine,
    }
}

pub fn get<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    arguments: &[Bound<'py, PyAny>],
) -> Answer<'py> {
    let (tag, default) = match arguments {
        [tag] => (tag, None),
        [tag, default] => (tag, Some(default)),
        _ => return Answer::NotMine,
    };
    match getitem(classes, this, tag) {
        Answer::KeyError => Answer::Value(match default {
            Some(default) => default.clone(),
            None => this.py().None().into_bound(this.py()),
        }),
        answer => answer,
    }
}

pub fn contains<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    tag: &Bound<'py, PyAny>,
) -> Answer<'py> {
    let found = match state(classes, this) {
        State::Bytes(_) => quietly(has_tag(this, tag)),
        State::Fields(fields) => first(classes, &fields, tag).map(|found| found.is_some()),
        State::Other => None,
    };
    match found {
        Some(found) => Answer::Value(PyBool::new(this.py(), found).to_owned().into_any()),
        None => Answer::NotMine,
    }
}

pub fn get_fields<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    tags: &[Bound<'py, PyAny>],
) -> Answer<'py> {
    if tags.is_empty() || !tags.iter().all(Bound::is_exact_instance_of::<PyString>) {
        return Answer::NotMine;
    }
    match state(classes, this) {
        State::Bytes(_) => Answer::of(with_tags(this, tags).map(Bound::into_any)),
        State::Fields(fields) => match all(classes, &fields, tags) {
            Some(fields) => Answer::Value(fields.into_any()),
            None => Answer::NotMine,
        },
        State::Other => Answer::NotMine,
    }
}

/// The fields with one of the tags in a record's list; None where Python shall look.
fn all<'py>(
    classes: &Classes,
    fields: &Bound<'py, PyAny>,
    tags: &[Bound<'py, PyAny>],
) -> Option<Bound<'py, PyList>> {
    let mut wanted = SmallVec::<[&str; 8]>::new();
    for tag in tags {
        wanted.push(quietly(tag.cast_exact::<PyString>().ok()?.to_str())?);
    }
    let mut found = SmallVec::<[_; 8]>::new();
    for field in fields.cast_exact::<PyList>().ok()? {
        if has_tag_of(classes, &field, &wanted)? {
            found.push(field);
        }
    }
    quietly(PyList::new(fields.py(), found))
}

pub fn iter<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    if !classes.is_record(this) {
        return Answer::NotMine;
    }
    rewind(&classes.record_slots.cursor, this)
}

pub fn next<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    match fields(classes, this) {
        Answer::Value(list) => step(&classes.record_slots.cursor, this, &list),
        answer => answer,
    }
}
