"""The two packaged models beside one another, in one run.

    python -m eval.benchmarks.models [--data FOLDER] [--passages 2000]

Measures multilingual-e5-small and all-MiniLM-L6-v2 in turns, so that other work on the machine
slows both:

- a cold start of ``qa ask`` on the seeds, with and without the reader, and the bare process with
  the same model (see ``bare``);
- a process that runs already: opening the model, encoding a question, an answer;
- encoding passages with their sentences;
- ``qa index`` of the seeds, and of ``--passages`` passages of ``--data``, a folder in BEIR layout.

Without ``--data`` the questions are about the seeds. Each value of the table is the median of all
turns, but of memory the highest; a ratio is that of the values of one turn, told as median (lowest
to highest). The table is printed and filed as ``eval/benchmarks/results/DATE-COMMIT/models.md``,
with the values of all turns in ``models.json``.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval import laboratory
from eval.benchmarks import encoding
from eval.benchmarks.beside import COLUMNS, MODELS, Measure, by_model
from eval.benchmarks.cold import COLD, asking
from eval.benchmarks.processes import QA, Process, in_new_process, in_turns
from eval.benchmarks.report import heading, table
from eval.benchmarks.running import Running, running
from eval.benchmarks.sources import questions_of, write_sources
from eval.peers.comparing import describe_machine
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import EncoderInput
from qa_index.encoding.opening import open_encoder


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("benchmarks.models", __doc__)
    parser.add_argument("--data", type=laboratory.beir, help="folder in BEIR layout")
    parser.add_argument("--passages", type=int, default=2000, help="of --data, to index and ask")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--encoded", type=int, default=600, help="passages, to encode alone")
    parser.add_argument("--cold-starts", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=3, help="of all but cold starts")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and file what was measured."""
    chosen = parse(arguments)
    head, machine = heading("benchmarks.models"), describe_machine()
    with TemporaryDirectory(prefix="grounded-qa-models-") as name:
        measures, used = measured(Path(name), chosen)
    text = f"{head}\n\n{table(COLUMNS, [each.row() for each in measures])}"
    folder = laboratory.results_folder(chosen.out)
    (folder / "models.md").write_text(text, encoding="utf-8")
    report = {
        "schema": "qa.models/1",
        "commit": laboratory.commit(),
        "machine": machine,
        "models": used,
        "measures": [each.to_dict() for each in measures],
    }
    (folder / "models.json").write_text(laboratory.as_json(report), encoding="utf-8")
    print(text, end="")
    return 0


def measured(place: Path, chosen: argparse.Namespace) -> tuple[list[Measure], dict[str, Any]]:
    """All measures, made in an empty folder, and the hash of each model by its name."""
    # Unpacks the multilingual model, and fails at once where a package is missing.
    described = [open_encoder(model, offline=True).description for model in MODELS]
    rounds = chosen.rounds
    write_sources(place / "seeds", None, 0)
    _tell("indexing the seeds")
    # The first round compiles modules.
    indexes, indexing = indexed(place, "seeds", rounds + 1, warm_up=1)
    _tell("cold starts")
    measures = cold(indexes, place, chosen.cold_starts)
    if chosen.data is not None:
        write_sources(place / "texts", chosen.data, chosen.passages)
        _tell("indexing")
        indexes, more = indexed(place, "texts", rounds, warm_up=0)
        indexing += more
    _tell("questions in a running process")
    measures += asked(indexes, questions_of(chosen.data, chosen.questions), rounds)
    _tell("encoding passages")
    texts = islice(encoding.texts_of(chosen.data), chosen.encoded)
    measures += encoded(list(texts))
    return measures + indexing, {each.name: each.sha256 for each in described}


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def indexed(
    place: Path, texts: str, rounds: int, *, warm_up: int
) -> tuple[dict[str, Path], list[Measure]]:
    """Costs of ``qa index`` for a folder in ``place``, and the last index with each model."""
    turns = [
        {
            model: [*QA, "index", texts, "--index", f"{texts}-{model}-{turn}", "--model", model]
            for model in MODELS
        }
        for turn in range(rounds)
    ]
    found = in_turns(turns, place, warm_up=warm_up)
    indexes = {model: place / f"{texts}-{model}-{rounds - 1}" for model in MODELS}
    name = "the seeds" if texts == "seeds" else _size(indexes)
    return indexes, _of_processes(f"qa index of {name}", found)


def _size(indexes: Mapping[str, Path]) -> str:
    """Passages of both indexes: models cut a text where their windows end."""
    counts = {StoredIndex(index).passage_count for index in indexes.values()}
    return f"{' and '.join(f'{count:,}' for count in sorted(counts))} passages"


def cold(indexes: Mapping[str, Path], place: Path, runs: int) -> list[Measure]:
    """Cold starts on the seeds."""
    turn = {
        f"{name} {model}": command
        for model in MODELS
        for name, command in asking(indexes[model]).items()
    }
    found = in_turns([turn] * (runs + 1), place)

    def of(name: str) -> dict[str, list[Process]]:
        return {model: found[f"{name} {model}"] for model in MODELS}

    bare = of("bare process")
    return [
        *_of_processes("bare process", bare),
        *_of_processes("qa ask", of("qa ask"), "600 ms on two cores"),
        *_of_bare("qa ask", of("qa ask"), bare, COLD),
        *_of_processes("qa ask --no-read", of("qa ask --no-read")),
        *_of_bare("qa ask --no-read", of("qa ask --no-read"), bare),
    ]


def _of_processes(
    name: str, found: Mapping[str, Sequence[Process]], wanted: str = ""
) -> list[Measure]:
    return [
        Measure(f"{name}: time", "ms", by_model(found, lambda each: each.wall_ms), wanted),
        Measure(f"{name}: processor time", "ms", by_model(found, lambda each: each.cpu_ms)),
        Measure(f"{name}: peak memory", "MB", by_model(found, lambda each: each.peak_mb)),
    ]


def _of_bare(
    name: str,
    found: Mapping[str, Sequence[Process]],
    bare: Mapping[str, Sequence[Process]],
    wanted: str = "",
) -> list[Measure]:
    """In multiples of the bare process with the same model, turn by turn."""
    pairs = {model: list(zip(found[model], bare[model], strict=True)) for model in MODELS}
    wall = by_model(pairs, lambda pair: pair[0].wall_ms / pair[1].wall_ms)
    cpu = by_model(pairs, lambda pair: pair[0].cpu_ms / pair[1].cpu_ms)
    return [
        Measure(f"{name}: time, of the bare process", "", wall, wanted),
        Measure(f"{name}: processor time, of the bare process", "", cpu),
    ]


def asked(indexes: Mapping[str, Path], questions: Sequence[str], rounds: int) -> list[Measure]:
    """Costs in a running process; each round has a new one for each model."""
    found: dict[str, list[Running]] = {model: [] for model in MODELS}
    for number in range(rounds):
        for model in MODELS[:: -1 if number % 2 else 1]:
            found[model].append(in_new_process(running, indexes[model], questions))

    def measure(name: str, unit: str, value: Callable[[Running], float]) -> Measure:
        return Measure(name, unit, by_model(found, value))

    answer = f"answer among {_size(indexes)}"
    return [
        measure("opening the model", "ms", lambda each: each.opening_ms),
        measure("encoding a question: p50", "ms", lambda each: each.question_ms[0]),
        measure("encoding a question: p95", "ms", lambda each: each.question_ms[1]),
        measure(f"{answer}: p50", "ms", lambda each: each.answer_ms[0]),
        measure(f"{answer}: p95", "ms", lambda each: each.answer_ms[1]),
        measure(f"{answer}, not read: p50", "ms", lambda each: each.unread_ms[0]),
        measure(f"{answer}, not read: p95", "ms", lambda each: each.unread_ms[1]),
        measure("process that answers: peak memory", "MB", lambda each: each.peak_mb),
    ]


def encoded(texts: Sequence[str]) -> list[Measure]:
    """Passages and words a second, in turns of a hundred passages."""
    encoders = {model: open_encoder(model, offline=True) for model in MODELS}

    def way(model: str) -> encoding.Way:
        return lambda turn: encoders[model].encode_passages(turn).passages

    inputs = [encoding.as_input(text) for text in texts]
    turns = list(encoding.in_turns({model: way(model) for model in MODELS}, inputs))

    def rate(size: Callable[[list[EncoderInput]], int]) -> dict[str, list[float]]:
        return {model: [size(own) / each[model].seconds for own, each in turns] for model in MODELS}

    return [
        Measure("encoding passages with their sentences: passages", "passages/s", rate(len)),
        Measure("encoding passages with their sentences: words", "words/s", rate(_words)),
    ]


def _words(inputs: Sequence[EncoderInput]) -> int:
    return sum(len(each.text.split()) for each in inputs)


if __name__ == "__main__":
    laboratory.run("benchmarks.models", main)
