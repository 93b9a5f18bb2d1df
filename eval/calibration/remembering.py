"""An encoder that encodes each passage once; the same passage is in many variations."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import encoding_key
from qa_index.encoding import EncodedPassages, Encoder, EncoderInput, ModelDescription


class RememberingEncoder:
    """An ``Encoder`` with a cache in a file, because encoding a set takes minutes."""

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self._encoder = encoder
        self._file = file
        self._known: dict[tuple[int, int], EncodedPassages] = {}
        if file.exists():
            with np.load(file) as kept:
                sentences = np.split(kept["sentences"], np.cumsum(kept["counts"]))[:-1]
                for key, passage, own in zip(
                    kept["keys"], kept["passages"], sentences, strict=True
                ):
                    low, high = key.tolist()
                    self._known[low, high] = EncodedPassages(passage[None], own)

    @property
    def description(self) -> ModelDescription:
        """The model behind it."""
        return self._encoder.description

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text."""
        return self._encoder.count_tokens(texts)

    def fertility(self, text: str) -> float:
        """See ``Encoder.fertility``."""
        return self._encoder.fertility(text)

    def encode_question(self, question: str) -> NDArray[np.float32]:
        """Vector of a question, shape (dimension,)."""
        return self._encoder.encode_question(question)

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        """Vectors of passages and sentences, computed or from the cache."""
        keys = [encoding_key(*each) for each in inputs]
        unknown = [(k, each) for k, each in zip(keys, inputs, strict=True) if k not in self._known]
        encoded = self._encoder.encode_passages([each for _, each in unknown])
        ends = np.cumsum([len(each.sentences) for _, each in unknown])
        for (key, _), passage, own in zip(
            unknown, encoded.passages, np.split(encoded.sentences, ends)[:-1], strict=True
        ):
            self._known[key] = EncodedPassages(passage[None], own)
        found = [self._known[key] for key in keys]
        return EncodedPassages(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def save(self) -> None:
        """Write the cache to its file."""
        known = self._known.values()
        if not known:  # the index was there already
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            self._file,
            keys=np.array(list(self._known), dtype=np.uint64),
            passages=np.concatenate([each.passages for each in known]),
            counts=np.array([len(each.sentences) for each in known]),
            sentences=np.concatenate([each.sentences for each in known]),
        )
