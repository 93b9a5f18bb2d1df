"""Train the reader and report it on held-out articles.

    python -m eval.reading --data FOLDER --documents FOLDER --work FOLDER [--minutes N] [--further]

``--data`` holds the public sets of ``LEARNT`` in ``eval/calibration/sources.py`` in BEIR layout;
``python -m eval.reading.outside`` brings those in other languages. ``--documents`` holds what
``python -m eval.corpora bring training`` brings: the documents of the project's own questions. What
is missing is left out with a word.

Training has two stages: the public sets, then the project's questions with fewer of the others.
``--further`` takes up the network that is shipped and trains the second stage again. Questions in
``eval/questions/training/held-out.txt`` are not learnt from: the confidence is fitted to them. The
state is kept in ``--work`` every few minutes, and after ``--minutes``; the same command takes it up
again. Then the network is written with 8-bit weights, and AUROC as trained and as shipped is
printed as JSON and written to ``eval/reading/results/DATE-COMMIT/``, with the share of answered
examples whose best span overlaps the answer.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from eval import laboratory
from eval.calibration.asking import HELD_OUT
from eval.calibration.sources import load
from eval.corpora.catalogue import Group, catalogue
from qa.reader.network import OF_ALL_LANGUAGES, Reader, best_span
from qa_index.encoding import multilingual
from qa_index.encoding.onnx_engine import open_session

from .examples import Example, examples, save, saved
from .network import Network, ship, shipped
from .questions import Collection, Maker, questions_of
from .training import logits_of, separation, train

FIRST: Mapping[str, float] = {
    "squad_train": 0.42,
    "squad2_half": 3,
    "scifact_train": 3,
    "piaf": 1,
    "arcd": 1,
    "cmrc2018": 0.6,
    "drcd": 0.5,
    "jaquad": 0.2,
    "iapp": 0.4,
}
"""Share of a set's questions that the first stage draws from; above 1, how often each is there."""

SECOND: Mapping[str, float] = {
    "squad_train": 0.05,
    "squad2_half": 1,
    "scifact_train": 1,
    "piaf": 0.16,
    "arcd": 0.2,
    "cmrc2018": 0.2,
    "drcd": 0.1,
    "jaquad": 0.03,
    "iapp": 0.08,
}
"""The same of the second."""

OWN = 2
"""How often the second draws from the project's questions, each time with other passages."""

FIRST_ROWS, SECOND_ROWS = 26_000, 42_000
"""Examples that are trained on, of all."""

STAGES = (("first", FIRST_ROWS, 0.0), ("second", SECOND_ROWS, 0.6))
"""Name, examples, and the share of them over which the learning rate falls."""

REPORTED = ("squad2_half", "scifact_train")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("reading", __doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--documents", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=float("inf"), metavar="N")
    parser.add_argument("--further", action="store_true")
    parser.add_argument("--network", type=Path, default=OF_ALL_LANGUAGES, metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make examples, learn, ship, report."""
    options = parse(arguments)
    until = time.time() + 60 * options.minutes
    torch.manual_seed(0)
    network = shipped(options.network) if options.further else Network()
    options.work.mkdir(parents=True, exist_ok=True)
    for stage, rows, falling in STAGES[int(options.further) :]:
        kept = options.work / f"{stage}.npz"
        if not kept.exists():
            save(_drawn(list(_made(stage, options)), rows), kept)
        state = options.work / f"{stage}.pt"
        if not train(network, saved(kept), state, falling=falling, until=until, tell=_tell):
            _tell(f"stopped; the state is in {state}")
            return 0
    ship(network, options.network)
    laboratory.publish(_report(network, options), options.out, "reading")
    return 0


def _made(stage: str, options: argparse.Namespace) -> Iterator[Example]:
    """The examples of a stage, each question with a number of its own."""
    tokenizer = multilingual.open_tokenizer()
    chance = random.Random(stage)  # noqa: S311 - repeatable, not secret
    group = 0
    for name, share in (FIRST if stage == "first" else SECOND).items():
        if not (options.data / name).is_dir():
            _tell(f"{name} is not in {options.data}: left out")
            continue
        labelled = load(options.data / name, learnt=True)
        found: list[Example] = []
        for _ in range(max(1, int(share))):
            some = examples(labelled, tokenizer, chance, share=min(share, 1), first_group=group)
            found += some
            group = found[-1].group + 1 if found else group
        _tell(f"{name}: {Counter(each.kind for each in found)}")
        yield from found
    if stage == "first":
        return
    unseen = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    for its in catalogue(Group.TRAINING):
        if not (options.documents / its.name).is_dir():
            _tell(f"{its.name} is not in {options.documents}: left out")
            continue
        maker = Maker(Collection(options.documents / its.name), tokenizer, chance)
        questions = [each for each in questions_of(its.questions) if each["id"] not in unseen]
        for _ in range(OWN):
            yield from maker.make(questions, group)
            group += len(questions)
        _tell(f"{its.name}: {len(questions)} questions")


def _drawn(examples: Sequence[Example], rows: int) -> list[Example]:
    """All examples of so many questions that there are ``rows`` or a few more."""
    groups = sorted({each.group for each in examples})
    random.Random(0).shuffle(groups)  # noqa: S311 - repeatable, not secret
    counts = Counter(each.group for each in examples)
    total, chosen = 0, set()
    for group in groups:
        if total >= rows:
            break
        chosen.add(group)
        total += counts[group]
    return [each for each in examples if each.group in chosen]


def _report(network: Network, options: argparse.Namespace) -> dict[str, object]:
    tokenizer, words = multilingual.open_tokenizer(), multilingual.open_words()
    reader = Reader(open_session(options.network), tokenizer, words)
    report: dict[str, object] = {}
    for name in REPORTED:
        if not (options.data / name).is_dir():
            continue
        chance = random.Random(0)  # noqa: S311 - repeatable, not secret
        unseen = list(examples(load(options.data / name, learnt=False), tokenizer, chance))
        shipped = [reader.outputs(each.row.tolist()) for each in unseen]
        report[name] = {
            "examples": len(unseen),
            "trained": separation(unseen, logits_of(network, unseen)),
            "shipped": separation(unseen, [logit for logit, _ in shipped]),
            "found": found(unseen, [ends for _, ends in shipped]),
        }
    return report


def found(examples: Sequence[Example], ends: Sequence[NDArray[np.float32]]) -> float | None:
    """Share of the placed examples whose best span overlaps the answer; ``None`` without any."""
    hits = []
    for each, its in zip(examples, ends, strict=True):
        if each.placed:
            first, last = best_span(its[each.begin : -1, :2])
            hits.append(
                first <= each.answer[1] - each.begin and last >= each.answer[0] - each.begin
            )
    return round(float(np.mean(hits)), 3) if hits else None


def _tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
