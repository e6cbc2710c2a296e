"""What the tags of MARC 21 are called, and what the codes of a leader mean."""

from __future__ import annotations

_BIBLIOGRAPHIC = """
001 Control Number
003 Control Number Identifier
005 Date and Time of Latest Transaction
006 Additional Material Characteristics
007 Physical Description Fixed Field
008 Fixed-Length Data Elements
010 Library of Congress Control Number
013 Patent Control Information
015 National Bibliography Number
016 National Bibliographic Agency Control Number
017 Copyright or Legal Deposit Number
018 Copyright Article-Fee Code
019 Former Control Number (OCLC)
020 International Standard Book Number
022 International Standard Serial Number
023 Cluster ISSN
024 Other Standard Identifier
025 Overseas Acquisition Number
026 Fingerprint Identifier
027 Standard Technical Report Number
028 Publisher or Distributor Number
029 Other System Control Number (OCLC)
030 CODEN Designation
031 Musical Incipits
032 Postal Registration Number
033 Date/Time and Place of an Event
034 Coded Cartographic Mathematical Data
035 System Control Number
036 Original Study Number for Data Files
037 Source of Acquisition
038 Record Content Licensor
040 Cataloging Source
041 Language Code
042 Authentication Code
043 Geographic Area Code
044 Country of Producing Entity
045 Time Period of Content
046 Special Coded Dates
047 Form of Musical Composition
048 Number of Instruments or Voices
049 Local Holdings (OCLC)
050 Library of Congress Call Number
051 LC Copy, Issue, Offprint Statement
052 Geographic Classification
055 Classification Numbers of Canada
060 National Library of Medicine Call Number
061 NLM Copy Statement
066 Character Sets Present
070 National Agricultural Library Call Number
071 NAL Copy Statement
072 Subject Category Code
074 GPO Item Number
080 Universal Decimal Classification
082 Dewey Decimal Classification
083 Additional Dewey Classification
084 Other Classification Number
085 Synthesized Classification
086 Government Document Classification
088 Report Number
090 Local Call Number
100 Main Entry - Personal Name
110 Main Entry - Corporate Name
111 Main Entry - Meeting Name
130 Main Entry - Uniform Title
210 Abbreviated Title
222 Key Title
240 Uniform Title
242 Translation of Title by Agency
243 Collective Uniform Title
245 Title Statement
246 Varying Form of Title
247 Former Title
250 Edition Statement
251 Version Information
254 Musical Presentation Statement
255 Cartographic Mathematical Data
256 Computer File Characteristics
257 Country of Producing Entity
258 Philatelic Issue Data
260 Publication, Distribution (Imprint)
261 Imprint for Films (Pre-AACR 1)
262 Imprint for Sound Recordings (Pre-AACR 2)
263 Projected Publication Date
264 Production, Publication, Copyright
270 Address
300 Physical Description
306 Playing Time
307 Hours
310 Current Publication Frequency
321 Former Publication Frequency
334 Mode of Issuance
335 Extension Plan
336 Content Type
337 Media Type
338 Carrier Type
340 Physical Medium
341 Accessibility Content
342 Geospatial Reference Data
343 Planar Coordinate Data
344 Sound Characteristics
345 Moving Image Characteristics
346 Video Characteristics
347 Digital File Characteristics
348 Notated Music Characteristics
351 Organization of Materials
352 Digital Graphic Representation
353 Supplementary Content Characteristics
355 Security Classification Control
357 Originator Dissemination Control
361 Structured Ownership and Custody
362 Dates of Publication, Volumes
363 Normalized Date and Volume
365 Trade Price
366 Trade Availability Information
370 Associated Place
377 Associated Language
380 Form of Work
381 Other Characteristics of Work
382 Medium of Performance
383 Number of Musical Work
384 Key
385 Audience Characteristics
386 Creator Characteristics
387 Representative Expression
388 Time Period of Creation
400 Series Statement - Personal Name
410 Series Statement - Corporate Name
411 Series Statement - Meeting Name
440 Series Statement - Title
490 Series Statement
500 General Note
501 With Note
502 Dissertation Note
504 Bibliography Note
505 Formatted Contents Note
506 Restrictions on Access
507 Scale Note for Visual Materials
508 Creation/Production Credits
510 Citation/References
511 Participant or Performer
513 Type of Report and Period
514 Data Quality
515 Numbering Peculiarities
516 Type of Computer File
518 Date/Time and Place of an Event
520 Summary
521 Target Audience
522 Geographic Coverage
524 Preferred Citation
525 Supplement
526 Study Program Information
530 Additional Physical Form
532 Accessibility
533 Reproduction
534 Original Version
535 Location of Originals or Duplicates
536 Funding Information
538 System Details
539 Location of Filmed Fixed Data
540 Terms of Use and Reproduction
541 Immediate Source of Acquisition
542 Copyright Status
544 Location of Other Archival Materials
545 Biographical or Historical Data
546 Language
547 Former Title Complexity
550 Issuing Body
552 Entity and Attribute Information
555 Cumulative Index/Finding Aids
556 Documentation
561 Ownership and Custodial History
562 Copy and Version Identification
563 Binding
565 Case File Characteristics
567 Methodology
580 Linking Entry Complexity
581 Publications About
583 Action
584 Accumulation and Frequency of Use
585 Exhibitions
586 Awards
588 Source of Description
600 Subject - Personal Name
610 Subject - Corporate Name
611 Subject - Meeting Name
630 Subject - Uniform Title
647 Subject - Named Event
648 Subject - Chronological Term
650 Subject - Topical Term
651 Subject - Geographic Name
653 Index Term - Uncontrolled
654 Subject - Faceted Topical Terms
655 Index Term - Genre/Form
656 Index Term - Occupation
657 Index Term - Function
658 Index Term - Curriculum Objective
662 Subject - Hierarchical Place Name
688 Subject - Type of Entity Unspecified
700 Added Entry - Personal Name
710 Added Entry - Corporate Name
711 Added Entry - Meeting Name
720 Added Entry - Uncontrolled Name
730 Added Entry - Uniform Title
740 Added Entry - Uncontrolled Title
751 Added Entry - Geographic Name
752 Added Entry - Hierarchical Place Name
753 System Details Access
754 Added Entry - Taxonomic Identification
758 Resource Identifier
760 Main Series Entry
762 Subseries Entry
765 Original Language Entry
767 Translation Entry
770 Supplement/Special Issue Entry
772 Supplement Parent Entry
773 Host Item Entry
774 Constituent Unit Entry
775 Other Edition Entry
776 Additional Physical Form Entry
777 Issued With Entry
780 Preceding Entry
785 Succeeding Entry
786 Data Source Entry
787 Other Relationship Entry
788 Parallel Description Entry
800 Series Added Entry - Personal Name
810 Series Added Entry - Corporate Name
811 Series Added Entry - Meeting Name
830 Series Added Entry - Uniform Title
841 Holdings Coded Data Values
842 Textual Physical Form Designator
843 Reproduction
844 Name of Unit
845 Terms of Use and Reproduction
850 Holding Institution
852 Location
853 Captions and Pattern - Basic Unit
854 Captions and Pattern - Supplements
855 Captions and Pattern - Indexes
856 Electronic Location and Access
857 Electronic Archive Location
863 Enumeration - Basic Unit
864 Enumeration - Supplements
865 Enumeration - Indexes
866 Textual Holdings - Basic Unit
867 Textual Holdings - Supplements
868 Textual Holdings - Indexes
876 Item Information - Basic Unit
877 Item Information - Supplements
878 Item Information - Indexes
880 Alternate Graphic Representation
881 Manifestation Statements
882 Replacement Record Information
883 Metadata Provenance
884 Description Conversion Information
885 Matching Information
886 Foreign MARC Information
887 Non-MARC Information
"""

# Where the formats for authorities and classification use a tag otherwise.
_AUTHORITY = """
010 Library of Congress Control Number
014 Link to Bibliographic Record
020 International Standard Book Number
022 International Standard Serial Number
024 Other Standard Identifier
031 Musical Incipits
034 Coded Cartographic Mathematical Data
035 System Control Number
040 Cataloging Source
042 Authentication Code
043 Geographic Area Code
045 Time Period of Heading
046 Special Coded Dates
050 Library of Congress Call Number
053 LC Classification Number
065 Other Classification Number
073 Subdivision Usage
100 Heading - Personal Name
110 Heading - Corporate Name
111 Heading - Meeting Name
130 Heading - Uniform Title
147 Heading - Named Event
148 Heading - Chronological Term
150 Heading - Topical Term
151 Heading - Geographic Name
155 Heading - Genre/Form Term
162 Heading - Medium of Performance
180 Heading - General Subdivision
181 Heading - Geographic Subdivision
182 Heading - Chronological Subdivision
185 Heading - Form Subdivision
260 Complex See Reference - Subject
336 Content Type
348 Notated Music Characteristics
360 Complex See Also Reference - Subject
368 Other Attributes of Person or Body
370 Associated Place
371 Address
372 Field of Activity
373 Associated Group
374 Occupation
375 Gender
376 Family Information
377 Associated Language
378 Fuller Form of Personal Name
380 Form of Work
381 Other Characteristics of Work
382 Medium of Performance
383 Number of Musical Work
384 Key
385 Audience Characteristics
386 Creator Characteristics
388 Time Period of Creation
400 See From - Personal Name
410 See From - Corporate Name
411 See From - Meeting Name
430 See From - Uniform Title
447 See From - Named Event
448 See From - Chronological Term
450 See From - Topical Term
451 See From - Geographic Name
455 See From - Genre/Form Term
462 See From - Medium of Performance
480 See From - General Subdivision
481 See From - Geographic Subdivision
482 See From - Chronological Subdivision
485 See From - Form Subdivision
500 See Also From - Personal Name
510 See Also From - Corporate Name
511 See Also From - Meeting Name
530 See Also From - Uniform Title
547 See Also From - Named Event
548 See Also From - Chronological Term
550 See Also From - Topical Term
551 See Also From - Geographic Name
555 See Also From - Genre/Form Term
562 See Also From - Medium of Performance
580 See Also From - General Subdivision
581 See Also From - Geographic Subdivision
582 See Also From - Chronological Subdivision
585 See Also From - Form Subdivision
640 Series Dates of Publication
641 Series Numbering Peculiarities
642 Series Numbering Example
643 Series Place and Publisher
644 Series Analysis Practice
645 Series Tracing Practice
646 Series Classification Practice
663 Complex See Also Reference - Name
664 Complex See Reference - Name
665 History Reference
666 General Explanatory Reference - Name
667 Nonpublic General Note
670 Source Data Found
672 Title Related to the Entity
673 Title Not Related to the Entity
675 Source Data Not Found
677 Definition
678 Biographical or Historical Data
680 Public General Note
681 Subject Example Tracing Note
682 Deleted Heading Information
688 Application History Note
700 Linking Entry - Personal Name
710 Linking Entry - Corporate Name
711 Linking Entry - Meeting Name
730 Linking Entry - Uniform Title
747 Linking Entry - Named Event
748 Linking Entry - Chronological Term
750 Linking Entry - Topical Term
751 Linking Entry - Geographic Name
755 Linking Entry - Genre/Form Term
762 Linking Entry - Medium of Performance
780 Subdivision Linking - General
781 Subdivision Linking - Geographic
782 Subdivision Linking - Chronological
785 Subdivision Linking - Form
788 Complex Linking Entry Data
"""

RECORD_TYPES = {
    "a": "language material",
    "c": "notated music",
    "d": "manuscript notated music",
    "e": "cartographic material",
    "f": "manuscript cartographic material",
    "g": "projected medium",
    "i": "nonmusical sound recording",
    "j": "musical sound recording",
    "k": "two-dimensional graphic",
    "m": "computer file",
    "o": "kit",
    "p": "mixed materials",
    "q": "community information",
    "r": "three-dimensional object",
    "t": "manuscript language material",
    "u": "holdings, unknown kind",
    "v": "holdings of a multipart item",
    "w": "classification",
    "x": "holdings of a single-part item",
    "y": "holdings of a serial",
    "z": "authority data",
}
"""Leader position 6."""

LEVELS = {
    "a": "part of a monograph",
    "b": "part of a serial",
    "c": "collection",
    "d": "part of a collection",
    "i": "integrating resource",
    "m": "monograph",
    "s": "serial",
}
"""Leader position 7, of bibliographic records."""

STATUSES = {
    "a": "increased encoding level",
    "c": "corrected",
    "d": "deleted",
    "n": "new",
    "o": "obsolete",
    "p": "corrected prepublication",
    "s": "deleted, split",
    "x": "deleted, replaced",
}
"""Leader position 5."""

SCRIPTS = {
    "(3": "Arabic",
    "(4": "Arabic",
    "(B": "Latin",
    "(N": "Cyrillic",
    "(Q": "Cyrillic",
    "(S": "Greek",
    "(2": "Hebrew",
    "$1": "Chinese, Japanese, Korean",
    "Arab": "Arabic",
    "Armn": "Armenian",
    "Beng": "Bengali",
    "Cyrl": "Cyrillic",
    "Deva": "Devanagari",
    "Ethi": "Ethiopic",
    "Geor": "Georgian",
    "Grek": "Greek",
    "Hang": "Hangul",
    "Hani": "Chinese characters",
    "Hebr": "Hebrew",
    "Jpan": "Japanese",
    "Kore": "Korean",
    "Latn": "Latin",
    "Taml": "Tamil",
    "Thai": "Thai",
}
"""What subfield $6 of an 880 field says about its script."""


def _table(text: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in text.strip().splitlines())


_bibliographic = _table(_BIBLIOGRAPHIC)
_authority: dict[str, str] = {}


def name_of(tag: str, record_type: str = "a") -> str:
    """Return what a tag is called, empty if it has no name in MARC 21.

    `record_type` is leader position 6: tags mean something else in authority records.

    >>> name_of("245"), name_of("100"), name_of("100", "z")
    ('Title Statement', 'Main Entry - Personal Name', 'Heading - Personal Name')
    """
    if record_type == "z":
        if not _authority:
            _authority.update(_table(_AUTHORITY))
        if tag in _authority:
            return _authority[tag]
        if not tag.startswith(("00", "8")):
            return ""
    if tag in _bibliographic:
        return _bibliographic[tag]
    if len(tag) == 3 and tag.isdigit() and (tag[0] == "9" or tag.startswith("09")):
        return "local"
    if len(tag) == 3 and tag.isdigit() and tag.endswith("9"):
        return "local"
    return ""
