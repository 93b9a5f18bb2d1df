"""sentence-transformers: the source of exports, their reference, and the fallback."""

import contextlib
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import (
    EncodedPassages,
    EncoderInput,
    ModelDescription,
    context_budget,
    joined,
    spelled,
)
from qa_index.encoding.models import ModelFolder
from qa_index.encoding.recipe import Output
from qa_index.encoding.text import bounded_question, without_surrogates
from qa_index.encoding.tokens import UNKNOWN_TOKENS
from qa_index.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

_LOUD = ("torch", "transformers", "sentence_transformers", "onnxscript")

UNLIMITED_WINDOW = 512
"""Word pieces assumed for a model without a finite limit."""


def require_libraries(name: str) -> None:
    """Raise :class:`ModelUnavailable` unless what a model is loaded with is installed."""
    for library in ("torch", "transformers", "sentence_transformers"):
        if find_spec(library) is None:
            raise ModelUnavailable(
                f"the model {name} needs {library.replace('_', '-')}, which is not installed: "
                "pip install sentence-transformers torch onnx onnxscript, or choose the default "
                "model"
            )


def load(
    folder: ModelFolder, *, device: str | None = None, for_export: bool = False
) -> "SentenceTransformer":
    """Load the model from this folder only: no network, no code of its own, no pickles.

    ``device`` is torch's; ``None`` means a GPU if torch sees one. ``for_export`` uses attention in
    plain operations, which exporters support and which are fastest after export.
    """
    settings: dict[str, Any] = {"use_safetensors": True}
    if for_export:
        settings["attn_implementation"] = "eager"
    with quiet():
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(
                str(folder.path),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs=settings,
            ).eval()
        except Exception as error:  # a foreign model's files can raise anything
            raise ModelUnavailable(
                f"the model {folder.name} cannot be loaded ({one_line(error)}): "
                "get it again, or choose another model"
            ) from error


def window_of(model: "SentenceTransformer") -> int:
    """The model's window in word pieces."""
    limit = model.max_seq_length
    return limit if isinstance(limit, int) and limit < 1_000_000 else UNLIMITED_WINDOW


def one_line(error: Exception) -> str:
    """A library's error message, shortened to one line."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first[:160]}" if first else type(error).__name__


def as_function(
    model: "SentenceTransformer", names: Sequence[str], output: Output
) -> "torch.nn.Module":
    """The model as a function from the tensors ``names`` to its token vectors or embeddings."""
    import torch

    tokens = output is Output.TOKENS
    modules = list(model)

    class Function(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(modules[:1] if tokens else modules)

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features = dict(zip(names, tensors, strict=True))
            for step in self.steps:
                features = step(features)
            return features["token_embeddings" if tokens else "sentence_embedding"]

    return Function().eval()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress progress bars, warnings and log lines of torch and transformers."""
    loggers = [logging.getLogger(name) for name in _LOUD]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from transformers.utils import logging as transformers_logging

            bars = transformers_logging.is_progress_bar_enabled()
            transformers_logging.disable_progress_bar()
            try:
                yield
            finally:
                if bars:
                    transformers_logging.enable_progress_bar()
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class SentenceTransformerEncoder:
    """An :class:`~qa_index.encoding.Encoder` for models that cannot be exported.

    Sentences are encoded on their own. It opens seconds slower and encodes at half the speed.
    """

    def __init__(self, name: str, sha256: str, model: "SentenceTransformer") -> None:
        self._model = model
        # A tokenizer of transformers fails if two threads use it at once.
        self._turn = threading.Lock()
        vector = self.encode_question("dimension")
        self.description = ModelDescription(
            name=name,
            sha256=sha256,
            dimension=len(vector),
            max_tokens=window_of(model),
            normalize=abs(float(np.linalg.norm(vector)) - 1) < 1e-5,
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens left out."""
        with self._turn, quiet():
            return [len(self._pieces(without_surrogates(text))) for text in texts]

    def _pieces(self, text: str) -> Sequence[str]:
        tokenizer = self._model.tokenizer
        if hasattr(tokenizer, "tokenize"):
            pieces: Sequence[str] = tokenizer.tokenize(text)
        else:
            pieces = tokenizer.encode(text, add_special_tokens=False).tokens
        return pieces

    def fertility(self, text: str) -> float:
        """See ``Encoder.fertility``."""
        words = bounded_question(text, window_of(self._model)).split()
        with self._turn:
            return spelled(
                (piece, piece in UNKNOWN_TOKENS)
                for word in words
                for piece in self._model.tokenizer.tokenize(word)
            )

    def encode_question(self, question: str) -> Vectors:
        """Vector of a question, shape (dimension,)."""
        texts = [bounded_question(question, window_of(self._model))]
        vector: Vectors = self._encoded(self._model.encode_query, texts)[0]
        return vector

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        """Vectors of each passage and of each of its sentences, in order.

        A context is cut to as many words as the exported encoder allows word pieces.
        """
        limit = context_budget(self.description)
        passages = [
            without_surrogates(joined(" ".join(each.context.split()[:limit]), each.text))
            for each in inputs
        ]
        sentences = [
            without_surrogates(each.text[a:b]) for each in inputs for a, b in each.sentences
        ]
        return EncodedPassages(
            self._encoded(self._model.encode_document, passages),
            self._encoded(self._model.encode_document, sentences),
        )

    def _encoded(self, encode: Callable[..., Vectors], texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.description.dimension), dtype=np.float32)
        with self._turn:
            return np.asarray(encode(texts, show_progress_bar=False), dtype=np.float32)
