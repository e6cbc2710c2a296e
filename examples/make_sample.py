"""Write sample.mrc, the file that the other examples read: nine records in several scripts.

Eight records are made with mrrc in UTF-8; one is put together by hand in MARC-8, because mrrc
writes UTF-8 only. The works are in the public domain, or invented. The result is the same byte
for byte whenever it is made.

    python examples/make_sample.py [OUTPUT]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import mrrc

SAMPLE = Path(__file__).with_name("sample.mrc")

# Field 008 from position 18 on: one str for each kind of material, 17 characters.
FICTION = "           000 1 "
DRAMA = "           000 d "
POETRY = "           000 p "
QUARTERLY = "qr p       0   a0"
MAP = "       a     0   "


def fixed_data(date: str, place: str, material: str, language: str) -> str:
    """Return the content of field 008 for a record that was made on 1 March 2024.

    `date` is type of date and both dates (positions 06-14), `place` position 15-17.
    """
    data = f"240301{date}{place:<3}{material}{language} d"
    if len(data) != 40:
        raise ValueError(f"008 is {len(data)} characters long: {data!r}")
    return data


def field(tag: str, indicators: str, *subfields: str) -> mrrc.Field:
    """Return a variable data field; each subfield is its code and its value in one str."""
    first, second = indicators.replace("_", " ")
    pieces = [mrrc.Subfield(subfield[0], subfield[1:]) for subfield in subfields]
    return mrrc.Field(tag, mrrc.Indicators(first, second), pieces)


def record(number: int, leader: str, fixed: str, *fields: mrrc.Field) -> mrrc.Record:
    """Return a record with the control fields 001, 003, 005 and 008, and these data fields."""
    made = mrrc.Record(leader=leader)
    made.add_field(
        mrrc.Field("001", data=f"quay{number:06}"),
        mrrc.Field("003", data="XX-QuayL"),
        mrrc.Field("005", data="20240301120000.0"),
        mrrc.Field("008", data=fixed),
        *fields,
    )
    return made


BOOK = "00000cam a2200000 i 4500"
SERIAL = "00000cas a2200000 i 4500"
CARTOGRAPHIC = "00000cem a2200000 i 4500"


def records() -> Iterator[mrrc.Record]:
    """Yield the records in UTF-8, in the order of the file."""
    cataloged = field("040", "__", "aXX-QuayL", "beng", "erda", "cXX-QuayL")

    # Latin script with diacritics.
    yield record(
        1, BOOK, fixed_data("s1855    ", "xr", FICTION, "cze"), cataloged,
        field("100", "1_", "aNěmcová, Božena,", "d1820-1862,", "eauthor."),
        field("245", "10", "aBabička :", "bobrazy venkovského života /", "cod Boženy Němcové."),
        field("264", "_1", "aV Praze :", "bJaroslav Pospíšil,", "c1855."),
        field("300", "__", "a271 stran ;", "c17 cm"),
        field("650", "_0", "aGrandmothers", "vFiction."),
        field("651", "_0", "aBohemia (Czech Republic)", "xSocial life and customs", "vFiction."),
    )  # fmt: skip

    # Vietnamese puts two marks on one letter.
    yield record(
        2, BOOK, fixed_data("s1820    ", "vm", POETRY, "vie"), cataloged,
        field("100", "0_", "aNguyễn Du,", "d1765-1820,", "eauthor."),
        field("245", "10", "aTruyện Kiều =", "bĐoạn trường tân thanh /", "cNguyễn Du."),
        field("246", "31", "aĐoạn trường tân thanh"),
        field("264", "_1", "aHà Nội :", "bLiễu Văn Đường,", "c[1820?]"),
        field("300", "__", "a136 trang"),
        field("650", "_0", "aVietnamese poetry", "y19th century."),
    )  # fmt: skip

    # Cyrillic: every romanised field is linked to an 880 that has it as printed.
    yield record(
        3, BOOK, fixed_data("s1904    ", "ru", DRAMA, "rus"), cataloged,
        field("066", "__", "c(N"),
        field("100", "1_", "6880-01", "aChekhov, Anton Pavlovich,", "d1860-1904,", "eauthor."),
        field("245", "10", "6880-02", "aVishnevyĭ sad :", "bkomedīi︠a︡ /", "cAnton Chekhov."),
        field("264", "_1", "6880-03", "aS.-Peterburg :", "bA.F. Marks,", "c1904."),
        field("300", "__", "a64 pages ;", "c20 cm"),
        field("650", "_0", "aRussian drama", "y20th century."),
        field("880", "1_", "6100-01/(N", "aЧехов, Антон Павлович,", "d1860-1904,", "eauthor."),
        field("880", "10", "6245-02/(N", "aВишневый сад :", "bкомедія /", "cАнтон Чехов."),
        field("880", "_1", "6264-03/(N", "aС.-Петербург :", "bА.Ф. Маркс,", "c1904."),
    )  # fmt: skip

    # Chinese characters and kana.
    yield record(
        4, BOOK, fixed_data("s1914    ", "ja", FICTION, "jpn"), cataloged,
        field("066", "__", "c$1"),
        field("100", "1_", "6880-01", "aNatsume, Sōseki,", "d1867-1916,", "eauthor."),
        field("245", "10", "6880-02", "aKokoro /", "cNatsume Sōseki cho."),
        field("264", "_1", "6880-03", "aTōkyō :", "bIwanami Shoten,", "cTaishō 3 [1914]"),
        field("300", "__", "a426 pages ;", "c20 cm"),
        field("650", "_0", "aFriendship", "zJapan", "vFiction."),
        field("880", "1_", "6100-01/$1", "a夏目漱石,", "d1867-1916,", "eauthor."),
        field("880", "10", "6245-02/$1", "a心 /", "c夏目漱石著."),
        field("880", "_1", "6264-03/$1", "a東京 :", "b岩波書店,", "c大正 3 [1914]"),
    )  # fmt: skip

    # Arabic: `/r` in $6 says that the field is read from right to left.
    yield record(
        5, BOOK, fixed_data("s1912    ", "nyu", FICTION, "ara"), cataloged,
        field("066", "__", "c(3"),
        field("100", "1_", "6880-01", "aJubrān, Jubrān Khalīl,", "d1883-1931,", "eauthor."),
        field("245", "13", "6880-02", "aal-Ajniḥah al-mutakassirah /", "cJubrān Khalīl Jubrān."),
        field("264", "_1", "6880-03", "aNiyū Yūrk :", "bMirʼāt al-Gharb,", "c1912."),
        field("300", "__", "a128 pages ;", "c19 cm"),
        field("880", "1_", "6100-01/(3/r", "aجبران، جبران خليل،", "d1883-1931,", "eauthor."),
        field("880", "10", "6245-02/(3/r", "aالأجنحة المتكسرة /", "cجبران خليل جبران."),
        field("880", "_1", "6264-03/(3/r", "aنيويورك :", "bمرآة الغرب،", "c1912."),
    )  # fmt: skip

    # Hebrew.
    yield record(
        6, BOOK, fixed_data("s1896    ", "un", FICTION, "heb"), cataloged,
        field("066", "__", "c(2"),
        field("100", "0_", "6880-01", "aMendele Mokher Sefarim,", "d1835-1917,", "eauthor."),
        field("245", "10", "6880-02", "aMasʻot Binyamin ha-shelishi /", "cMendele Mokher Sefarim."),
        field("264", "_1", "6880-03", "aOdesah :", "bha-Pardes,", "c1896."),
        field("880", "0_", "6100-01/(2/r", "aמנדלי מוכר ספרים,", "d1835-1917,", "eauthor."),
        field("880", "10", "6245-02/(2/r", "aמסעות בנימין השלישי /", "cמנדלי מוכר ספרים."),
        field("880", "_1", "6264-03/(2/r", "aאודסה :", "bהפרדס,", "c1896."),
    )  # fmt: skip

    # A serial, invented, with a holdings field of the vendor's.
    yield record(
        8, SERIAL, fixed_data("c19989999", "enk", QUARTERLY, "eng"),
        field("022", "0_", "a1234-5679", "l1234-5679"),
        cataloged,
        field("222", "_0", "aQuarterly notes of the Quay Library"),
        field("245", "00", "aQuarterly notes of the Quay Library :", "btides, charts and lamps."),
        field("264", "_1", "aWhitby :", "bThe Quay Library,", "c1998-"),
        field("310", "__", "aQuarterly"),
        field("362", "1_", "aBegan with: No. 1 (spring 1998)."),
        field("650", "_0", "aHarbors", "vPeriodicals."),
        field("856", "40", "uhttps://quay.example/notes", "zOpen to all"),
        field("949", "__", "aQUAY", "bPER 387.1"),
    )  # fmt: skip

    # A map.
    yield record(
        9, CARTOGRAPHIC, fixed_data("s1539    ", "it", MAP, "lat"),
        mrrc.Field("007", data="aj aanzn"),
        field("034", "0_", "aa", "dW0200000", "eE0400000", "fN0720000", "gN0530000"),
        cataloged,
        field("100", "0_", "aOlaus Magnus,", "cArchbishop of Uppsala,", "d1490-1557,",
              "ecartographer."),
        field("245", "10", "aCarta marina et descriptio septemtrionalium terrarum /",
              "cOlaus Magnus Gothus."),
        field("255", "__", "aScale not given", "c(W 20°--E 40°/N 72°--N 53°)."),
        field("264", "_1", "aVenetiis :", "b[publisher not identified],", "cMDXXXIX [1539]"),
        field("300", "__", "a1 map on 9 sheets ;", "c125 × 170 cm"),
        field("651", "_0", "aScandinavia", "vMaps", "vEarly works to 1800."),
        field("949", "__", "aQUAY", "bMAP DRAWER 3"),
    )  # fmt: skip


def marc8_record() -> bytes:
    """Return a record whose leader position 9 is blank: its text is MARC-8.

    In MARC-8 a mark stands before its letter (F1 hex is the ogonek, E7 the dot above), some
    letters have a code of their own (B1 hex is `ł`); ESC ( N calls for Cyrillic, ESC ( B for
    ASCII, which the blank between two words belongs to.
    """
    fixed = fixed_data("s1834    ", "fr", POETRY, "pol").encode("ascii")
    fields = [
        (b"001", b"quay000007"),
        (b"003", b"XX-QuayL"),
        (b"005", b"20240301120000.0"),
        (b"008", fixed),
        (b"040", b"  \x1faXX-QuayL\x1fbeng\x1fcXX-QuayL"),
        (b"066", b"  \x1fc(N"),
        (b"100", b"1 \x1faMickiewicz, Adam,\x1fd1798-1855."),
        (
            b"245",
            b"10\x1faPan Tadeusz, czyli Ostatni zajazd na Litwie :\x1fbhistorja szlachecka z r. "
            b"1811 i 1812, we dwunastu ksi\xf1egach, wierszem /\x1fcprzez Adama Mickiewicza.",
        ),
        (b"246", b"1 \x1fiRussian title:\x1fa\x1b(NpAN\x1b(B \x1b(NtADEU[\x1b(B"),
        (b"260", b"  \x1faPary\xe7z :\x1fbA. Je\xb1owicki,\x1fc1834."),
        (b"650", b" 0\x1faSzlachta\x1fvPoezja."),
    ]
    directory, data = b"", b""
    for tag, content in fields:
        content += b"\x1e"
        directory += b"%b%04d%05d" % (tag, len(content), len(data))
        data += content
    base = 24 + len(directory) + 1
    leader = b"%05dcam  22%05d a 4500" % (base + len(data) + 1, base)
    return leader + directory + b"\x1e" + data + b"\x1d"


def sample() -> bytes:
    """Return the content of the file."""
    made = [each.as_marc() for each in records()]
    return b"".join([*made[:6], marc8_record(), *made[6:]])


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the sample file of the examples.")
    parser.add_argument("output", nargs="?", type=Path, default=SAMPLE, help="default: %(default)s")
    options = parser.parse_args()
    try:
        options.output.write_bytes(sample())
    except OSError as error:
        print(f"make_sample: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
