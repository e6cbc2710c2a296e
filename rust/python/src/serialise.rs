//! From the fields of a record back to ISO 2709.

use mrrc_core::SUBFIELD_DELIMITER;
use mrrc_core::serialise::RecordBuilder;
use mrrc_core::view::RecordView;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::classes::{Classes, classes};
use crate::soundness::is_sound;

/// Return the record with these fields as ISO 2709 in UTF-8, None when a field is not ordinary.
#[pyfunction]
#[pyo3(signature = (head, tail, fields, raw, sound = false))]
pub fn serialise<'py>(
    head: &Bound<'py, PyString>,
    tail: &Bound<'py, PyString>,
    fields: &Bound<'py, PyAny>,
    raw: Option<&Bound<'py, PyBytes>>,
    sound: bool,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let classes = classes()?;
    let (Ok(head), Ok(tail)) = (head.to_str(), tail.to_str()) else {
        return Ok(None);
    };
    let Ok(fields) = fields.cast::<PyList>() else {
        return Ok(None);
    };
    let raw = raw.map(|raw| raw.as_bytes());
    let record = bytes_of(
        classes,
        head.as_bytes(),
        tail.as_bytes(),
        fields,
        raw,
        sound,
    )?;
    Ok(record.map(|record| PyBytes::new(fields.py(), &record)))
}

/// The bytes of [`serialise`].
pub fn bytes_of(
    classes: &Classes,
    head: &[u8],
    tail: &[u8],
    fields: &Bound<'_, PyList>,
    raw: Option<&[u8]>,
    sound: bool,
) -> PyResult<Option<Vec<u8>>> {
    let view = raw.and_then(RecordView::new);
    let mut builder = RecordBuilder::with_capacity(raw.map_or(1024, |raw| raw.len() + 256));
    for (index, field) in fields.iter().enumerate() {
        let added = if field.is_none() {
            view.and_then(|view| view.entry(index))
                .and_then(|entry| builder.add_field(entry.tag, entry.data).ok())
        } else if classes.is_field(&field) {
            if sound && !is_sound(classes, &field)? {
                return Ok(None);
            }
            add_field(&mut builder, classes, &field)?
        } else {
            None
        };
        if added.is_none() {
            return Ok(None);
        }
    }
    Ok(builder.finish(head, tail).ok())
}

/// Adds an ordinary field; None when it is not, does not fit or cannot be encoded.
fn add_field(
    builder: &mut RecordBuilder,
    classes: &Classes,
    field: &Bound<'_, PyAny>,
) -> PyResult<Option<()>> {
    let slots = &classes.field_slots;
    let tag = slots.tag.get(field)?;
    let tag = exact_str(&tag).filter(|tag| tag.is_ascii());
    let Some(tag) = tag.and_then(|tag| tag.as_bytes().try_into().ok()) else {
        return Ok(None);
    };
    if slots.control_field.get(field)?.is_truthy()? {
        let data = slots.data.get(field)?;
        let Some(text) = exact_str(&data) else {
            return Ok(None);
        };
        builder.data().extend_from_slice(text.as_bytes());
        return Ok(builder.end_field(tag).ok());
    }
    let indicators = slots.indicators.get(field)?;
    let Some(indicators) = classes.as_indicators(&indicators) else {
        return Ok(None);
    };
    if add_texts(builder, indicators)?.is_none() {
        return Ok(None);
    }
    let raw = slots.raw.get(field)?;
    if let Ok(raw) = raw.cast::<PyBytes>() {
        builder
            .data()
            .extend_from_slice(raw.as_bytes().get(2..).unwrap_or_default());
        // The bytes bring their terminator along.
        builder.data().pop();
        return Ok(builder.end_field(tag).ok());
    }
    let subfields = slots.subfields.get(field)?;
    let Ok(subfields) = subfields.cast::<PyList>() else {
        return Ok(None);
    };
    for subfield in subfields.iter() {
        builder.data().push(SUBFIELD_DELIMITER);
        let Some(subfield) = classes.as_subfield(&subfield) else {
            return Ok(None);
        };
        if add_texts(builder, subfield)?.is_none() {
            return Ok(None);
        }
    }
    Ok(builder.end_field(tag).ok())
}

/// Adds the two strings of a pair; None when there are not two, or not strings.
fn add_texts(builder: &mut RecordBuilder, pair: &Bound<'_, PyTuple>) -> PyResult<Option<()>> {
    if pair.len() != 2 {
        return Ok(None);
    }
    for item in pair.iter_borrowed() {
        let Some(text) = exact_str(&item) else {
            return Ok(None);
        };
        builder.data().extend_from_slice(text.as_bytes());
    }
    Ok(Some(()))
}

/// The text of an object that is exactly a str and can be encoded.
fn exact_str<'a>(object: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    object.cast_exact::<PyString>().ok()?.to_str().ok()
}
