"""BM25 alone under variants of the analyzer. The passages of an index are analysed again.

A variant replaces a constant or a function of ``qa_index.terms.analyzer`` while it is measured.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any
from unittest.mock import patch

from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.weighting import DEFAULT_B, DEFAULT_K1
from qa_index.search.parameters import CANDIDATES
from qa_index.terms import analyzer
from qa_index.terms.analyzer import Analyzer, Token

from .asking import Asked, Judge, Ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The shipped analyzer and BM25 with one thing changed."""

    k1: float = DEFAULT_K1
    b: float = DEFAULT_B
    one_language: bool = False
    """Treat all documents and questions as being in the most frequent language."""
    replaced: Mapping[str, Any] = field(default_factory=dict)
    """Replacements by name in ``qa_index.terms.analyzer``."""

    @contextmanager
    def changed(self) -> Iterator[None]:
        """Apply ``replaced`` inside the context and restore the module afterwards."""
        fresh = lru_cache(maxsize=1 << 16)(analyzer._terms)
        with patch.multiple(analyzer, **self.replaced, _cached=fresh):
            yield


_token = analyzer._token


def _words_alone(words: Iterable[tuple[str, ...]], _: Iterable[str] = ()) -> Token:
    return _token(word[:1] for word in words)


_UNSPLIT = re.compile(
    rf"{analyzer._NUMBER}(?![^\W\d_])|[^\s_{analyzer._JOINERS}]++",
)
"""Numbers, and letters with the digits among them kept unsplit."""

VARIANTS: Mapping[str, Variant] = {
    "all": Variant(),
    "no stemming": Variant(replaced={"STEMMERS": {}}),
    "no stop words": Variant(replaced={"_stopwords": lambda _: frozenset()}),
    "letters and digits not split (`covid19`)": Variant(replaced={"_RUN": _UNSPLIT}),
    "compounds as their words alone": Variant(replaced={"_token": _words_alone}),
    "accents kept": Variant(replaced={"_ACCENTS": re.compile("(?!)")}),
    "the language of most for all": Variant(one_language=True),
    "terms under every language": Variant(replaced={"_may_be_foreign": lambda *_, **__: True}),
    "terms under the question's own alone": Variant(
        replaced={"_may_be_foreign": lambda *_, **__: False}
    ),
    "k1 1.0, b 0.6": Variant(k1=1.0, b=0.6),
    "k1 1.2, b 0.75": Variant(k1=1.2, b=0.75),
}


class Corpus:
    """The passages of an index, as input of the analyzer."""

    def __init__(self, index: StoredIndex) -> None:
        self._judge = Judge(index)
        self._parts: list[tuple[str, ...]] = []
        self._languages: list[str] = []
        for row in range(len(index.passages)):
            passage = index.passage(row)
            context = dict.fromkeys((passage.document.title, *passage.heading_path))
            text, start = passage.text, passage.start
            sentences = (text[a - start : b - start] for a, b in passage.sentences)
            self._parts.append((" - ".join(context), *sentences))
            self._languages.append(passage.document.language)

    def measure(self, asked: Sequence[Asked], variant: Variant) -> float:
        """Mean nDCG@10 under a variant."""
        with variant.changed():
            languages = self._languages
            if variant.one_language:
                languages = [Counter(languages).most_common(1)[0][0]] * len(languages)
            analyzer = Analyzer(languages=tuple(sorted(set(languages))))
            bm25 = SparseBM25.from_corpus(
                (
                    list(chain.from_iterable(analyzer.analyze(part, language) for part in parts))
                    for parts, language in zip(self._parts, languages, strict=True)
                ),
                k1=variant.k1,
                b=variant.b,
            )

            def rows(each: Asked) -> Ranked:
                terms = analyzer.analyze_question(each.question.text).terms
                found: list[int] = bm25.score(terms).top(CANDIDATES)[0].tolist()
                return found

            return self._judge.measure(asked, rows)


def compare(index: StoredIndex, asked: Sequence[Asked]) -> dict[str, float]:
    """Mean nDCG@10 of BM25 alone under each variant."""
    corpus = Corpus(index)
    return {name: corpus.measure(asked, variant) for name, variant in VARIANTS.items()}
