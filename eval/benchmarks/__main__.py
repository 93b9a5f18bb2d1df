"""Benchmark of everything that has to be fast, in one run.

    python -m eval.benchmarks [--data FOLDER] [--model e5] [--base 2000]
                              [--sizes 5000 175000 1000000]

Prints a table and writes it with a plot to ``eval/benchmarks/results/DATE-COMMIT/``. ``FOLDER`` is
in BEIR layout; by default the seeds. ``--base`` passages are encoded by the real model, and larger
indexes are made from them (see ``growth``); ``--built`` passages get random vectors. Encoding is
compared with sentence-transformers, always with all-MiniLM-L6-v2, which both can open; BM25 with
rank_bm25 and, if installed, bm25s. ``eval/peers`` measures other tools, and
``eval.benchmarks.models`` the two packaged models beside one another.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from eval import laboratory
from eval.benchmarks import encoding, lexical
from eval.benchmarks.cold import COLD, cold_starts
from eval.benchmarks.drawing import curves
from eval.benchmarks.growth import Cost, cost_of, grow
from eval.benchmarks.processes import ROOT, in_new_process
from eval.benchmarks.report import heading, table
from eval.benchmarks.running import laps_ms
from eval.benchmarks.sources import questions_of, write_sources
from eval.benchmarks.standin import Recorded, append_sentence, cost_of_building
from qa.answering.answerer import Answerer
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import Encoder
from qa_index.encoding.models import MINILM, SHORT_NAMES
from qa_index.encoding.opening import open_encoder

THREADS = 8
ROUNDS = 5
"""Rounds of one thread and of all threads in turn. Other work changes a single round by half."""

Row = tuple[str, str, str]
"""Name, measured value and target."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("benchmarks", __doc__)
    parser.add_argument("--data", type=laboratory.beir, help="folder in BEIR layout")
    parser.add_argument("--model", choices=SHORT_NAMES, default="e5")
    parser.add_argument("--base", type=int, default=2000, help="passages for the real model")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 175_000, 1_000_000])
    parser.add_argument("--encoded", type=int, default=600, help="passages, beside others")
    parser.add_argument("--bm25-passages", type=int, default=175_000)
    parser.add_argument("--built", type=int, nargs="+", default=[5000, 20_000])
    parser.add_argument("--cold-starts", type=int, default=9)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write."""
    options = parse(arguments)
    encoder = open_encoder(options.model, offline=True)
    head = f"{heading('benchmarks')}, {encoder.description.name}"
    with tempfile.TemporaryDirectory(prefix="grounded-qa-bench-") as name:
        place = Path(name)
        rows = _cold_rows(place / "cold", encoder, options.cold_starts)
        for size in options.built:
            write_sources(place / f"{size}", options.data, size)
            rows += _stand_in_rows(place / f"{size}", place / f"{size}.qa", options.model)
        write_sources(place / "base" / "texts", options.data, options.base)
        questions = questions_of(options.data, options.questions)
        rows += _encoding_rows(options)
        rows += _bm25_rows(options)
        rows += _build_rows(place / "base", encoder)
        rows += _answer_rows(place / "base" / ".qa", encoder, questions)
        small = StoredIndex(place / "base" / ".qa")
        vectors = [encoder.encode_question(question) for question in questions]
        costs: list[Cost] = []
        for size in sorted(options.sizes):
            seconds = grow(small, place / "large", size, encoder)
            large = place / "large"
            costs.append(in_new_process(cost_of, large, questions, vectors, build_s=seconds))
            shutil.rmtree(place / "large")
            print(costs[-1], file=sys.stderr)
    rows += [row for cost in costs for row in _cost_rows(cost)]
    _write(options.out, head, rows, costs)
    return 0


def _cold_rows(folder: Path, encoder: Encoder, runs: int) -> list[Row]:
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    build([folder / "seeds"], folder / ".qa", encoder=encoder)
    found = cold_starts(folder / ".qa", runs=runs)
    bare, ask = found["bare process"], found["qa ask"]
    ratio = ask.wall_ms / bare.wall_ms
    return [
        ("bare process", f"{bare.wall_ms:.0f} ms, CPU {bare.cpu_ms:.0f} ms", ""),
        ("qa ask on the seeds", f"{ask.wall_ms:.0f} ms, CPU {ask.cpu_ms:.0f} ms", ""),
        ("  of the bare process", f"{ratio:.2f}, CPU {ask.cpu_ms / bare.cpu_ms:.2f}", COLD),
        ("  peak memory", f"{ask.peak_mb:.0f} MB", "300 MB"),
        ("import qa", f"{found['import qa'].wall_ms:.0f} ms", "100 ms"),
        ("qa --help", f"{found['qa --help'].wall_ms:.0f} ms", "200 ms"),
        ("qa status", f"{found['qa status'].wall_ms:.0f} ms", "no model"),
        ("an empty Python", f"{found['python'].wall_ms:.0f} ms", ""),
    ]


def _encoding_rows(options: argparse.Namespace) -> list[Row]:
    texts = islice(encoding.texts_of(options.data), options.encoded)
    encoder = open_encoder(MINILM, offline=True)
    found = encoding.compare(encoder, list(map(encoding.as_input, texts)))
    name = f"{MINILM}: encoding passages and sentences"
    return [
        (name, f"{found.ours:.0f} passages/s", ""),
        ("  sentence-transformers, passages alone", f"{found.theirs:.0f} passages/s", ""),
        ("  ratio", f"{found.ratio:.2f} ({found.lowest:.2f} to {found.highest:.2f})", "1.8"),
        ("  largest difference", f"{found.difference:.1e}", "1e-5"),
    ]


def _bm25_rows(options: argparse.Namespace) -> list[Row]:
    size = options.bm25_passages
    found = in_new_process(
        lexical.compare, options.data, size, options.questions, with_rank_bm25=True
    )
    own = found["ours"].p50_ms
    wanted = {"bm25s": "no faster", "rank_bm25": "500 times"}
    return [
        (f"BM25 of {size:,} passages: {name}", f"{cost.p50_ms:.2f} ms", "")
        if name == "ours"
        else (f"  {name}", f"{cost.p50_ms:.2f} ms, {cost.p50_ms / own:.1f} times", wanted[name])
        for name, cost in found.items()
    ]


def _stand_in_rows(texts: Path, folder: Path, model: str) -> list[Row]:
    found = in_new_process(cost_of_building, texts, folder, model)
    name = f"{found.passages:,} passages, vectors drawn"
    each = found.seconds / found.passages * 1e3
    return [
        (f"{name}: building", f"{found.seconds:.0f} s, {each:.1f} ms a passage", ""),
        (f"{name}: update of one file", f"{found.update_s:.2f} s", "3 s at 20,000"),
        (f"{name}: peak memory", f"{found.peak_mb:.0f} MB", "bounded"),
    ]


def _build_rows(folder: Path, encoder: Encoder) -> list[Row]:
    timed = Recorded(encoder)
    first = build([folder / "texts"], folder / ".qa", encoder=timed)  # type: ignore[arg-type]
    rest = first.seconds / timed.again() - 1
    append_sentence(min((folder / "texts").iterdir()))
    timed.seconds = 0.0
    update = build([], folder / ".qa", encoder=timed)  # type: ignore[arg-type]
    name = f"{first.passages:,} passages"
    return [
        (f"{name}: building beyond encoding them alone", f"{rest:.1%}", "10%"),
        (f"{name}: update of one file, encoded", f"{update.encoded}", ""),
        (f"{name}: update, the rest", f"{update.seconds - timed.seconds:.2f} s", ""),
    ]


def _answer_rows(folder: Path, encoder: Encoder, questions: list[str]) -> list[Row]:
    answerer = Answerer(StoredIndex(folder), lambda: encoder)
    alone = [answerer.ask(question) for question in questions]
    forward = median(laps_ms(encoder.encode_question, questions))
    ask = median(laps_ms(answerer.ask, questions))
    unread = median(laps_ms(partial(answerer.ask, read=False), questions))
    gains = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for question in questions:
            answerer.ask(question)
        one = time.perf_counter() - started
        with ThreadPoolExecutor(THREADS) as pool:
            started = time.perf_counter()
            together = list(pool.map(answerer.ask, questions))
            gains.append(one / (time.perf_counter() - started))
        if together != alone:
            raise RuntimeError("answers differ between threads")
    gain = f"{median(gains):.2f} ({min(gains):.2f} to {max(gains):.2f})"
    count = f"{answerer.index.passage_count:,} passages"
    return [
        (f"{count}: forward pass of a question", f"{forward:.1f} ms", ""),
        (f"{count}: answer", f"{ask:.1f} ms", ""),
        ("  of the forward pass", f"{ask / forward:.2f}", "2"),
        (f"{count}: answer, not read", f"{unread:.1f} ms", ""),
        ("  not read, of the forward pass", f"{unread / forward:.2f}", "2"),
        (f"{THREADS} threads, of one thread's throughput", gain, "3"),
    ]


def _cost_rows(cost: Cost) -> list[Row]:
    count = f"{cost.passages:,}"
    wanted = "15 ms" if cost.passages > 500_000 else "5 ms"
    filtered = ", ".join(f"{share:.0%} {ratio:.2f}" for share, ratio in cost.filtered.items())
    split = f"vectors {cost.vectors_ms:.1f}, BM25 {cost.words_ms:.1f}"
    return [
        (f"{count}: search, p50", f"{cost.search_ms:.1f} ms ({split})", wanted),
        (f"{count}: recall at 100", f"{cost.recall:.4f}", "0.99"),
        (f"{count}: filtered search, of an unfiltered one", filtered, "1.1"),
        (f"{count}: recall at 100, filtered", f"{cost.filtered_recall:.4f}", "0.99"),
        (f"{count}: first ten as in an exact search, filtered", f"{cost.filtered_same:.1%}", ""),
        (f"{count}: open", f"{cost.open_ms:.0f} ms", "1 s"),
        (f"{count}: private memory", f"{cost.private_mb:.0f} MB", "500 MB"),
        (f"{count}: disk a passage", f"{cost.bytes_a_passage:.0f} bytes", "5 KB"),
        (f"{count}: written in", f"{cost.build_s:.0f} s", ""),
    ]


def _write(results: Path, head: str, rows: list[Row], costs: list[Cost]) -> None:
    folder = laboratory.results_folder(results)
    text = f"{head}\n\n{table(('what', 'measured', 'wanted'), rows)}"
    print(text)
    (folder / "table.md").write_text(text, encoding="utf-8")
    lines = {
        "search": [(cost.passages, cost.search_ms) for cost in costs],
        "vectors": [(cost.passages, cost.vectors_ms) for cost in costs],
        "BM25": [(cost.passages, cost.words_ms) for cost in costs],
    }
    plot = curves("A question's search", "passages", "ms, p50", lines)
    (folder / "growth.svg").write_text(plot, encoding="utf-8")


if __name__ == "__main__":
    laboratory.run("benchmarks", main)
