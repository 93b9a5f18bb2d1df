"""Train the reader and report it on held-out articles.

    python -m eval.reading --data FOLDER [--out FILE] [--examples N | --ends]

FOLDER holds the sets of ``LEARNT`` in ``eval/calibration/sources.py``, in BEIR layout. Prints JSON:
AUROC of the network as trained and as shipped with 8-bit weights, and the share of answered
examples whose best span overlaps the answer. All 165,000 examples take three quarters of an hour
on four cores with bfloat16 products, and several times as long on others. ``--ends`` trains only
where an answer begins and ends, in the network in FILE, which takes some minutes.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from eval.calibration.sources import load
from qa.reader.network import NETWORK, Reader, open_tokenizer, word_vectors
from qa_index.encoding.models import packaged
from qa_index.encoding.onnx_engine import open_session

from .ends import add_ends, found
from .examples import Example, examples
from .network import Network, ship
from .training import logits_of, separation, train

REPEATED = {"squad2_half": 3, "scifact_train": 3}
"""How often each example of a set is used. These sets are small, and written by people: questions
meant to look answerable, and claims, which are not written as questions."""

DRAWN = "squad_train"
"""The set that is sampled from if ``--examples`` asks for fewer."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=NETWORK, metavar="FILE")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--examples", type=int, metavar="N", help="default: all")
    what.add_argument("--ends", action="store_true", help="train nothing else")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make examples, learn, ship, report."""
    options = parse(arguments)
    torch.manual_seed(0)
    tokenizer = open_tokenizer(packaged())
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret

    def made(name: str, *, learnt: bool) -> list[Example]:
        found = list(examples(load(options.data / name, learnt=learnt), tokenizer, chance))
        _tell(f"{name}: {Counter(each.kind for each in found)}")
        return found

    chosen = [each for name, times in REPEATED.items() for each in times * made(name, learnt=True)]
    drawn = made(DRAWN, learnt=True)
    if options.examples is not None:
        drawn = chance.sample(drawn, min(max(0, options.examples - len(chosen)), len(drawn)))
    chosen += drawn
    network = None if options.ends else Network()
    if network is not None:
        train(network, chosen, tell=_tell)
        ship(network, options.out)
    words = word_vectors(packaged())
    add_ends(options.out, chance.sample(chosen, len(chosen)), words)
    reader = Reader(open_session(options.out), tokenizer, words)
    report = {}
    for name in REPEATED:
        unseen = made(name, learnt=False)
        shipped = [reader.outputs(each.row.tolist()) for each in unseen]
        report[name] = {
            "examples": len(unseen),
            "shipped": separation(unseen, [logit for logit, _ in shipped]),
        }
        if any(each.placed for each in unseen):
            report[name]["found"] = found(unseen, [ends for _, ends in shipped])
        if network is not None:
            report[name]["trained"] = separation(unseen, logits_of(network, unseen))
    print(json.dumps(report, indent=1))
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
