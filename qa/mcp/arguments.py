"""The arguments of the tools: types, limits, and what a model is told of them."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from qa import Filter, InputError
from qa.rendering.characters import visible

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

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
            told = [cls._told(each) for each in error.errors(include_url=False)]
            more = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
            raise InputError(f"wrong arguments: {'; '.join(told[:_MOST_TOLD])}{more}") from None

    @classmethod
    def _told(cls, mistake: "ErrorDetails") -> str:
        name = visible(".".join(map(str, mistake["loc"])))
        name = name if len(name) <= _MOST_OF_A_NAME else f"{name[:_MOST_OF_A_NAME]}..."
        if mistake["type"] == "extra_forbidden":
            holder: Any = cls
            for step in mistake["loc"][:-1]:
                holder = holder.model_fields[step].annotation
            return f"there is no argument {name}, only {', '.join(holder.model_fields)}"
        message = mistake["msg"]
        return f"{name}: {message[:1].lower()}{message[1:]}"


def _from_json(value: object) -> object:
    """Some clients send objects and lists as the text of their JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


def _several(value: object) -> object:
    """One text is a list of one."""
    value = _from_json(value)
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(max_length=500)]
Texts = Annotated[list[Text], Field(max_length=50), BeforeValidator(_several)]


class FilterArguments(Arguments):
    """A filter, as the library takes it."""

    paths: Texts = Field(
        default=[], description="Patterns as in .gitignore: `*.md`, `reports/`, `!drafts/`."
    )
    types: Texts = Field(default=[], description="Such as pdf, docx, markdown, text/*.")
    languages: Texts = Field(default=[], description="Codes such as en or de.")
    since: Text = Field(default="", description="First day, month or year: 2024-06-30, 2024-06.")
    until: Text = Field(default="", description="Last day, month or year.")
    tags: Texts = Field(default=[], description="Tags or keywords of the documents.")
    headings: Texts = Field(default=[], description="Words of a heading above the passage.")


class _Asked(Arguments):
    question: str = Field(
        min_length=1,
        max_length=2_000,
        description="One question in plain, full words, in the language of the documents.",
    )
    filter: Annotated[FilterArguments, BeforeValidator(_from_json)] = Field(
        default_factory=FilterArguments,
        description="Search only some documents. Within a field any value matches, and every "
        "given field must match. Leave it out unless the user names such a limit.",
    )

    def selected(self) -> Filter:
        """The filter of the library."""
        return Filter.from_dict(self.filter.model_dump(exclude_defaults=True))


class AskArguments(_Asked):
    """Of ``ask``."""

    k: int = Field(default=5, ge=1, le=20, description="Passages to return at most.")
    min_confidence: Literal["low", "medium", "high"] = Field(
        default="medium",
        description="Confidence that counts as an answer. Lower it only if the user wants guesses.",
    )


class ListArguments(_Asked):
    """Of ``list_passages``."""

    least: float = Field(
        default=0.2,
        ge=0.05,
        le=1,
        description="Probability from which a passage is listed. A lower one lists more and takes "
        "longer.",
    )
    sample: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Passages to draw from those that are not listed, to find out how many that "
        "answer are missed. 40 tell something. Judge each, and call again with `judged`.",
    )
    judged: Annotated[dict[Text, bool], Field(max_length=100), BeforeValidator(_from_json)] = Field(
        default={},
        description="Whether each passage of the sample answers the question, by its id. All other "
        "arguments must be those of the call that drew the sample.",
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
    source: str = Field(
        default="",
        max_length=1_000,
        description="The document that it is said to be from: its path, or its file name. Without "
        "it all documents are searched.",
    )


class FindAnnotationsArguments(Arguments):
    """Of ``find_annotations``."""

    annotations: Annotated[
        Annotated[dict[str, Any], Field(title="One, a collection or a page")]
        | Annotated[list[dict[str, Any]], Field(max_length=100)],
        BeforeValidator(_from_json),
    ] = Field(description="W3C Web Annotations in JSON-LD, as the user gives them.")


class StatusArguments(Arguments):
    """Of ``status``."""

    documents: bool = Field(default=False, description="Also list the documents.")


def _plain(schema: Any, known: dict[str, Any]) -> Any:
    """A schema without titles, references and empty defaults, which only cost a model tokens."""
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
        if not (name == "title" and isinstance(value, str)) and (name != "default" or value)
    }
