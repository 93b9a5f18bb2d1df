"""Ask questions about invented tables: is the right cell marked, and is the rest refused?

    python -m eval.tables [--half choosing|judging] [--mode hybrid|bm25] [--no-read] [--lower]

Writes tables of several subjects as CSV, HTML and Word files into a temporary folder, beside the
documents of ``--beside``, indexes it, and asks. Prints JSON and files it under
``eval/tables/results/DATE-COMMIT/``. What is chosen on one half is reported on the other; the
halves share no subject.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import qa
from eval import laboratory

from .domains import CHOOSING, JUDGING
from .questions import Kind, TableQuestion, table_files

HALVES = {"choosing": CHOOSING, "judging": JUDGING}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a question."""

    question: TableQuestion
    answered: bool
    row: bool
    """Whether the right row is marked in the first citation."""
    cell: bool
    """Whether the right cell is marked there, and nothing else."""
    another_cell: bool
    """Whether something else is marked."""
    probability: float


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("tables", __doc__)
    parser.add_argument("--half", choices=sorted(HALVES), default="choosing")
    parser.add_argument("--mode", default="hybrid")
    parser.add_argument("--no-read", action="store_true")
    parser.add_argument("--lower", action="store_true", help="ask without capitals")
    parser.add_argument(
        "--beside", type=laboratory.folder, metavar="FOLDER", help="other documents to index"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="list what went wrong")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, index, ask, report."""
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        if options.beside:
            shutil.copytree(options.beside, documents / "beside")
        questions: list[TableQuestion] = []
        for file in table_files(HALVES[options.half], options.seed):
            (documents / file.name).write_bytes(file.data)
            questions += file.questions
        index = Path(folder, "index")
        qa.index([documents], into=index)
        with qa.open(index) as opened:
            results = [
                result(
                    each,
                    opened.ask(
                        _text(each, options.lower), mode=options.mode, read=not options.no_read
                    ),
                )
                for each in questions
            ]
    if options.verbose:
        for each in results:
            if not each.cell if each.question.kind.answerable else each.answered:
                print(told(each), file=sys.stderr)
    laboratory.publish(report(results), options.out, f"tables-{options.half}")
    return 0


def result(question: TableQuestion, answer: qa.Answer) -> Result:
    """Compare an answer with the cell that is asked for."""
    first = answer.citations[0] if answer.citations else None
    if first is None or Path(first.source.path).name != question.file:
        return Result(question, answer.answered, False, False, False, answer.probability)

    def text(span: qa.SourceSpan) -> str:
        return first.quote[span.start - first.span.start : span.end - first.span.start]

    row = any(question.row in text(each) for each in first.evidence)
    marked = text(first.answer_span) if first.answer_span else ""
    cell = row and marked == question.answer
    return Result(
        question, answer.answered, row, cell, bool(marked) and not cell, answer.probability
    )


def report(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Shares of the questions of each kind."""
    found: dict[str, dict[str, float]] = {}
    groups = {str(kind): [each for each in results if each.question.kind is kind] for kind in Kind}
    answerable = [each for each in results if each.question.kind.answerable]
    groups["answerable"] = answerable
    groups["unanswerable"] = [each for each in results if not each.question.kind.answerable]
    for name, group in groups.items():
        if not group:
            continue
        answered = [each for each in group if each.answered]
        found[name] = {
            "questions": len(group),
            "answered": _share(len(answered), len(group)),
        }
        if group[0].question.kind.answerable:
            found[name] |= {
                "right row": _share(sum(each.row for each in group), len(group)),
                "right cell": _share(sum(each.cell for each in group), len(group)),
                "another cell": _share(sum(each.another_cell for each in group), len(group)),
            }
    return found


def told(result: Result) -> str:
    """One line about a result."""
    question = result.question
    flags = [name for name in ("answered", "row", "cell") if getattr(result, name)]
    return f"{question.kind}: {question.text} [{question.answer}] {result.probability} {flags}"


def _text(question: TableQuestion, lower: bool) -> str:
    return question.text.lower() if lower else question.text


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3)


if __name__ == "__main__":
    laboratory.run("tables", main)
