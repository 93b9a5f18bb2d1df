"""Fit the probability of every passage, and report the list and what it misses on held-out sets.

    python -m eval.passages --data FOLDER --kept FOLDER [--fit A,B] [--judge A,B] [--shipped]

``--data`` has a folder for each set, in BEIR layout, documents with all their relevant questions
(docs/decisions/passages.md names them and says where they come from). The sets of ``--fit`` are
fitted, all with the same weight, and each is reported with a fit to the others; those of
``--judge`` are only reported, with this fit or the constants that are ``--shipped``. Nothing is
fitted to the questions that the reader learnt from.

What was observed is kept in files, also of a run that is stopped: the next one asks the other
questions. Delete one to ask its set again. Prints JSON with the constants
of ``qa/confidence/shipped.py``, and writes it and a table to
``eval/passages/results/DATE-COMMIT/``.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval import laboratory
from eval.calibration.sources import load
from qa.answering.answerer import DEFAULT_LEAST, Answerer
from qa.confidence.relevance import RelevanceModel
from qa.confidence.shipped import RELEVANCE
from qa.measuring.collections import index_collection
from qa_index.encoding.models import DEFAULT_MODEL
from qa_index.encoding.opening import open_encoder
from qa_index.search.query import Mode

from .fitting import fitted
from .observing import Observed, Question, keep, kept, observe, questions_of
from .reporting import after_judging, measured, outcomes, reliability, table
from .timing import timed

WAYS = {"read": Mode.HYBRID, "unread": Mode.HYBRID, "bm25": Mode.BM25}

FIT = "squad2_half,scifact_train,cacm"
JUDGE = "cranfield,cisi"

SAMPLED = "squad2_half,scifact_train,cisi,cacm"
"""Sets of which a sample is asked, with questions of the others of these; of the other sets all
questions are asked, and nothing else."""

_AT_ONCE = 20
"""Questions after which what was observed is kept."""

LIMITS = (0.05, 0.1, 0.5)

SAMPLES = (20, 40, 80)
"""Sizes of the samples that are judged."""

DRAWS = 3
"""Samples of each question."""

Seen = dict[str, list[Observed]]
"""What was observed of a set, by way."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("passages", __doc__)
    parser.add_argument("--data", type=laboratory.folder, required=True, metavar="FOLDER")
    parser.add_argument("--kept", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--fit", default=FIT, metavar="A,B")
    parser.add_argument("--judge", default=JUDGE, metavar="A,B")
    parser.add_argument("--sampled", default=SAMPLED, metavar="A,B")
    parser.add_argument(
        "--shipped", action="store_true", help="report those of --judge with the shipped constants"
    )
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--most-documents", type=int, default=608, help="of a set of paragraphs")
    parser.add_argument("--most-questions", type=int, default=40, help="of a set that is sampled")
    parser.add_argument("--unanswerable", type=int, default=10, help="of a kind, of each")
    parser.add_argument("--read", type=int, default=40, help="candidates read of a question")
    parser.add_argument("--timed", type=int, default=0, metavar="N", help="questions to time")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Observe, fit, report."""
    options = parse(arguments)
    fit, judge = options.fit.split(","), options.judge.split(",")
    seen = {name: _seen(name, options) for name in (*fit, *judge)}
    model = fitted({name: seen[name] for name in fit})
    print(json.dumps(asdict(model)), file=sys.stderr, flush=True)
    held_out = {name: fitted({each: seen[each] for each in fit if each != name}) for name in fit}
    models = {**dict.fromkeys(judge, RELEVANCE if options.shipped else model), **held_out}
    report: dict[str, Any] = {
        "model": asdict(model),
        "judged with": "the shipped constants" if options.shipped else "this fit",
        "held out": {way: _measured(seen, models, way, DEFAULT_LEAST) for way in WAYS},
        "by limit": {
            str(least): _measured({judge[0]: seen[judge[0]]}, models, "read", least)
            for least in LIMITS
        },
        "judged": {
            str(size): {
                name: after_judging(
                    ways["read"], models[name], least=DEFAULT_LEAST, size=size, draws=DRAWS
                )
                for name, ways in seen.items()
            }
            for size in SAMPLES
        },
        "reliability": {
            name: reliability(seen[name]["read"], models[name], least=DEFAULT_LEAST)
            for name in seen
        },
    }
    if options.timed:
        report["time"] = _timed(judge[0], options)
    laboratory.publish(report, options.out, "passages")
    lines = "".join(
        f"{name}\n\n{table(rows)}\n"
        for group in ("held out", "by limit", "judged")
        for name, rows in report[group].items()
    )
    folder = laboratory.results_folder(options.out)
    (folder / "passages.md").write_text(lines, encoding="utf-8")
    print(lines, end="", file=sys.stderr)
    return 0


def _measured(
    seen: Mapping[str, Seen], models: Mapping[str, RelevanceModel], way: str, least: float
) -> dict[str, dict[str, Any]]:
    return {
        name: measured(outcomes(ways[way], models[name], least=least))
        for name, ways in seen.items()
    }


def _seen(name: str, options: argparse.Namespace) -> Seen:
    """What is observed of a set, in every way; its index is kept in the cache."""
    files = {way: options.kept / options.model / f"{name}-{way}.npz" for way in WAYS}
    if all(file.exists() for file in files.values()):
        return {way: kept(file) for way, file in files.items()}
    sampled = options.sampled.split(",")
    most = None if _has_topics(options.data / name) else options.most_documents
    labelled = load(options.data / name, at_most=most)
    encoder = open_encoder(options.model, offline=True)
    index = index_collection(labelled.documents.values(), encoder=encoder, whole=True)
    answerer = Answerer(index, lambda: encoder)
    questions = questions_of(
        labelled,
        _others(name, sampled, options) if name in sampled else (),
        at_most=options.most_questions if name in sampled else len(labelled.questions),
        unanswerable=options.unanswerable if name in sampled else 0,
    )
    for way, mode in WAYS.items():
        read = options.read if way == "read" else 0
        _observe_rest(answerer, questions, files[way], read=read, mode=mode)
    return {way: kept(file) for way, file in files.items()}


def _observe_rest(
    answerer: Answerer, questions: Sequence[Question], file: Path, *, read: int, mode: Mode
) -> None:
    """Ask the questions that were not asked by a run before, which may have been stopped."""
    if file.exists():
        return
    some = file.with_name(f"{file.stem}.part.npz")
    observed = kept(some) if some.exists() else []
    while len(observed) < len(questions):
        following = questions[len(observed) : len(observed) + _AT_ONCE]
        observed += observe(answerer, following, read=read, mode=mode)
        keep(observed, some)
        told = f"{file.stem}: {len(observed)} of {len(questions)} questions"
        print(told, file=sys.stderr, flush=True)
    some.replace(file)


def _timed(name: str, options: argparse.Namespace) -> dict[str, float]:
    labelled = load(options.data / name)
    encoder = open_encoder(options.model, offline=True)
    index = index_collection(labelled.documents.values(), encoder=encoder, whole=True)
    asked = [each.text for each in labelled.questions[: options.timed]]
    return timed(Answerer(index, lambda: encoder), asked)


def _has_topics(folder: Path) -> bool:
    """Whether questions have so many relevant documents that none may be left out."""
    labelled = load(folder)
    relevant = [len(each.gold) for each in labelled.questions if each.gold]
    return sum(relevant) > 2 * len(relevant)


def _others(name: str, sampled: Sequence[str], options: argparse.Namespace) -> list[str]:
    """Questions of the other sets that are sampled."""
    return [
        question.text
        for other in sampled
        if other != name
        for question in load(options.data / other).questions[:200]
        if question.gold
    ]


if __name__ == "__main__":
    laboratory.run("passages", main)
