"""The layout of a generation: the name, type and meaning of every file."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

DOCUMENTS = "documents.jsonl"
"""One JSON object per document, in the order of paths: see ``records.StoredDocument``."""

DOCUMENT_OFFSETS = "documents.offsets"
"""int64 (documents + 1): where each line of ``documents.jsonl`` begins."""

TEXTS = "texts.utf8"
"""The documents' texts in UTF-8, concatenated."""

SKIPPED = "skipped.jsonl"
"""Path and reason of each skipped file, one JSON array per line; absent if there is none.

Files that were read but not parsed have their SHA-256 and the format and its version in addition.
"""

WORDS = "words"
"""The distinct words of all documents as they are written, in UTF-8, sorted, a line each: see
``analyzer.written_words``. Those of documents that were removed since the last full build stay."""

PASSAGES = "passages"
"""``PASSAGE`` (passages): in the order of documents and positions."""

DUPLICATES = "passages.duplicates"
"""int32 (passages): the next passage with the same text, cyclically; itself if there is none."""

SENTENCES = "sentences"
"""int32 (sentences, 2): start and end in code points, relative to the passage's start."""

TERMS = "terms"
"""uint32: ``terms.hashing.term_hash`` of the terms of each passage in order, its context first."""

SENTENCE_TERMS = "sentences.terms"
"""int32 (sentences): number of terms in each."""

VECTORS = "vectors"
"""float32 (passages, dimension); for many passages, the next three files are used instead."""

IVFPQ = "vectors.ivfpq"
"""A serialised FAISS index, IVF-PQ codes of the passage vectors: see ``ivfpq``."""

COMPONENTS = "vectors.components"
"""int16 (passages, dimension): see ``ivfpq.FixedPoint``."""

VECTOR_SCALES = "vectors.scales"
"""float32 (passages)."""

SENTENCE_VECTORS = "sentences.vectors"
"""int8 (sentences, dimension)."""

SENTENCE_SCALES = "sentences.scales"
"""float32 (sentences)."""

PASSAGE_MOMENTS = "vectors.moments"
"""float32 (1 + dimension, dimension): mean and covariance of the passage vectors."""

SENTENCE_MOMENTS = "sentences.moments"
"""The same of the sentence vectors, as stored."""

POSTINGS = "postings."
"""Prefix of the arrays of ``postings.Postings``."""

PASSAGE = np.dtype(
    [
        ("id", "<u8"),  # of the citation
        ("key_low", "<u8"),  # 128-bit hash of the encoder's input: equal keys, equal vectors
        ("key_high", "<u8"),
        ("text_key", "<u8"),  # hash of the text
        ("start", "<i8"),  # code points into the document
        ("end", "<i8"),
        ("text_start", "<i8"),  # bytes into TEXTS
        ("text_end", "<i8"),
        ("first_sentence", "<i8"),  # row of SENTENCES
        ("first_term", "<i8"),  # row of TERMS
        ("sentences", "<i4"),  # number
        ("terms", "<i4"),  # number, those of the context included
        ("context_terms", "<i4"),  # number of terms of the context
        ("document", "<i4"),
        ("heading", "<i4"),
        ("first_line", "<i4"),
        ("last_line", "<i4"),
        ("kind", "<i4"),  # position in ``records.KINDS``
        ("heading_sentences", "<i4"),  # number of leading sentences that are headings, 0 if all
    ]
)


class Sizes(NamedTuple):
    """The sizes that all files of a generation must agree on."""

    documents: int
    passages: int
    sentences: int
    dimension: int
    terms: int
    """Terms of all passages, repeats counted."""
    vocabulary: int
    """Distinct terms."""
    postings: int
    """Pairs of term and passage."""
    term_bytes: int
    buckets: int
    ivfpq: bool
    """Whether passage vectors are stored as IVF-PQ: see ``ivfpq``."""


def arrays(sizes: Sizes) -> dict[str, tuple[np.dtype[Any], tuple[int, ...]]]:
    """Type and shape of every array of a generation, by name."""
    moments = (1 + sizes.dimension, sizes.dimension)
    described: dict[str, tuple[DTypeLike, tuple[int, ...]]] = {
        DOCUMENT_OFFSETS: ("<i8", (sizes.documents + 1,)),
        PASSAGES: (PASSAGE, (sizes.passages,)),
        DUPLICATES: ("<i4", (sizes.passages,)),
        SENTENCES: ("<i4", (sizes.sentences, 2)),
        TERMS: ("<u4", (sizes.terms,)),
        SENTENCE_TERMS: ("<i4", (sizes.sentences,)),
        SENTENCE_VECTORS: ("<i1", (sizes.sentences, sizes.dimension)),
        SENTENCE_SCALES: ("<f4", (sizes.sentences,)),
        PASSAGE_MOMENTS: ("<f4", moments),
        SENTENCE_MOMENTS: ("<f4", moments),
        POSTINGS + "buckets": ("<i4", (sizes.buckets + 1,)),
        POSTINGS + "term_starts": ("<i8", (sizes.vocabulary + 1,)),
        POSTINGS + "term_bytes": ("<u1", (sizes.term_bytes,)),
        POSTINGS + "starts": ("<i8", (sizes.vocabulary + 1,)),
        POSTINGS + "rows": ("<i4", (sizes.postings,)),
        POSTINGS + "impacts": ("<f4", (sizes.postings,)),
        POSTINGS + "lengths": ("<i4", (sizes.passages,)),
    }
    if sizes.ivfpq:
        described |= {
            COMPONENTS: ("<i2", (sizes.passages, sizes.dimension)),
            VECTOR_SCALES: ("<f4", (sizes.passages,)),
        }
    else:
        described[VECTORS] = ("<f4", (sizes.passages, sizes.dimension))
    return {name: (np.dtype(dtype), shape) for name, (dtype, shape) in described.items()}
