"""Parse plain options without pydantic.

Typer passes every value to pydantic, whose import costs 100 ms: as much as the rest of a cold
start. Text, numbers and choices are parsed here, and an invalid number gets the project's own
message. All other values go to Typer, which checks them and writes the error. The attribute set
here is not part of Typer's interface: a version without it is only slower.
"""

from collections.abc import Iterable
from contextlib import suppress
from math import isfinite
from reprlib import repr as shortened
from typing import Any, Literal, get_args, get_origin

import typer

from qa import InputError

_UNKNOWN = object()


def keep_plain(parameters: Iterable[Any]) -> None:
    """Makes Typer's ``parameters`` parse plain values themselves."""
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", _UNKNOWN) is None:
            parameter._runtime_param = _PlainValues()


class _PlainValues:
    """Replaces the coercion that Typer builds when a parameter is first used."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        try:
            plain = _plain(value, param)
        except InputError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from None
        if plain is not _UNKNOWN:
            return plain
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _plain(value: Any, param: Any) -> Any:
    annotation = param.type_descriptor.annotation
    if annotation is str and isinstance(value, str):
        return value
    if annotation == list[str] and isinstance(value, list | tuple):
        return value if all(isinstance(item, str) for item in value) else _UNKNOWN
    if annotation is int:
        return _whole_number(value, param.min, param.max) if isinstance(value, str) else value
    if annotation is float:
        return _number(value) if isinstance(value, str) else value
    if get_origin(annotation) is Literal and value in get_args(annotation):
        return value
    return _UNKNOWN


def _whole_number(value: str, least: int | None, most: int | None) -> int:
    with suppress(ValueError):
        number = int(value)
        if (least is None or number >= least) and (most is None or number <= most):
            return number
    raise InputError(f"{shortened(value)} is not {_kind_of_number(least, most)}")


def _kind_of_number(least: int | None, most: int | None) -> str:
    """A phrase such as ``a whole number from 1 to 100``."""
    if most is not None:
        return f"a whole number from {least or 0} to {most}"
    return "a whole number" if least is None else f"a whole number, {least} or more"


def _number(value: str) -> float:
    with suppress(ValueError):
        number = float(value)
        if isfinite(number):
            return number
    raise InputError(f"{shortened(value)} is not a number")
