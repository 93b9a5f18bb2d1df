"""Fit the shipped confidence to public sets and report it on held-out sets.

    python -m eval.calibration --data FOLDER [--sets A,B] [--sizes 50,200,1000]

Each folder in FOLDER is a set in BEIR layout (see ``sources.py``). Prints JSON and writes it to
``eval/calibration/results/DATE-COMMIT/``: the constants, the quality of the shipped and of the
fitted model on each set (fitted without that set), and the share of right answers in each band. The
first run encodes every document and caches the vectors in QA_CACHE.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import compress
from pathlib import Path
from typing import Any

from eval import laboratory
from qa.confidence.model import SHIPPED
from qa_index.encoding.cache import cache_folder
from qa_index.encoding.models import DEFAULT_MODEL
from qa_index.encoding.opening import open_encoder

from .fitting import (
    bands,
    by_set,
    enough,
    fitted,
    held_out,
    probabilities,
    quality,
)
from .observing import Observation, Way, observe
from .remembering import RememberingEncoder
from .sources import LabelledSet, load
from .variations import variations

OTHERS = 1000
"""Questions of a set that are asked of the other sets, at most."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("calibration", __doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", metavar="A,B", help="names of folders (default: all)")
    parser.add_argument("--sizes", default="50,200,1000,5000", help="documents in a variation")
    parser.add_argument("--documents", type=int, default=2000, help="of a set, at most")
    parser.add_argument("--foreign", default="xquad", help="sets that no English ones are asked of")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Observe, fit, report."""
    options = parse(arguments)
    names = options.sets.split(",") if options.sets else sorted(_folders(options.data))
    sets = [load(options.data / name, at_most=options.documents) for name in names]
    sizes = [int(size) for size in options.sizes.split(",")]
    observations: list[Observation] = []
    for labelled in sets:
        observations += _observe_set(labelled, sizes, _others(labelled, sets, options.foreign))
    observations = enough(observations)
    model = fitted(observations)
    unseen = held_out(observations, fitted)
    read = [each for each in observations if each.way is Way.READ]
    report = {
        "model": asdict(model),
        "held_out": by_set(observations, unseen),
        "held_out_bands": {
            way: bands(list(compress(observations, chosen)), unseen[chosen])
            for way in Way
            for chosen in [[each.way is way for each in observations]]
        },
        "shipped": by_set(observations, probabilities(observations, SHIPPED)),
        "pooled": {
            name: quality(read, probabilities(read, each))
            for name, each in (("fitted", model), ("shipped", SHIPPED))
        },
    }
    laboratory.publish(report, options.out, "calibration")
    return 0


def _folders(data: Path) -> list[str]:
    return [path.parent.name for path in data.glob("*/corpus.jsonl")]


def _others(labelled: LabelledSet, sets: Sequence[LabelledSet], foreign: str) -> dict[str, Any]:
    """Questions of the other sets that are in the same language."""
    if labelled.name.startswith(foreign):
        return {}
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    return {
        other.name: chance.sample(texts, min(OTHERS, len(texts)))
        for other in sets
        if other is not labelled and not other.name.startswith(foreign)
        for texts in [[question.text for question in other.questions if question.gold]]
    }


def _observe_set(
    labelled: LabelledSet, sizes: Sequence[int], others: dict[str, Any]
) -> list[Observation]:
    file = cache_folder() / "calibration" / f"{labelled.name}.npz"
    encoder = RememberingEncoder(open_encoder(DEFAULT_MODEL, offline=True), file)
    seen: list[Observation] = []
    for variation in variations(labelled, sizes, others):
        started, before = time.perf_counter(), len(seen)
        seen += observe(variation, encoder)
        took = time.perf_counter() - started
        print(f"{variation.name}: {len(seen) - before} in {took:.0f} s", file=sys.stderr)
    encoder.save()
    return seen


if __name__ == "__main__":
    sys.exit(main())
