"""Every name, signature and class hierarchy of pymarc is there in mrrc."""

from __future__ import annotations

import importlib
import inspect
import logging
import pkgutil
from types import ModuleType, WrapperDescriptorType
from typing import Any

import pytest

MODULES = ("", "constants", "exceptions", "field", "leader", "marc8", "marc8_mapping", "marcjson",
           "marcxml", "reader", "record", "writer")  # fmt: skip


def load(package: ModuleType, name: str) -> ModuleType:
    return importlib.import_module(f"{package.__name__}.{name}") if name else package


def own_names(module: ModuleType) -> dict[str, Any]:
    """What a module binds that is pymarc's: its classes, functions, constants, submodules."""
    found = {}
    for name, value in vars(module).items():
        origin = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
        foreign = origin is not None and str(origin).split(".")[0] != "pymarc"
        if name.startswith("_") or (foreign and not isinstance(value, logging.Logger)):
            continue
        found[name] = value
    return found


def test_the_modules_are_all_of_them(pymarc: ModuleType) -> None:
    names = {info.name for info in pkgutil.iter_modules(pymarc.__path__)}
    assert names == set(MODULES) - {""}


@pytest.mark.parametrize("name", MODULES)
def test_names(name: str, pymarc: ModuleType, subject: ModuleType) -> None:
    theirs, ours = load(pymarc, name), load(subject, name)
    assert sorted(set(own_names(theirs)) - set(dir(ours))) == []


@pytest.mark.parametrize("name", MODULES)
def test_constants(name: str, pymarc: ModuleType, subject: ModuleType) -> None:
    theirs, ours = own_names(load(pymarc, name)), load(subject, name)
    for key, value in theirs.items():
        if isinstance(value, str | int | tuple | dict):
            assert getattr(ours, key) == value, key


# Where mrrc takes more than pymarc; `unit/test_contract_surface.py` has the names.
TAKES_MORE = {
    ("Record", "as_marc"),
    ("Record", "as_marc21"),
    ("MARCReader", "__init__"),
    ("MARCWriter", "__init__"),
}


def parameters(called: Any) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(called).parameters.values()]


def members(cls: type) -> dict[str, Any]:
    private = ("__init__", "__getitem__", "__setitem__", "__contains__", "__iter__", "__next__",
               "__str__", "_sort_fields", "_parse_line", "_replace_values")  # fmt: skip
    return {name: value for name, value in vars(cls).items() if name in private or name[0] != "_"}


CLASSES = """Record Field RawField Subfield Indicators Leader Reader MARCReader JSONReader
MARCMakerReader Writer MARCWriter JSONWriter TextWriter XMLWriter XmlHandler JSONHandler
MARC8ToUnicode""".split()


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name: str, pymarc: ModuleType, subject: ModuleType) -> None:
    theirs, ours = getattr(pymarc, name), getattr(subject, name)
    names = [base.__name__ for base in theirs.__mro__]
    assert [base.__name__ for base in ours.__mro__ if base.__name__ in names] == names
    for member, value in members(theirs).items():
        assert hasattr(ours, member), member
        found = inspect.getattr_static(ours, member)
        # What the engine puts in place of a method is held beside it in `parity/test_methods.py`.
        defined = subject.record._in_python.get(f"{name}.{member}", found)
        if isinstance(defined, WrapperDescriptorType):
            # The interpreter calls it through a slot of the class; only `self` is in the way.
            assert inspect.isfunction(value), member
            assert member.startswith("__"), member
        elif inspect.isfunction(value):
            defined = defined if inspect.isfunction(defined) else getattr(ours, member)
            wanted, mine = parameters(value), parameters(defined)
            added = mine[len(wanted) :]
            assert mine[: len(wanted)] == wanted, member
            assert not added or (name, member) in TAKES_MORE
            assert all(default is not inspect.Parameter.empty for _, _, default in added)
        elif isinstance(value, property):
            assert inspect.isdatadescriptor(found), member
            assert (value.fset is None) is (getattr(found, "fset", True) is None), member


def test_functions(pymarc: ModuleType, subject: ModuleType) -> None:
    checked = 0
    for name, value in own_names(pymarc).items():
        if inspect.isfunction(value):
            assert parameters(getattr(subject, name)) == parameters(value), name
            checked += 1
    assert checked >= 11


def test_exceptions(pymarc: ModuleType, subject: ModuleType) -> None:
    for name, value in vars(pymarc.exceptions).items():
        if isinstance(value, type) and issubclass(value, BaseException):
            mine = getattr(subject.exceptions, name)
            assert getattr(subject, name) is mine
            assert [c.__name__ for c in mine.__mro__] == [c.__name__ for c in value.__mro__]
