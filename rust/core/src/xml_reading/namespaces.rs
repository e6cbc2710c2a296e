//! Which prefixes are declared, and which of them mean MARCXML.

use super::NotForScanner;
use super::lexis::{Attribute, QName};

const MARC_XML: &[u8] = b"http://www.loc.gov/MARC21/slim";
const RESERVED: [&[u8]; 2] = [
    b"http://www.w3.org/XML/1998/namespace",
    b"http://www.w3.org/2000/xmlns/",
];

/// More declarations than documents have in force at once; a name is looked up through all of them.
const MOST_DECLARATIONS: usize = 64;

/// A declaration, as long as the element that it stands in is open.
#[derive(Debug)]
struct Binding {
    /// Empty for the default namespace.
    prefix: Vec<u8>,
    is_marc: bool,
    /// How many elements were open outside of the one with the declaration.
    depth: usize,
}

/// The declarations in force, the innermost last.
#[derive(Debug, Default)]
pub struct Namespaces {
    bindings: Vec<Binding>,
}

impl Namespaces {
    /// Takes the declarations among the attributes of an element, and checks the others' names.
    pub fn enter(
        &mut self,
        attributes: &[Attribute<'_>],
        depth: usize,
    ) -> Result<(), NotForScanner> {
        let mut prefixed = 0;
        for attribute in attributes {
            match (attribute.name.prefix, attribute.name.local) {
                ([], b"xmlns") => self.declare(&[], attribute, depth)?,
                ([], _) => {}
                (b"xmlns", prefix) => self.declare(prefix, attribute, depth)?,
                _ => prefixed += 1,
            }
        }
        if prefixed > 0 {
            self.check_prefixed(attributes)?;
        }
        Ok(())
    }

    /// Forgets the declarations of elements inside of which fewer than `depth` are open.
    pub fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|last| last.depth >= depth) {
            self.bindings.pop();
        }
    }

    /// Whether an element of this name is in the namespace of MARCXML.
    pub fn is_marc(&self, name: QName<'_>) -> Result<bool, NotForScanner> {
        match self.find(name.prefix) {
            Some(binding) => Ok(binding.is_marc),
            None if name.prefix.is_empty() => Ok(false),
            None => Err(NotForScanner),
        }
    }

    fn find(&self, prefix: &[u8]) -> Option<&Binding> {
        let mut inside_out = self.bindings.iter().rev();
        inside_out.find(|binding| binding.prefix == prefix)
    }

    fn declare(
        &mut self,
        prefix: &[u8],
        attribute: &Attribute<'_>,
        depth: usize,
    ) -> Result<(), NotForScanner> {
        let uri = attribute.value;
        let regular = uri.iter().all(u8::is_ascii_graphic) && !uri.contains(&b'&');
        if !regular
            || RESERVED.contains(&uri)
            || prefix == b"xml"
            || prefix == b"xmlns"
            || (uri.is_empty() && !prefix.is_empty())
            || self.bindings.len() == MOST_DECLARATIONS
        {
            return Err(NotForScanner);
        }
        self.bindings.push(Binding {
            prefix: prefix.to_vec(),
            is_marc: uri == MARC_XML,
            depth,
        });
        Ok(())
    }

    /// Checks that prefixes are declared, and that no two of these attributes can be the same one.
    fn check_prefixed(&self, attributes: &[Attribute<'_>]) -> Result<(), NotForScanner> {
        let names = || {
            let names = attributes.iter().map(|attribute| attribute.name);
            names.filter(|name| !name.prefix.is_empty() && name.prefix != b"xmlns")
        };
        for (index, name) in names().enumerate() {
            let declared = name.prefix == b"xml" || self.find(name.prefix).is_some();
            let repeated = names().take(index).any(|other| other.local == name.local);
            if !declared || repeated {
                return Err(NotForScanner);
            }
        }
        Ok(())
    }
}
