"""Bring real collections of documents, and measure answers on those of the ruler.

    python -m eval.corpora bring real|training FOLDER [NAME ...] [--mirror URL=GITDIR]
    python -m eval.corpora measure FOLDER [NAME ...] [--half HALF] [--model M] [--before FILE]

``bring`` puts the documents of each collection into FOLDER/NAME. ``measure`` indexes them there,
asks the questions kept under ``eval/questions/real``, prints a table with 95% intervals, and files
it under ``eval/corpora/results/DATE-COMMIT/`` with the result of every question. With
``--before``, a file of an earlier run, each figure stands beside the earlier one. What is chosen on
one half of the collections is reported on the other.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import qa
from eval import laboratory

from .bringing import NotBrought, bring
from .catalogue import Collection, Group, Half, catalogue
from .measuring import MEASURES, Asked, asked
from .reporting import table


def parse(arguments: Sequence[str] | None) -> Any:
    """Read the command line."""
    parser = laboratory.parser("corpora", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    bringing = commands.add_parser("bring")
    bringing.add_argument("group", type=Group, choices=list(Group))
    bringing.add_argument("folder", type=Path)
    bringing.add_argument("names", nargs="*", metavar="NAME")
    bringing.add_argument("--mirror", action="append", default=[], metavar="URL=GITDIR")
    measuring = commands.add_parser("measure")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("names", nargs="*", metavar="NAME")
    measuring.add_argument("--half", type=Half, choices=list(Half))
    measuring.add_argument("--model", default="default")
    measuring.add_argument("--mode", default="hybrid")
    measuring.add_argument("--before", type=Path, metavar="FILE")
    measuring.add_argument("--name", help="of the files of results; default: the model's")
    measuring.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring, or measure and report."""
    options = parse(arguments)
    if options.command == "bring":
        mirrors = dict(each.split("=", 1) for each in options.mirror)
        folders = {url: Path(place) for url, place in mirrors.items()}
        return _bring(catalogue(options.group, options.names), options.folder, folders)
    chosen = [
        each
        for each in catalogue(Group.REAL, options.names)
        if options.half in {None, each.half} and (options.folder / each.name).is_dir()
    ]
    results = [each for one in chosen for each in _ask(one, options)]
    before = _read(options.before) if options.before else []
    text = table(chosen, results, before)
    name = options.name or options.model
    folder = laboratory.results_folder(options.out)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    lines = [json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in results]
    (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    print(text, end="")
    return 0


def _bring(collections: Sequence[Collection], folder: Path, mirrors: dict[str, Path]) -> int:
    missed = 0
    for each in collections:
        try:
            print(f"{each.name}: {bring(each, folder, mirrors)} files", file=sys.stderr, flush=True)
        except NotBrought as error:
            print(f"{each.name}: {error}", file=sys.stderr, flush=True)
            missed += 1
    return 1 if missed else 0


def _ask(collection: Collection, options: Any) -> list[Asked]:
    documents = options.folder / collection.name
    index = documents / f".qa-{options.model}"
    # Gold names documents as they are seen from their folder, which is where the index lies.
    model = {} if options.model == "default" else {"model": options.model}
    qa.index([documents], into=index, **model)
    with qa.open(index) as opened:
        run = qa.evaluate(
            opened,
            collection.questions,
            modes=[options.mode],
            measures=MEASURES,
        )
    print(f"{collection.name}: asked", file=sys.stderr, flush=True)
    return asked(collection.name, run, options.mode)


def _read(file: Path) -> list[Asked]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Asked(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
