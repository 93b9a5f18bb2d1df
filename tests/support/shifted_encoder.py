"""A stand-in for models whose unrelated texts are similar, such as multilingual-e5-small."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import EncodedPassages, Encoder, EncoderInput


class ShiftedEncoder:
    """Adds the same large vector to those of another encoder: ``normalize(v + m)``.

    Unrelated texts have a similarity of ``unrelated``, and the order of similarities is kept.
    """

    def __init__(self, encoder: Encoder, *, unrelated: float = 0.73) -> None:
        self._encoder = encoder
        inner = encoder.description
        common = np.random.default_rng(0).standard_normal(inner.dimension)
        length = (unrelated / (1 - unrelated)) ** 0.5
        self._common = (common * length / np.linalg.norm(common)).astype(np.float32)
        name = f"shifted to {unrelated}"
        digest = hashlib.sha256(f"{inner.sha256} {name}".encode()).hexdigest()
        self.description = replace(inner, name=name, sha256=digest)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def fertility(self, text: str) -> float:
        return self._encoder.fertility(text)

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        encoded = self._encoder.encode_passages(inputs)
        return EncodedPassages(self._shifted(encoded.passages), self._shifted(encoded.sentences))

    def encode_question(self, question: str) -> NDArray[np.float32]:
        return self._shifted(self._encoder.encode_question(question))

    def _shifted(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        moved = vectors + self._common
        unit: NDArray[np.float32] = moved / np.linalg.norm(moved, axis=-1, keepdims=True)
        return unit
