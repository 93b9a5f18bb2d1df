"""Whether paragraphs are found as well in DOCX, PDF and other files as in plain text.

    python -m eval.formats --data FOLDER [--questions 800] [--paragraphs 150] [--formats NAME ...]

FOLDER is a set in BEIR layout whose documents are paragraphs, such as SQuAD. Whole articles, up to
``--paragraphs`` in a file, are written as text and by pandoc, LibreOffice, WeasyPrint and pdfLaTeX,
indexed as any folder is, and asked the same questions. Paragraphs with letters that LaTeX cannot
set are left out everywhere. Gold is the question's paragraph wherever it stands in the extracted
text, found without regard to white space, hyphens and running heads. A paragraph that is not found
there is lost, which counts as 0 for its questions. Differences are to text, paired by question,
with 95% bootstrap intervals.

Prints a table and files it under ``eval/formats/results/DATE-COMMIT/``, with examples of paragraphs
that were lost or changed.
"""

import argparse
import difflib
import platform
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

import qa
from eval import laboratory
from eval.calibration.sources import article_of
from qa_eval import Document, Gold, Question, QuestionSet, beir_documents, load_beir
from qa_eval.runner import sample
from qa_eval.statistics import Interval, bootstrap
from qa_index import formats

from .placing import Extracted, Found
from .writing import WRITERS, Article, is_settable, write

MEASURE = "nDCG@10"
ALSO = "R@10"
TEXT = next(iter(WRITERS))
EXAMPLES = 5
"""Paragraphs shown, of those that a format lost or changed."""

Values = Mapping[str, Mapping[str, float]]
"""By measure and question."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one format gave."""

    values: Values
    passages: int
    found: Mapping[Found, int]
    examples: tuple[str, ...]

    def mean(self, measure: str) -> float:
        """Over all questions."""
        return float(np.mean(list(self.values[measure].values())))

    def less(self, other: "Figures") -> tuple[float, Interval]:
        """Mean of ``MEASURE`` less that of another format, with its interval."""
        mine, theirs = self.values[MEASURE], other.values[MEASURE]
        differences = np.array([mine[question] - theirs[question] for question in sorted(mine)])
        return float(differences.mean()), bootstrap(differences)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("formats", __doc__)
    parser.add_argument("--data", type=laboratory.beir, required=True, metavar="FOLDER")
    parser.add_argument("--questions", type=int, default=800, help="a sample of them")
    parser.add_argument("--paragraphs", type=int, default=150, help="in a file, at most")
    parser.add_argument("--articles", type=int, help="of the set, the first ones (default: all)")
    parser.add_argument(
        "--formats", nargs="+", choices=WRITERS, default=[*WRITERS], metavar="NAME",
        help=", ".join(f'"{name}"' for name in WRITERS),
    )  # fmt: skip
    parser.add_argument("--work", type=Path, help="keep the written files and indexes here")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, index, ask, compare."""
    options = parse(arguments)
    documents = _articles(beir_documents(options.data), options.articles)
    there = {document.id for group in documents for document in group}
    asked = tuple(
        question
        for question in load_beir(options.data).questions
        if question.answerable and there.issuperset(gold.path for gold in question.gold)
    )
    questions = sample(QuestionSet(options.data.name, asked), options.questions, 0).questions
    report: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory(prefix="grounded-qa-formats-") as temporary:
        for name in dict.fromkeys((TEXT, *options.formats)):
            work = (options.work or Path(temporary)) / name.replace(", ", "-")
            report[name] = measured(name, documents, questions, work, options.paragraphs)
            print(f"{name}: {report[name].mean(MEASURE):.4f}", file=sys.stderr)
    _write(options, report, len(questions), len(there))
    return 0


def measured(
    name: str,
    documents: Sequence[Sequence[Document]],
    questions: Sequence[Question],
    work: Path,
    paragraphs: int,
) -> Figures:
    """Write the articles in a format, index the files and ask the questions."""
    places: dict[str, tuple[Gold, ...]] = {}
    found = dict.fromkeys(Found, 0)
    examples: list[str] = []
    for number, group in enumerate(_files(documents, paragraphs)):
        articles = [
            Article(article[0].title, tuple(each.text for each in article)) for article in group
        ]
        path = write(name, articles, work / f"{number:03}")
        extracted = Extracted(formats.parse(path.read_bytes(), name=path.name))
        for document in (each for article in group for each in article):
            how, spans = extracted.find(document.text)
            found[how] += 1
            if how is not Found.VERBATIM and len(examples) < EXAMPLES:
                examples.append(f"{document.id}: {how}: {_example(document.text, extracted)}")
            places[document.id] = tuple(
                Gold(path.name, start=span.start, end=span.end, part=document.id) for span in spans
            )
    qa.index([work], into=work / ".qa", include="*" + WRITERS[name].suffix, offline=True)
    placed = [
        Question(each.id, each.text, True, gold)
        for each in questions
        if (gold := tuple(place for one in each.gold for place in places[one.path]))
    ]
    values = {measure: {each.id: 0.0 for each in questions} for measure in (MEASURE, ALSO)}
    with qa.open(work / ".qa") as session:
        run = qa.evaluate(session, QuestionSet(name, tuple(placed)), measures=[MEASURE, ALSO])
        passages = session.index.passage_count
    for result in run.modes[run.mode()]:
        for measure in values:
            values[measure][result.question_id] = result.measures[measure]
    return Figures(values, passages, found, tuple(examples))


def _articles(documents: Iterable[Document], at_most: int | None) -> list[list[Document]]:
    """The paragraphs of each article, in order of the corpus."""
    settable = (each for each in documents if is_settable(f"{each.title}{each.text}"))
    groups = groupby(settable, key=lambda each: article_of(each.id))
    return [list(group) for _, group in groups][:at_most]


def _files(
    documents: Sequence[Sequence[Document]], paragraphs: int
) -> list[list[Sequence[Document]]]:
    """Whole articles, as many as fit into a file; a longer one has a file of its own."""
    files: list[list[Sequence[Document]]] = [[]]
    for article in documents:
        size = sum(map(len, files[-1]))
        if files[-1] and size + len(article) > paragraphs:
            files.append([])
        files[-1].append(article)
    return files


def _example(paragraph: str, extracted: Extracted) -> str:
    """The first place where the paragraph and the extracted text differ."""
    words = paragraph.split()
    start = next(
        (
            place
            for size in (8, 4, 2)
            if (place := extracted.text.find(" ".join(words[:size]))) >= 0
        ),
        -1,
    )
    if start < 0:
        return f'"{paragraph[:80]}…" does not begin anywhere'
    there = " ".join(extracted.text[start : start + 2 * len(paragraph)].split())
    matcher = difflib.SequenceMatcher(None, paragraph, there[: len(paragraph) + 40], autojunk=False)
    same = matcher.get_matching_blocks()[0]
    at = same.size if same.a == 0 else 0
    return f"{paragraph[max(at - 30, 0) : at + 30]!r} became {there[max(at - 30, 0) : at + 30]!r}"


def table(report: Mapping[str, Figures]) -> str:
    """One line a format."""
    lines = [
        f"| format | {MEASURE} | less text | 95% | {ALSO} | passages | {' | '.join(Found)} |",
        f"|---|{'--:|' * (5 + len(Found))}",
    ]
    for name, figures in report.items():
        counts = " | ".join(f"{figures.found[how]}" for how in Found)
        if name == TEXT:
            difference = " | "
        else:
            value, (low, high) = figures.less(report[TEXT])
            difference = f"{value:+.4f} | {low:+.4f} to {high:+.4f}"
        lines.append(
            f"| {name} | {figures.mean(MEASURE):.4f} | {difference} | {figures.mean(ALSO):.4f} | "
            f"{figures.passages} | {counts} |"
        )
    return "\n".join(lines) + "\n"


def _write(
    options: argparse.Namespace, report: Mapping[str, Figures], questions: int, paragraphs: int
) -> None:
    folder = laboratory.results_folder(options.out)
    name = options.data.name
    head = (
        f"`python -m eval.formats --data {name} --questions {options.questions} --paragraphs "
        f"{options.paragraphs}`, Python {platform.python_version()}: {questions} questions, "
        f"{paragraphs} paragraphs.\n\n"
    )
    shown = [f"- {format}: {line}" for format, each in report.items() for line in each.examples]
    text = (
        head + table(report) + ("\nLost or changed:\n\n" + "\n".join(shown) + "\n" if shown else "")
    )
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    saved = {
        format: {
            "values": each.values[MEASURE],
            "passages": each.passages,
            "found": each.found,
            "examples": each.examples,
        }
        for format, each in report.items()
    }
    (folder / f"{name}.json").write_text(laboratory.as_json(saved), encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    laboratory.run("formats", main)
