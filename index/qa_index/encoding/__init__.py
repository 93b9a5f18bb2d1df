"""Embedding models: the interface that the rest of the package uses.

``qa_index.encoding.opening.open_encoder`` returns an :class:`Encoder`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.records import Span


class EncoderInput(NamedTuple):
    """One passage as input of the encoder."""

    context: str
    """Title and heading path: encoded before the text, not part of it; may be empty."""
    text: str
    sentences: tuple[Span, ...]
    """Relative to ``text``."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """Identity of a model, kept in the manifest so that the same one is used later."""

    name: str
    """As given by the user, or the full name of a packaged model."""
    sha256: str
    """Over the weights and every file that affects what the model computes."""
    dimension: int
    max_tokens: int
    """Word pieces that one forward pass reads: with special tokens, without the prompt."""
    normalize: bool
    """Whether vectors have length 1; similarity is the dot product either way."""


def context_budget(description: ModelDescription) -> int:
    """Most word pieces of a passage's context: enough for a title and headings, not for a page."""
    return min(32, description.max_tokens // 4)


def text_budget(description: ModelDescription) -> int:
    """Word pieces of text that one forward pass reads beside the context and special tokens.

    A passage may be longer. The part beyond the window then costs a second pass and counts only for
    its sentences.
    """
    special_tokens = 2
    return description.max_tokens - special_tokens - context_budget(description)


def joined(context: str, text: str) -> str:
    """Model input of a passage: its context on a line of its own, then the text."""
    return f"{context}\n{text}" if context else text


class EncodedPassages(NamedTuple):
    """Vectors of n passages with m sentences in all."""

    passages: NDArray[np.float32]
    """Shape (n, dimension)."""
    sentences: NDArray[np.float32]
    """Shape (m, dimension): the sentences of passage 0, then of passage 1, and so on."""


class Encoder(Protocol):
    """Turns passages and questions into vectors of one space."""

    @property
    def description(self) -> ModelDescription:
        """The model behind it."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens left out."""
        ...

    def fertility(self, text: str) -> float:
        """Word pieces that hold letters, over the letters of ``text``; 0 for one without letters.

        An unknown word counts as one piece per letter, or as two where a piece of one letter is
        nothing unusual. Shows how well the vocabulary covers the language: with MiniLM's, English
        has 0.23, Spanish and German 0.37, Russian, Chinese and Arabic 0.96 or more.
        """
        ...

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        """Vectors of each passage and of each of its sentences, in order."""
        ...

    def encode_question(self, question: str) -> NDArray[np.float32]:
        """Vector of a question, shape (dimension,)."""
        ...


def spelled(pieces: Iterable[tuple[str, bool]], *, of_unknown: int = 1) -> float:
    """``Encoder.fertility`` of a text, given as pieces with a flag for unknown ones.

    A letter of an unknown one counts as ``of_unknown`` pieces.
    """
    count = letters = 0
    for text, unknown in pieces:
        own = sum(map(str.isalpha, text))
        letters += own
        count += of_unknown * own if unknown else min(own, 1)
    return count / letters if letters else 0.0
