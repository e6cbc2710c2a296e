//! The end of a record where nothing stands in its way.

use memchr::{memchr2_iter, memmem};

/// How far the end of a usual record is looked for, in bytes.
///
/// It bounds what is searched in vain where end tags are missing.
const NEAR: usize = 1 << 14;

/// Finds the end tag of records that have one name, in one parent.
///
/// It passes over the bytes several times, each time for one piece of markup, which takes a fraction
/// of the time of going from tag to tag.
#[derive(Debug)]
pub struct UsualEnd {
    name: Vec<u8>,
    parent: Vec<u8>,
    start_tag: memmem::Finder<'static>,
    end_tag: memmem::Finder<'static>,
    parent_end: Option<memmem::Finder<'static>>,
}

impl UsualEnd {
    /// What finds the ends of records like these, made anew if it was for others.
    pub fn of<'a>(known: &'a mut Option<Self>, name: &[u8], parent: Option<&[u8]>) -> &'a Self {
        let same = known.take().filter(|known| known.is_for(name, parent));
        known.insert(same.unwrap_or_else(|| Self::new(name, parent)))
    }

    /// For records of this name, inside of the element that is open, if its name matters.
    fn new(name: &[u8], parent: Option<&[u8]>) -> Self {
        let finder =
            |before: &[u8], name: &[u8]| memmem::Finder::new(&[before, name].concat()).into_owned();
        Self {
            name: name.to_vec(),
            parent: parent.unwrap_or_default().to_vec(),
            start_tag: finder(b"<", name),
            end_tag: finder(b"</", name),
            parent_end: parent.map(|parent| finder(b"</", parent)),
        }
    }

    fn is_for(&self, name: &[u8], parent: Option<&[u8]>) -> bool {
        self.name == name && self.parent == parent.unwrap_or_default()
    }

    /// Where the record ends whose content is at the beginning of `data`.
    ///
    /// `None` where the end tag is far away or looks otherwise, or where there is markup before it
    /// that could mean something else: a comment, another record, the parent's end.
    pub fn find(&self, data: &[u8]) -> Option<usize> {
        let near = data.get(..NEAR).unwrap_or(data);
        let found = self.end_tag.find(near)?;
        let end = found + self.end_tag.needle().len();
        if data.get(end) != Some(&b'>') {
            return None;
        }
        let content = data.get(..found)?;
        let begins_markup = |at: usize| at > 0 && content.get(at - 1) == Some(&b'<');
        let has = |mark: &memmem::Finder<'_>| mark.find(content).is_some();
        let is_unusual = memchr2_iter(b'!', b'?', content).any(begins_markup)
            || has(&self.start_tag)
            || self.parent_end.as_ref().is_some_and(has);
        (!is_unusual).then_some(end + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_unless_something_is_unusual() {
        let usual = UsualEnd::new(b"m:record", Some(b"m:collection"));
        let found = |content: &str| usual.find(content.as_bytes());
        assert_eq!(found("<a>!?</a></m:record>\n<m:record>"), Some(20));
        for content in [
            "<a></a>",
            "</m:record",
            "</m:record >",
            "</m:records>",
            "<!-- --></m:record>",
            "<?a?></m:record>",
            "<m:record></m:record>",
            "</m:collection></m:record>",
        ] {
            assert_eq!(found(content), None, "{content}");
        }
        let far = " ".repeat(NEAR);
        assert_eq!(found(&(far + "</m:record>")), None);
        assert!(usual.is_for(b"m:record", Some(b"m:collection")));
        assert!(!usual.is_for(b"m:record", None));
    }
}
