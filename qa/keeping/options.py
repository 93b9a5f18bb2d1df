"""The options of a question as JSON types, so that it can be asked in the same way again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from qa.errors import InputError
from qa.filters import Filter

if TYPE_CHECKING:
    from qa.answering.answerer import AskOptions
    from qa.turns import CarriedOver


def to_json(
    options: "AskOptions | Mapping[str, Any]", after: "CarriedOver | None" = None
) -> dict[str, Any]:
    """The options with their filter as an object.

    Those of ``to_json`` stay as they are. Raises ``InputError`` for no filter, and for the options
    of a follow-up or an answer that carried something over.
    """
    if after is not None or options.get("after") is not None:
        raise InputError("a follow-up cannot be kept or certified; ask it in full")
    wanted = options.get("filter")
    read = Filter.from_dict(wanted) if isinstance(wanted, Mapping) else Filter.of(wanted)
    found = {**options, "filter": read.to_dict()}
    found.pop("after", None)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in found.items()
    }


def from_json(options: Mapping[str, Any]) -> "AskOptions":
    """The options that ``to_json`` gave. Raises ``InputError`` for another filter."""
    return cast("AskOptions", {**options, "filter": Filter.from_dict(options.get("filter") or {})})
