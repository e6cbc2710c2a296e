//! What is wrong with a record, as data.

/// Declares the kinds of problem together with their names in `mrrc.problems.CODES`.
macro_rules! codes {
    ($($variant:ident = $name:literal,)*) => {
        /// A kind of problem; `mrrc/problems.py` says what each of them means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Code {
            $($variant,)*
        }

        impl Code {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, a key of `mrrc.problems.CODES`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    RecordLengthWrong = "record-length-wrong",
    RecordLengthNotNumber = "record-length-not-number",
    RecordTooLong = "record-too-long",
    RecordTerminatorMissing = "record-terminator-missing",
    RecordTerminatorStray = "record-terminator-stray",
    LeaderLengthWrong = "leader-length-wrong",
    LeaderInvalid = "leader-invalid",
    BaseAddressWrong = "base-address-wrong",
    BaseAddressNotNumber = "base-address-not-number",
    DirectoryTerminatorMissing = "directory-terminator-missing",
    DirectoryDamaged = "directory-damaged",
    DirectoryWrong = "directory-wrong",
    FieldsOverlap = "fields-overlap",
    FieldMissing = "field-missing",
    FieldWithoutEntry = "field-without-entry",
    FieldTruncated = "field-truncated",
    FieldTooLong = "field-too-long",
    FieldTerminatorMissing = "field-terminator-missing",
    FieldTerminatorStray = "field-terminator-stray",
    FieldTerminatorSurplus = "field-terminator-surplus",
    TagInvalid = "tag-invalid",
    TagUnreadable = "tag-unreadable",
    IndicatorInvalid = "indicator-invalid",
    IndicatorsMissing = "indicators-missing",
    TextBeforeSubfields = "text-before-subfields",
    SubfieldCodeMissing = "subfield-code-missing",
    SubfieldCodeInvalid = "subfield-code-invalid",
    DelimiterInControlField = "delimiter-in-control-field",
}

/// Something that is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// Where the bytes concerned begin in the record.
    pub offset: usize,
    /// How many bytes are concerned.
    pub length: usize,
    /// The tag of the field concerned.
    pub tag: Option<[u8; 3]>,
    /// What was found there.
    pub found: Box<[u8]>,
    /// What was used instead.
    pub used: Box<[u8]>,
}

impl Problem {
    pub(super) fn new(code: Code, offset: usize, length: usize) -> Self {
        Self {
            code,
            offset,
            length,
            tag: None,
            found: Box::default(),
            used: Box::default(),
        }
    }

    pub(super) fn tag(self, tag: impl Into<Option<[u8; 3]>>) -> Self {
        Self {
            tag: tag.into(),
            ..self
        }
    }

    pub(super) fn found(self, found: impl AsRef<[u8]>) -> Self {
        Self {
            found: found.as_ref().into(),
            ..self
        }
    }

    pub(super) fn used(self, used: impl AsRef<[u8]>) -> Self {
        Self {
            used: used.as_ref().into(),
            ..self
        }
    }
}
