"""Train the reader and report it on held-out articles.

    python -m eval.reading NETWORK --data FOLDER --documents FOLDER --work FOLDER [--further]

NETWORK is ``english`` or ``multilingual``. ``--data`` holds the public sets of ``LEARNT`` in
``eval/calibration/sources.py`` in BEIR layout; ``python -m eval.reading.outside`` brings most of
them. ``--documents`` holds what ``python -m eval.corpora bring training`` brings: the documents of
the project's own questions. What is missing is left out with a word.

The English network starts from one in another package, see ``msmarco.py``. The training of the
multilingual one has two stages: the public sets, then the project's questions with fewer of the
others; the English one has the second alone.
``--further`` takes up the network that is there and trains the second stage again. Questions in
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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval import laboratory
from eval.calibration.asking import HELD_OUT
from eval.calibration.sources import load
from eval.corpora.catalogue import Group, catalogue
from qa.reader.network import NETWORK, OF_ALL_LANGUAGES, Reader, best_span
from qa.reader.rows import ENGLISH, MULTILINGUAL, Layout
from qa_index.encoding.onnx_engine import open_session

from .examples import Example, examples, save, saved
from .network import Network, form_of, ship, shipped
from .questions import Collection, Maker, questions_of
from .training import logits_of, separation, train


@dataclass(frozen=True, slots=True)
class Course:
    """What one of the networks learns from."""

    layout: Layout
    network: Path
    first: Mapping[str, float]
    """Share of a set's questions that the first stage draws from; above 1, how often each is
    there."""
    second: Mapping[str, float]
    """The same of the second."""
    rows: tuple[int, int]
    """Examples that the stages train on, of all."""
    rate: float
    """Learning rate."""
    own: int
    """How often the second draws from the project's questions, each time with other passages."""
    language: str | None
    """Of the collections whose questions it learns from; ``None`` for all."""


COURSES: Mapping[str, Course] = {
    "english": Course(
        layout=ENGLISH,
        network=NETWORK,
        first={},
        second={
            "squad_train": 0.1,
            "squad2_half": 1,
            "scifact_train": 1,
            "policyqa": 0.3,
            "integreat-en": 1,
        },
        rows=(0, 22_000),
        rate=6e-5,
        own=3,
        language="en",
    ),
    "multilingual": Course(
        layout=MULTILINGUAL,
        network=OF_ALL_LANGUAGES,
        first={
            "squad_train": 0.42,
            "squad2_half": 3,
            "scifact_train": 3,
            "piaf": 1,
            "arcd": 1,
            "cmrc2018": 0.6,
            "drcd": 0.5,
            "jaquad": 0.2,
            "iapp": 0.4,
        },
        second={
            "squad_train": 0.05,
            "squad2_half": 1,
            "scifact_train": 1,
            "piaf": 0.16,
            "arcd": 0.2,
            "cmrc2018": 0.2,
            "drcd": 0.1,
            "jaquad": 0.03,
            "iapp": 0.08,
            "policyqa": 0.1,
            "faquad": 0.5,
            "integreat-de": 0.5,
            "integreat-en": 0.3,
            "integreat-fr": 0.5,
            "integreat-uk": 0.3,
            "integreat-ar": 0.3,
            "integreat-mixed": 1,
        },
        rows=(26_000, 42_000),
        rate=1e-4,
        own=2,
        language=None,
    ),
}

STAGES = (("first", 0.0), ("second", 0.6))
"""Name, and the share of the examples over which the learning rate falls."""

MIX = 0.7
"""Weight of what further training makes of a network; the rest is as it was before."""

REPORTED = ("squad2_half", "scifact_train")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("reading", __doc__)
    parser.add_argument("course", choices=COURSES, metavar="NETWORK")
    parser.add_argument("--data", type=laboratory.folder, required=True, metavar="FOLDER")
    parser.add_argument("--documents", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=float("inf"), metavar="N")
    parser.add_argument("--further", action="store_true")
    parser.add_argument("--network", type=Path, metavar="FILE", help="(default: the shipped one)")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make examples, learn, ship, report."""
    options = parse(arguments)
    until = time.time() + 60 * options.minutes
    torch.manual_seed(0)
    course = COURSES[options.course]
    target = options.network or course.network
    network = shipped(target, course.layout) if options.further else Network(course.layout)
    before = {name: each.clone() for name, each in network.state_dict().items()}
    options.work.mkdir(parents=True, exist_ok=True)
    for (stage, falling), rows in zip(STAGES, course.rows, strict=True):
        if not rows or (stage == "first" and options.further):
            continue
        kept = options.work / f"{stage}.npz"
        if not kept.exists():
            made = list(_made(stage, course, options))
            if not made:
                raise laboratory.Problem(
                    f"{options.data} has no set and {options.documents} no collection to learn from"
                )
            save(_drawn(made, rows), kept)
        state = options.work / f"{stage}.pt"
        rate, some = course.rate, saved(kept)
        if not train(network, some, state, falling=falling, rate=rate, until=until, tell=_tell):
            _tell(f"stopped; the state is in {state}")
            return 0
    if options.further:
        network.load_state_dict(mixed(before, network.state_dict()))
    ship(network, target)
    laboratory.publish(_report(network, target, course, options), options.out, options.course)
    return 0


def mixed(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights between those before and after further training.

    They keep more of what was known than those after it, and lose little of what was learnt
    (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903).
    """
    return {name: torch.lerp(before[name], after[name], MIX) for name in before}


def _made(stage: str, course: Course, options: argparse.Namespace) -> Iterator[Example]:
    """The examples of a stage, each question with a number of its own."""
    form = form_of(course.layout)
    chance = random.Random(stage)  # noqa: S311 - repeatable, not secret
    group = 0
    for name, share in (course.first if stage == "first" else course.second).items():
        if not (options.data / name).is_dir():
            _tell(f"{name} is not in {options.data}: left out")
            continue
        labelled = load(options.data / name, learnt=True)
        found: list[Example] = []
        for _ in range(max(1, int(share))):
            some = examples(labelled, form, chance, share=min(share, 1), first_group=group)
            found += some
            group = found[-1].group + 1 if found else group
        _tell(f"{name}: {Counter(each.kind for each in found)}")
        yield from found
    if stage == "first":
        return
    unseen = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    for its in catalogue(Group.TRAINING):
        if course.language not in {None, its.language}:
            continue
        if not (options.documents / its.name).is_dir():
            _tell(f"{its.name} is not in {options.documents}: left out")
            continue
        maker = Maker(Collection(options.documents / its.name), form, chance)
        questions = [each for each in questions_of(its.questions) if each["id"] not in unseen]
        for _ in range(course.own):
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


def _report(
    network: Network, target: Path, course: Course, options: argparse.Namespace
) -> dict[str, object]:
    form = form_of(course.layout)
    its = Reader(open_session(target), form.tokenizer, network.words, course.layout)
    report: dict[str, object] = {}
    for name in REPORTED:
        if not (options.data / name).is_dir():
            continue
        chance = random.Random(0)  # noqa: S311 - repeatable, not secret
        unseen = list(examples(load(options.data / name, learnt=False), form, chance))
        shipped = [its.outputs(each.row.tolist()) for each in unseen]
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
    laboratory.run("reading", main)
