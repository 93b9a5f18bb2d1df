"""The arguments of the tools: types, limits, and what a model is told of them."""

import json
from contextlib import suppress
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
        schema = cls.model_json_schema()
        plain: dict[str, Any] = _plain(schema, schema.pop("$defs", {}))
        del plain["description"]
        return plain

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


Text = Annotated[str, Field(min_length=1, max_length=500)]
Texts = Annotated[list[Text], Field(max_length=50)]


class FilterArguments(Arguments):
    """A filter, as the library takes it."""

    paths: Texts = Field(
        default=[],
        description="Patterns as in .gitignore: `*.md`, `reports/`, `!drafts/`.",
    )
    types: Texts = Field(default=[], description="Such as pdf, docx, markdown, text/*.")
    languages: Texts = Field(default=[], description="Codes such as en or de.")
    since: Text | None = Field(
        default=None, description="First day, month or year: 2024, 2024-06 or 2024-06-30."
    )
    until: Text | None = Field(default=None, description="Last day, month or year.")
    tags: Texts = Field(default=[], description="Tags or keywords of the documents.")
    headings: Texts = Field(default=[], description="Words of a heading above the passage.")


def _from_text(value: object) -> object:
    """Some clients send an object as the text of its JSON."""
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


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
    filter: Annotated[FilterArguments, BeforeValidator(_from_text)] = Field(
        default=FilterArguments(),
        description="Search only some documents. Within a field any value matches, and every "
        "given field must match. Leave it out unless the user names such a limit.",
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


class VerifyQuoteArguments(Arguments):
    """Of ``verify_quote``."""

    quote: str = Field(
        min_length=1,
        max_length=10_000,
        description="The quote, without the quotation marks around it.",
    )
    source: str | None = Field(
        default=None,
        min_length=1,
        max_length=1_000,
        description="The document that it is said to be from: its path, or its file name. Without "
        "it all documents are searched.",
    )


class StatusArguments(Arguments):
    """Of ``status``."""

    documents: bool = Field(default=False, description="Also list the documents.")


def _told(kind: str, place: tuple[int | str, ...], message: str) -> str:
    name = visible(".".join(map(str, place)))
    name = name if len(name) <= _MOST_OF_A_NAME else f"{name[:_MOST_OF_A_NAME]}..."
    if kind == "extra_forbidden":
        return f"there is no argument {name}"
    return f"{name}: {message[:1].lower()}{message[1:]}" if name else message


def _plain(schema: Any, known: dict[str, Any]) -> Any:
    """A schema without titles and references; properties called ``title`` stay."""
    if isinstance(schema, list):
        return [_plain(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        referred = known[schema["$ref"].rpartition("/")[2]]
        schema = {**referred, **{name: value for name, value in schema.items() if name != "$ref"}}
    return {
        name: {key: _plain(each, known) for key, each in value.items()}
        if name == "properties"
        else _plain(value, known)
        for name, value in schema.items()
        if name != "title" or not isinstance(value, str)
    }
