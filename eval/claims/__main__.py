"""Sentences whose support is known: is it found, and is its probability right?

    python -m eval.claims [--fit]

Writes the sentences of ``eval/questions/claims`` as a draft, checks it against the documents that
they are about, and compares. What is reported for one set comes from a model that was fitted to the
others; ``--fit`` also prints the model fitted to all, which ``qa.drafts.support`` ships. Prints
JSON and files it under ``eval/claims/results/DATE-COMMIT/``.
"""

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import qa
from eval import laboratory
from qa.drafts.support import THRESHOLD, Support, SupportModel

ROOT = Path(__file__).parents[2]
SETS = ROOT / "eval/questions/claims"
SOURCES = ("seeds", "tests/fixtures/article/article.md")

Numbers = NDArray[np.float64]

_RIDGE = 1.0
"""Weight of the squared weights: the sets are small."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence whose support is known, and what was found."""

    name: str
    """Of its set."""
    support: str
    """``supported``, ``partly`` or ``not_supported``."""
    found: Support
    shown: float
    """Probability of the shipped model."""
    right: bool | None
    """Whether the quote is the one that supports it; ``None`` if none does."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("claims", __doc__)
    parser.add_argument("--fit", action="store_true", help="print the model fitted to all sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the sentences and report."""
    options = parse(arguments)
    judged = judge()
    report = {
        "sentences": Counter(f"{each.name}: {each.support}" for each in judged),
        "shipped": measured(judged, np.array([each.shown for each in judged])),
        "fitted to the other sets": measured(judged, across(judged)),
        "asked alone": measured(judged, np.array([each.found.answers for each in judged])),
        "right quote": float(np.mean([each.right for each in judged if each.right is not None])),
    }
    if options.fit:
        model = fitted(judged)
        report["model"] = {"intercept": model.intercept, "weights": model.weights}
    laboratory.publish(report, options.out, "claims")
    return 0


def judge() -> list[Judged]:
    """Every sentence of every set, checked as a paragraph of a draft."""
    known = [
        (path.stem, json.loads(line))
        for path in sorted(SETS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder, "sources")
        for source in SOURCES:
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            (sources / source).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / source, sources / source)
        draft = Path(folder, "draft.md")
        draft.write_text("\n\n".join(claim["claim"] for _, claim in known), encoding="utf-8")
        qa.index(sources, into=sources / ".qa")
        checked = qa.check(draft, index=sources / ".qa").claims or ()
    if len(checked) != len(known):
        raise SystemExit(f"{len(checked)} sentences were checked, not {len(known)}")
    return [
        Judged(
            name,
            claim["support"],
            Support(found.answers, found.lacking, found.negation),
            found.probability,
            _is_right(claim, found),
        )
        for (name, claim), found in zip(known, checked, strict=True)
    ]


def _is_right(claim: dict[str, Any], found: qa.ClaimCheck) -> bool | None:
    quotes = [evidence["quote"] for evidence in claim["evidence"]]
    return any(quote in (found.quote or "") for quote in quotes) if quotes else None


def across(judged: Sequence[Judged]) -> Numbers:
    """The probability of each sentence by a model that was fitted to the other sets."""
    names = {each.name for each in judged}
    models = {name: fitted([each for each in judged if each.name != name]) for name in names}
    return np.array([models[each.name].probability(each.found) for each in judged])


def fitted(judged: Sequence[Judged]) -> SupportModel:
    """The model that fits best, by Newton's method."""
    features = np.array([(1.0, *each.found.features) for each in judged])
    truth = np.array([each.support == "supported" for each in judged], dtype=float)
    penalty = _RIDGE * np.diag([0.0, 1.0, 1.0, 1.0])
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-features @ weights))
        gradient = features.T @ (expected - truth) + penalty @ weights
        curvature = (features.T * (expected * (1 - expected))) @ features + penalty
        weights -= np.linalg.solve(curvature, gradient)
    intercept, *rest = (round(float(weight), 3) for weight in weights)
    return SupportModel(intercept, (rest[0], rest[1], rest[2]))


def measured(judged: Sequence[Judged], probability: Numbers) -> dict[str, Any]:
    """How well a probability tells which sentences are wholly supported."""
    support = np.array([each.support for each in judged])
    whole = support == "supported"
    shown = probability >= THRESHOLD
    edges = [0.0, 0.2, 0.35, 0.5, 0.65, 1.01]
    return {
        "AUROC, supported against not": _auroc(probability, whole, support == "not_supported"),
        "AUROC, supported against partly and not": _auroc(probability, whole, ~whole),
        "Brier score": round(float(np.mean((probability - whole) ** 2)), 3),
        "shown": Counter(support[shown].tolist()),
        "precision": round(float(whole[shown].mean()), 3),
        "precision, partly counted": round(float((support[shown] != "not_supported").mean()), 3),
        "recall": round(float(shown[whole].mean()), 3),
        "by probability": [
            {
                "from": low,
                "sentences": int(within.sum()),
                "mean": round(float(probability[within].mean()), 2),
                "supported": round(float(whole[within].mean()), 2),
            }
            for low, high in pairwise(edges)
            if (within := (probability >= low) & (probability < high)).any()
        ],
    }


def _auroc(probability: Numbers, positive: NDArray[np.bool_], negative: NDArray[np.bool_]) -> float:
    difference = probability[positive][:, None] - probability[negative][None]
    return round(float((difference > 0).mean() + (difference == 0).mean() / 2), 3)


if __name__ == "__main__":
    laboratory.run("claims", main)
