"""The arguments of the tools: types, limits, and what a model is told of them."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from qa import InputError
from qa.rendering.characters import visible

_MOST_TOLD = 3
"""Most mistakes that one message names."""
_MOST_OF_A_NAME = 40
"""Most characters of an unknown argument's name that are repeated."""


class Arguments(BaseModel):
    """Arguments of a tool. Unknown ones are refused: a filter that is misspelt must not be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def schema_for_models(cls) -> dict[str, Any]:
        """The JSON Schema, without the names and descriptions of the classes."""
        schema: dict[str, Any] = _untitled(cls.model_json_schema())
        del schema["description"]
        return schema

    @classmethod
    def parse(cls, given: object) -> "Arguments":
        """The arguments in ``given``. Raises ``InputError`` in one line."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            told = [_told(each["type"], each["loc"], each["msg"]) for each in error.errors()]
            more = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
            known = ", ".join(cls.model_fields)
            raise InputError(
                f"wrong arguments: {'; '.join(told[:_MOST_TOLD])}{more} (it takes {known})"
            ) from None


class AskArguments(Arguments):
    """Of ``ask``."""

    question: str = Field(
        min_length=1,
        max_length=2_000,
        description="One question in plain, full words, in the language of the documents.",
    )
    k: int = Field(default=5, ge=1, le=20, description="Passages to return at most.")
    min_confidence: Literal["low", "medium", "high"] = Field(
        default="medium",
        description="Confidence that counts as an answer. Lower it only if the user wants guesses.",
    )


class ShowArguments(Arguments):
    """Of ``show``."""

    passage: str = Field(
        min_length=1,
        max_length=1_000,
        description="A citation's id from `ask`, or a place: PATH:LINE for text, PATH:PAGE where "
        "there are pages, or PATH:START-END in characters as in a citation's span.",
    )
    sentences: int = Field(
        default=3, ge=0, le=20, description="Sentences to show before the passage and after it."
    )


class StatusArguments(Arguments):
    """Of ``status``."""

    documents: bool = Field(default=False, description="Also list the documents.")


def from_text(value: object) -> object:
    """Some clients send an object as the text of its JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


Object = Annotated[dict[str, Any], BeforeValidator(from_text)]
"""A JSON object that the library checks."""


def _told(kind: str, place: tuple[int | str, ...], message: str) -> str:
    name = visible(".".join(map(str, place)))
    name = name if len(name) <= _MOST_OF_A_NAME else f"{name[:_MOST_OF_A_NAME]}..."
    if kind == "extra_forbidden":
        return f"there is no argument {name}"
    return f"{name}: {message[:1].lower()}{message[1:]}" if name else message


def _untitled(schema: Any) -> Any:
    """A schema without ``title``; properties of that name stay."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {key: _untitled(each) for key, each in value.items()}
        if name == "properties"
        else _untitled(value)
        for name, value in schema.items()
        if name != "title" or not isinstance(value, str)
    }
