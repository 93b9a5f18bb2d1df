"""The model that a network starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.reader.network import WordVectors

Parameters = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weight, shape (out, in) or (n,), and bias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Embeddings, layers and, if it was made to judge passages, its head."""

    words: WordVectors
    places: NDArray[np.float32]
    """Position embeddings with that of the first kind of token added, shape (n, 384)."""
    norm: Parameters
    layers: Sequence[Mapping[str, Parameters]]
    """By name of the part of ``network.Layer``."""
    segment: NDArray[np.float32] | None = None
    """What is added to the pieces after the question, shape (384,), if they are told apart."""
    pooled: Parameters | None = None
    """Before the hyperbolic tangent of the first piece's state."""
    answered: Parameters | None = None
    """From that to the logit."""
