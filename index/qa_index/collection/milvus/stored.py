"""An index in Milvus as it is asked."""

from collections.abc import Sequence

from qa_index.collection.milvus import candidates
from qa_index.collection.milvus.checking import check
from qa_index.collection.milvus.fetching import FetchedIndex
from qa_index.collection.protocol import CandidateBlock
from qa_index.vectors import Floats, Rows


class MilvusIndex(FetchedIndex):
    """The live generation of the index at an address; read-only, safe to share between threads.

    A question takes no lock. Opening raises an ``IndexProblem``.
    """

    def candidates(
        self,
        terms: Sequence[str] | None,
        vector: Floats | None,
        *,
        depth: int,
        held: Sequence[str] = (),
        among: Rows | None = None,
    ) -> CandidateBlock:
        """See ``Collection.candidates``."""
        found = candidates.candidates(self, terms, vector, depth=depth, held=held, among=among)
        # Removed passages are just not found; so whether they were there is asked afterwards.
        self.check_horizon()
        return found

    def check(self) -> None:
        """See ``Index``."""
        check(self)
