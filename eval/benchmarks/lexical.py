"""Speed of BM25 over many passages, compared with bm25s and rank_bm25.

    python eval/benchmarks/lexical.py --passages 175000 [--data FOLDER] [--rank-bm25]

``FOLDER`` is in BEIR layout; its passages are repeated up to ``--passages``, and its questions are
asked. By default both are drawn from a Zipf distribution. All three get the same terms and find
the 100 best; bm25s runs on numpy, as ours does. rank_bm25 needs 15 KB per passage and most of a
second per question, so it runs only on request.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "index")]

from eval import laboratory  # noqa: E402
from qa_index.collection.local.bm25 import SparseBM25  # noqa: E402
from qa_index.terms.analyzer import Analyzer  # noqa: E402

TOP = 100
Corpus = list[list[str]]


class Cost(NamedTuple):
    """Costs of one implementation."""

    build_s: float
    p50_ms: float
    """Per question."""
    p95_ms: float


def main() -> int:
    """Build and ask each, and print a table."""
    parser = laboratory.parser("benchmarks.lexical", __doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=175_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--data", type=laboratory.beir, help="folder in BEIR layout")
    parser.add_argument(
        "--rank-bm25", action="store_true", help="time rank_bm25 too (10 questions)"
    )
    options = parser.parse_args()
    found = compare(
        options.data, options.passages, options.questions, with_rank_bm25=options.rank_bm25
    )
    print(f"{options.passages:,} passages")
    print(f"{'':10}{'build s':>10}{'p50 ms':>10}{'p95 ms':>10}{'of ours':>10}")
    for name, cost in found.items():
        print(
            f"{name:10}{cost.build_s:10.1f}{cost.p50_ms:10.3f}{cost.p95_ms:10.3f}"
            f"{cost.p50_ms / found['ours'].p50_ms:10.1f}"
        )
    return 0


def compare(
    data: Path | None, passages: int, questions: int, *, with_rank_bm25: bool
) -> dict[str, Cost]:
    """Costs by name: ours, bm25s if it is installed, and rank_bm25."""
    corpus, asked = read(data, passages, questions) if data else draw(passages, questions)
    contenders = [("ours", ours, len(asked))]
    if find_spec("bm25s"):
        contenders.append(("bm25s", bm25s, len(asked)))
    if with_rank_bm25:
        contenders.append(("rank_bm25", rank_bm25, 10))
    found: dict[str, Cost] = {}
    for name, build, count in contenders:
        started = time.perf_counter()
        ask = build(corpus)
        build_s = time.perf_counter() - started
        times = 1000 * np.array([timed(ask, question) for question in asked[:count]])
        found[name] = Cost(build_s, float(np.median(times)), float(np.percentile(times, 95)))
    return found


def timed(ask: Callable[[list[str]], object], question: list[str]) -> float:
    """Seconds of the faster of two tries, to exclude most interference by other processes."""
    best = float("inf")
    for _ in range(2):
        started = time.perf_counter()
        ask(question)
        best = min(best, time.perf_counter() - started)
    return best


def read(folder: Path, passages: int, questions: int) -> tuple[Corpus, Corpus]:
    """Terms of a BEIR folder's passages, repeated, and of its questions."""
    analyzer = Analyzer()
    texts = [analyzer.analyze(text, "en") for text in lines(folder / "corpus.jsonl")]
    asked = islice(lines(folder / "queries.jsonl"), questions)
    return list(islice(cycle(texts), passages)), [
        list(analyzer.analyze_question(text).terms) for text in asked
    ]


def lines(path: Path) -> Iterator[str]:
    """Title and text of each record."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield f"{record.get('title', '')}\n{record['text']}"


def draw(passages: int, questions: int) -> tuple[Corpus, Corpus]:
    """Draw passages of 70 terms (what 130 English words leave) and questions of 6."""
    generator = np.random.default_rng(0)
    names = np.array([f"t{number}" for number in range(1_000_000)])

    def terms(count: int) -> list[str]:
        # With 1.1 the commonest terms, stop words being gone, are in a tenth of the passages.
        drawn = generator.zipf(1.1, size=count) + 300
        return [str(term) for term in names[drawn % len(names)]]

    return (
        [terms(70) for _ in range(passages)],
        [terms(6) for _ in range(questions)],
    )


def ours(corpus: Corpus) -> Callable[[list[str]], object]:
    """All scores, and the best."""
    index = SparseBM25.from_corpus(corpus)
    return lambda question: index.score(question).top(TOP)


def bm25s(corpus: Corpus) -> Callable[[list[str]], object]:
    """The same with bm25s."""
    from bm25s import BM25

    index = BM25(k1=1.2, b=0.75, backend="numpy")
    index.index(corpus, show_progress=False)
    return lambda question: index.retrieve([question], k=TOP, show_progress=False)


def rank_bm25(corpus: Corpus) -> Callable[[list[str]], object]:
    """The same with rank_bm25."""
    from rank_bm25 import BM25Okapi

    index = BM25Okapi(corpus)
    return lambda question: index.get_top_n(question, corpus, TOP)


if __name__ == "__main__":
    laboratory.run("benchmarks.lexical", main)
