//! Methods of Field.

use mrrc_core::field::first_value;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyList, PyString, PyTuple};

use super::Answer;
use crate::classes::Classes;
use crate::fields::{code_byte, field_subfields, values_of};
use crate::quietly;
use crate::slots::Slot;
use crate::text::stripped_values;

/// Whether an object is this truth value.
pub fn is_bool(object: &Bound<'_, PyAny>, value: bool) -> bool {
    object.as_ptr() == PyBool::new(object.py(), value).as_ptr()
}

/// An empty str.
fn empty<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    Answer::of(classes.text(this.py(), b""))
}

/// What a Field is at this moment.
enum State<'py> {
    Control,
    Bytes(Bound<'py, PyBytes>),
    /// A variable data field with a list of subfields, or something unusual.
    Other,
}

fn state<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> State<'py> {
    let slots = &classes.field_slots;
    match slots.control_field.read(this) {
        Some(control) if is_bool(&control, false) => {}
        Some(control) if is_bool(&control, true) => return State::Control,
        _ => return State::Other,
    }
    match slots.raw.read(this).map(Bound::cast_into_exact::<PyBytes>) {
        Some(Ok(raw)) => State::Bytes(raw),
        _ => State::Other,
    }
}

pub fn value<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    match state(classes, this) {
        State::Bytes(raw) => Answer::of(stripped_values(this.py(), raw.as_bytes())),
        State::Control => match classes.field_slots.data.read(this) {
            Some(data) if data.is_exact_instance_of::<PyString>() => Answer::Value(data),
            Some(data) if data.is_none() => empty(classes, this),
            _ => Answer::NotMine,
        },
        State::Other => Answer::NotMine,
    }
}

pub fn get_subfields<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    codes: &[Bound<'py, PyAny>],
) -> Answer<'py> {
    let mut wanted = 0_u128;
    for code in codes {
        if !code.is_exact_instance_of::<PyString>() {
            return Answer::NotMine;
        }
        if let Some(code) = code_byte(code).filter(|&code| code < 0x80) {
            wanted |= 1 << code;
        }
    }
    match state(classes, this) {
        State::Bytes(raw) => Answer::of(values_of(&raw, wanted).map(Bound::into_any)),
        State::Control => Answer::Value(PyList::empty(this.py()).into_any()),
        State::Other => Answer::NotMine,
    }
}

/// The value of the first subfield with a code, `KeyError` if there is none.
pub fn getitem<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    code: &Bound<'py, PyAny>,
) -> Answer<'py> {
    if !code.is_exact_instance_of::<PyString>() {
        return Answer::NotMine;
    }
    match state(classes, this) {
        State::Bytes(raw) => {
            match code_byte(code).and_then(|code| first_value(raw.as_bytes(), code)) {
                Some(value) => Answer::of(classes.text(this.py(), value)),
                None => Answer::KeyError,
            }
        }
        State::Control => Answer::KeyError,
        State::Other => Answer::NotMine,
    }
}

pub fn get<'py>(
    classes: &Classes,
    this: &Bound<'py, PyAny>,
    arguments: &[Bound<'py, PyAny>],
) -> Answer<'py> {
    let (code, default) = match arguments {
        [code] => (code, None),
        [code, default] => (code, Some(default)),
        _ => return Answer::NotMine,
    };
    match getitem(classes, this, code) {
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
    code: &Bound<'py, PyAny>,
) -> Answer<'py> {
    if !code.is_exact_instance_of::<PyString>() {
        return Answer::NotMine;
    }
    let found = match state(classes, this) {
        State::Bytes(raw) => code_byte(code)
            .and_then(|code| first_value(raw.as_bytes(), code))
            .is_some(),
        State::Control => false,
        State::Other => return Answer::NotMine,
    };
    Answer::Value(PyBool::new(this.py(), found).to_owned().into_any())
}

pub fn subfields<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    let slots = &classes.field_slots;
    let Some(raw) = slots.raw.read(this) else {
        return Answer::NotMine;
    };
    if !raw.is_none() {
        let Ok(raw) = raw.cast_into_exact::<PyBytes>() else {
            return Answer::NotMine;
        };
        let Some(list) = quietly(field_subfields(&raw)) else {
            return Answer::NotMine;
        };
        // Another thread may have been here meanwhile; no call stands between look and leap.
        if slots.raw.read(this).is_some_and(|now| now.is(&raw)) {
            let none = this.py().None().into_bound(this.py());
            let set = |slot: &Slot, value| quietly(slot.set(this, value)).is_some();
            if !set(&slots.subfields, &list) || !set(&slots.raw, &none) {
                return Answer::NotMine;
            }
        }
    }
    match slots.subfields.read(this) {
        Some(subfields) => Answer::Value(subfields),
        None => Answer::NotMine,
    }
}

pub fn indicators<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    match classes.field_slots.indicators.read(this) {
        Some(indicators) => Answer::Value(indicators),
        None => Answer::NotMine,
    }
}

/// One of the two indicators, or an empty str.
fn indicator<'py>(classes: &Classes, this: &Bound<'py, PyAny>, index: usize) -> Answer<'py> {
    let Some(indicators) = classes.field_slots.indicators.read(this) else {
        return Answer::NotMine;
    };
    if indicators.is_none() {
        return empty(classes, this);
    }
    match classes.as_indicators(&indicators).map(Bound::as_any) {
        Some(pair) => Answer::of(
            pair.cast::<PyTuple>()
                .map_err(PyErr::from)
                .and_then(|pair| pair.get_item(index)),
        ),
        None => Answer::NotMine,
    }
}

pub fn indicator1<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    indicator(classes, this, 0)
}

pub fn indicator2<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    indicator(classes, this, 1)
}

pub fn iter<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    if !classes.is_field(this) {
        return Answer::NotMine;
    }
    rewind(&classes.field_slots.cursor, this)
}

pub fn next<'py>(classes: &Classes, this: &Bound<'py, PyAny>) -> Answer<'py> {
    let slots = &classes.field_slots;
    match slots.control_field.read(this) {
        Some(control) if is_bool(&control, false) => {}
        Some(control) if is_bool(&control, true) => return Answer::Exhausted,
        _ => return Answer::NotMine,
    }
    match subfields(classes, this) {
        Answer::Value(list) => step(&slots.cursor, this, &list),
        answer => answer,
    }
}

/// Puts a cursor before the first item of what an object holds.
pub fn rewind<'py>(cursor: &Slot, this: &Bound<'py, PyAny>) -> Answer<'py> {
    let Ok(zero) = 0_u8.into_pyobject(this.py());
    match quietly(cursor.set(this, &zero)) {
        Some(()) => Answer::Value(this.clone()),
        None => Answer::NotMine,
    }
}

/// The item of a list at which the cursor of an object stands; the cursor moves on.
pub fn step<'py>(cursor: &Slot, this: &Bound<'py, PyAny>, list: &Bound<'py, PyAny>) -> Answer<'py> {
    let (Ok(list), Some(Ok(position))) = (
        list.cast_exact::<PyList>(),
        cursor.read(this).map(Bound::cast_into_exact::<PyInt>),
    ) else {
        return Answer::NotMine;
    };
    // Negative ones count from the end, in the method in Python.
    let Some(index) = quietly(position.extract::<usize>()) else {
        return Answer::NotMine;
    };
    if index >= list.len() {
        return Answer::Exhausted;
    }
    let Ok(next) = (index + 1).into_pyobject(this.py());
    match (
        quietly(cursor.set(this, &next)),
        quietly(list.get_item(index)),
    ) {
        (Some(()), Some(item)) => Answer::Value(item),
        _ => Answer::NotMine,
    }
}
