"""Benchmark of everything that has to be fast, in one run.

    python -m eval.benchmarks [--data FOLDER] [--base 2000] [--sizes 5000 175000 1000000]

Prints a table and writes it with a plot to ``eval/benchmarks/results/DATE-COMMIT/``. ``FOLDER`` is
in BEIR layout; by default the seeds. ``--base`` passages are encoded by the real model, and larger
indexes are made from them (see ``growth``); ``--built`` passages get random vectors. Encoding is
compared with sentence-transformers, BM25 with rank_bm25 and, if installed, bm25s. ``eval/peers``
measures other tools.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [str(ROOT), str(ROOT / "index"), str(ROOT / "eval")]
sys.path[:0] = PACKAGES
os.environ["PYTHONPATH"] = os.pathsep.join(PACKAGES)

from eval import laboratory  # noqa: E402
from eval.benchmarks import encoding, lexical  # noqa: E402
from eval.benchmarks.cold import cold_starts  # noqa: E402
from eval.benchmarks.drawing import curves  # noqa: E402
from eval.benchmarks.growth import Cost, cost_of, grow  # noqa: E402
from eval.benchmarks.standin import Recorded, append_sentence, cost_of_building  # noqa: E402
from eval.peers.comparing import describe_machine  # noqa: E402
from qa.answering.answerer import Answerer  # noqa: E402
from qa_index.building.build import build  # noqa: E402
from qa_index.collection.local.stored import StoredIndex  # noqa: E402
from qa_index.encoding import Encoder  # noqa: E402
from qa_index.encoding.opening import open_encoder  # noqa: E402
from qa_index.vectors import Floats  # noqa: E402

PASSAGES_A_FILE = 10
THREADS = 8
ROUNDS = 5
"""Rounds of one thread and of all threads in turn. Other work changes a single round by half."""

Row = tuple[str, str, str]
"""Name, measured value and target."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("benchmarks", __doc__)
    parser.add_argument("--data", type=laboratory.beir, help="folder in BEIR layout")
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
    encoder = open_encoder(offline=True)
    with tempfile.TemporaryDirectory(prefix="grounded-qa-bench-") as name:
        place = Path(name)
        rows = _cold_rows(place / "cold", encoder, options.cold_starts)
        for size in options.built:
            _write_sources(place / f"{size}", options.data, size)
            rows += _stand_in_rows(place / f"{size}", place / f"{size}.qa")
        _write_sources(place / "base" / "texts", options.data, options.base)
        questions = _questions(options)
        rows += _encoding_rows(encoder, options)
        rows += _bm25_rows(options)
        rows += _build_rows(place / "base", encoder)
        rows += _answer_rows(place / "base" / ".qa", encoder, questions)
        small = StoredIndex(place / "base" / ".qa")
        vectors = [encoder.encode_question(question) for question in questions]
        costs: list[Cost] = []
        for size in sorted(options.sizes):
            seconds = grow(small, place / "large", size, encoder)
            costs.append(_in_new_process(place / "large", questions, vectors, seconds))
            shutil.rmtree(place / "large")
            print(costs[-1], file=sys.stderr)
    rows += [row for cost in costs for row in _cost_rows(cost)]
    _write(options.out, rows, costs)
    return 0


def _in_new_process(
    folder: Path, questions: list[str], vectors: list[Floats], build_s: float
) -> Cost:
    """Measure an index in a process of its own, since its memory is measured too."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(cost_of, folder, questions, vectors, build_s=build_s).result()


def _write_sources(folder: Path, data: Path | None, passages: int) -> None:
    """Write files of ten passages each, from ``data`` or else from the seeds."""
    folder.mkdir(parents=True)
    if data is None:
        for path in (ROOT / "seeds").glob("*.txt"):
            shutil.copy(path, folder)
        return
    corpus = islice((data / "corpus.jsonl").open(encoding="utf-8"), passages)
    for number, line in enumerate(corpus):
        with (folder / f"{number // PASSAGES_A_FILE:06}.txt").open("a", encoding="utf-8") as file:
            file.write(json.loads(line)["text"] + "\n\n")


def _questions(options: argparse.Namespace) -> list[str]:
    data = options.data
    path = data / "queries.jsonl" if data else ROOT / "eval" / "questions" / "seeds.jsonl"
    lines = islice(path.open(encoding="utf-8"), options.questions)
    return [json.loads(line)["text" if data else "question"] for line in lines]


def _cold_rows(folder: Path, encoder: Encoder, runs: int) -> list[Row]:
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    build([folder / "seeds"], folder / ".qa", encoder=encoder)
    found = cold_starts(folder, runs=runs)
    bare, ask = found["bare process"], found["qa ask"]
    ratio = ask.wall_ms / bare.wall_ms
    return [
        ("bare process", f"{bare.wall_ms:.0f} ms, CPU {bare.cpu_ms:.0f} ms", ""),
        ("qa ask on the seeds", f"{ask.wall_ms:.0f} ms, CPU {ask.cpu_ms:.0f} ms", ""),
        ("  of the bare process", f"{ratio:.2f}, CPU {ask.cpu_ms / bare.cpu_ms:.2f}", "1.5"),
        ("  peak memory", f"{ask.peak_mb:.0f} MB", "300 MB"),
        ("import qa", f"{found['import qa'].wall_ms:.0f} ms", "100 ms"),
        ("qa --help", f"{found['qa --help'].wall_ms:.0f} ms", "200 ms"),
        ("qa status", f"{found['qa status'].wall_ms:.0f} ms", "no model"),
        ("an empty Python", f"{found['python'].wall_ms:.0f} ms", ""),
    ]


def _encoding_rows(encoder: Encoder, options: argparse.Namespace) -> list[Row]:
    data = options.data
    texts = encoding.beir_texts(data) if data else encoding.seed_paragraphs()
    found = encoding.compare(encoder, list(map(encoding.as_input, islice(texts, options.encoded))))
    name = "encoding passages and sentences"
    return [
        (name, f"{found.ours:.0f} passages/s", ""),
        ("  sentence-transformers, passages alone", f"{found.theirs:.0f} passages/s", ""),
        ("  ratio", f"{found.ratio:.2f} ({found.lowest:.2f} to {found.highest:.2f})", "1.8"),
        ("  largest difference", f"{found.difference:.1e}", "1e-5"),
    ]


def _bm25_rows(options: argparse.Namespace) -> list[Row]:
    size = options.bm25_passages
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(
            lexical.compare, options.data, size, options.questions, with_rank_bm25=True
        ).result()
    own = found["ours"].p50_ms
    wanted = {"bm25s": "no faster", "rank_bm25": "500 times"}
    return [
        (f"BM25 of {size:,} passages: {name}", f"{cost.p50_ms:.2f} ms", "")
        if name == "ours"
        else (f"  {name}", f"{cost.p50_ms:.2f} ms, {cost.p50_ms / own:.1f} times", wanted[name])
        for name, cost in found.items()
    ]


def _stand_in_rows(texts: Path, folder: Path) -> list[Row]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(cost_of_building, texts, folder).result()
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
    forward = _median_ms(encoder.encode_question, questions)
    ask = _median_ms(answerer.ask, questions)
    unread = _median_ms(partial(answerer.ask, read=False), questions)
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


def _median_ms(work: object, questions: Iterable[str]) -> float:
    laps = []
    for question in questions:
        started = time.perf_counter()
        work(question)  # type: ignore[operator]
        laps.append(time.perf_counter() - started)
    return median(laps) * 1e3


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


def _write(results: Path, rows: list[Row], costs: list[Cost]) -> None:
    folder = laboratory.results_folder(results)
    table = ["| what | measured | wanted |", "|---|---|---|"]
    table += [f"| {' | '.join(row)} |" for row in rows]
    found = describe_machine()
    machine = (
        f"{found['processor']}, {found['cores']} cores, {found['memory']}, load "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}; "
        f"`python -m eval.benchmarks {' '.join(sys.argv[1:])}`"
    )
    text = "\n".join([machine, "", *table, ""])
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
