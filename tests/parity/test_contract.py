"""The engine contract: the same names and parameters in both engines and in the stub."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import mrrc
from mrrc import _engine, _pure

STUB = ast.parse((Path(__file__).resolve().parents[2] / "mrrc" / "_mrrc.pyi").read_text())
STUB_CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}
CLASSES = ["Marc8Batches", "RecordIterator", "RecordStream", "TextRecords"]
FUNCTIONS = [name for name in _pure.__all__ if name not in CLASSES]
STUB_FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}

Parameters = list[tuple[str, object]]


def parameters(function: object) -> Parameters:
    """Names and defaults, in order."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    return [(each.name, each.default) for each in signature.parameters.values()]


def stub_parameters(name: str) -> Parameters:
    arguments = STUB_FUNCTIONS[name].args
    assert [arguments.vararg, *arguments.kwonlyargs, arguments.kwarg] == [None, None]
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    values = [ast.literal_eval(each) for each in arguments.defaults]
    empty: list[object] = [inspect.Parameter.empty] * (len(names) - len(values))
    return list(zip(names, [*empty, *values], strict=True))


def test_the_same_names(both_engines: tuple[ModuleType, ModuleType]) -> None:
    pure, extension = both_engines
    assert sorted(extension.__all__) == sorted(pure.__all__)
    public = {name for name in vars(extension) if not name.startswith("_")}
    assert public == set(extension.__all__)


def test_the_stub_has_the_same_names() -> None:
    listed = next(
        ast.literal_eval(node.value)
        for node in STUB.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert sorted(listed) == sorted([*STUB_FUNCTIONS, *STUB_CLASSES]) == sorted(_pure.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_parameters(name: str, both_engines: tuple[ModuleType, ModuleType]) -> None:
    pure, extension = both_engines
    assert parameters(getattr(extension, name)) == parameters(getattr(pure, name))


@pytest.mark.parametrize("name", ["Marc8Batches", "RecordStream", "TextRecords"])
def test_a_class_has_the_same_methods(
    name: str, both_engines: tuple[ModuleType, ModuleType]
) -> None:
    pure, extension = (getattr(engine, name) for engine in both_engines)
    public = [name for name in vars(extension) if not name.startswith("_")]
    assert sorted(public) == sorted(name for name in vars(pure) if not name.startswith("_"))
    assert parameters(extension) == parameters(pure)
    for name in public:
        assert bool(callable(getattr(extension, name))) is bool(callable(getattr(pure, name)))
        if callable(getattr(pure, name)):
            assert parameters(getattr(extension, name)) == parameters(getattr(pure, name))
        assert (getattr(extension, name).__doc__ or "").strip().endswith("."), name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_stub_has_the_same_parameters(name: str) -> None:
    assert stub_parameters(name) == parameters(getattr(_pure, name))


@pytest.mark.parametrize("name", _pure.__all__)
def test_every_function_says_what_it_does(
    name: str, both_engines: tuple[ModuleType, ModuleType]
) -> None:
    for engine in both_engines:
        assert (getattr(engine, name).__doc__ or "").strip().endswith("."), name


@pytest.mark.parametrize("name", _pure.__all__)
def test_the_package_uses_the_chosen_engine(name: str) -> None:
    assert getattr(_engine, name) is getattr(_engine.module, name)
    assert _engine.module.__name__ == {"rust": "mrrc._mrrc", "python": "mrrc._pure"}[mrrc.engine]


def test_registering_takes_classes_only(both_engines: tuple[ModuleType, ModuleType]) -> None:
    _, extension = both_engines
    with pytest.raises(TypeError):
        extension.register(mrrc.Record, mrrc.Field, mrrc.Field, mrrc.Indicators, mrrc.Leader)
    with pytest.raises(AttributeError):
        extension.register(object, mrrc.Field, mrrc.Subfield, mrrc.Indicators, mrrc.Leader)
    with pytest.raises(TypeError):
        extension.register(1, 2, 3, 4, 5)
