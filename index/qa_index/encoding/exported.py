"""The encoder for indexing and asking: an exported model, run without torch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import (
    EncodedPassages,
    EncoderInput,
    ModelDescription,
    context_budget,
    joined,
)
from qa_index.encoding.batches import Engine, Forward, padded, run_batches
from qa_index.encoding.recipe import Output, Recipe
from qa_index.encoding.text import bounded_question, without_surrogates
from qa_index.encoding.tokens import (
    AnyTokenizer,
    Window,
    clipped,
    counts,
    fertility,
    windows,
    windows_of_each,
)
from qa_index.records import Span

Vectors = NDArray[np.float32]


class _Pooled(NamedTuple):
    """Pooled vectors of a batch of windows."""

    windows: Sequence[int]
    means: Vectors
    """Shape (len(windows), dimension): over all tokens of each window."""
    sentences: NDArray[np.int64]
    """Shape (k,): numbers among all sentences."""
    sums: Vectors
    """Shape (k, dimension): over the tokens of each."""
    lengths: NDArray[np.int64]
    """Shape (k,): how many tokens were summed."""


class ExportedEncoder:
    """An :class:`~qa_index.encoding.Encoder` over a graph that maps token ids to vectors.

    For models with mean pooling, one forward pass gives both granularities. A passage's vector is
    the mean of all tokens of context and text, as in sentence-transformers. A sentence's vector is
    the mean of its tokens in the same pass. Other models encode each sentence on its own.
    Instances may be shared between threads.
    """

    def __init__(
        self,
        description: ModelDescription,
        recipe: Recipe,
        tokenizer: AnyTokenizer,
        questions: Forward,
        passages: Engine,
    ) -> None:
        """``tokenizer`` truncates at the model's window and does not pad."""
        self.description = description
        self._recipe = recipe
        self._tokenizer = tokenizer
        self._questions = questions
        self._passages = passages

    @property
    def output(self) -> Output:
        """Kind of the graph's output."""
        return self._recipe.output

    def with_passage_engine(self, engine: Engine) -> "ExportedEncoder":
        """The same encoder with another engine for passages."""
        return ExportedEncoder(
            self.description, self._recipe, self._tokenizer, self._questions, engine
        )

    def on_one_thread(self) -> "ExportedEncoder":
        """The same encoder, which leaves the other cores to others. Its vectors are the same."""
        return self.with_passage_engine(self._passages._replace(workers=1))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens left out."""
        return counts(self._tokenizer, [without_surrogates(text) for text in texts])

    def fertility(self, text: str) -> float:
        """See ``Encoder.fertility``; of a huge text only the beginning is examined."""
        text = bounded_question(text, self._recipe.max_tokens)
        return fertility(text, self._tokenizer.encode(text, add_special_tokens=False))

    def encode_question(self, question: str) -> Vectors:
        """Vector of a question, shape (dimension,); see ``text.bounded_question`` for huge ones."""
        recipe = self._recipe
        text = recipe.query_prompt + bounded_question(question, recipe.max_tokens)
        first = windows(self._tokenizer, text)[0]
        if not len(first.ids):
            return np.zeros(recipe.dimension, dtype=np.float32)
        output = self._questions(*padded([first.ids], recipe.pad_id))
        whole = output.mean(axis=1, dtype=np.float32) if recipe.output is Output.TOKENS else output
        vector: Vectors = self._finished(whole)[0]
        return vector

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        """Vectors of each passage and of each of its sentences, in order.

        A passage's vector covers the first window of context and text; sentences are encoded to
        their end. A sentence without tokens gets its passage's vector.
        """
        texts, sentences = self._texts(inputs)
        owners = np.repeat(np.arange(len(inputs)), [len(spans) for spans in sentences])
        if self._recipe.output is Output.TOKENS:
            encoded, empty = self._pooled(texts, sentences)
        else:
            encoded, empty = self._each_alone(inputs, texts)
        encoded.sentences[empty] = encoded.passages[owners[empty]]
        return encoded

    def _texts(self, inputs: Sequence[EncoderInput]) -> tuple[list[str], list[list[Span]]]:
        """Model input of each passage, and the spans of its sentences in it."""
        contexts = list(dict.fromkeys(each.context for each in inputs))
        limit = context_budget(self.description)
        cut = clipped(self._tokenizer, [without_surrogates(text) for text in contexts], limit)
        shortened = dict(zip(contexts, cut, strict=True))
        texts: list[str] = []
        sentences: list[list[Span]] = []
        for each in inputs:
            text = joined(shortened[each.context], without_surrogates(each.text))
            texts.append(self._recipe.document_prompt + text)
            shift = len(texts[-1]) - len(each.text)
            sentences.append([Span(start + shift, end + shift) for start, end in each.sentences])
        return texts, sentences

    def _pooled(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[EncodedPassages, NDArray[np.intp]]:
        """Both granularities from one forward pass, and the sentences without tokens."""
        rows: list[Window] = []
        passage_of_first: dict[int, int] = {}
        before = 0
        for passage, parts in enumerate(windows_of_each(self._tokenizer, texts, sentences)):
            passage_of_first[len(rows)] = passage
            rows += [_shifted(part, before) for part in parts]
            before += len(sentences[passage])

        passages = np.zeros((len(texts), self._recipe.dimension), dtype=np.float32)
        sums = np.zeros((before, self._recipe.dimension), dtype=np.float32)
        lengths = np.zeros(before, dtype=np.int64)

        def reduce(batch: Sequence[int], output: Vectors) -> _Pooled:
            return _pool(batch, [rows[i].owners for i in batch], output)

        ids = [row.ids for row in rows]
        for part in run_batches(self._passages, ids, self._recipe.pad_id, reduce):
            for window, mean in zip(part.windows, part.means, strict=True):
                if window in passage_of_first:
                    passages[passage_of_first[window]] = mean
            np.add.at(sums, part.sentences, part.sums)
            np.add.at(lengths, part.sentences, part.lengths)
        means = np.divide(sums, np.maximum(lengths, 1)[:, None], dtype=np.float32)
        return (
            EncodedPassages(self._finished(passages), self._finished(means)),
            np.flatnonzero(lengths == 0),
        )

    def _each_alone(
        self, inputs: Sequence[EncoderInput], texts: Sequence[str]
    ) -> tuple[EncodedPassages, NDArray[np.intp]]:
        """Passages and sentences in separate passes, and the sentences without tokens."""
        alone = [
            self._recipe.document_prompt + without_surrogates(each.text[start:end])
            for each in inputs
            for start, end in each.sentences
        ]
        nothing: list[Sequence[Span]] = [()] * (len(texts) + len(alone))
        parts = windows_of_each(self._tokenizer, [*texts, *alone], nothing)
        ids = [part[0].ids for part in parts]
        vectors = np.zeros((len(ids), self._recipe.dimension), dtype=np.float32)

        def reduce(batch: Sequence[int], output: Vectors) -> tuple[Sequence[int], Vectors]:
            return batch, output

        for batch, output in run_batches(self._passages, ids, self._recipe.pad_id, reduce):
            vectors[batch] = output
        empty = [number for number, row in enumerate(ids[len(texts) :]) if not len(row)]
        encoded = EncodedPassages(vectors[: len(texts)], vectors[len(texts) :])
        return encoded, np.array(empty, dtype=np.intp)

    def _finished(self, vectors: Vectors) -> Vectors:
        """Means normalised as the model does; a graph of embeddings does this itself."""
        if not self._recipe.normalize or self._recipe.output is Output.EMBEDDING:
            return vectors
        # The same least norm as in torch.nn.functional.normalize.
        norms = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
        unit: Vectors = vectors / norms.astype(np.float32)
        return unit


def _shifted(window: Window, before: int) -> Window:
    """``window`` with its sentences numbered among those of all passages."""
    own = window.owners
    return Window(window.ids, np.where(own >= 0, own + before, own))


def _pool(batch: Sequence[int], owners: Sequence[NDArray[np.int32]], output: Vectors) -> _Pooled:
    """Means over whole windows and sums over the runs of tokens of one sentence."""
    means = np.empty((len(batch), output.shape[2]), dtype=np.float32)
    sentences: list[NDArray[np.int32]] = []
    sums: list[Vectors] = []
    lengths: list[NDArray[np.int64]] = []
    for row, own in enumerate(owners):
        tokens = output[row, : len(own)]
        means[row] = tokens.mean(axis=0)
        starts = np.flatnonzero(np.diff(own, prepend=own[0] - 1))
        inside = own[starts] >= 0
        sentences.append(own[starts][inside])
        sums.append(np.add.reduceat(tokens, starts, axis=0)[inside])
        lengths.append(np.diff(starts, append=len(own))[inside])
    return _Pooled(
        batch, means, np.concatenate(sentences), np.concatenate(sums), np.concatenate(lengths)
    )
