"""A plugin of llm: the tool ``GroundedQA``, and the fragments of ``-f 'qa:QUESTION'``.

llm loads it, by the entry point of that name, for each of its commands: importing it must stay
cheap.
"""

import json
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from qa.adapters.passages import (
    OpenIndex,
    Unanswered,
    checked,
    extra,
    passages,
    unanswered_of,
)

with extra("llm"):
    import llm

if TYPE_CHECKING:
    from qa.adapters.options import RetrieverOptions

PREFIX = "qa"
"""Of the fragments."""

INDEX_VARIABLE = "QA_INDEX"
"""Names the folder of the index, as for the command."""


class GroundedQA(llm.Toolbox):
    """Passages of indexed documents that answer a question, quoted word for word.

    ``-T GroundedQA`` asks the index that ``$QA_INDEX`` names, else the nearest ``.qa`` upwards;
    ``-T 'GroundedQA(index="manual/.qa", k=3)'`` another one. ``unanswered`` is ``empty``, or
    ``nearest`` to return passages also when the sources do not answer. The other options are those
    of ``qa.Session.ask``, or with ``least`` of ``ask_all``.
    """

    # llm makes a tool of each public method.

    def __init__(
        self,
        index: str | None = None,
        unanswered: str = "empty",
        **options: "Unpack[RetrieverOptions]",
    ) -> None:
        self._unanswered = unanswered_of(unanswered)
        self._options = checked(options)
        self._config: dict[str, Any] = {**self._config, **options}  # llm records it
        self._index = _named(index)

    def ask(self, question: str) -> str:
        """Ask the indexed documents a question in plain words.

        Returns JSON. "citations" are passages quoted word for word, best first, each with its
        source. If "status" is "no_answer", the documents do not say. Quote exactly, and name the
        source of what you use.
        """
        answer = self._index.ask(question, self._options)
        told = answer.to_dict()
        if not passages(answer, self._unanswered):
            told["citations"] = []
        return json.dumps(told, ensure_ascii=False, allow_nan=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._index.close()


def fragments(question: str) -> list[llm.Fragment]:
    """Passages of indexed documents that answer a question: -f 'qa:Who heads the forum?'

    Each fragment is a quote, its source the citation as JSON. The index is $QA_INDEX, else the
    nearest .qa upwards. An error if the documents do not answer.
    """
    index = _named(None)
    try:
        answer = index.session().ask(question)
    finally:
        index.close()
    found = passages(answer, Unanswered.EMPTY)
    if not found:
        raise ValueError(f"the sources do not answer it (probability {answer.probability:.0%})")
    return [llm.Fragment(each.quote, _cited(each.metadata)) for each in found]


def _cited(metadata: dict[str, Any]) -> str:
    """The citation as JSON, its location first: lists of fragments show the beginning."""
    cited = {"location": metadata["location"], **metadata}
    return json.dumps(cited, ensure_ascii=False, allow_nan=False)


def _named(index: str | None) -> OpenIndex:
    return OpenIndex(index or os.environ.get(INDEX_VARIABLE) or None)


@llm.hookimpl
def register_tools(register: Callable[..., None]) -> None:
    """Registers the tool."""
    register(GroundedQA)


@llm.hookimpl
def register_fragment_loaders(register: Callable[..., None]) -> None:
    """Registers the loader."""
    register(PREFIX, fragments)
