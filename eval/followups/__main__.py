"""Is a follow-up question better answered with the question before it?

    python -m eval.followups FOLDER [NAME ...] [--half HALF] [--out FOLDER]

Asks the follow-ups of ``eval/questions/followups`` in three ways: by itself; with the question
before it written in front, which anybody can do; and ``after`` the answer to that one. FOLDER has
the collections as ``python -m eval.corpora bring real FOLDER`` puts them; ``seeds`` are the
project's. Pairs with an odd number are for choosing, those with an even one for judging. Prints a
table with 95% intervals of the differences, and files it with the result of every question under
``eval/followups/results/DATE-COMMIT/``. Some are also asked after a second question in between,
with both questions before and with that in between alone.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import qa
import qa_eval
from eval import laboratory
from eval.corpora.catalogue import QUESTIONS, Half
from qa.answering.answerer import Answerer
from qa.measuring.evaluation import texts_of
from qa.measuring.responses import Responder
from qa_eval.runs import KEPT
from qa_eval.statistics import bootstrap
from qa_index.search.query import Mode

SETS = QUESTIONS / "followups"
SEEDS = Path(laboratory.__file__).parents[1] / "seeds"
BEFORE = "before.jsonl"
BETWEEN = "between.jsonl"
WAYS = ("by itself", "both in one", "after")
TWO, SECOND = "after two", "after the second alone"
FIRST, THREE = "Success@1", "Success@3"


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a follow-up that was asked in one way."""

    question: str
    kind: str
    way: str
    first: bool
    """Whether the first passage answers it."""
    in_three: bool
    answered: bool
    probability: float


def half_of(question: str) -> Half:
    """The half that the number at the end of its id puts a question in."""
    return Half.CHOOSING if int(question[-1]) % 2 else Half.JUDGING


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("followups", __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--half", type=Half, choices=list(Half))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and report."""
    options = parse(arguments)
    before, between = told(BEFORE, "before"), told(BETWEEN, "between")
    results: list[Followed] = []
    for file in sorted(SETS.glob("*.jsonl")):
        there = file.stem == SEEDS.name or (options.folder / file.stem).is_dir()
        a_set = file.name not in {BEFORE, BETWEEN}
        if not a_set or not there or file.stem not in (options.names or [file.stem]):
            continue
        documents = options.folder / file.stem
        results += _collection(file, documents, before, between, options.half)
        print(f"{file.stem}: asked", file=sys.stderr, flush=True)
    if not results:
        raise laboratory.Problem(
            f"{options.folder} has no collection of these; "
            "`python -m eval.corpora bring real FOLDER` brings them"
        )
    text = table(results)
    folder = laboratory.results_folder(options.out)
    (folder / "table.md").write_text(text, encoding="utf-8")
    lines = laboratory.as_json_lines(map(asdict, results))
    (folder / "results.jsonl").write_text(lines, encoding="utf-8")
    print(text, end="")
    return 0


def told(name: str, field: str) -> dict[str, str]:
    """A field of each line of a file of the sets, by the id of the follow-up."""
    lines = (SETS / name).read_text(encoding="utf-8").splitlines()
    return {each["id"]: each[field] for each in map(json.loads, lines)}


def _collection(
    file: Path,
    documents: Path,
    before: dict[str, str],
    between: dict[str, str],
    half: Half | None,
) -> list[Followed]:
    # Gold names documents as they are seen from their folder, which is where the index lies.
    with tempfile.TemporaryDirectory() as place:
        if documents.name == SEEDS.name:
            documents = Path(place, SEEDS.name)
            shutil.copytree(SEEDS, documents)
        qa.index([documents], into=documents / ".qa-default")
        with qa.open(documents / ".qa-default") as opened:
            questions = qa_eval.load_questions(file).questions
            some = [each for each in questions if half in {None, half_of(each.id)}]
            return asked(opened.pinned(), some, before, between)


def asked(
    answerer: Answerer,
    questions: Sequence[qa_eval.Question],
    before: dict[str, str],
    between: dict[str, str],
) -> list[Followed]:
    """Each question in each way; ``before`` has the question before it, by its id.

    ``between`` has the one in between, for some.
    """
    found = []
    for question in questions:
        one = qa_eval.QuestionSet(question.id, (question,))
        ways = _ways(answerer, before[question.id], between.get(question.id))
        run = qa_eval.run(one, ways, text_of=texts_of(answerer), measures=[FIRST, THREE])
        for way, (result,) in run.modes.items():
            found.append(
                Followed(
                    question.id,
                    question.tags[0],
                    way,
                    result.measures.get(FIRST, 0) > 0,
                    result.measures.get(THREE, 0) > 0,
                    result.answered,
                    result.probability,
                )
            )
    return found


def _ways(
    answerer: Answerer, before: str, between: str | None
) -> dict[str, Callable[[str], qa_eval.Response]]:
    responder = Responder(answerer, KEPT, by_document=False)
    answer = answerer.ask(before)

    def after(turn: qa.Turn) -> Callable[[str], qa_eval.Response]:
        return lambda question: responder.response_to(
            *answerer.find_and_assess(question, KEPT, after=turn), Mode.HYBRID
        )

    def by_itself(question: str) -> qa_eval.Response:
        return responder.respond(question, Mode.HYBRID)

    def both_in_one(question: str) -> qa_eval.Response:
        return responder.respond(f"{before} {question}", Mode.HYBRID)

    ways = dict(zip(WAYS, (by_itself, both_in_one, after(answer.turn)), strict=True))
    if between is not None:
        turn = answerer.ask(between, after=answer).turn
        ways |= {TWO: after(turn), SECOND: after(qa.Turn((between,), turn.citations))}
    return ways


COLUMNS: dict[str, Callable[[Followed], bool]] = {
    "first right": lambda each: each.first,
    "in three": lambda each: each.in_three,
    "answered right": lambda each: each.answered and each.first,
    "answered wrong": lambda each: each.answered and not each.first,
}
KINDS = {
    "pronoun": ("pronoun",),
    "ellipsis": ("ellipsis",),
    "both": ("pronoun", "ellipsis"),
    "shift": ("shift",),
    "unanswerable": ("unanswerable",),
}


def table(results: Sequence[Followed]) -> str:
    """A Markdown table of counts for each half, kind and way, and below it the differences."""
    halves: dict[Half | str, list[Followed]] = {
        half: [each for each in results if half_of(each.question) is half] for half in Half
    }
    written = [
        "| half | kind | way | n | " + " | ".join(COLUMNS) + " |",
        "|---|---|---|--:|" + "--:|" * len(COLUMNS),
    ]
    for name, some in {**halves, "all": list(results)}.items():
        for kind, kinds in KINDS.items():
            for way in WAYS:
                held = [each for each in some if each.way == way and each.kind in kinds]
                if held:
                    counts = [str(sum(map(value, held))) for value in COLUMNS.values()]
                    if kind == "unanswerable":
                        counts[:3] = ["–"] * 3
                    cells = [name, kind, way, str(len(held)), *counts]
                    written.append(f"| {' | '.join(cells)} |")
    ways = (WAYS[0], WAYS[2], TWO, SECOND)
    followed = {each.question for each in results if each.way == TWO}
    for way in ways if followed else ():
        held = [each for each in results if each.way == way and each.question in followed]
        counts = [str(sum(map(value, held))) for value in COLUMNS.values()]
        written.append(f"| {' | '.join(['all', 'second', way, str(len(held)), *counts])} |")
    written += ["", *_differences({**halves, "all": list(results)})]
    return "\n".join(written) + "\n"


def _differences(halves: dict[Half | str, list[Followed]]) -> list[str]:
    found = []
    for name, some in halves.items():
        for kind in ("both", "shift"):
            for way in WAYS[:2]:
                values = {
                    each: [x.first for x in some if x.way == each and x.kind in KINDS[kind]]
                    for each in (way, WAYS[2])
                }
                gains = np.subtract(values[WAYS[2]], values[way], dtype=float)
                if len(gains):
                    low, high = bootstrap(gains)
                    found.append(
                        f"- {name}, {kind}: first right {gains.mean():+.2f} "
                        f"({low:+.2f} to {high:+.2f}) against {way!r}, n = {len(gains)}"
                    )
    return found


if __name__ == "__main__":
    laboratory.run("followups", main)
