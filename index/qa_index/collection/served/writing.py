"""What the writers of all servers do alike."""

import os
import socket
from collections import deque
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from qa_index.collection.weighting import DEFAULT_B, DEFAULT_K1
from qa_index.collection.writing import NewPassage
from qa_index.vectors import Encoded, Floats, Quantised


class HasPassage(Protocol):
    """A new passage, with what an engine notes of it."""

    @property
    def passage(self) -> NewPassage:
        """The passage."""
        ...


Waiting = TypeVar("Waiting", bound=HasPassage)


def with_vectors(
    waiting: deque[Waiting], encoded: Encoded
) -> Iterator[tuple[Waiting, Floats, Quantised]]:
    """The passages that waited longest, each with its vector and those of its sentences.

    They wait no more. Raises ``ValueError`` if there are more vectors than passages.
    """
    sentence = 0
    for own in encoded.passages:
        if not waiting:
            raise ValueError("more vectors than passages")
        first = waiting.popleft()
        end = sentence + len(first.passage.sentences)
        own_sentences = Quantised(
            encoded.sentences.codes[sentence:end], encoded.sentences.scales[sentence:end]
        )
        yield first, own, own_sentences
        sentence = end


def refuse_waiting(waiting: Collection[HasPassage]) -> None:
    """Raise ``ValueError`` if any passage lacks its vectors."""
    if waiting:
        raise ValueError(f"{len(waiting)} passages have no vectors")


def statistics_of(passages: int, terms: int) -> dict[str, float]:
    """``Manifest.statistics`` of so many passages that hold so many terms."""
    return {
        "row_count": float(passages),
        "average_length": terms / passages if passages else 0.0,
        "average_okapi_idf": 0.0,
        "k1": DEFAULT_K1,
        "b": DEFAULT_B,
    }


def this_process() -> str:
    """What others are told of who writes."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return f"process {os.getpid()} on {socket.gethostname()} since {now}"
