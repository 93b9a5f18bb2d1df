"""The face of a package whose names are imported when they are first used.

A package writes its names once, as imports that type checkers see and nothing runs::

    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        from package.records import Answer as Answer
    else:
        from qa_eval.lazy import face

        __all__, __getattr__, __dir__ = face(__name__)

``as`` tells type checkers that the name is public.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from importlib import import_module


def face(
    package: str,
) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """``__all__``, ``__getattr__`` and ``__dir__`` of a package that is being imported.

    Raises ``ImportError`` where the package's source is not at hand.
    """
    module = sys.modules[package]
    spec = module.__spec__
    source = getattr(spec and spec.loader, "get_source", lambda _: None)(package)
    if source is None:
        raise ImportError(f"{package} is imported without its source, which names what it exports")
    homes = dict(_names(ast.parse(source)))

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home, name_there = homes[name]
        found = getattr(import_module(home), name_there)
        setattr(module, name, found)
        return found

    def names() -> list[str]:
        return sorted(homes)

    return sorted(homes), get, names


def _names(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each name imported under ``TYPE_CHECKING``, with its module and its name there."""
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    yield from (
                        (alias.asname or alias.name, (node.module, alias.name))
                        for alias in node.names
                    )
