"""The options of a question as JSON types, so that it can be asked in the same way again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from qa.filters import Filter

if TYPE_CHECKING:
    from qa.answering.answerer import AskOptions


def to_json(options: "AskOptions | Mapping[str, Any]") -> dict[str, Any]:
    """The options with their filter as an object. Raises ``InputError`` for no filter.

    Those of ``to_json`` stay as they are.
    """
    wanted = options.get("filter")
    read = Filter.from_dict(wanted) if isinstance(wanted, Mapping) else Filter.of(wanted)
    found = {**options, "filter": read.to_dict()}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in found.items()
    }


def from_json(options: Mapping[str, Any]) -> "AskOptions":
    """The options that ``to_json`` gave. Raises ``InputError`` for another filter."""
    return cast("AskOptions", {**options, "filter": Filter.from_dict(options.get("filter") or {})})
