"""The house rules, read from the syntax trees: imports one way, one chooser, no strangers."""

from __future__ import annotations

import ast
import builtins
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mrrc
from tests.shared import ROOT

PACKAGE = Path(mrrc.__file__).parent
RUST_CORE = ROOT / "rust" / "core"

# Each module may import those of earlier lines, and of its own line.
LAYERS = [
    ["constants", "exceptions", "problems", "_copying", "_runs", "_version"],
    ["_pure"],
    ["_engine"],
    ["marc8", "marc8_mapping", "leader"],
    ["encoding"],
    ["field"],
    ["_reference", "_serialising", "_twins"],
    ["_writing"],
    ["record"],
    ["_texts"],
    ["_recovering", "_sources", "_framing", "_text_readers", "_runs"],
    ["reader"],
    ["_xml_records"],
    ["marcxml", "marcjson"],
    ["_format_writers"],
    ["writer"],
    ["_formats"],
    ["", "as_pymarc"],
    ["cli"],
    ["__main__"],
]
# What newer versions have in the standard library, and the one module that may ask for each.
EXTRAS = {"_sources": ["compression"], "cli._rich": ["rich"]}

RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}

OWN_NAMES_OF_PYMARC = """
BadLeaderValue BadSubfieldCodeWarning BaseAddressInvalid BaseAddressNotFound DIRECTORY_ENTRY_LEN
END_OF_FIELD END_OF_RECORD EndOfRecordNotFound FatalReaderError Field FieldNotFound Indicators
JSONHandler JSONReader JSONWriter LEADER_LEN Leader MARC8ToUnicode MARCMakerReader MARCReader
MARCWriter MARC_XML_NS MARC_XML_SCHEMA MissingLinkedFields NoActiveFile NoFieldsFound
PymarcException RawField Reader Record RecordDirectoryInvalid RecordLeaderInvalid
RecordLengthInvalid SUBFIELD_INDICATOR Subfield TextWriter TruncatedRecord WriteNeedsRecord Writer
XMLWriter XSI_NS XmlHandler feature_namespaces map_marc8_field map_marc8_record map_records map_xml
marc8_to_unicode normalize_subfield_code parse_json_to_array parse_xml parse_xml_to_array
record_to_xml record_to_xml_node
""".split()


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    """`mrrc/_pure/plain.py` is "_pure.plain", the package itself is ""."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def without_type_checking(tree: ast.Module) -> ast.Module:
    """The tree as it runs: what stands under `if TYPE_CHECKING` is for type checkers."""

    class Runs(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
            self.generic_visit(node)
            return node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else node

    return Runs().visit(tree)  # type: ignore[no-any-return]


def tree_of(path: Path) -> ast.Module:
    return without_type_checking(ast.parse(path.read_text("utf-8"), str(path)))


def imports(tree: ast.Module) -> Iterator[str]:
    """Absolute names of the imported modules; `from mrrc import x` is "mrrc.x"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            for alias in node.names:
                submodule = node.module == "mrrc" and alias.name in RANK
                yield f"mrrc.{alias.name}" if submodule else node.module


def own_imports(tree: ast.Module) -> list[str]:
    """The modules of the package that a tree imports, as `module_name` gives them."""
    return [
        name.removeprefix("mrrc").removeprefix(".")
        for name in imports(tree)
        if name.split(".")[0] == "mrrc"
    ]


def layer(module: str) -> str:
    return module.split(".")[0]


def breaches(path: Path) -> list[str]:
    """Imports of something that comes later."""
    module = module_name(path)
    found = []
    for imported in own_imports(tree_of(path)):
        allowed = RANK[layer(imported)] <= RANK[layer(module)]
        if not allowed or (module and imported == module):
            found.append(f"{module or 'mrrc'} imports {imported or 'mrrc'}")
    return found


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_every_module_has_its_place(path: Path) -> None:
    assert layer(module_name(path)) in RANK, "add the module to LAYERS, in its place"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    assert breaches(path) == []


def test_the_reference_engine_needs_nothing_but_the_lowest_layer() -> None:
    for path in (PACKAGE / "_pure").glob("*.py"):
        for imported in own_imports(tree_of(path)):
            assert layer(imported) in {"_pure", *LAYERS[0]}, path.name


def test_the_table_of_layers_is_of_this_package() -> None:
    assert set(RANK) == {layer(module_name(path)) for path in sources()}


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_only_the_chooser_names_the_extension(path: Path) -> None:
    """Sentences may name it, code may not."""
    tree = tree_of(path)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    named = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "_mrrc")
        or (isinstance(node, ast.Attribute) and node.attr == "_mrrc")
        or (isinstance(node, ast.alias) and "_mrrc" in node.name)
        or (isinstance(node, ast.ImportFrom) and "_mrrc" in (node.module or ""))
        or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "_mrrc" in node.value
            and id(node) not in documentation
        )
    ]
    assert bool(named) is (module_name(path) == "_engine"), named


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_nothing_but_the_standard_library(path: Path) -> None:
    allowed = {"mrrc", *sys.stdlib_module_names, *EXTRAS.get(module_name(path), ())}
    for name in imports(tree_of(path)):
        assert name.split(".")[0] in allowed


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_no_import_is_tried(path: Path) -> None:
    """Only the chooser may survive an import that fails."""
    caught = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, "a bare except"
            caught += re.findall(r"ImportError|ModuleNotFoundError", ast.unparse(node.type))
        if isinstance(node, ast.Try):
            inside = [each for line in node.body for each in ast.walk(line)]
            tried = any(isinstance(each, (ast.Import, ast.ImportFrom)) for each in inside)
            assert not tried or node.finalbody, "an import in a try"
    assert bool(caught) is (module_name(path) == "_engine")


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_nothing_prints(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "breakpoint", "input", "eval", "exec"}


@pytest.mark.skipif(not RUST_CORE.is_dir(), reason="no Rust sources beside these tests")
def test_the_core_knows_no_python() -> None:
    files = [*RUST_CORE.rglob("*.rs"), RUST_CORE / "Cargo.toml"]
    assert len(files) > 5
    for path in files:
        assert not re.search(r"\bpyo3\b|\bPy[A-Z_]", path.read_text("utf-8")), path


def test_all_names_exist_once_and_hide_no_builtin() -> None:
    assert len(set(mrrc.__all__)) == len(mrrc.__all__)
    for name in mrrc.__all__:
        assert hasattr(mrrc, name)
        assert name not in vars(builtins)


# What the star gives besides: no module that a program could have one of, no common word.
NAMES_BESIDES = """
DamagedRecord FieldTooLong IncompleteTarget InvalidContent Problem RecordTooLong
RecordsNotWritten __version__
isbn_regex logger unicode_to_marc8
""".split()
MODULES_OF_PYMARC = """
constants exceptions field leader marc8 marc8_mapping marcjson marcxml reader record writer
""".split()


def test_the_star_import_gives_pymarc_s_own_names_and_few_more() -> None:
    assert len(OWN_NAMES_OF_PYMARC) == 54
    assert set(mrrc.__all__) == {*OWN_NAMES_OF_PYMARC, *MODULES_OF_PYMARC, *NAMES_BESIDES}
    assert not set(mrrc.__all__) & set(sys.stdlib_module_names)


def run(code: str, *flags: str) -> str:
    """Run a program that knows the package and what Python brings along, and nothing else."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
    }
    if "MRRC_ENGINE" in os.environ:
        environment["MRRC_ENGINE"] = os.environ["MRRC_ENGINE"]
    program = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", *flags, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_nothing_foreign() -> None:
    loaded = run("import mrrc; print(*sys.modules)").split()
    # Directories beside the package can hold anything; what counts is what was loaded.
    foreign = {name.split(".")[0] for name in loaded} - {
        "mrrc",
        "__main__",
        *sys.stdlib_module_names,
    }
    assert {name for name in foreign if not name.startswith("_")} == set()
    assert "mrrc.record" in loaded


OPTIONAL = {
    "pymarc",
    "mrrc.as_pymarc",
    "mrrc.encoding",
    "mrrc._formats",
    "mrrc._recovering",
    "mrrc._texts",
    "mrrc._writing.batches",
    "mrrc._writing.division",
    "mrrc._writing.encoding",
    "mrrc._writing.repairs",
    "mrrc._writing.texts",
    "mrrc._pure._marc8_tables",
    "mrrc._pure.marc8_keeping",
}


def test_importing_leaves_the_optional_modules_alone() -> None:
    loaded = run("import mrrc; print(*sys.modules)").split()
    assert "mrrc.record" in loaded
    assert not OPTIONAL & set(loaded)


def test_the_optional_modules_come_when_they_are_asked_for() -> None:
    loaded = run("import mrrc; mrrc.encoding.decode, mrrc.problems.CODES; print(*sys.modules)")
    assert "mrrc.encoding" in loaded.split()
    loaded = run("import mrrc; mrrc.open, mrrc.convert; print(*sys.modules)")
    assert {"mrrc._formats.opening", "mrrc._formats.converting"} <= set(loaded.split())
    loaded = run("import mrrc; mrrc.MARCReader(b'', recovery='salvage'); print(*sys.modules)")
    assert {"mrrc._recovering", "mrrc._texts"} <= set(loaded.split())


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'nothing'"):
        mrrc.nothing  # noqa: B018


def test_importing_says_nothing() -> None:
    assert run("import mrrc", "-W", "error", "-X", "dev") == ""


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_each_module_can_be_imported_first(path: Path) -> None:
    if path.name != "__main__.py":
        run(f"import {'.'.join(filter(None, ['mrrc', module_name(path)]))}")
