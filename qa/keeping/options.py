"""The options of a question as JSON types, so that it can be asked in the same way again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from qa.filters import Filter

if TYPE_CHECKING:
    from qa.answering.answerer import AskOptions


def to_json(options: "AskOptions | Mapping[str, Any]") -> dict[str, Any]:
    """The options with their filter as an object. Raises ``InputError`` for no filter."""
    found = {**options, "filter": Filter.of(options.get("filter")).to_dict()}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in found.items()
    }


def from_json(options: Mapping[str, Any]) -> "AskOptions":
    """The options that ``to_json`` gave. Raises ``InputError`` for another filter."""
    return cast("AskOptions", {**options, "filter": Filter.from_dict(options.get("filter") or {})})
