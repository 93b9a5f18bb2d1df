"""Tokenizes text into windows, and maps each token to its sentence."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import spelled
from qa_index.encoding.unigram import Encoding, UnigramTokenizer
from qa_index.records import Span

if TYPE_CHECKING:
    import tokenizers

AnyTokenizer: TypeAlias = "tokenizers.Tokenizer | UnigramTokenizer"
AnyEncoding: TypeAlias = "tokenizers.Encoding | Encoding"

UNKNOWN_TOKENS = frozenset({"[UNK]", "<unk>"})
"""Tokens for words that a vocabulary cannot represent."""

NO_SENTENCE = -1
"""Owner of tokens outside every sentence: special tokens, prompt, context."""

_TOKENIZED_AT_ONCE = 256
"""Texts per call: enough for every core. The tokenizer's records take ten times the ids' memory."""


class Window(NamedTuple):
    """The part of a text that one forward pass reads."""

    ids: NDArray[np.int32]
    """Shape (length,), special tokens included."""
    owners: NDArray[np.int32]
    """Shape (length,): for each token the sentence it belongs to, or ``NO_SENTENCE``."""


def windows(tokenizer: AnyTokenizer, text: str) -> list[Window]:
    """The windows of one text, without sentences; cheaper than the next function."""
    return _windows(tokenizer.encode(text), ())


def windows_of_each(
    tokenizer: AnyTokenizer, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
) -> Iterator[list[Window]]:
    """Yield the windows of each text; the first is what the model alone would read.

    ``tokenizer`` truncates to the model's window without stride, so each token of the text is in
    exactly one window. ``sentences`` are spans of the text, disjoint and in order.
    """
    for start in range(0, len(texts), _TOKENIZED_AT_ONCE):
        stop = start + _TOKENIZED_AT_ONCE
        encodings: Sequence[AnyEncoding] = tokenizer.encode_batch(texts[start:stop])
        for encoding, spans in zip(encodings, sentences[start:stop], strict=True):
            yield _windows(encoding, spans)


def _windows(encoding: AnyEncoding, sentences: Sequence[Span]) -> list[Window]:
    pieces = (encoding, *encoding.overflowing)
    return [Window(_ids(piece), _owners(piece, sentences)) for piece in pieces]


def _ids(encoding: AnyEncoding) -> NDArray[np.int32]:
    return np.array(encoding.ids, dtype=np.int32)


def _owners(encoding: AnyEncoding, sentences: Sequence[Span]) -> NDArray[np.int32]:
    """A token belongs to the sentence that holds its last character.

    Not its first: some vocabularies include the space before a word in its token. Special tokens
    have the empty span (0, 0), so their last character is before every text.
    """
    if not sentences:
        return np.full(len(encoding), NO_SENTENCE, dtype=np.int32)
    bounds = np.array(sentences, dtype=np.int64)
    last = np.array([end for _, end in encoding.offsets], dtype=np.int64) - 1
    owners = np.searchsorted(bounds[:, 0], last, side="right") - 1
    inside = (owners >= 0) & (last < bounds[owners, 1])
    return np.where(inside, owners, NO_SENTENCE).astype(np.int32)


def clipped(tokenizer: AnyTokenizer, texts: Sequence[str], limit: int) -> list[str]:
    """Each text cut to its first ``limit`` word pieces, between words where there is a space."""
    encodings: Sequence[AnyEncoding] = tokenizer.encode_batch(texts, add_special_tokens=False)
    return [
        text if len(encoding) <= limit else _cut(text, encoding.offsets[limit - 1][1])
        for text, encoding in zip(texts, encodings, strict=True)
    ]


def _cut(text: str, end: int) -> str:
    if not text[end : end + 1].isspace():
        end = text.rfind(" ", 0, end) + 1 or end
    return text[:end].rstrip()


def counts(tokenizer: AnyTokenizer, texts: Sequence[str]) -> list[int]:
    """Word pieces of each text, special tokens left out."""
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [len(e) + sum(map(len, e.overflowing)) for e in encodings]


def fertility(text: str, encoding: AnyEncoding) -> float:
    """See ``Encoder.fertility``; ``encoding`` is the text's, without special tokens."""
    pieces = (
        (text[start:end], token in UNKNOWN_TOKENS)
        for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True)
    )
    # Pieces of one letter are usual in Chinese, where words are short: unknown ones must exceed it.
    return spelled(pieces, of_unknown=2 if isinstance(encoding, Encoding) else 1)
