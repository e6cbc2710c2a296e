//! Which namespaces are declared.

use std::sync::Arc;

use memchr::memmem;

use super::tokens::{is_space, local, prefix};

/// The namespaces whose `record` is a MARC record: MARCXML, and MarcXchange (ISO 25577).
const NAMESPACES: [&[u8]; 3] = [
    b"http://www.loc.gov/MARC21/slim",
    b"info:lc/xmlns/marcxchange-v1",
    b"info:lc/xmlns/marcxchange-v2",
];
const RESERVED: [&[u8]; 2] = [
    b"http://www.w3.org/XML/1998/namespace",
    b"http://www.w3.org/2000/xmlns/",
];
// All together are kept for each record, and the shortest record has some dozen bytes.
const MOST: usize = 40;
const LONGEST_PREFIX: usize = 32;
const LONGEST_URI: usize = 120;

/// The namespaces in force, prefix and URI; the default namespace has an empty prefix.
#[derive(Debug, Default)]
pub struct Declarations {
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    /// A start tag with all of them, empty if there are none.
    context: Arc<[u8]>,
}

impl Declarations {
    /// A start tag with the declarations.
    pub fn context(&self) -> &Arc<[u8]> {
        &self.context
    }

    /// The namespace of an element, empty if it has none, or none that is declared.
    pub fn uri_of(&self, name: &[u8]) -> &[u8] {
        let prefix = prefix(name);
        let mut pairs = self.pairs.iter();
        pairs
            .find(|(declared, _)| declared == prefix)
            .map_or(&[], |(_, uri)| uri)
    }

    /// The declarations in force inside of an element with this start tag; `None` for the same.
    pub fn with(&self, tag: &[u8]) -> Option<Self> {
        let mut found = Found { tag, at: 0 };
        let first = found.next()?;
        let mut pairs = self.pairs.clone();
        for (prefix, uri) in std::iter::once(first).chain(found) {
            if !prefix.is_empty() && !is_usable(prefix) {
                continue;
            }
            let uri: &[u8] = if is_sound(uri) && (prefix.is_empty() || !uri.is_empty()) {
                uri
            } else {
                b"unknown"
            };
            if let Some((_, known)) = pairs.iter_mut().find(|(known, _)| known == prefix) {
                *known = uri.to_vec();
            } else if pairs.len() < MOST {
                pairs.push((prefix.to_vec(), uri.to_vec()));
            }
        }
        let context = context_of(&pairs).into();
        Some(Self { pairs, context })
    }
}

/// Whether this is the namespace of MARC records.
pub fn is_marc(uri: &[u8]) -> bool {
    NAMESPACES.contains(&uri)
}

fn context_of(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut tag = Vec::new();
    if pairs.is_empty() {
        return tag;
    }
    tag.extend_from_slice(b"<x");
    for (prefix, uri) in pairs {
        tag.extend_from_slice(b" xmlns");
        if !prefix.is_empty() {
            tag.push(b':');
            tag.extend_from_slice(prefix);
        }
        tag.extend_from_slice(b"=\"");
        tag.extend_from_slice(uri);
        tag.push(b'"');
    }
    tag.push(b'>');
    tag
}

fn is_usable(prefix: &[u8]) -> bool {
    let (first, rest) = prefix.split_first().unwrap_or((&b'?', &[]));
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (first.is_ascii_alphabetic() || *first == b'_')
        && rest.iter().all(goes_on)
        && prefix.len() <= LONGEST_PREFIX
        && prefix != b"xml"
        && prefix != b"xmlns"
}

fn is_sound(uri: &[u8]) -> bool {
    let sound = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'&' | b'<' | b'>');
    uri.iter().all(sound) && uri.len() <= LONGEST_URI && !RESERVED.contains(&uri)
}

/// The declarations that stand in a start tag.
struct Found<'a> {
    tag: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Found<'a> {
    type Item = Declared<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.tag.get(self.at..)?;
            let name = memmem::find(rest, b"xmlns")?;
            let (before, declaration) = rest.split_at(name);
            let from = self.at + name;
            // What ended a declaration before this one is a quote.
            let spaced = before.last().is_some_and(|&byte| is_space(byte));
            if let Some((found, length)) = spaced.then(|| declared(declaration)).flatten() {
                self.at = from + length;
                return Some(found);
            }
            self.at = from + b"xmlns".len();
            // A blank in front of the next one may be the last byte passed.
            self.at -= 1;
        }
    }
}

/// Prefix and URI.
type Declared<'a> = (&'a [u8], &'a [u8]);

/// A declaration, from `xmlns` on, and its length.
fn declared(data: &[u8]) -> Option<(Declared<'_>, usize)> {
    let mut rest = data.strip_prefix(b"xmlns")?;
    let mut prefix: &[u8] = &[];
    if let Some(named) = rest.strip_prefix(b":") {
        let goes_on = |byte: &u8| !is_space(*byte) && !matches!(byte, b'=' | b':');
        let length = named.iter().position(|byte| !goes_on(byte))?;
        if length == 0 {
            return None;
        }
        (prefix, rest) = named.split_at(length);
    }
    let rest = passed_spaces(rest).strip_prefix(b"=")?;
    let (quote, rest) = passed_spaces(rest).split_first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let end = rest.iter().position(|byte| byte == quote)?;
    let (uri, rest) = rest.split_at(end);
    Some(((prefix, uri), data.len() - rest.len() + 1))
}

fn passed_spaces(data: &[u8]) -> &[u8] {
    let length = data.iter().position(|&byte| !is_space(byte));
    data.get(length.unwrap_or(data.len())..).unwrap_or_default()
}

/// Whether elements of this name are parts of a MARC record.
pub fn is_part(name: &[u8]) -> bool {
    is_child(local(name)) || local(name) == b"subfield"
}

/// Whether elements of this local name are the children of a MARC record.
pub fn is_child(local: &[u8]) -> bool {
    matches!(local, b"leader" | b"controlfield" | b"datafield")
}
