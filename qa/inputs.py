"""Checks of arguments. Each raises ``InputError`` with a one-line message naming the argument."""

import operator
import os
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from reprlib import repr as shortened
from typing import TypeVar

from qa_index.errors import InputError

_Choice = TypeVar("_Choice", bound=StrEnum)


def whole_number(value: object, name: str, *, least: int, most: int | None = None) -> int:
    """``value`` as an ``int`` within the bounds; ``bool``, ``float`` and ``str`` are refused."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        raise InputError(f"{name} must be {kind_of_number(least, most)}, not {shortened(value)}")
    return number


def kind_of_number(least: int | None, most: int | None) -> str:
    """A phrase such as ``a whole number from 1 to 100``."""
    if most is not None:
        return f"a whole number from {least or 0} to {most}"
    return "a whole number" if least is None else f"a whole number, {least} or more"


def share(value: object, name: str) -> float:
    """``value`` as a ``float`` from 0 to 1; ``bool`` and ``str`` are refused."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= float(value) <= 1:  # type: ignore[arg-type]
        raise InputError(f"{name} must be a number from 0 to 1, not {shortened(value)}")
    return float(value)  # type: ignore[arg-type]


def text(value: object, name: str) -> str:
    """``value`` if it is a ``str``."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a str, not {shortened(value)}")
    return value


def choice(value: str, name: str, kind: type[_Choice]) -> _Choice:
    """The member of ``kind`` that ``value`` is or names."""
    try:
        return kind(value)
    except ValueError:
        raise InputError(
            f"{name} must be one of {', '.join(kind)}, not {shortened(value)}"
        ) from None


def path(value: object, name: str) -> Path:
    """``value`` as a ``Path``; bytes are refused."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{name} must be a path, not {shortened(value)}")
    return Path(value)


def index(value: object, name: str) -> Path:
    """The folder of an index, or the one that stands for its address: see ``engines.folder_of``."""
    if isinstance(value, str) and value.startswith(("postgresql:", "postgres:", "milvus:")):
        from qa_index.collection.engines import folder_of

        return folder_of(value)
    return path(value, name)


def paths(value: object, name: str) -> list[Path]:
    """``value``, one path or several, as a list of ``Path``."""
    several = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return [path(item, f"each of {name}") for item in several]


def names(value: object, name: str) -> Sequence[str]:
    """``value`` if it is a sequence of ``str``; a single ``str`` is refused."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InputError(f"{name} must be a list of names, not {shortened(value)}")
    return [text(item, f"each of {name}") for item in value]
