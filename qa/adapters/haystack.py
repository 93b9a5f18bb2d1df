"""A Haystack component: ``pipeline.add_component("qa", GroundedQARetriever(".qa", k=3))``."""

import asyncio
from collections.abc import Mapping
from enum import Enum
from os import PathLike, fspath
from typing import Any, Self, Unpack

import qa
from qa.adapters.options import RetrieverOptions
from qa.adapters.passages import Index, OpenIndex, checked, extra, passages, told, unanswered_of

with extra("haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict

PATH = "meta.source.path"
"""The field that filters may name."""


@component
class GroundedQARetriever:
    """Passages that answer a question, each a quote with its whole citation as metadata.

    A document's content is the quote, its id the citation's, its score what ranks. ``meta`` is
    ``Citation.to_dict()`` with ``location`` (such as ``path:line``) and ``answer``: status,
    probability and the rest of the answer.

    It follows the protocol ``TextRetriever``. The index is opened by ``warm_up`` or the first run,
    and released by ``close``; a further run opens it again. A pipeline that holds it is written and
    loaded with ``allowed_modules=["qa.adapters.haystack"]``.

    Runs raise an ``IndexProblem`` if there is no usable index, and what ``Session.ask`` raises.
    """

    def __init__(
        self,
        index: Index = None,
        *,
        unanswered: str = "empty",
        **options: Unpack[RetrieverOptions],
    ) -> None:
        """Keeps the settings; opens nothing.

        Args:
            index: Folder of the index, or an open ``qa.Session``; by default the nearest ``.qa``
                upwards.
            unanswered: When the sources do not answer, ``empty`` returns no documents, ``nearest``
                the nearest passages.
            options: Those of ``qa.Session.ask``, or with ``least`` of ``ask_all``.
        """
        self.unanswered = unanswered_of(unanswered)
        self.options = checked(options)
        self.index = OpenIndex(index)

    def warm_up(self) -> None:
        """Opens the index, if it is not open."""
        self.index.session()

    async def warm_up_async(self) -> None:
        """The same; the event loop goes on meanwhile."""
        await asyncio.to_thread(self.warm_up)

    def close(self) -> None:
        """Releases the index, unless a session was given."""
        self.index.close()

    def to_dict(self) -> dict[str, Any]:
        """The component as JSON types; the folder stands for the index."""
        written: dict[str, Any] = default_to_dict(
            self, index=self.index.name, unanswered=str(self.unanswered), **_plain(self.options)
        )
        return written

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The component that ``to_dict`` wrote."""
        made: Self = default_from_dict(cls, data)
        return made

    @component.output_types(documents=list[Document], answer=dict[str, Any])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """Asks the index.

        Args:
            query: The question.
            filters: ``meta.source.path`` that is ``==`` a path, or ``in`` a list of them. Others
                are refused; the options ``filter`` and ``within`` select sources by pattern.
            top_k: Most documents of this run; by default the option ``k``.

        Returns:
            ``documents``, best first, and ``answer``: status, probability and the rest of the
            answer, also where there are no documents.
        """
        return self._found(self.index.ask(query, self._options(filters, top_k)), top_k)

    @component.output_types(documents=list[Document], answer=dict[str, Any])
    async def run_async(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """The same as ``run``; the event loop goes on meanwhile."""
        return self._found(await self.index.ask_async(query, self._options(filters, top_k)), top_k)

    def _options(self, filters: dict[str, Any] | None, top_k: int | None) -> dict[str, Any]:
        options = dict(self.options)
        if filters:
            options["within"] = _paths_in(filters)
        if top_k is not None:
            options["k"] = top_k or 1  # what none of is wanted from is still an answer
        return options

    def _found(self, answer: qa.Answer | qa.PassageList, top_k: int | None) -> dict[str, Any]:
        documents = [
            Document(id=each.id, content=each.quote, meta=each.metadata, score=each.score)
            for each in passages(answer, self.unanswered)
        ]
        return {"documents": documents[:top_k], "answer": told(answer)}


def _paths_in(filters: dict[str, Any]) -> list[str]:
    """The sources that filters select. Raises ``InputError`` if they say anything else."""
    value = filters.get("value")
    paths = value if filters.get("operator") == "in" else [value]
    right = filters.get("field") == PATH and filters.get("operator") in ("==", "in")
    if not right or not isinstance(paths, list) or not all(isinstance(each, str) for each in paths):
        raise qa.InputError(
            f"filters must compare {PATH} by == or in, not {filters!r}; "
            "the options filter and within select sources by pattern"
        )
    return paths


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON types."""
    return {name: _written(value) for name, value in options.items()}


def _written(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, qa.Filter):
        return value.to_dict()
    return [_written(each) for each in value] if isinstance(value, list | tuple) else value
