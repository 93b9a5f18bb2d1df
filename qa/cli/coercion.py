"""Parse plain options without pydantic.

Typer hands every value to pydantic, whose import costs 100 ms: as much as the rest of a cold
start. Text, whole numbers and choices need none of it. What is not plainly valid still goes
to Typer, for its check and its message. The attribute set here is not part of Typer's interface:
a version without it only takes the slower way.
"""

from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

_UNKNOWN = object()


def keep_plain(parameters: Iterable[Any]) -> None:
    """Make Typer's ``parameters`` parse plain values themselves."""
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", _UNKNOWN) is None:
            parameter._runtime_param = _PlainValues()


class _PlainValues:
    """Stands in for the coercion that Typer builds when a parameter is first used."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        plain = _plain(value, param)
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
        return _whole_number(value, param.min, param.max)
    if get_origin(annotation) is Literal and value in get_args(annotation):
        return value
    return _UNKNOWN


def _whole_number(value: Any, least: int | None, most: int | None) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    inside = isinstance(value, int) and (least is None or value >= least)
    return value if inside and (most is None or value <= most) else _UNKNOWN
