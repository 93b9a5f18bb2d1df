"""How often a promise of ``qa calibrate --risk`` is broken, and whether drift is noticed.

    python -m eval.promises --data FOLDER --kept FOLDER [--collection QUESTIONS=FOLDER ...]
                            [--sets A,B] [--strangers SET:A,B]

Three measurements, as JSON:

- ``simulated``: questions drawn from a known truth. In what share of the draws is the true risk
  above what was promised?
- ``split``: a promise on one half of a set of questions, and the wrong answers on the other half,
  beside a threshold that was chosen without a bound, and beside a probability that was fitted to
  the same questions first; and the same with halves that are about different documents.
- ``drift``: how often halves of one set are said to differ, and questions of another set.

``--data`` has public sets in BEIR layout. A collection is a file of questions, and the folder that
its documents are named from. What was asked is kept in ``--kept`` and not asked again.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval import laboratory
from qa_index.encoding.models import DEFAULT_MODEL
from qa_index.encoding.opening import open_encoder

from .asking import Asked, ask_collection, ask_public, ask_strangers
from .simulating import simulate, truths
from .splitting import alarms, by_article, naive, noticed, promised, promised_on_fit, splits

TARGETS = ((0.05, 0.9), (0.1, 0.9), (0.2, 0.9), (0.2, 0.8))
"""Risks and levels that are simulated."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("promises", __doc__)
    parser.add_argument("--data", type=laboratory.folder, required=True, metavar="FOLDER")
    parser.add_argument("--kept", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--collection", action="append", default=[], metavar="QUESTIONS=FOLDER")
    parser.add_argument("--sets", default="", metavar="A,B", help="public sets")
    parser.add_argument("--strangers", metavar="SET:A,B", help="a set, and those asked of it")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--most-documents", type=int, default=300, help="of a public set")
    parser.add_argument("--draws", type=int, default=1000, help="of each truth")
    parser.add_argument("--times", type=int, default=300, help="splits of each set")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, simulate, split, compare."""
    options = parse(arguments)
    asked: dict[str, list[Asked]] = {}
    for each in options.collection:
        questions, _, folder = each.partition("=")
        path = Path(questions)
        asked[path.stem] = ask_collection(path, Path(folder), options.kept, model=options.model)
    for name in filter(None, options.sets.split(",")):
        asked[name] = _public(name, options)
    model = open_encoder(options.model, offline=True).description.sha256
    report = {
        "model": options.model,
        "simulated": _simulated(options.draws),
        "split": {name: _split(found, model, options.times) for name, found in asked.items()},
        "drift": {
            "halves": {
                name: {"times": 100, "alarms": alarms(found, model, times=100)}
                for name, found in asked.items()
            },
            "strangers": _strangers(model, options),
        },
    }
    laboratory.publish(report, options.out, "promises")
    return 0


def _public(name: str, options: argparse.Namespace) -> list[Asked]:
    return ask_public(
        name, options.data, options.kept, model=options.model, most=options.most_documents
    )


def _simulated(draws: int) -> list[dict[str, Any]]:
    found = []
    for risk, level in TARGETS:
        for name, truth in truths(risk).items():
            for questions in (60, 200, 600):
                done = simulate(truth, questions, risk=risk, level=level, draws=draws)
                told = {"risk": risk, "level": level, "truth": name, "questions": questions}
                found.append(told | asdict(done))
        print(f"simulated {risk} with {level}", file=sys.stderr, flush=True)
    return found


def _split(asked: list[Asked], model: str, times: int) -> list[dict[str, Any]]:
    found = []
    for risk in (0.1, 0.2, 0.3):
        kept = promised(asked, risk=risk, level=0.9)
        done = {
            "promised": splits(asked, kept, risk=risk, times=times),
            "other documents": splits(
                asked, kept, risk=risk, times=times, halves=by_article(asked)
            ),
            "fitted to the same": splits(
                asked,
                promised_on_fit(asked, model, risk=risk, level=0.9),
                risk=risk,
                times=times,
            ),
            "no bound": splits(asked, naive(asked, risk=risk), risk=risk, times=times),
        }
        found += [{"risk": risk, "how": how} | asdict(each) for how, each in done.items()]
    return found


def _strangers(model: str, options: argparse.Namespace) -> dict[str, Any]:
    if not options.strangers:
        return {}
    name, _, others = options.strangers.partition(":")
    own = _public(name, options)
    found = {}
    for other in others.split(","):
        strange = ask_strangers(
            name,
            other,
            options.data,
            options.kept,
            model=options.model,
            most=options.most_documents,
        )
        for count in (20, 40):
            seen, signal = noticed(own, strange, model, count=count, times=50)
            found[f"{other}, {count}"] = {"times": 50, "noticed": seen, "signal": signal}
    return found


if __name__ == "__main__":
    laboratory.run("promises", main)
