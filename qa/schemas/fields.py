"""How a schema is written: one function for each type of field.

An object with a title is a definition. It is written where it is used, and ``standalone`` moves it
to ``$defs``.
"""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text(told: str = "", **more: Any) -> Schema:
    """A string."""
    return _typed("string", told, more)


def sha256(told: str = "") -> Schema:
    """A SHA-256 in hexadecimal."""
    return text(told, pattern="^[0-9a-f]{64}$")


def time(told: str = "") -> Schema:
    """A time in ISO 8601 with its offset from UTC."""
    return text(told, format="date-time")


def whole(told: str = "", *, least: int = 0) -> Schema:
    """An integer of ``least`` or more."""
    return _typed("integer", told, {"minimum": least})


def number(told: str = "", **more: Any) -> Schema:
    """Any number."""
    return _typed("number", told, more)


def amount(told: str = "") -> Schema:
    """A number of 0 or more."""
    return number(told, minimum=0)


def share(told: str = "") -> Schema:
    """A number from 0 to 1."""
    return number(told, minimum=0, maximum=1)


def truth(told: str = "") -> Schema:
    """A boolean."""
    return _typed("boolean", told, {})


def one_of(values: Iterable[str], told: str = "") -> Schema:
    """One of some strings, such as the members of a ``StrEnum``."""
    return text(told, enum=list(map(str, values)))


def constant(value: str) -> Schema:
    """This string."""
    return {"type": "string", "const": value}


def list_of(items: Schema, told: str = "") -> Schema:
    """An array of any length."""
    return _typed("array", told, {"items": items})


def array_of(count: int, items: Schema, told: str = "") -> Schema:
    """An array of this length."""
    return _typed("array", told, {"items": items, "minItems": count, "maxItems": count})


def map_of(values: Schema, told: str = "") -> Schema:
    """An object with any keys."""
    return _typed("object", told, {"additionalProperties": values})


def any_object(told: str) -> Schema:
    """An object whose fields are not promised."""
    return _typed("object", told, {})


def any_of(*schemas: Schema) -> Schema:
    """What fits at least one of these."""
    return {"anyOf": list(schemas)}


def or_null(schema: Schema, told: str = "") -> Schema:
    """The same or ``null``."""
    if "title" in schema or "type" not in schema:
        return described(any_of(schema, {"type": "null"}), told)
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return described({**schema, "type": [schema["type"], "null"], **values}, told)


def described(schema: Schema, told: str) -> Schema:
    """The same with a description; that of a definition stands beside the reference to it."""
    if not told:
        return schema
    return {**({"$ref": schema} if "title" in schema else schema), "description": told}


def object_of(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object without a title, with these fields."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required)}


def named(
    title: str,
    told: str = "",
    /,
    *,
    optional: dict[str, Schema] | None = None,
    **required: Schema,
) -> Schema:
    """A definition: an object with these fields."""
    description = {"description": told} if told else {}
    return {"title": title, **description, **object_of(required, optional)}


def standalone(schema: Schema) -> Schema:
    """A schema as its own document: definitions within it stand once, under ``$defs``.

    Nothing in it is shared with ``schema``, so that it may be changed.
    """
    definitions: dict[str, Any] = {}

    def moved(value: Any) -> Any:
        if isinstance(value, list):
            return [moved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if isinstance(title := value.get("title"), str):
            if title not in definitions:
                definitions[title] = {}  # keeps the order of first use
                definitions[title] |= within(value)
                del definitions[title]["title"]  # its name says it
            return {"$ref": f"#/$defs/{title}"}
        if isinstance(value.get("$ref"), dict):
            return {**moved(value["$ref"]), "description": value["description"]}
        return within(value)

    def within(value: Schema) -> Schema:
        return {name: moved(each) for name, each in value.items()}

    made = within(schema)
    return {"$schema": DIALECT, **made, **({"$defs": definitions} if definitions else {})}


def _typed(kind: str, told: str, more: dict[str, Any]) -> Schema:
    return {"type": kind, **more, **({"description": told} if told else {})}
