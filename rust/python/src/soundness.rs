//! Whether the fields of a record can be written as they are.

use mrrc_core::is_control_tag;
use mrrc_core::serialise::{has_delimiter, has_terminator};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::classes::{Classes, classes};

/// Say whether each field is ordinary and, once written, will be read as it is.
#[pyfunction]
pub fn fields_are_sound(fields: &Bound<'_, PyAny>) -> PyResult<bool> {
    let classes = classes()?;
    let Ok(fields) = fields.cast_exact::<PyList>() else {
        return Ok(false);
    };
    for field in fields.iter() {
        if field.is_none() {
            continue;
        }
        if !classes.is_field(&field) || !is_sound(classes, &field)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a field, exactly of its class, is ordinary and will be read as it is.
pub fn is_sound(classes: &Classes, field: &Bound<'_, PyAny>) -> PyResult<bool> {
    let slots = &classes.field_slots;
    let tag = slots.tag.get(field)?;
    let tag: Option<[u8; 3]> = exact_str(&tag).and_then(|tag| tag.as_bytes().try_into().ok());
    let Some(tag) = tag.filter(|tag| tag.iter().all(|&byte| is_graphic(byte))) else {
        return Ok(false);
    };
    let control = is_control_tag(tag);
    if slots.control_field.get(field)?.is_truthy()? != control {
        return Ok(false);
    }
    if control {
        let data = slots.data.get(field)?;
        let sound = exact_str(&data).is_some_and(|text| !has_terminator(text.as_bytes()));
        return Ok(sound);
    }
    let indicators = slots.indicators.get(field)?;
    let Some(indicators) = classes.as_indicators(&indicators) else {
        return Ok(false);
    };
    if indicators.len() != 2 || !indicators.iter_borrowed().all(|item| is_one(&item)) {
        return Ok(false);
    }
    let raw = slots.raw.get(field)?;
    if raw.cast::<PyBytes>().is_ok() {
        return Ok(true);
    }
    let subfields = slots.subfields.get(field)?;
    let Ok(subfields) = subfields.cast_exact::<PyList>() else {
        return Ok(false);
    };
    for subfield in subfields.iter() {
        let sound = classes
            .as_subfield(&subfield)
            .is_some_and(is_sound_subfield);
        if !sound {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_sound_subfield(subfield: &Bound<'_, PyTuple>) -> bool {
    let mut items = subfield.iter_borrowed();
    let (Some(code), Some(value), None) = (items.next(), items.next(), items.next()) else {
        return false;
    };
    is_one(&code) && is_sound_text(&value)
}

/// Whether this is a str of one graphic ASCII character or a blank.
fn is_one(object: &Bound<'_, PyAny>) -> bool {
    matches!(exact_str(object).map(str::as_bytes), Some(&[byte]) if is_graphic(byte))
}

/// Whether this is a str that UTF-8 can encode, without delimiters and terminators.
fn is_sound_text(object: &Bound<'_, PyAny>) -> bool {
    exact_str(object).is_some_and(|text| !has_delimiter(text.as_bytes()))
}

fn is_graphic(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn exact_str<'a>(object: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    object.cast_exact::<PyString>().ok()?.to_str().ok()
}
