"""A LangChain retriever: ``GroundedQARetriever(index=".qa", k=3) | format | model``."""

from types import TracebackType
from typing import Any, Self

import qa
from qa.adapters.passages import OpenIndex, Unanswered, checked, extra, known_options, passages

with extra("langchain"):
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import ConfigDict, Field, field_validator


class GroundedQARetriever(BaseRetriever):
    """Passages that answer a question, each a quote with its whole citation as metadata.

    ``page_content`` is the quote, ``id`` the citation's. ``metadata`` is ``Citation.to_dict()``
    with ``location`` (such as ``path:line``) and ``answer``: status, probability and the rest of
    the answer. LangChain's documents have no score; ``metadata["scores"]["fused"]`` is what ranks.

    The options are those of ``qa.Session.ask``, or with ``least`` of ``ask_all``; ``invoke`` and
    ``bind`` take them for one call. A retriever is picklable, and ``langchain_core.load.dumps``
    writes it; ``loads`` needs ``allowed_objects=[GroundedQARetriever]`` and
    ``valid_namespaces=["qa"]``.

    Raises an ``IndexProblem`` if there is no usable index, and when asked what ``Session.ask``
    raises.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    index: Any = Field(default=None, validate_default=True)
    """Folder of the index, or an open ``qa.Session``; by default the nearest ``.qa`` upwards."""
    unanswered: Unanswered = Unanswered.EMPTY
    """When the sources do not answer, ``empty`` returns nothing, ``nearest`` the nearest
    passages."""
    k: int = 5
    mode: str = "hybrid"
    min_confidence: str = "medium"
    filter: str | tuple[str, ...] | dict[str, Any] | None = None
    """Patterns of paths, or a ``qa.Filter``, which is kept as its ``to_dict``."""
    within: str | tuple[str, ...] = ()
    strict: bool = False
    read: bool = True
    least: float | None = None
    """Returns every passage that answers with this probability or more, instead of ``k``."""

    @field_validator("index", mode="plain")
    @classmethod
    def _shared(cls, index: Any) -> OpenIndex:
        # LangChain makes copies for one call from the fields of another retriever.
        return index if isinstance(index, OpenIndex) else OpenIndex(index)

    @field_validator("filter", mode="before")
    @classmethod
    def _written(cls, filter: Any) -> Any:
        return filter.to_dict() if isinstance(filter, qa.Filter) else filter

    def model_post_init(self, context: Any) -> None:
        """Opens the index, so that one that cannot be used is noticed here."""
        self.index.session()

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """It is: as the folder of its index and its options."""
        return True

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """The folder of the index stands for it."""
        return {"index": self.index.name}

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        return self._documents(self.index.ask(query, self._options(options)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        return self._documents(await self.index.ask_async(query, self._options(options)))

    def _options(self, given: dict[str, Any]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in known_options()} | checked(given)

    def _documents(self, answer: qa.Answer | qa.PassageList) -> list[Document]:
        return [
            Document(id=each.id, page_content=each.quote, metadata=each.metadata)
            for each in passages(answer, self.unanswered)
        ]

    def close(self) -> None:
        """Releases the index, unless a session was given. A further question opens it again."""
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
