"""Questions whose passages agree or differ: are their values grouped as a person would?

    python -m eval.agreement [FOLDER]

Asks the questions of ``eval/questions/agreement/conflicts.jsonl`` of the small documents that stand
there beside them, one collection a language, and those of ``permissions.jsonl``. With FOLDER also
those of ``natural.jsonl``, of public sets in BEIR layout in FOLDER/NAME, and of the seeds. What is
shown is compared with what a person judged. Prints JSON and files it under
``eval/agreement/results/DATE-COMMIT/``.
"""

import argparse
import json
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import qa
from eval import laboratory

ROOT = Path(__file__).parents[2]
SETS = ROOT / "eval/questions/agreement"

Groups = tuple[frozenset[str], ...]
"""Groups of members, each named by its document, or by its document and value."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with the groups that a person makes, and those that are shown."""

    id: str
    language: str
    kind: str | None
    """``None`` if nothing is shown."""
    answered: bool
    gold: Groups
    """Fewer than two members if nothing is to be shown."""
    shown: Groups

    @property
    def wanted(self) -> bool:
        """Whether there is something to be shown."""
        return sum(map(len, self.gold)) > 1

    @property
    def wrong(self) -> list[str]:
        """Members that are shown and do not answer."""
        right = frozenset[str]().union(*self.gold)
        return sorted(frozenset[str]().union(*self.shown) - right)

    def pairs(self) -> Iterator[tuple[bool, bool]]:
        """For each two shown members that answer: whether they are together, and should be."""
        place = {name: number for number, group in enumerate(self.gold) for name in group}
        shown = [
            (name, number)
            for number, group in enumerate(self.shown)
            for name in sorted(group)
            if name in place
        ]
        for (one, first), (other, second) in combinations(shown, 2):
            yield first == second, place[one] == place[other]

    @property
    def as_judged(self) -> bool:
        """Whether each shown member answers, and all are grouped as judged."""
        return not self.wrong and all(shown == gold for shown, gold in self.pairs())


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("agreement", __doc__)
    parser.add_argument(
        "folder", type=laboratory.folder, nargs="?", help="holds the natural collections"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the questions and report."""
    options = parse(arguments)
    sets = {name: list(conflicts(name)) for name in ("conflicts", "permissions")}
    if options.folder:
        sets["natural"] = list(natural(options.folder))
    laboratory.publish({name: measured(each) for name, each in sets.items()}, options.out, "groups")
    return 0


def conflicts(file: str) -> Iterator[Judged]:
    """The questions of a file that bring their documents."""
    cases = defaultdict(list)
    for case in _lines(file):
        cases[case["language"]].append(case)
    for language, those in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            for case in those:
                for name, text in case["documents"].items():
                    Path(folder, f"{case['id']}+{name}.txt").write_text(text, encoding="utf-8")
            qa.index(folder, into=Path(folder, ".qa"))
            with qa.open(Path(folder, ".qa")) as session:
                for case in those:
                    answer = session.ask(case["question"])
                    gold = _groups(
                        [f"{case['id']}+{name}" for name in each] for each in case["groups"]
                    )
                    yield _judged(case, answer, gold, language, _document)


def natural(folder: Path) -> Iterator[Judged]:
    """The questions about collections that others made, each with what of it is indexed."""
    cases = defaultdict(list)
    for case in _lines("natural"):
        cases[case["collection"]].append(case)
    used = json.loads((SETS / "collections.json").read_text(encoding="utf-8"))
    for name, those in cases.items():
        with tempfile.TemporaryDirectory() as work:
            told = used[name]["folder"]
            source = ROOT / told if told == "seeds" else folder / told
            documents = _as_files(source, Path(work, name), used[name].get("titles"))
            qa.index(documents, into=Path(work, ".qa"), model=used[name].get("model"))
            with qa.open(Path(work, ".qa")) as session:
                for case in those:
                    answer = session.ask(case["question"])
                    gold = _groups(
                        [_named(member["text"], member["quote"]) for member in each]
                        for each in case["groups"]
                    )
                    yield _judged(case, answer, gold, case["language"], _value)


def _as_files(collection: Path, copy: Path, titles: Sequence[str] | None) -> Path:
    """A collection as files; one in BEIR layout becomes a text for each of its articles.

    Of those only the ones with these ``titles``, if they are given.
    """
    if not (collection / "corpus.jsonl").exists():
        return Path(shutil.copytree(collection, copy, ignore=shutil.ignore_patterns(".qa*")))
    articles = defaultdict(list)
    for line in (collection / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        passage = json.loads(line)
        if titles is None or passage["title"] in titles:
            articles[passage["title"]].append(passage["text"])
    copy.mkdir()
    for number, texts in enumerate(articles.values()):
        (copy / f"{number}.txt").write_text("\n\n".join(texts), encoding="utf-8")
    return copy


def _judged(
    case: dict[str, Any], answer: qa.Answer, gold: Groups, language: str, name: Any
) -> Judged:
    agreement = answer.agreement
    shown = _groups(
        [name(answer, member) for member in group.members]
        for group in (agreement.groups if agreement else ())
    )
    kind = str(agreement.kind) if agreement else None
    return Judged(case["id"], language, kind, answer.answered, gold, shown)


def _document(answer: qa.Answer, member: qa.ValueMember) -> str:
    return Path(answer.citations[member.rank - 1].source.path).stem


def _value(_: qa.Answer, member: qa.ValueMember) -> str:
    return _named(member.text, member.quote)


def _named(text: str, quote: str) -> str:
    """A member by its value and the beginning of its sentence, without a space at its end."""
    return f"{text} | {' '.join(quote.split())[:80].rstrip()}"


def _groups(members: Iterable[Iterable[str]]) -> Groups:
    return tuple(map(frozenset, members))


def _lines(name: str) -> list[dict[str, Any]]:
    text = (SETS / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def measured(judged: Sequence[Judged]) -> dict[str, Any]:
    """How many are shown as judged, how many members answer, and where it is silent."""
    shown = [each for each in judged if each.shown]
    wanted = [each for each in judged if each.wanted]
    pairs = [pair for each in shown for pair in each.pairs()]
    return {
        "questions": len(judged),
        "answered": sum(each.answered for each in judged),
        "to be shown": len(wanted),
        "of them shown": sum(bool(each.shown) for each in wanted),
        "of them answered": sum(each.answered for each in wanted),
        "members to be shown": sum(len(group) for each in wanted for group in each.gold),
        "shown": _right(shown),
        "shown, all equal": _right([each for each in shown if len(each.shown) == 1]),
        "shown, some differ": _right([each for each in shown if len(each.shown) > 1]),
        "pairs": len(pairs),
        "pairs grouped as judged": sum(one == other for one, other in pairs),
        "kinds shown": Counter(each.kind for each in shown),
        "shown of wanted, by language": {
            language: f"{sum(bool(each.shown) for each in those)} of {len(those)}"
            for language in sorted({each.language for each in wanted})
            if (those := [each for each in wanted if each.language == language])
        },
        "silent": [each.id for each in wanted if not each.shown],
        "not as judged": [
            {"id": each.id, "wrong": each.wrong, "shown": [sorted(group) for group in each.shown]}
            for each in shown
            if not each.as_judged
        ],
    }


def _right(shown: Sequence[Judged]) -> dict[str, int]:
    """Of questions for which groups are shown: how many as judged, and how many members answer."""
    members = sum(len(group) for each in shown for group in each.shown)
    return {
        "questions": len(shown),
        "as judged": sum(each.as_judged for each in shown),
        "members": members,
        "members that answer": members - sum(len(each.wrong) for each in shown),
    }


if __name__ == "__main__":
    laboratory.run("agreement", main)
