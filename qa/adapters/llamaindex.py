"""A LlamaIndex retriever: ``RetrieverQueryEngine.from_args(GroundedQARetriever(".qa", k=3))``."""

from types import TracebackType
from typing import Any, Self, Unpack

import qa
from qa.adapters.options import RetrieverOptions
from qa.adapters.passages import Index, OpenIndex, checked, extra, passages, unanswered_of

with extra("llamaindex"):
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode


class GroundedQARetriever(BaseRetriever):
    """Passages that answer a question, each a quote with its whole citation as metadata.

    A node's text is the quote, its id the citation's, ``start_char_idx`` and ``end_char_idx`` the
    span in the source. ``metadata`` is ``Citation.to_dict()`` with ``location`` (such as
    ``path:line``) and ``answer``: status, probability and the rest of the answer. None of it is
    shown to a language or embedding model, unless a key is taken off the node's
    ``excluded_llm_metadata_keys``. The score is what ranks, ``metadata["scores"]["fused"]``.

    Raises an ``IndexProblem`` if there is no usable index, and when asked what ``Session.ask``
    raises. It is picklable.
    """

    def __init__(
        self,
        index: Index = None,
        *,
        unanswered: str = "empty",
        callback_manager: CallbackManager | None = None,
        verbose: bool = False,
        **options: Unpack[RetrieverOptions],
    ) -> None:
        """Opens the index.

        Args:
            index: Its folder, or an open ``qa.Session``; by default the nearest ``.qa`` upwards.
            unanswered: When the sources do not answer, ``empty`` returns nothing, ``nearest`` the
                nearest passages.
            callback_manager: As in LlamaIndex.
            verbose: As in LlamaIndex.
            options: Those of ``qa.Session.ask``, or with ``least`` of ``ask_all``.
        """
        super().__init__(callback_manager=callback_manager, verbose=verbose)
        self._unanswered = unanswered_of(unanswered)
        self._options = checked(options)
        self._index = OpenIndex(index)
        self._index.session()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(self._index.ask(query_bundle.query_str, self._options))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(await self._index.ask_async(query_bundle.query_str, self._options))

    def _nodes(self, answer: qa.Answer | qa.PassageList) -> list[NodeWithScore]:
        found = passages(answer, self._unanswered)
        return [
            NodeWithScore(node=_node(each.id, each.quote, each.metadata), score=each.score)
            for each in found
        ]

    def close(self) -> None:
        """Releases the index, unless a session was given. A further question opens it again."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _node(id: str, quote: str, metadata: dict[str, Any]) -> TextNode:
    hidden = list(metadata)
    return TextNode(
        id_=id,
        text=quote,
        start_char_idx=metadata["span"]["start"],
        end_char_idx=metadata["span"]["end"],
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
    )
