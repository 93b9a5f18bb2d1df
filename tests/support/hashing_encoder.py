"""An encoder without a model: fast and deterministic; texts that share words are similar."""

import hashlib
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import EncodedPassages, EncoderInput, ModelDescription, joined, spelled
from qa_index.encoding.profile import MINILM, PROFILES

_WORD = re.compile(r"\w+")


class HashingEncoder:
    """An ``Encoder`` whose vectors are sums of fixed pseudo-random vectors, one for each word.

    The same text has the same vector on every machine, and only its words matter. Texts
    without a word have the zero vector.
    """

    def __init__(self, *, dimension: int = 64, max_tokens: int = 256) -> None:
        self.description = ModelDescription(
            name="test-hashing",
            sha256=hashlib.sha256(f"test-hashing {dimension}".encode()).hexdigest(),
            dimension=dimension,
            max_tokens=max_tokens,
            normalize=True,
        )
        # Unrelated texts have a similarity of 0, as under the packaged model.
        PROFILES[self.description.sha256] = MINILM

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def fertility(self, text: str) -> float:
        return spelled((word, False) for word in _WORD.findall(text))

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        return EncodedPassages(
            self._vectors([joined(each.context, each.text) for each in inputs]),
            self._vectors([each.text[a:b] for each in inputs for a, b in each.sentences]),
        )

    def encode_question(self, question: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._vectors([question])[0]
        return vector

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        dimension = self.description.dimension
        vectors = np.zeros((len(texts), dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            # Sorted, so that rounding does not depend on the order of words.
            for word in sorted(_WORD.findall(text.lower())):
                vectors[row] += _word_vector(word, dimension)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0)
        return vectors


@cache
def _word_vector(word: str, dimension: int) -> NDArray[np.float32]:
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "little")))
    vector: NDArray[np.float32] = generator.standard_normal(dimension, dtype=np.float32)
    return vector
