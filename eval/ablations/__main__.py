"""Ablations: what each part of search, analyzer, reranking and evidence contributes.

    python -m eval.ablations --data FOLDER [--sets A B ...] [--limit 1000]
                             [--split | --joined | --together] [--parts PART ...]

Each folder in FOLDER is a set in BEIR layout. Its documents are indexed, each as one passage or,
with ``--split``, as files are split. Its answerable questions are asked under every variant. With
``--joined`` the paragraphs of an article form one document, split as files are, and ranks count
passages. With ``--together`` all sets are in one index. Reranking and evidence are measured on
questions that the reader was not trained on. Prints tables, and writes them and the figures to
``eval/ablations/results/DATE-COMMIT/``. Indexes are cached in QA_CACHE; the first run encodes.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from eval import laboratory
from eval.calibration.sources import is_learnt
from qa.measuring.collections import index_collection
from qa_eval import Question
from qa_index.encoding import Encoder
from qa_index.encoding.opening import open_encoder

from . import analyzers, marking, ranking, reranking
from .asking import MEASURE, encoded
from .sources import Source, joined, separate, together

CORPUS = "corpus.jsonl"

Figures = Mapping[str, float]
"""By variant."""

EVIDENCE, READING = "evidence", "reading"
TITLES = {
    "search": f"{MEASURE} of the search",
    "analyzer": f"{MEASURE} of BM25 alone",
    READING: "The first passages, read",
    EVIDENCE: "Share of answers in the marked sentence",
}
UNLEARNT = "questions not learnt from"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("ablations", __doc__)
    parser.add_argument("--data", type=laboratory.folder, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="of folders (default: all)")
    parser.add_argument("--limit", type=int, default=1000, help="questions of a set, at most")
    parser.add_argument("--documents", type=int, default=6000, help="of a set, at most")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--split", action="store_true", help="split documents as files are")
    how.add_argument("--joined", action="store_true", help="paragraphs as articles, and split")
    how.add_argument("--together", action="store_true", help="all sets in one index")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=TITLES,
        default=[*TITLES],
        metavar="PART",
        help="search, analyzer, reading, evidence (default: all, of split documents search)",
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None, *, encoder: Encoder | None = None) -> int:
    """Measure, print, write."""
    options = parse(arguments)
    names = options.sets or sorted(path.parent.name for path in options.data.glob(f"*/{CORPUS}"))
    if not names or not all((options.data / name / CORPUS).is_file() for name in names):
        raise laboratory.Problem(f"{options.data}: no such sets there, each a folder with {CORPUS}")
    most = {"limit": options.limit, "documents": options.documents}
    sources = (
        iter([together(options.data, names, **most)])
        if options.together
        else separate(options.data, names, **most)
    )
    if options.joined:
        sources = map(joined, sources)
    encoder = encoder or open_encoder(offline=True)
    report: dict[str, dict[str, Any]] = {}
    split = options.split or options.joined
    parts = ["search"] if split else options.parts
    for source in sources:
        for name, found in measured(source, encoder, split=split, parts=parts):
            report[name] = found
            _write(options, report)  # keeps finished sets if a later one fails
            print(f"{name}: {found['questions']} questions", file=sys.stderr)
    print(tables(report), end="")
    return 0


def measured(
    source: Source, encoder: Encoder, *, split: bool, parts: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each set and its figures by part and variant."""
    index = index_collection(source.documents, encoder=encoder, whole=not split)
    for name, questions in source.questions.items():
        asked = encoded(questions, encoder)
        unlearnt = [each for each in asked if not _is_learnt(name, each.question)]
        compare: dict[str, Callable[[], Figures]] = {
            "search": partial(ranking.compare, index, asked),
            "analyzer": partial(analyzers.compare, index, asked),
            READING: partial(reranking.compare, index, unlearnt, encoder),
            EVIDENCE: partial(marking.compare, index, unlearnt),
        }
        counts = {"passages": len(index.passages), "questions": len(asked)}
        yield name, {**counts, UNLEARNT: len(unlearnt), **{part: compare[part]() for part in parts}}


def _is_learnt(name: str, question: Question) -> bool:
    """Return True if the question was in the reader's training data."""
    return is_learnt(name, min(gold.path for gold in question.gold).removeprefix(f"{name}/"))


def tables(report: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown tables: one per part, one column per set, one line per variant."""
    lines = _rows("counts", report, ("passages", "questions", UNLEARNT), "{:,}")
    for part, title in TITLES.items():
        columns = {name: found[part] for name, found in report.items() if found.get(part)}
        if columns:
            variants = tuple(next(iter(columns.values())))
            lines += ["", *_rows(title, columns, variants, "{:.3f}")]
    return "\n".join(lines) + "\n"


def _rows(
    title: str, columns: Mapping[str, Mapping[str, Any]], lines: Sequence[str], form: str
) -> list[str]:
    head = f"| {' | '.join([title, *columns])} |"
    rule = f"|{'---|' * (len(columns) + 1)}"
    body = [
        f"| {' | '.join([line, *(form.format(column[line]) for column in columns.values())])} |"
        for line in lines
    ]
    return [head, rule, *body]


def _write(options: argparse.Namespace, report: Mapping[str, Any]) -> None:
    folder = laboratory.results_folder(options.out)
    ways = (name for name in ("split", "joined", "together") if getattr(options, name))
    how = next(ways, "whole")
    name = "-".join([how, *(options.sets or ())])
    chosen = {"limit": options.limit, "documents": options.documents}
    flags = [f"--{option} {value}" for option, value in chosen.items()]
    flags += [] if how == "whole" else [f"--{how}"]
    flags += [f"--sets {' '.join(options.sets)}"] if options.sets else []
    command = f"python -m eval.ablations --data FOLDER {' '.join(flags)}"
    text = f"`{command}`\n\n{tables(report)}"
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    saved = {"command": command, "sets": report}
    (folder / f"{name}.json").write_text(laboratory.as_json(saved), encoding="utf-8")


if __name__ == "__main__":
    laboratory.run("ablations", main)
