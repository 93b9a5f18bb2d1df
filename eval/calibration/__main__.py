"""Fit the shipped confidence to public sets and real collections, and report it on held-out ones.

    python -m eval.calibration --data FOLDER --documents FOLDER --kept FOLDER [--judge]

``--data`` has public sets in BEIR layout (see ``sources.py``), ``--documents`` a folder for each
collection, as ``python -m eval.corpora bring`` makes them; a collection without one is left out.
Fitted are the public sets, the collections that the reader learns from, with the questions that are
held out from it, and those of the ruler that are for choosing. With ``--judge`` the others of the
ruler are measured; they are never fitted to.

What was observed is kept in a file for each set, so that a stopped run can be taken up again;
delete a file to ask its set again. Prints JSON and writes it to
``eval/calibration/results/DATE-COMMIT/``: the constants, and the quality of the fitted model on
each set (fitted without that set). A table by collection is written beside it. The first run
encodes every document and keeps the vectors.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eval import laboratory
from eval.corpora.catalogue import Collection, Group, Half, catalogue
from qa_index.encoding.models import DEFAULT_MODEL

from .asking import Asking, asked
from .fitting import enough, familiar, fitted, held_out, probabilities
from .observing import Observation, Role, Way
from .reporting import bands, by_set, table


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("calibration", __doc__)
    parser.add_argument("--data", type=laboratory.folder, required=True, metavar="FOLDER")
    parser.add_argument("--documents", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--kept", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", metavar="A,B", help="public sets (default: all)")
    parser.add_argument("--collections", metavar="A,B", help="(default: all)")
    parser.add_argument("--judge", action="store_true", help="measure the judging collections")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--sizes", default="50,300,2000", help="documents in a variation")
    parser.add_argument("--most-documents", type=int, default=2000, help="of a public set")
    parser.add_argument("--most-questions", type=int, default=120, help="of a kind in a variation")
    parser.add_argument("--foreign", default="xquad", help="sets that no English ones are asked of")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Observe, fit, report."""
    options = parse(arguments)
    names = options.sets.split(",") if options.sets else sorted(_folders(options.data))
    how = Asking(
        data=options.data,
        documents=options.documents,
        model=options.model,
        sizes=tuple(int(size) for size in options.sizes.split(",")),
        most_documents=options.most_documents,
        most_questions=options.most_questions,
        foreign=options.foreign,
        kept=options.kept,
    )
    collections = _collections(options)
    if not names and not collections:
        raise laboratory.Problem(
            f"{options.data} has no set and {options.documents} no collection; "
            "`python -m eval.corpora bring real FOLDER` brings these"
        )
    observed = asked(names, collections, how, processes=options.processes)
    judged = [each for each in observed if each.role is Role.JUDGED]
    known = enough([each for each in observed if each.role is not Role.JUDGED])
    model = fitted(known)
    everything = [*known, *judged]
    probability = np.concatenate([held_out(known, fitted), probabilities(judged, model)])
    report = {
        "model": asdict(model),
        "familiar": familiar(known),
        "held_out": by_set(everything, probability),
        "held_out_bands": {
            role: {way: bands(*_chosen(everything, probability, role, way)) for way in Way}
            for role in Role
            if any(each.role is role for each in everything)
        },
    }
    laboratory.publish(report, options.out, "calibration")
    lines = table(everything, probability)
    folder = laboratory.results_folder(options.out)
    (folder / "collections.md").write_text(lines, encoding="utf-8")
    print(lines, end="", file=sys.stderr)
    return 0


def _collections(options: argparse.Namespace) -> list[Collection]:
    """Those whose documents are there; the judging ones only to be judged."""
    wanted = set(options.collections.split(",")) if options.collections else None
    return [
        each
        for group in (Group.TRAINING, Group.REAL)
        for each in catalogue(group)
        if (wanted is None or each.name in wanted)
        and (options.judge or each.half is not Half.JUDGING)
        and (options.documents / each.name).is_dir()
    ]


def _folders(data: Path) -> list[str]:
    return [path.parent.name for path in data.glob("*/corpus.jsonl")]


def _chosen(
    observations: Sequence[Observation], probability: Any, role: Role, way: Way
) -> tuple[list[Observation], Any]:
    places = [
        place for place, each in enumerate(observations) if each.role is role and each.way is way
    ]
    return [observations[place] for place in places], probability[places]


if __name__ == "__main__":
    laboratory.run("calibration", main)
