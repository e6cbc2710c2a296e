"""MARCXML documents by hand: what XML allows, what it forbids, and strange records."""

from __future__ import annotations

NAMESPACE = "http://www.loc.gov/MARC21/slim"
LEADER = "00060nam a2200049 a 4500"


def record(content: str, leader: str | None = LEADER) -> str:
    """A record element."""
    first = "" if leader is None else f"<leader>{leader}</leader>"
    return f"<record>{first}{content}</record>"


def field(content: str, attributes: str = 'tag="245" ind1="1" ind2="0"') -> str:
    """A record with one field."""
    return record(f"<datafield {attributes}>{content}</datafield>")


def value(content: str) -> str:
    """A record with one subfield."""
    return field(f'<subfield code="a">{content}</subfield>')


def code(written: str) -> str:
    """A record with one subfield of this code."""
    return field(f"<subfield code={written}>x</subfield>")


PLAIN = record(
    '<controlfield tag="001">id1</controlfield>'
    '<datafield ind1="1" ind2="0" tag="245"><subfield code="a">Émma /</subfield>'
    '<subfield code="c">J. A.</subfield></datafield>'
)
# Character data that XML allows, and that it forbids.
ALLOWED = [
    "",
    " ",
    "a&amp;b&lt;&gt;&quot;&apos;",
    "&#65;&#x42;&#x00000000000000043;&#9;&#10;&#13;",
    "&#x10FFFF;&#xFFFD;&#xE000;&#xD7FF;&#128;&#x7f;",
    "\x7f\x80\x85\u2028\u3000\ufeff",
    "a\nb\tc",
    "a\r\nb\rc\r\r\nd\n\re\r",
    "<![CDATA[]]>",
    "<![CDATA[<&]]]]><![CDATA[>\r\n\r]]>",
    "]] > ]&gt;",
    "]]&#62;",
    "a<!-- - -->b<?p q?>c<?r?>d<?s ??>e",
    "a<i>b</i>c",
    "a<i/>",
    "<i>a</i>",
    "日本\U0001f600",
    "e\u0301 \u1e9b\u0323",
    "\u212b",
    "\u0301",
    "<!---->",
    "<!--<&]]>-->",
    "<?p <&]]>--?>",
    "\"'>",
    "<i a='>' b=\"'\" c='&#60;&amp;\"'/>",
    "<xml:i/>",
    "<i xml:lang='x' xml:space='z'/>",
    "&#x0a;\r&#xA;",
    "<i xmlns:p='a' xmlns:q='b' p:x='' q:x='' x=''/>",
    "<i xmlns='a'><i xmlns=''/></i>",
    "<a.-_1/>",
    "<é/>",
    "<i é=''/>",
    "<p\u0301/>",
    "<i xmlns='a b'/>",
    "<i xmlns='&#9;'/>",
    "<i xmlns='a&amp;b'/>",
    "<i xmlns:p='a'><p:record/></i>",
    "<record/>",
    "<subfield code='b'>y</subfield>z",
    "<leader/>",
    "<datafield tag='500'/>",
    "<controlfield tag='005'>y</controlfield>z",
    "<i>" * 50 + "</i>" * 50,
    "\ud7ff\ue000\ufdd0\U0001fffe",
    "x" * 10_000,
    "é" * 5_000,
    "<i\n a = '1'\r\tb='2' />",
    "<i ></i\n>",
    "<?xml-stylesheet a?>",
    "<?xmlx?>",
    "<?a:b c?>",
]
FORBIDDEN = [
    "]]>",
    "]]]>",
    "&",
    "& ",
    "&;",
    "&nbsp;",
    "&#;",
    "&#x;",
    "&#X41;",
    "&#0;",
    "&#8;",
    "&#x1F;",
    "&#x1e;",
    "&#xB;",
    "&#xD800;",
    "&#xDFFF;",
    "&#xFFFE;",
    "&#65535;",
    "&#1114112;",
    "&#xG;",
    "&# 65;",
    "&#-1;",
    "&#99999999999999999999999;",
    "&amp",
    "&AMP;",
    "\0",
    "\x01",
    "\x0b",
    "\x1d",
    "\x1e",
    "\x1f",
    "\ufffe",
    "\uffff",
    "<",
    "<>",
    "< i/>",
    "<i>",
    "</i>",
    "<i></j>",
    "<i></I>",
    "<1/>",
    "<-/>",
    "<.a/>",
    "<i/ >",
    "<i a/>",
    "<i a=/>",
    "<i a=b/>",
    "<i a='<'/>",
    "<i a='&'/>",
    "<i a='&x;'/>",
    "<i a='\x01'/>",
    "<i a=''b=''/>",
    "<i a='' a=''/>",
    "<i a='' A='' a=''/>",
    "<p:i/>",
    "<i p:a=''/>",
    "<:i/>",
    "<i:/>",
    "<i xmlns:a='b'><a:b:c/></i>",
    "<!-- -- -->",
    "<!--->",
    "<!--a--->",
    "<!-- x",
    "<!-x-->",
    "<?xml?>",
    "<?xml version='1.0'?>",
    "<?XML a?>",
    "<?Xml?>",
    "<??>",
    "<? a?>",
    "<?a",
    "<?a!?>",
    "<!DOCTYPE a>",
    "<!ELEMENT a ANY>",
    "<![cdata[]]>",
    "<![CDATA[",
    "<![CDATA []]>",
    "<i xmlns:p=''/>",
    "<xmlns:i/>",
    "<i xmlns:xml='x'/>",
    "<i xmlns:xmlns='x'/>",
    "<i xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
    "<i xmlns='http://www.w3.org/2000/xmlns/'/>",
    "<i xmlns:p='a' xmlns:q='a' p:b='' q:b=''/>",
    "<i xmlns:p='a' xmlns:p='b'/>",
    "<i",
    "<i ",
    "<i a",
    "<i a=",
    "<i a='",
    "</",
    "<!",
    "<?",
    "<!-",
    "<![",
    "<subfield/>",
    "<subfield p='' xmlns:p='a' p:code=''/>",
    "<datafield/>",
    "<datafield ind1='1'/>",
    "<controlfield/>",
    "<leader>x</leader>",
    "</subfield",
    "<i></i",
    "<i></i x>",
    "<i></ i>",
    "<i xmlns:p='a'/><p:i/>",
    "<datafield xmlns:p='a' p:tag='245'/>",
]
RECORDS = [
    record(""),
    record("", None),
    record("<controlfield tag='001'/>", None),
    record("<controlfield tag='001'>a</controlfield>", "0" * 24),
    record("", "é" * 24),
    record("", "e\u0301" * 24),
    record("", "x" * 25),
    record("", "x" * 23),
    record("", "&#x9;" * 24),
    record("<controlfield tag='001'>a</controlfield>", "00060nam  22000491a 4500"),
    record("<controlfield tag='245'>a</controlfield>"),
    record("<controlfield tag='00A'>a</controlfield>"),
    record("<controlfield tag='1'>a</controlfield>"),
    record("<controlfield tag=''>a</controlfield>"),
    record("<controlfield tag='009' ind1='1'>a<subfield code='b'>c</subfield>d</controlfield>"),
    record("<controlfield tag='245'><subfield code='b'>c</subfield></controlfield>"),
    record("<datafield tag='001'/>"),
    record("<datafield tag='005'><subfield code='a'>b</subfield></datafield>"),
    record("<datafield tag='24'/>"),
    record("<datafield tag='7'/>"),
    record("<datafield tag='2455'/>"),
    record("<datafield tag='²'/>"),
    record("<datafield tag='٣٤'/>"),
    record("<datafield tag='é45'/>"),
    record("<datafield tag='a b'/>"),
    record("<datafield tag='\t&#9;&#13;'/>"),
    record("<datafield tag='010'/>"),
    record("<datafield tag=' 45' ind1='é' ind2=''/>"),
    record("<datafield tag='245' ind1='10' ind2=' '/>"),
    record("<datafield tag='245' ind1='&#x7f;' ind2='\n'/>"),
    record("<datafield tag='245' ind2='&#x80;'/>"),
    record("<datafield tag='245' ind1='&#10;'/>"),
    record("<datafield tag='245' ind1='\r\n'/>"),
    record("<datafield tag='245' ind1='&quot;' ind2=\"'\"/>"),
    record("<datafield xmlns:t='u' t:tag='1' tag='246'/>"),
    code("''"),
    code("'ab'"),
    code("'é'"),
    code("'&#9;'"),
    code("'\t'"),
    code("'&amp;'"),
    code("'&#x7f;'"),
    code("'&#x80;'"),
    code("'  '"),
    code("'a' b='c' code2='d'"),
    code("\n=\r\n'\r\n'"),
    record("<subfield code='a'>lost</subfield>" + "<datafield tag='500'/>"),
    field("<datafield tag='501'/><subfield code='a'>x</subfield>"),
    field("<subfield code='a'>x<subfield code='b'>y</subfield>z</subfield>"),
    field("<subfield code=''>x<subfield code='b'>y</subfield>z</subfield>"),
    record("<subfield code='q'/>") + field("<record/><subfield code='b'>y</subfield>"),
    record(PLAIN + "<datafield tag='500'/>"),
    record("<x>" + PLAIN + "</x>" + PLAIN),
    record("<datafield tag='500'>" + PLAIN + "<subfield code='b'>y</subfield></datafield>"),
    record("<controlfield tag='005'><leader>" + LEADER + "</leader>x</controlfield>"),
    record("<leader>" + LEADER[::-1] + "</leader><leader>" + LEADER + "</leader>"),
    record("<datafield tag='500'/>" * 7_142, None),
    record("<datafield tag='500'/>" * 7_143),
    record(f"<controlfield tag='001'>{'x' * 9_998}</controlfield>"),
    record(f"<controlfield tag='001'>{'x' * 9_999}</controlfield>"),
    record(f"<controlfield tag='001'>{'é' * 5_000}</controlfield>"),
    record(f"<controlfield tag='009'>{'x' * 9_984}</controlfield>" * 10),
    record(f"<controlfield tag='009'>{'x' * 9_986}</controlfield>" * 10),
    "<datafield tag='245'/>",
    "<datafield tag='245'/>" + PLAIN,
    "<subfield code='a'/>" + PLAIN,
    "<leader>x</leader>" + PLAIN,
    "<controlfield tag='001'/>" + PLAIN,
    "<Record/><RECORD/>",
]


def documents() -> dict[str, bytes]:
    """The documents by name."""
    found: dict[str, bytes] = {}

    def add(kind: str, texts: list[str]) -> None:
        for number, text in enumerate(texts):
            found[f"{kind}-{number}"] = text.encode("utf-8", "surrogatepass")

    add("allowed", [value(each) for each in ALLOWED])
    add("allowed-between", [record(each + "<datafield tag='245'/>") for each in ALLOWED])
    add("forbidden", [value(each) for each in FORBIDDEN])
    add("forbidden-after", [f"<c>{PLAIN * 2}{each}</c>" for each in FORBIDDEN])
    add("record", [f"<collection>\n {each}\n{PLAIN}</collection>" for each in RECORDS])
    add("single", [PLAIN, f"\n<!-- x --><?y?>{PLAIN}\r\n<!-- x --> <?y?>", f"<c>{PLAIN * 100}</c>"])
    add(
        "junk", [PLAIN + each for each in ["x", "<a/>", "&#32;", "<![CDATA[]]>", "<", "\0", "\x1a"]]
    )
    add(
        "junk-before",
        [each + PLAIN for each in ["x", "&#32;", "<![CDATA[]]>", "\0", "\ufeff\ufeff"]],
    )
    add("nothing", ["", " ", "\ufeff", "<?xml version='1.0'?>", "<a>", "</a>", "\ufeff<?xml"])
    declarations = [
        "version='1.0'",
        "version='1.0' ",
        'version="1.0" encoding="UTF-8"',
        "version='1.0' encoding='utf-8'",
        "version='1.0' encoding='Utf-8' standalone='yes'",
        "version='1.0' standalone='no'",
        "version = '1.0'\n encoding =\t'utf-8'",
        "version='1.1'",
        "version='2.0'",
        "encoding='utf-8'",
        "",
        "version='1.0'encoding='utf-8'",
        "version='1.0' standalone='yes' encoding='utf-8'",
        "version=1.0",
        "version='1.0' standalone='maybe'",
        "version='1.0' encoding=''",
        "version='1.0' encoding='utf8'",
        "version='1.0' encoding='us-ascii'",
        "version='1.0' encoding='US-ASCII'",
        "version='1.0' x='y'",
        "version='1.0' encoding='iso-8859-1'",
        "version='1.0' encoding='windows-1252'",
        "version='1.0' encoding='utf-16'",
        "version='1.0' encoding='x y'",
        "version='1.0' encoding='none'",
        "version='1.0' encoding='utf-8' encoding='utf-8'",
        "version='&#49;.0'",
        "Version='1.0'",
    ]
    add("declared", [f"<?xml {each}?>{PLAIN}" for each in declarations])
    add("declared-ascii", [f"<?xml {each}?>{PLAIN}".replace("É", "E") for each in declarations])
    add("declared-marked", [f"\ufeff<?xml {each}?>\n{PLAIN}" for each in declarations])
    add("declared-late", [f" <?xml version='1.0'?>{PLAIN}", f"<!----><?xml version='1.0'?>{PLAIN}"])
    add("typed", [f"<!DOCTYPE record>{PLAIN}", f"<!DOCTYPE r [<!ENTITY x 'y'>]>{value('&x;')}"])
    add(
        "typed-attribute",
        [f"<!DOCTYPE r [<!ATTLIST datafield tag CDATA '245'>]>{record('<datafield/>')}"],
    )
    prefixed = PLAIN.replace("</", "</m:").replace("<", "<m:").replace("<m:/m:", "</m:")
    for prefix, document in [("", PLAIN), (":m", prefixed)]:
        wrapped = f"<c xmlns='other'>{document}</c>".replace("<c", "<x:c").replace("</c", "</x:c")
        add(
            "named" + prefix,
            [
                document,
                document.replace("record>", f"record xmlns{prefix}='{NAMESPACE}'>", 1),
                document.replace("record>", f"record xmlns{prefix}='{NAMESPACE}/'>", 1),
                document.replace("record>", f"record xmlns{prefix}='a&amp;b'>", 1),
                wrapped.replace("xmlns=", f"xmlns:x='{NAMESPACE}' xmlns{prefix}="),
                wrapped.replace("xmlns='other'", f"xmlns:x='other' xmlns{prefix}='{NAMESPACE}'"),
            ],
        )
    mixed = record("<controlfield tag='001'>a<b xmlns='x'>c<d xmlns=''/></b>d</controlfield>")
    harvested = f"<OAI xmlns='oai'><record><metadata>{mixed}</metadata></record></OAI>"
    add(
        "mixed",
        [
            each.replace("<record><leader", f"<record xmlns='{NAMESPACE}'><leader")
            for each in [
                mixed,
                harvested,
                f"<c> {mixed} <x/></c>",
                harvested.replace("<b xmlns='x'>", "<b>"),
            ]
        ],
    )
    for name, encoding in [("utf-16", "utf-16"), ("utf-16-be", "utf-16-be"), ("latin", "latin-1")]:
        found[name] = PLAIN.encode(encoding)
    found["latin-declared"] = f"<?xml version='1.0' encoding='latin-1'?>{PLAIN}".encode("latin-1")
    found["cut-character"] = value("\xe9").encode()[:-50] + b"\xc3"
    for number, wrong in enumerate(
        [b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
    ):
        found[f"not-utf-8-{number}"] = (
            value("VALUE").encode().replace(b"VALUE", b"a" + wrong + b"b")
        )
    return found


DOCUMENTS = documents()
