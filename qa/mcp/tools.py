"""The tools: each makes one call of the library and gives it as JSON and as text."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import qa
from qa.mcp import texts
from qa.mcp.arguments import (
    Arguments,
    AskArguments,
    FindAnnotationsArguments,
    ListArguments,
    ShowArguments,
    StatusArguments,
    VerifyQuoteArguments,
)

if TYPE_CHECKING:
    from qa import Session

MOST_TARGETS = 100
"""Most targets of annotations that one call looks up."""

LISTED = 200
"""Most entries of each list of the state."""

LEFT_OUT = {
    "type": "object",
    "additionalProperties": {"type": "integer"},
    "description": "How many entries of a list were left out to keep this short.",
}


class Reply(NamedTuple):
    """The result of a tool."""

    text: str
    """For the model to read."""
    data: dict[str, Any]
    """The JSON that the command prints."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, as a model is told of it and as it is called."""

    name: str
    title: str
    description: str
    takes: type[Arguments]
    returns: dict[str, Any]
    """JSON Schema of ``Reply.data``."""
    call: "Callable[[Session, Any], Reply]"
    """Raises a ``QAError``."""


def _ask(session: "Session", given: AskArguments) -> Reply:
    answer = session.ask(
        given.question,
        k=given.k,
        min_confidence=given.min_confidence,
        filter=given.selected(),
    )
    return Reply(texts.answer_text(answer), answer.to_dict())


def _list_passages(session: "Session", given: ListArguments) -> Reply:
    if given.judged and not given.sample:
        raise qa.InputError("'judged' goes with the 'sample' that was judged")
    found = session.ask_all(
        given.question, least=given.least, filter=given.selected(), sample=given.sample
    )
    if not given.judged:
        return Reply(texts.list_text(found), found.to_dict())
    review = qa.read_review(found)  # the same question draws the same sample
    if given.judged.keys() - {each.id for each in review.passages}:
        raise qa.InputError(
            "'judged' names passages that are not in the sample: the documents or another argument "
            "have changed since it was drawn; draw and judge it again"
        )
    for passage, answers in given.judged.items():
        review.judge(passage, answers)
    told = review.estimate()
    return Reply(texts.review_text(told), {**review.to_dict(), "review": told.to_dict()})


def _show(session: "Session", given: ShowArguments) -> Reply:
    excerpt = session.excerpt(given.passage, sentences=given.sentences)
    return Reply(texts.excerpt_text(excerpt), excerpt.to_dict())


def _verify_quote(session: "Session", given: VerifyQuoteArguments) -> Reply:
    check = session.verify_quote(given.quote, source=given.source or None)
    return Reply(texts.check_text(check), check.to_dict())


def _find_annotations(session: "Session", given: FindAnnotationsArguments) -> Reply:
    told = json.dumps(given.annotations)
    targets = qa.read_annotations(told, "the argument", most=MOST_TARGETS)
    found = session.find_annotations(targets)
    return Reply(texts.found_text(found), found.to_dict())


def _status(session: "Session", given: StatusArguments) -> Reply:
    state = session.state(documents=given.documents)
    return Reply(texts.state_text(state), _shortened(state.to_dict()))


def _shortened(data: dict[str, Any]) -> dict[str, Any]:
    """The same with at most ``LISTED`` entries in each list; ``left_out`` counts the others."""
    lists = {name: value for name, value in data.items() if isinstance(value, list | tuple)}
    left_out = {name: len(value) - LISTED for name, value in lists.items() if len(value) > LISTED}
    short = {name: lists[name][:LISTED] for name in left_out}
    return {**data, **short, **({"left_out": left_out} if left_out else {})}


def _schema(name: str, **more: Any) -> dict[str, Any]:
    """The schema of a document, with fields that this face adds."""
    schema = qa.json_schema(name)
    del schema["$schema"]  # draft 2020-12 is the protocol's own dialect
    for field, added in more.items():
        schema["$defs"] |= added.pop("$defs", {})
        schema["properties"][field] = added
    return schema


TOOLS = (
    Tool(
        "ask",
        "Ask the documents",
        "Find the passages of the user's own documents that answer a question, quoted word for "
        "word, each with its place. Use it before you answer anything that these documents may "
        "say, instead of answering from memory.\n"
        "Ask one plain question at a time, in full words; ask the parts of a compound question "
        "one by one. It finds and quotes: it does not summarise, count, compare or calculate.\n"
        "Quotes are verbatim. Repeat them unchanged, in quotation marks, with their place, and "
        "keep your own words apart from them.\n"
        "With status no_answer the documents do not answer: tell the user so. The passages that "
        "are then listed are only the nearest ones; do not present them as an answer. Asking once "
        "more in other words is fine.",
        AskArguments,
        _schema("qa.answer/1"),
        _ask,
    ),
    Tool(
        "list_passages",
        "List every passage",
        "List every passage of the documents that answers a question, the likeliest first, with an "
        "estimate of how many that answer are not listed. Use it for a review where all places "
        'matter ("all clauses on notice"), not for a question that one passage answers: it takes '
        "longer, and less likely passages are among it. Each has its own probability. Quotes are "
        "verbatim.\n"
        "The estimate can be far too low. If nothing may be missed, ask for a `sample` of what is "
        "not listed, judge each of its passages by its quote alone, and call again with `judged`: "
        "the estimate is then corrected by your judgements.",
        ListArguments,
        _schema("qa.passages/1", review=_schema("qa.review/1")),
        _list_passages,
    ),
    Tool(
        "show",
        "Show a passage",
        "Show a passage with the sentences before and after it, as they stand in the document. Use "
        "it when a quote from `ask` cannot be understood alone, or to read on. The text is "
        "verbatim.",
        ShowArguments,
        _schema("qa.excerpt/1"),
        _show,
    ),
    Tool(
        "verify_quote",
        "Check a quote",
        "Check that a quote stands in the documents, word for word, before you present it as one: "
        "a quote that you have written, shortened or translated, or that the user gives you.\n"
        "The verdict is exact; typography (the words are the same, quotation marks or dashes are "
        "not); drifted (some words differ: use the source's text instead); elsewhere (another "
        "document holds it); or absent (do not present it as a quote).",
        VerifyQuoteArguments,
        _schema("qa.quote/1"),
        _verify_quote,
    ),
    Tool(
        "find_annotations",
        "Find annotations",
        "Find the texts of W3C Web Annotations in the documents, also after their file was renamed "
        "or converted. Use it only for annotations in JSON-LD that the user gives.",
        FindAnnotationsArguments,
        _schema("qa.annotations/1"),
        _find_annotations,
    ),
    Tool(
        "status",
        "What is indexed",
        "Tell which documents are searched, in which languages, and whether files have changed, "
        "come or gone since they were indexed. Use it when the user asks what is there, or when "
        "`ask` finds nothing that should be there.",
        StatusArguments,
        _schema("qa.status/1", left_out=LEFT_OUT),
        _status,
    ),
)
