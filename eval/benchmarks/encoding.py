"""Speed of encoding compared with sentence-transformers, and the phases of a cold start.

    python eval/benchmarks/encoding.py [--corpus FOLDER] [-n 1000] [--model NAME]

``FOLDER`` is in BEIR layout; by default the paragraphs of ``seeds/`` are repeated. Both encode the
same passages in turns of a hundred, so that other work on the machine slows both. Ours also gives
a vector for each sentence, sentence-transformers for passages only. It cannot open the packaged
multilingual-e5-small; ``eval.benchmarks.models`` measures that one beside all-MiniLM-L6-v2.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "index")]

from eval import laboratory  # noqa: E402
from qa_index.encoding import Encoder, EncoderInput  # noqa: E402
from qa_index.encoding.models import MINILM, MULTILINGUAL, locate  # noqa: E402
from qa_index.encoding.opening import open_encoder  # noqa: E402
from qa_index.encoding.reference import quiet  # noqa: E402
from qa_index.records import Span  # noqa: E402
from qa_index.vectors import Floats  # noqa: E402

T = TypeVar("T")

Way = Callable[[list[EncoderInput]], Floats]
"""Of encoding: from n passages to vectors of shape (n, dimension)."""

TURN = 100
QUESTION = "Who heads the forum, and when was it founded?"

COLD_START = """
import json, os, sys, time
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
laps, last = {}, time.perf_counter()
def lap(name):
    global last
    now = time.perf_counter()
    laps[name], last = now - last, now
import numpy; lap("import numpy")
import onnxruntime; lap("import onnxruntime")
import tokenizers, xxhash; lap("import tokenizers, xxhash")
from qa_index.encoding.opening import open_encoder
from qa_index.encoding import cache, opening, shipped; lap("import qa_index.encoding")
if sys.argv[2] == shipped.SHIPPED_SHA256:
    files = shipped.shipped_files()
    shipped.check_shipped(files)
    graph, tokenizer, weights = files.graph, files.tokenizer, files.weights.parent
else:
    folder = cache.entry_folder(sys.argv[2])
    cache.read_recipe(folder, sys.argv[2])
    graph, tokenizer, weights = folder / cache.GRAPH, folder / cache.TOKENIZER, None
lap("checksums")
tokenizers.Tokenizer.from_file(str(tokenizer)); lap("tokenizer")
opening.open_session(graph, weights=weights); lap("session")
encoder = open_encoder(sys.argv[1], expected_sha256=sys.argv[2])
lap("open_encoder, the three above together")
encoder.encode_question(sys.argv[3]); lap("first question")
encoder.encode_question(sys.argv[3]); lap("second question")
print(json.dumps(laps))
"""

PEAK = """
import sys
from qa_index.encoding.opening import open_encoder
open_encoder(sys.argv[1], expected_sha256=sys.argv[2]).encode_question(sys.argv[3])
status = dict(line.split(":") for line in open("/proc/self/status") if "VmHWM" in line)
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def main() -> int:
    """Time everything and print it."""
    parser = laboratory.parser("benchmarks.encoding", __doc__.splitlines()[0])
    parser.add_argument("--corpus", type=laboratory.beir, help="folder in BEIR layout")
    parser.add_argument("-n", type=int, default=1000, help="passages")
    parser.add_argument("--model", default=MINILM)
    options = parser.parse_args()

    encoder = open_encoder(options.model, offline=True)
    if encoder.description.name == MULTILINGUAL:
        raise laboratory.Problem(
            f"sentence-transformers cannot open {MULTILINGUAL} in 4 bits: choose another model, or "
            "run python -m eval.benchmarks.models"
        )
    inputs = [as_input(text) for text in islice(texts_of(options.corpus), options.n)]
    report_passages(encoder, inputs)
    report_questions(encoder)
    report_cold_start(encoder)
    return 0


def texts_of(data: Path | None) -> Iterator[str]:
    """Texts of a folder in BEIR layout, or else long paragraphs of the seeds, without end."""
    return beir_texts(data) if data else seed_paragraphs()


def beir_texts(folder: Path) -> Iterator[str]:
    """Texts of a corpus, in its order."""
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def seed_paragraphs() -> Iterator[str]:
    """Long paragraphs of the seed documents, without end."""
    paragraphs = [
        paragraph
        for path in sorted((ROOT / "seeds").glob("*.txt"))
        for paragraph in path.read_text(encoding="utf-8").splitlines()
        if len(paragraph) > 300
    ]
    return cycle(paragraphs)


def as_input(text: str) -> EncoderInput:
    """Split sentences at final punctuation, which is good enough for timing."""
    found = re.finditer(r"\S.*?(?:[.!?](?=\s)|$)", text, re.DOTALL)
    return EncoderInput("", text, tuple(Span(*match.span()) for match in found))


class Turn(NamedTuple):
    """Passages that were encoded in one way."""

    seconds: float
    passages: Floats
    """Shape (n, dimension)."""


def in_turns(
    ways: Mapping[str, Way], inputs: Sequence[EncoderInput]
) -> Iterator[tuple[list[EncoderInput], dict[str, Turn]]]:
    """Encode a hundred passages in each way, then the next hundred; yield them and each turn.

    Before that each way encodes the first hundred, which is not timed. Every second turn runs in
    reverse order.
    """
    turns = [list(inputs[start : start + TURN]) for start in range(0, len(inputs), TURN)]
    for encode in ways.values():
        encode(turns[0])
    for number, turn in enumerate(turns):
        order = list(ways.items())[:: -1 if number % 2 else 1]
        yield turn, {name: Turn(*timed(partial(encode, turn))) for name, encode in order}


class Comparison(NamedTuple):
    """Ours and sentence-transformers on the same passages."""

    ours: float
    """Passages a second, their sentences included."""
    theirs: float
    ratio: float
    lowest: float
    """Lowest ratio of any turn."""
    highest: float
    difference: float
    """Largest of any component."""


def compare(encoder: Encoder, inputs: list[EncoderInput]) -> Comparison:
    """Encode in turns with sentence-transformers."""
    with quiet():
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(locate(encoder.description.name, offline=True).path), local_files_only=True
        )
    ways: dict[str, Way] = {
        "ours": lambda turn: encoder.encode_passages(turn).passages,
        "theirs": lambda turn: model.encode([each.text for each in turn]),
    }
    ours: list[float] = []
    theirs: list[float] = []
    difference = 0.0
    for _, turn in in_turns(ways, inputs):
        own, other = turn["ours"], turn["theirs"]
        ours.append(own.seconds)
        theirs.append(other.seconds)
        difference = max(difference, float(np.abs(own.passages - other.passages).max()))
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return Comparison(
        len(inputs) / sum(ours),
        len(inputs) / sum(theirs),
        sum(theirs) / sum(ours),
        min(ratios),
        max(ratios),
        difference,
    )


def report_passages(encoder: Encoder, inputs: list[EncoderInput]) -> None:
    """Passages a second, and the largest difference between the two."""
    found = compare(encoder, inputs)
    sentences = sum(len(each.sentences) for each in inputs)
    words = sum(len(each.text.split()) for each in inputs) / len(inputs)
    print(f"{len(inputs)} passages of {words:.0f} words with {sentences} sentences")
    print(f"  ours, with sentences     {found.ours:8.1f} passages/s")
    print(f"  SentenceTransformer      {found.theirs:8.1f} passages/s")
    print(f"  ratio                    {found.ratio:8.2f}", end="")
    print(f"   (turns: {found.lowest:.2f} to {found.highest:.2f})")
    print(f"  largest difference       {found.difference:8.1e}")


def report_questions(encoder: Encoder) -> None:
    """Print the latency of one caller and the throughput of eight."""
    questions = [f"{QUESTION} {number}" for number in range(200)]
    alone = [timed(partial(encoder.encode_question, q))[0] for q in questions]
    with ThreadPoolExecutor(8) as pool:
        together, _ = timed(lambda: list(pool.map(encoder.encode_question, questions)))
    print(f"question: {median(alone) * 1e3:.1f} ms at p50; ", end="")
    print(f"eight threads do {sum(alone) / together:.2f} times as many as one")


def report_cold_start(encoder: Encoder, runs: int = 9) -> None:
    """Median over new processes, milliseconds by phase."""
    description = encoder.description
    arguments = [description.name, description.sha256, QUESTION]
    laps = [json.loads(in_new_process(COLD_START, arguments)) for _ in range(runs)]
    print(f"cold start, median (least) of {runs} processes, ms")
    for name in laps[0]:
        values = [lap[name] * 1e3 for lap in laps]
        print(f"  {name:40} {median(values):7.1f} ({min(values):.1f})")
    if sys.platform == "linux":  # ru_maxrss would be this process's, which its children inherit
        print(f"  peak memory {in_new_process(PEAK, arguments).strip()} MB")


def in_new_process(script: str, arguments: list[str]) -> str:
    """Run the script in a new process and return its output."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'index')!r})"]
    command[-1] += script
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=True).stdout


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Run ``work`` and return the seconds it took, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    laboratory.run("benchmarks.encoding", main)
