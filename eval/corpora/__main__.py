"""Bring real collections of documents, measure answers on those of the ruler, and pool passages to
judge.

    python -m eval.corpora bring real|training FOLDER [NAME ...] [--mirror URL=GITDIR]
    python -m eval.corpora measure FOLDER [NAME ...] [--half HALF] [--model M] [--before FILE]
                                   [--beir SET ... [--limit N]] [--seeds] [--translated]
    python -m eval.corpora pool real|training FOLDER [NAME ...] --to FILE [--depth N]
    python -m eval.corpora add real|training FOLDER FILE

``bring`` puts the documents of each collection into FOLDER/NAME. ``measure`` indexes them there,
asks the questions kept under ``eval/questions/real``, prints a table with 95% intervals, and files
it under ``eval/corpora/results/DATE-COMMIT/`` with the result of every question. Public sets in
BEIR layout and the project's seeds can be asked beside them, or alone with ``--half none``. With
``--before``, a file of an earlier run, each figure stands beside the earlier one. With
``--translated``, the collections, not the others, are asked in another language than their
documents', each question in one of six. What is chosen on one half of the collections is reported
on the other.

``pool`` writes each question with the passages that several ways of searching put first, for
somebody to judge which of them answer it. ``add`` takes a file of what was judged, a line with
``collection``, ``id``, ``path`` and ``quote`` each, and adds the places to the questions.
"""

import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import qa
import qa_eval
from eval import laboratory
from qa.measuring.sets import Corpus, SetFormat, SetLocation

from .bringing import NotBrought, bring
from .catalogue import QUESTIONS, Collection, Group, Half, catalogue
from .measuring import MEASURES, Asked, asked
from .pooling import add, pool
from .reporting import rows, table
from .translations import translated, translations

SEEDS = Path(laboratory.__file__).parents[1] / "seeds"


def parse(arguments: Sequence[str] | None) -> Any:
    """Read the command line."""
    parser = laboratory.parser("corpora", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    bringing = commands.add_parser("bring")
    bringing.add_argument("group", type=Group, choices=list(Group))
    bringing.add_argument("folder", type=Path)
    bringing.add_argument("names", nargs="*", metavar="NAME")
    bringing.add_argument(
        "--mirror", type=_mirror, action="append", default=[], metavar="URL=GITDIR"
    )
    measuring = commands.add_parser("measure")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("names", nargs="*", metavar="NAME")
    measuring.add_argument("--half", choices=[*Half, "none"])
    measuring.add_argument("--beir", type=laboratory.beir, nargs="+", default=[], metavar="SET")
    measuring.add_argument("--limit", type=int, metavar="N", help="questions of each public set")
    measuring.add_argument("--seeds", action="store_true")
    measuring.add_argument("--translated", action="store_true")
    measuring.add_argument("--model", metavar="M")
    measuring.add_argument("--mode", default="hybrid")
    measuring.add_argument("--before", type=laboratory.file, metavar="FILE")
    measuring.add_argument("--name", help="of the files of results; default: the model's")
    measuring.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    pooling = commands.add_parser("pool")
    pooling.add_argument("group", type=Group, choices=list(Group))
    pooling.add_argument("folder", type=Path)
    pooling.add_argument("names", nargs="*", metavar="NAME")
    pooling.add_argument("--to", type=Path, required=True, metavar="FILE")
    pooling.add_argument("--depth", type=int, default=3, metavar="N", help="passages of each way")
    adding = commands.add_parser("add")
    adding.add_argument("group", type=Group, choices=list(Group))
    adding.add_argument("folder", type=Path)
    adding.add_argument("judged", type=laboratory.file, metavar="FILE")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring, or measure and report."""
    options = parse(arguments)
    if options.command == "bring":
        mirrors = dict(options.mirror)
        return _bring(_known(options.group, options.names), options.folder, mirrors)
    if options.command == "pool":
        return _pool(options)
    if options.command == "add":
        return _add(options)
    chosen = _chosen(options)
    results = [each for one in chosen for each in _collection(one, options)]
    results += [each for folder in options.beir for each in _public(folder, options)]
    if options.seeds:
        results += _seeds(options)
    before = _read(options.before) if options.before else []
    lines = rows(chosen, [folder.name for folder in options.beir], seeds=options.seeds)
    text = table(lines, results, before)
    name = options.name or ("translated" if options.translated else options.model or "default")
    folder = laboratory.results_folder(options.out)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    told = laboratory.as_json_lines(map(asdict, results))
    (folder / f"{name}.jsonl").write_text(told, encoding="utf-8")
    print(text, end="")
    return 0


def _known(group: Group, names: Sequence[str]) -> list[Collection]:
    """The collections of these names. Raises ``laboratory.Problem`` if there is none of a name."""
    try:
        return catalogue(group, names)
    except ValueError as error:
        raise laboratory.Problem(str(error)) from None


def _chosen(options: Any) -> list[Collection]:
    """The collections to ask: those that are there, or all that are named.

    Raises ``laboratory.Problem`` if a named one is not there, or there is nothing to ask.
    """
    known = _known(Group.REAL, options.names)
    wanted = [each for each in known if options.half in {None, each.half}]
    if options.names and len(wanted) < len(known):
        others = ", ".join(each.name for each in known if each not in wanted)
        raise laboratory.Problem(f"{others} is of the other half; leave --half out")
    there = [each for each in wanted if (options.folder / each.name).is_dir()]
    absent = [each.name for each in wanted if each not in there]
    asks = there or options.beir or options.seeds
    if absent and (options.names or not asks):
        raise laboratory.Problem(
            f"{options.folder} has no {', '.join(absent)}; "
            f"`python -m eval.corpora bring real {options.folder}` brings the collections"
        )
    if not asks:
        raise laboratory.Problem("there is nothing to ask; name --beir SET or --seeds")
    return there


def _mirror(text: str) -> tuple[str, Path]:
    url, equals, place = text.partition("=")
    if not equals:
        raise laboratory.Problem(f"{text} is not URL=GITDIR")
    return url, laboratory.folder(place)


def _bring(collections: Sequence[Collection], folder: Path, mirrors: dict[str, Path]) -> int:
    missed = 0
    for each in collections:
        try:
            print(f"{each.name}: {bring(each, folder, mirrors)} files", file=sys.stderr, flush=True)
        except NotBrought as error:
            print(f"{each.name}: {error}", file=sys.stderr, flush=True)
            missed += 1
    return 1 if missed else 0


def _pool(options: Any) -> int:
    other = translations(options.group)
    with laboratory.written(options.to) as file:
        for each in _known(options.group, options.names):
            with _opened(each, options.folder) as session:
                file.write(laboratory.as_json_lines(pool(each, session, options.depth, other)))
            print(f"{each.name}: asked", file=sys.stderr, flush=True)
    return 0


def _add(options: Any) -> int:
    judged = defaultdict(list)
    lines = options.judged.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            place = {name: told[name] for name in ("collection", "id", "path", "quote")}
        except (ValueError, KeyError, TypeError):
            raise laboratory.Problem(f"{options.judged}:{number} is no judged place") from None
        judged[place["collection"]].append(place)
    for each in _known(options.group, list(judged)) if judged else []:
        with _opened(each, options.folder) as session:
            index = session.pinned().index
            texts = {document.path: index.text_of(document) for document in index.documents()}
        try:
            added = add(each.questions, judged[each.name], texts)
        except ValueError as error:
            raise laboratory.Problem(f"{each.name}: {error}") from None
        print(f"{each.name}: {added} places added", file=sys.stderr, flush=True)
    return 0


def _opened(collection: Collection, folder: Path, model: str | None = None) -> qa.Session:
    # Gold names documents as they are seen from their folder, which is where the index lies.
    documents = folder / collection.name
    if not documents.is_dir():
        raise laboratory.Problem(f"{folder} has no {collection.name}; `bring` brings it")
    index = documents / f".qa-{model or 'default'}"
    qa.index([documents], into=index, model=model)
    return qa.open(index)


def _collection(collection: Collection, options: Any) -> list[Asked]:
    questions = qa_eval.load_questions(collection.questions)
    if options.translated:
        questions = translated(questions, Group.REAL)
    with _opened(collection, options.folder, options.model) as opened:
        return _ask(collection.name, opened, questions, options)


def _seeds(options: Any) -> list[Asked]:
    with tempfile.TemporaryDirectory() as folder:
        documents, index = Path(folder, SEEDS.name), Path(folder, ".qa")
        shutil.copytree(SEEDS, documents)
        qa.index([documents], into=index, model=options.model)
        with qa.open(index) as opened:
            questions = qa_eval.load_questions(QUESTIONS / "seeds.jsonl")
            return _ask(SEEDS.name, opened, questions, options)


def _public(folder: Path, options: Any) -> list[Asked]:
    location = SetLocation(SetFormat.BEIR, (str(folder),), "test")
    corpus = Corpus(location, whole=True, model=options.model)
    return _ask(folder.name, qa.open_corpus(corpus), location.load(), options, options.limit)


def _ask(
    name: str,
    answerer: qa.Session | qa.Answerer,
    questions: qa_eval.QuestionSet,
    options: Any,
    limit: int | None = None,
) -> list[Asked]:
    run = qa.evaluate(answerer, questions, modes=[options.mode], measures=MEASURES, limit=limit)
    print(f"{name}: asked", file=sys.stderr, flush=True)
    return asked(name, run, options.mode)


def _read(file: Path) -> list[Asked]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Asked(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    laboratory.run("corpora", main)
