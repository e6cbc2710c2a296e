//! Records made of what the elements of MARCXML say.

use super::NotForScanner;
use super::lexis::{Attribute, UsualTag, is_space};
use super::text::push_attribute_value;
use crate::digits::{directory_entry, five_digits};
use crate::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH,
    RECORD_TERMINATOR, SUBFIELD_DELIMITER, is_control_tag,
};

/// What an element is to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Record,
    Leader,
    ControlField,
    DataField,
    Subfield,
    /// Any other element.
    Other,
    /// An element of another namespace, where that is asked for: as if its tags were not there.
    PassedOver,
}

impl Kind {
    pub fn of(local: &[u8]) -> Self {
        match local {
            b"subfield" => Self::Subfield,
            b"datafield" => Self::DataField,
            b"controlfield" => Self::ControlField,
            b"leader" => Self::Leader,
            b"record" => Self::Record,
            _ => Self::Other,
        }
    }
}

/// The records that ended in a block of the document.
#[derive(Debug, Default)]
pub struct Batch {
    /// Plain records, one after the other, and the texts of others.
    pub bytes: Vec<u8>,
    /// What is in `bytes`, in the order of the document.
    pub items: Vec<Item>,
}

/// A record.
#[derive(Debug)]
pub enum Item {
    /// One that may stay bytes.
    Plain {
        /// Where it is.
        record: Span,
        /// Its leader in the document, where the record begins with another.
        leader: Option<[u8; LEADER_LENGTH]>,
    },
    /// One that ISO 2709 cannot hold, or not as it was meant.
    Parts(Parts),
}

/// A record as it stands in the document.
#[derive(Debug)]
pub struct Parts {
    /// Its leader, if it has one.
    pub leader: Option<Span>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// The subfields of all fields, code and value.
    pub subfields: Vec<(Span, Span)>,
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Of any length.
    pub tag: Span,
    /// Of any length; there are none on a `controlfield`.
    pub indicators: Option<(Span, Span)>,
    /// The text of a `controlfield`.
    pub data: Option<Span>,
    /// Which of the record's subfields are its own.
    pub subfields: Span,
}

/// A range in a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Span {
    /// What the range covers.
    #[must_use]
    pub fn of<T>(self, items: &[T]) -> &[T] {
        items.get(self.start..self.end).unwrap_or_default()
    }

    fn moved(self, distance: usize) -> Self {
        Self {
            start: self.start + distance,
            end: self.end + distance,
        }
    }
}

/// The leader of a record without one.
const NO_LEADER: &[u8; LEADER_LENGTH] = b"          22        4500";

/// What was read of the record so far.
///
/// It behaves as a handler of SAX events with one record, one field, one code and one text does:
/// texts are those since the last tag, and what stands in a strange place is taken for what it
/// would be in its own.
#[derive(Debug, Default)]
pub struct Collector {
    /// Attributes and texts that are in use, and the text since the last tag.
    texts: Vec<u8>,
    text_start: usize,
    in_record: bool,
    leader: Option<Span>,
    fields: Vec<Field>,
    subfields: Vec<(Span, Span)>,
    field: Option<Field>,
    code: Option<Span>,
    /// Whether something was left out, made up, or not where it should be.
    odd: bool,
}

impl Collector {
    /// Whether something was left out, made up, or not where it should be, since this was asked.
    pub fn take_odd(&mut self) -> bool {
        std::mem::take(&mut self.odd)
    }

    /// Where text goes.
    pub fn text(&mut self) -> &mut Vec<u8> {
        &mut self.texts
    }

    /// Whether nothing was begun that is not ended.
    pub fn is_idle(&self) -> bool {
        !self.in_record && self.field.is_none() && self.code.is_none()
    }

    /// Opens an element.
    pub fn start(&mut self, kind: Kind, attributes: &[Attribute<'_>]) -> Result<(), NotForScanner> {
        if kind == Kind::PassedOver {
            return Ok(());
        }
        self.leave_out_text();
        self.odd |= match kind {
            Kind::Subfield => !self.awaits_subfield(),
            Kind::DataField | Kind::ControlField => !self.awaits_field(),
            Kind::Leader => !self.awaits_field() || self.leader.is_some(),
            Kind::Record => self.in_record,
            Kind::Other | Kind::PassedOver => true,
        };
        match kind {
            Kind::Subfield => {
                let code = self.attribute(attributes, b"code")?.ok_or(NotForScanner)?;
                self.odd |= code.end == code.start;
                self.code = (code.end > code.start).then_some(code);
            }
            Kind::DataField => {
                let tag_span = self.attribute(attributes, b"tag")?.ok_or(NotForScanner)?;
                let first = self.indicator(attributes, b"ind1")?;
                let second = self.indicator(attributes, b"ind2")?;
                self.open_field(tag_span, Some((first, second)));
            }
            Kind::ControlField => {
                let tag_span = self.attribute(attributes, b"tag")?.ok_or(NotForScanner)?;
                self.open_field(tag_span, None);
            }
            Kind::Record => {
                self.in_record = true;
                self.leader = None;
                self.fields.clear();
                if self.field.is_none() && self.code.is_none() {
                    self.texts.clear();
                    self.text_start = 0;
                    self.subfields.clear();
                }
            }
            Kind::Leader | Kind::Other | Kind::PassedOver => {}
        }
        Ok(())
    }

    /// Opens an element by its usual tag.
    pub fn start_usual(&mut self, tag: UsualTag) -> Kind {
        self.leave_out_text();
        match tag {
            UsualTag::Subfield { code } => {
                self.odd |= !self.awaits_subfield();
                self.texts.push(code);
                self.code = Some(self.keep_text());
                Kind::Subfield
            }
            UsualTag::DataField { tag, indicators } => {
                self.odd |= !self.awaits_field();
                self.texts.extend_from_slice(&tag);
                let tag = self.keep_text();
                let [first, second] = indicators.map(|indicator| {
                    self.texts.push(indicator);
                    self.keep_text()
                });
                self.open_field(tag, Some((first, second)));
                Kind::DataField
            }
        }
    }

    /// Closes an element.
    pub fn end(&mut self, kind: Kind, batch: &mut Batch) -> Result<(), NotForScanner> {
        if kind == Kind::PassedOver {
            return Ok(());
        }
        match kind {
            Kind::Subfield => {
                if let (Some(code), true) = (self.code, self.field.is_some()) {
                    let text = self.keep_text();
                    self.subfields.push((code, text));
                    self.code = None;
                }
            }
            _ if !self.in_record => {}
            Kind::Record => {
                self.in_record = false;
                self.odd |= self.leader.is_none();
                self.finish(batch);
            }
            Kind::Leader => {
                let leader = self.keep_text();
                let text = leader.of(&self.texts);
                if text.len() != LEADER_LENGTH || !text.is_ascii() {
                    return Err(NotForScanner);
                }
                self.leader = Some(leader);
            }
            Kind::ControlField | Kind::DataField => {
                if let Some(mut field) = self.field.take() {
                    if kind == Kind::ControlField {
                        field.data = Some(self.keep_text());
                    }
                    field.subfields.end = self.subfields.len();
                    self.fields.push(field);
                }
            }
            Kind::Other | Kind::PassedOver => {}
        }
        self.leave_out_text();
        Ok(())
    }

    /// Whether a field or the leader may stand here.
    fn awaits_field(&self) -> bool {
        self.in_record && self.field.is_none()
    }

    /// Whether a subfield may stand here.
    fn awaits_subfield(&self) -> bool {
        let in_data_field = self.field.is_some_and(|field| field.indicators.is_some());
        self.in_record && in_data_field && self.code.is_none()
    }

    /// Forgets the text since the last tag.
    fn leave_out_text(&mut self) {
        let text = self.texts.get(self.text_start..).unwrap_or_default();
        self.odd |= !text.iter().all(|&byte| is_space(byte));
        self.texts.truncate(self.text_start);
    }

    fn keep_text(&mut self) -> Span {
        let start = self.text_start;
        self.text_start = self.texts.len();
        Span {
            start,
            end: self.text_start,
        }
    }

    fn attribute(
        &mut self,
        attributes: &[Attribute<'_>],
        name: &[u8],
    ) -> Result<Option<Span>, NotForScanner> {
        let named = |attribute: &&Attribute<'_>| attribute.name.whole == name;
        let Some(attribute) = attributes.iter().find(named) else {
            return Ok(None);
        };
        if attribute.needs_resolving {
            push_attribute_value(attribute.value, &mut self.texts)?;
        } else {
            self.texts.extend_from_slice(attribute.value);
        }
        Ok(Some(self.keep_text()))
    }

    fn indicator(
        &mut self,
        attributes: &[Attribute<'_>],
        name: &[u8],
    ) -> Result<Span, NotForScanner> {
        Ok(match self.attribute(attributes, name)? {
            Some(indicator) => indicator,
            None => {
                self.odd = true;
                self.texts.push(b' ');
                self.keep_text()
            }
        })
    }

    fn open_field(&mut self, tag: Span, indicators: Option<(Span, Span)>) {
        let start = self.subfields.len();
        self.field = Some(Field {
            tag,
            indicators,
            data: None,
            subfields: Span { start, end: start },
        });
    }

    fn finish(&self, batch: &mut Batch) {
        let start = batch.bytes.len();
        let leader = match self.leader {
            Some(leader) => leader.of(&self.texts).first_chunk().unwrap_or(NO_LEADER),
            None => NO_LEADER,
        };
        if self.push_plain(leader, &mut batch.bytes).is_some() {
            let end = batch.bytes.len();
            let own = batch.bytes.get(start..start + LEADER_LENGTH);
            let leader = (own != Some(leader.as_slice())).then_some(*leader);
            let record = Span { start, end };
            batch.items.push(Item::Plain { record, leader });
            return;
        }
        batch.bytes.truncate(start);
        batch.bytes.extend_from_slice(&self.texts);
        let moved_field = |field: &Field| Field {
            tag: field.tag.moved(start),
            indicators: field
                .indicators
                .map(|(first, second)| (first.moved(start), second.moved(start))),
            data: field.data.map(|data| data.moved(start)),
            subfields: field.subfields,
        };
        let subfields = self.subfields.iter();
        batch.items.push(Item::Parts(Parts {
            leader: self.leader.map(|leader| leader.moved(start)),
            fields: self.fields.iter().map(moved_field).collect(),
            subfields: subfields
                .map(|(code, value)| (code.moved(start), value.moved(start)))
                .collect(),
        }));
    }

    /// Appends the record in ISO 2709; `None`, when it has no form that may stay bytes.
    ///
    /// XML has no way to write the delimiters, so none can be in the texts.
    fn push_plain(&self, leader: &[u8; LEADER_LENGTH], out: &mut Vec<u8>) -> Option<()> {
        let start = out.len();
        let base = LEADER_LENGTH + self.fields.len() * DIRECTORY_ENTRY_LENGTH + 1;
        if self.fields.is_empty() || base >= MAX_RECORD_LENGTH {
            return None;
        }
        out.extend_from_slice(leader);
        out.resize(start + base, FIELD_TERMINATOR);
        let data_start = out.len();
        let mut entry_start = start + LEADER_LENGTH;
        for field in &self.fields {
            let field_start = out.len();
            let tag: [u8; 3] = field.tag.of(&self.texts).try_into().ok()?;
            self.push_field(field, tag, out)?;
            let length = out.len() - field_start;
            let offset = field_start - data_start;
            if length > MAX_FIELD_LENGTH || offset > MAX_RECORD_LENGTH {
                return None;
            }
            let entry = directory_entry(tag, length, offset);
            *out.get_mut(entry_start..)?.first_chunk_mut()? = entry;
            entry_start += DIRECTORY_ENTRY_LENGTH;
        }
        out.push(RECORD_TERMINATOR);
        let record = out.get_mut(start..)?;
        let length = record.len();
        if length > MAX_RECORD_LENGTH {
            return None;
        }
        *record.first_chunk_mut()? = five_digits(length);
        *record.get_mut(9)? = b'a';
        *record.get_mut(12..)?.first_chunk_mut()? = five_digits(base);
        Some(())
    }

    fn push_field(&self, field: &Field, tag: [u8; 3], out: &mut Vec<u8>) -> Option<()> {
        if !tag.is_ascii() {
            return None;
        }
        match (is_control_tag(tag), field.data, field.indicators) {
            // A variable control field has no place for subfields.
            (true, Some(data), _) => out.extend_from_slice(data.of(&self.texts)),
            (false, None, Some((first, second))) => {
                for indicator in [first, second] {
                    match indicator.of(&self.texts) {
                        &[indicator @ 0x20..=0x7F] => out.push(indicator),
                        _ => return None,
                    }
                }
                for (code, value) in field.subfields.of(&self.subfields) {
                    match code.of(&self.texts) {
                        &[code @ ..=0x7F] => out.extend_from_slice(&[SUBFIELD_DELIMITER, code]),
                        _ => return None,
                    }
                    out.extend_from_slice(value.of(&self.texts));
                }
            }
            _ => return None,
        }
        out.push(FIELD_TERMINATOR);
        Some(())
    }
}
