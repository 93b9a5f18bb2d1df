"""Ask questions through each framework's own retriever and through our adapter in it.

    python -m eval.adapters [--beir FOLDER --limit N] [--frameworks A,B] [--python FILE]

The questions are those about the seeds, or a sample of a public set in BEIR layout: its documents
with the same title are the paragraphs of one file, and the right passage is the paragraph.

Run it in an environment with the extras of these frameworks. Their own retrievers run in the
environment of ``eval.peers``, which is installed once; ``python -m eval.peers`` says where. All
take the packaged MiniLM and return five passages, each in a process of its own. The figures of
each framework are filed under ``eval/adapters/results/DATE-COMMIT/SET/``, with a table of all
there.

The right passage is found by the rules of ``qa eval``: a long text takes one rank for each 1,500
characters. A question that our adapter does not answer counts as not found, except in the rows
``nearest``.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import qa_eval
from eval import laboratory
from eval.peers import environment, processes
from eval.peers.comparing import describe_machine
from qa_eval.runner import sample

from .measuring import Returned, Row, measure, silent_unless_answered

TOOLS = Path(__file__).with_name("tools")
FRAMEWORKS = ("langchain", "llamaindex", "haystack")
QUESTIONS = processes.ROOT / "eval" / "questions" / "seeds.jsonl"
SEEDS = processes.ROOT / "seeds"
HEAD = (
    "| retriever | first | in three | first, all | in three, all | silent | verbatim | placed "
    "| characters | p50, ms | CPU, ms |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One tool's answers to all questions."""

    name: str
    settings: dict[str, Any]
    returned: Returned
    p50_ms: float
    cpu_ms: float


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("adapters", __doc__)
    parser.add_argument("--frameworks", default=",".join(FRAMEWORKS), metavar="A,B")
    parser.add_argument("--beir", type=laboratory.beir, metavar="FOLDER")
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="with --beir")
    parser.add_argument("--cache", type=Path, default=environment.DEFAULT_CACHE)
    parser.add_argument(
        "--python", type=Path, help="interpreter of their own retrievers, instead of that one"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def sources() -> dict[str, str]:
    """The text of each seed by its file name."""
    return {path.name: path.read_bytes().decode() for path in SEEDS.iterdir()}


def public(folder: Path, limit: int) -> tuple[dict[str, str], tuple[qa_eval.Question, ...]]:
    """The texts of a set by file name, and ``limit`` of its questions with their paragraphs."""
    texts: dict[str, str] = {}
    places: dict[str, qa_eval.Gold] = {}
    names: dict[str, str] = {}
    for document in qa_eval.beir_documents(folder):
        name = names.setdefault(document.title, f"{len(names):04}.txt")
        before = texts.get(name, document.title) + "\n\n"
        texts[name] = before + document.text
        span = len(before), len(texts[name])
        places[document.id] = qa_eval.Gold(name, document.text, *span, part=document.id)
    drawn = sample(qa_eval.load_beir(folder), limit, seed=0).questions
    return texts, tuple(
        replace(each, gold=tuple(places[gold.path] for gold in each.gold)) for each in drawn
    )


def questions_of(texts: dict[str, str]) -> tuple[qa_eval.Question, ...]:
    """The questions, with resolved gold that names files without their folder."""
    loaded = qa_eval.load_questions(QUESTIONS)
    named = replace(
        loaded,
        questions=tuple(
            replace(
                each, gold=tuple(replace(gold, path=Path(gold.path).name) for gold in each.gold)
            )
            for each in loaded.questions
        ),
    )
    return qa_eval.resolve(named, texts.get).questions


def run(
    tool: str, python: Path, import_path: str, corpus: Path, asked: list[tuple[str, str]]
) -> Run:
    """Runs a tool in a process for each stage."""
    print(f"{tool}: running", file=sys.stderr)
    model = environment.model_path(python)
    with tempfile.TemporaryDirectory() as folder:
        setup = processes.Setup(TOOLS / f"{tool}.py", python, Path(folder), model, import_path)
        (setup.folder / "store").mkdir()
        told = processes.run_stage("describe", setup, corpus, [])
        processes.run_stage("index", setup, corpus, [])
        answers = processes.run_stage("ask", setup, corpus, asked)
    return Run(
        name=told["name"],
        settings={key: told[key] for key in ("settings", "versions")},
        returned={
            question: [passage for passage, _ in found]
            for question, found in answers["run"].items()
        },
        p50_ms=1000 * statistics.median(answers["seconds"]),
        cpu_ms=1000 * answers["cpu_seconds"] / len(asked),
    )


def line(name: str, row: Row) -> str:
    """A row of the table."""
    found = (row.first, row.in_three, row.all_first, row.all_in_three)
    cells = [
        *(f"{share:.0%}" for share in (*found, row.silent, row.verbatim, row.placed)),
        *(f"{number:,.0f}" for number in (row.characters, row.p50_ms, row.cpu_ms)),
    ]
    return f"| {' | '.join([name, *cells])} |"


def table_of(folder: Path) -> str:
    """The rows of all frameworks that are filed in a folder."""
    filed = [folder / f"{framework}.json" for framework in FRAMEWORKS]
    rows = [
        line(name, Row(**row))
        for path in filed
        if path.exists()
        for name, row in json.loads(path.read_text(encoding="utf-8"))["rows"].items()
    ]
    return "\n".join([HEAD, *rows, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tools, print the table, file the results."""
    options = parse(arguments)
    if options.beir is None:
        texts = sources()
        questions = questions_of(texts)
    else:
        texts, questions = public(options.beir, options.limit)
    name = "seeds" if options.beir is None else options.beir.resolve().name
    folder = laboratory.results_folder(options.out) / name
    folder.mkdir(exist_ok=True)
    peers = options.python or environment.ensure(options.cache)
    with tempfile.TemporaryDirectory() as corpus:
        for file, text in texts.items():
            (Path(corpus) / file).write_bytes(text.encode())
        for framework in options.frameworks.split(","):
            report = compared(framework, peers, Path(corpus), texts, questions)
            filed = laboratory.as_json(report)
            (folder / f"{framework}.json").write_text(filed, encoding="utf-8")
            (folder / "table.md").write_text(table_of(folder), encoding="utf-8")
    print(table_of(folder), end="")
    return 0


def compared(
    framework: str,
    peers: Path,
    corpus: Path,
    texts: dict[str, str],
    questions: Sequence[qa_eval.Question],
) -> dict[str, Any]:
    """The figures of a framework's own retriever and of our adapter in it."""
    asked = [(each.id, each.text) for each in questions]
    ours = ":".join(str(processes.ROOT / folder) for folder in ("", "index", "eval"))
    own = run(f"own_{framework}", peers, "", corpus, asked)
    our = run(f"our_{framework}", Path(sys.executable), ours, corpus, asked)
    silent = replace(our, returned=silent_unless_answered(our.returned))
    nearest = replace(our, name=f"{our.name}, nearest")
    rows = {
        each.name: measure(questions, each.returned, texts, p50_ms=each.p50_ms, cpu_ms=each.cpu_ms)
        for each in (own, silent, nearest)
    }
    return {
        "schema": "qa.adapters/1",
        "commit": laboratory.commit(),
        "machine": describe_machine(),
        "questions": len(questions),
        "settings": {each.name: each.settings for each in (own, our)},
        "rows": {name: asdict(row) for name, row in rows.items()},
    }


if __name__ == "__main__":
    laboratory.run("adapters", main)
