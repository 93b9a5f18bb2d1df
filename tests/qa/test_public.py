"""The public interface of ``qa``: all types of its calls are exported, and no import cycles."""

import ast
import dataclasses
import inspect
import typing
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import qa
import qa_eval

ROOT = Path(qa.__file__ or "").parents[1]

OWN = ("qa.", "qa_index.", "qa_eval.")

FOR_THE_PACKAGE = {
    # Used by other parts of this package on an open index.
    "Answerer": {"find_and_assess", "encoder"},
    "Session": {"index"},
    # The fitted model, which is stored in the index.
    "Calibrated": {"own"},
    "OwnCalibration": {"model"},
    # What later questions and documents are compared with.
    "Promise": {"basis"},
}
"""Members that are not part of the public interface."""


def exported(kind: type) -> bool:
    """Whether a class is exported by ``qa``, or, as part of an evaluation's records, by
    ``qa_eval``."""
    package = qa_eval if kind.__module__.startswith("qa_eval.") else qa
    return getattr(package, kind.__name__, None) is kind


@cache
def namespace(module: str) -> dict[str, Any]:
    """The names in a module, including those imported only for type checking."""
    loaded = import_module(module)
    names = dict(vars(loaded))
    tree = ast.parse(Path(loaded.__file__ or "").read_text(encoding="utf-8"))
    for block in tree.body:
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            for node in block.body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    home = import_module(node.module)
                    names |= {each.name: getattr(home, each.name) for each in node.names}
    return names


def annotations(thing: Any) -> Iterator[Any]:
    """Types of a function's parameters and return value, or of a class's fields."""
    yield from typing.get_type_hints(thing, namespace(thing.__module__)).values()


def classes_in(annotation: Any) -> Iterator[type]:
    """The project's classes that occur in a type."""
    if isinstance(annotation, type) and annotation.__module__.startswith(OWN):
        yield annotation
    for argument in typing.get_args(annotation):
        items = argument if isinstance(argument, list) else [argument]
        for item in items:
            yield from classes_in(item)


def members(kind: type) -> Iterator[Any]:
    """Public functions of a class."""
    left_out = FOR_THE_PACKAGE.get(kind.__name__, set())
    for name, member in vars(kind).items():
        if name.startswith("_") or name in left_out:
            continue
        if isinstance(member, property):
            yield member.fget
        elif isinstance(member, staticmethod | classmethod):
            yield member.__func__
        elif inspect.isfunction(member):
            yield member


def fields(kind: type) -> Iterator[Any]:
    """Types of the fields of a record."""
    if not (dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")):
        return
    left_out = FOR_THE_PACKAGE.get(kind.__name__, set())
    hints = typing.get_type_hints(kind, namespace(kind.__module__))
    yield from (hint for name, hint in hints.items() if name not in left_out)


def reached(thing: Any) -> Iterator[type]:
    """The project's classes that a caller of ``thing`` can encounter."""
    pending: list[Any] = list(fields(thing)) if isinstance(thing, type) else []
    functions = list(members(thing)) if isinstance(thing, type) else [thing]
    for function in functions:
        pending += annotations(function)
    for annotation in pending:
        yield from classes_in(annotation)


@pytest.mark.parametrize("name", dir(qa))
def test_what_a_caller_meets_is_exported(name: str) -> None:
    thing = getattr(qa, name)
    pending, seen = [thing] if callable(thing) else [], set()
    while pending:
        thing = pending.pop()
        for kind in reached(thing):
            assert exported(kind), f"{thing.__module__}.{thing.__name__} leads to {kind}"
            if kind not in seen:
                seen.add(kind)
                pending.append(kind)


def test_the_walk_sees_what_it_should() -> None:
    found = set(reached(qa.index)) | set(reached(qa.open)) | set(reached(qa.evaluate))
    assert {qa.BuildReport, qa.Session, qa.Answerer, qa.QuestionSet, qa.Run, qa.Mode} <= found
    assert {qa.Source, qa.Lines, qa.Place, qa.Verification} <= set(reached(qa.Citation))
    assert qa.Answer in set(reached(qa.Answerer))


def imports_of(path: Path, names: set[str]) -> set[str]:
    """Modules among ``names`` that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names} & names
            found |= modules or {node.module}
    return found & names


def test_no_modules_import_one_another() -> None:
    """Neither at the top level, nor in functions, nor for type checking."""
    paths = {
        ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__"): path
        for base, package in (
            (ROOT, "qa"),
            (ROOT / "eval", "qa_eval"),
            (ROOT / "index", "qa_index"),
        )
        for path in (base / package).rglob("*.py")
    }
    # The packages' own modules name everything, for type checkers; only `qa.cli` and
    # `qa.rendering` import from them.
    paths = {name: path for name, path in paths.items() if name not in {"qa", "qa_eval"}}
    graph = {name: imports_of(path, set(paths)) - {name} for name, path in paths.items()}
    # A module that imports none of the rest, or that none of the rest imports, is in no cycle.
    while free := {
        name
        for name, others in graph.items()
        if not others & graph.keys() or not any(name in each for each in graph.values())
    }:
        graph = {name: others for name, others in graph.items() if name not in free}
    assert not graph, {name: others & graph.keys() for name, others in graph.items()}
