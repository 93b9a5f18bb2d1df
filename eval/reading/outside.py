"""The public question sets in other languages, from the repositories that hold them.

    python -m eval.reading.outside FOLDER [--judged] [--mirror URL=GITDIR ...]

fetches the commit of each repository (or reads it from a mirror), and writes the sets to FOLDER in
BEIR layout, as ``eval.calibration.sources.load`` reads them. Most are of the shape of
SQuAD. Only their texts are learnt from; none is kept with the project. With ``--judged`` XQuAD is
brought and nothing else: it is not learnt from, and judges search and answers in twelve languages.
"""

import argparse
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from eval.corpora.bringing import checked_out
from eval.corpora.catalogue import GitRepository

Row = dict[str, Any]
"""An object of a line of a file."""

HEADER = "query-id\tcorpus-id\tscore"


@dataclass(frozen=True, slots=True)
class OutsideSet:
    """A set, and where it comes from."""

    source: GitRepository
    language: str
    licence: str


OUTSIDE: Mapping[str, OutsideSet] = {
    "jaquad": OutsideSet(
        GitRepository(
            "https://github.com/SkelterLabsInc/JaQuAD",
            "23f5d72cc273c49b35e2d9efe0f51757aa1770bd",
            tuple(f"data/train/jaquad_train_{number:04}.json" for number in range(30)),
        ),
        "ja",
        "CC-BY-SA-3.0",
    ),
    "drcd": OutsideSet(
        GitRepository(
            "https://github.com/DRCKnowledgeTeam/DRCD",
            "b944790de5af02c5fbb7cd9cb1473d27d169eebf",
            ("DRCD_dev.json", "DRCD_test.json"),
        ),
        "zh-TW",
        "CC-BY-SA-3.0",
    ),
    "cmrc2018": OutsideSet(
        GitRepository(
            "https://github.com/ymcui/cmrc2018",
            "c0eb1b6ba219847457e6af3180da722bbeb656af",
            ("squad-style-data/cmrc2018_dev.json", "squad-style-data/cmrc2018_trial.json"),
        ),
        "zh",
        "CC-BY-SA-4.0",
    ),
    "arcd": OutsideSet(
        GitRepository(
            "https://github.com/husseinmozannar/SOQAL",
            "1229d34aa2b7a0b9a2e4858c9268e68f45d7e3c4",
            ("data/arcd.json",),
        ),
        "ar",
        "MIT",
    ),
    "piaf": OutsideSet(
        GitRepository(
            "https://github.com/psorianom/piaf-combo-huggingface",
            "45042853f80cfcd5692e61b914327f5d42033436",
            ("data/piaf-v1.1.json",),
        ),
        "fr",
        "MIT",
    ),
    "policyqa": OutsideSet(
        GitRepository(
            "https://github.com/wasiahmad/PolicyQA",
            "775538bc6d932e9d0dd16975d4373659cf8964fe",
            ("data/dev.json", "data/test.json"),
        ),
        "en",
        "MIT",
    ),
    "faquad": OutsideSet(
        GitRepository(
            "https://github.com/liafacom/faquad",
            "6ad978f20672bb41625b3b71fbe4a88b893d0a86",
            ("data/dataset.json",),
        ),
        "pt",
        "CC-BY-4.0",
    ),
    "iapp": OutsideSet(
        GitRepository(
            "https://github.com/iapp-technology/iapp-wiki-qa-dataset",
            "644a29c59bac62d5b15b9e9b06c55bba00708eca",
            ("squad_format/data.zip",),
        ),
        "th",
        "MIT",
    ),
}


JUDGED: Mapping[str, OutsideSet] = {
    f"xquad_{language}": OutsideSet(
        GitRepository(
            "https://github.com/google-deepmind/xquad",
            "7d30520c717524000f0d9d2f9c10a069acd9d285",
            (f"xquad.{language}.json",),
        ),
        language,
        "CC-BY-SA-4.0",
    )
    for language in ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")
}
"""XQuAD: the same 240 paragraphs and 1,190 questions, translated by people."""

INTEGREAT = OutsideSet(
    GitRepository(
        "https://github.com/digitalfabrik/integreat-qa-dataset",
        "6377c1b543048acb93945562f308095451f579c4",
        tuple(
            f"dataset/languages/{language}/splits/{part}_{language}.jsonl"
            for language in ("ar", "de", "en", "fr", "uk")
            for part in ("train", "dev", "test")
        ),
    ),
    "ar, de, en, fr, uk",
    "CC-BY-4.0",
)
"""OMoS-QA: pages that help migrants in Germany, with questions and the lines that answer. Pages and
questions are German or English, and translated into the others."""

MIXED = "mixed"
"""Of the sets made of it, the one whose questions are in another language than the page."""

INTEGREAT_SETS = tuple(f"integreat-{name}" for name in ("ar", "de", "en", "fr", "uk", MIXED))

LONGEST = 400
"""Most characters of adjacent lines that are one answer; else each is one of its own."""

BROUGHT = (*OUTSIDE, *INTEGREAT_SETS)
"""Names of all sets that are written."""


def articles(name: str, content: bytes) -> Iterator[dict[str, Any]]:
    """The articles of a file in the shape of SQuAD: a title and paragraphs."""
    if name.endswith(".zip"):  # of lines, one a question
        packed = zipfile.ZipFile(io.BytesIO(content))
        for member in packed.namelist():
            if member.endswith("train.jsonl") and not member.startswith("__"):
                yield from _by_article(packed.read(member).decode())
    else:
        yield from json.loads(content)["data"]


def _by_article(lines: str) -> Iterator[dict[str, Any]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for line in lines.splitlines():
        asked = json.loads(line)
        paragraph = found.setdefault(asked["title"], {}).setdefault(
            asked["context"], {"context": asked["context"], "qas": []}
        )
        texts = asked["answers"]["text"]
        asked_so = {"question": asked["question"], "answers": [{"text": text} for text in texts]}
        paragraph["qas"].append(asked_so)
    for title, paragraphs in found.items():
        yield {"title": title, "paragraphs": list(paragraphs.values())}


def write(articles: Iterator[dict[str, Any]], folder: Path) -> int:
    """Write articles in BEIR layout; the number of questions."""
    documents: list[Row] = []
    queries: list[Row] = []
    qrels = [HEADER]
    for number, article in enumerate(articles):
        title = article.get("title") or ""
        for place, paragraph in enumerate(article["paragraphs"]):
            document = f"{number}#{place}"
            text = paragraph["context"]
            documents.append({"_id": document, "title": title, "text": text})
            for count, asked in enumerate(paragraph["qas"]):
                answers = sorted({each["text"] for each in asked["answers"]} - {""})
                if not asked["question"].strip() or not any(each in text for each in answers):
                    continue
                query = f"{document}#{count}"
                queries.append({"_id": query, "text": asked["question"], "answers": answers})
                qrels.append(f"{query}\t{document}\t1")
    write_rows(folder, documents, queries, qrels)
    return len(queries)


def integreat(files: Sequence[Path]) -> Iterator[tuple[str, list[Row], list[Row], list[str]]]:
    """The sets made of the files of ``INTEGREAT``: name, documents, queries and qrels of each."""
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    read = [json.loads(line) for line in lines]
    languages = sorted({each["language"] for each in read})
    worded = {(each["language"], each["id"]): each["question"] for each in read}
    for name in (*languages, MIXED):
        documents: dict[str, Row] = {}
        queries, qrels = [], [HEADER]
        for each in read:
            language, query = each["language"], f"{each['language']}-{each['id']}"
            asked_in = language
            if name == MIXED:  # in the next language but some
                step = 1 + each["id"] % (len(languages) - 1)
                asked_in = languages[(languages.index(language) + step) % len(languages)]
            if name not in {language, MIXED} or (asked_in, each["id"]) not in worded:
                continue
            document = f"{language}-{each['pageId']}"
            title, _, text = each["context"].partition("\n")
            documents[document] = {"_id": document, "title": title, "text": text}
            asked: Row = {"_id": query, "text": worded[asked_in, each["id"]]}
            if each["answers"]:
                answers = list(_runs(each["context"].split("\n"), each["answers"]))
                queries.append({**asked, "answers": answers})
                qrels.append(f"{query}\t{document}\t1")
            else:
                queries.append({**asked, "answerable": False, "source_doc": document})
        yield f"integreat-{name}", list(documents.values()), queries, qrels


def _runs(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
    """Adjacent ones of the numbered lines as one text, if it is not too long."""
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda each: each[1] - each[0]):
        some = [lines[number] for _, number in run]
        whole = "\n".join(some)
        yield from [whole] if len(whole) <= LONGEST else some


def write_rows(
    folder: Path, documents: Sequence[Row], queries: Sequence[Row], qrels: Sequence[str]
) -> None:
    """Write a set in BEIR layout; ``qrels`` are lines."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus.jsonl", documents), ("queries.jsonl", queries)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")


def main() -> int:
    """Bring every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--judged", action="store_true", help="XQuAD, which is not learnt from")
    parser.add_argument("--mirror", action="append", default=[], metavar="URL=GITDIR")
    options = parser.parse_args()
    places = dict(each.split("=", 1) for each in options.mirror)
    mirrors = {url: Path(place) for url, place in places.items()}
    for name, its in (JUDGED if options.judged else OUTSIDE).items():
        with tempfile.TemporaryDirectory() as place:
            files = checked_out(its.source, Path(place), mirrors)
            found = chain.from_iterable(articles(each.name, each.read_bytes()) for each in files)
            count = write(found, options.folder / name)
        _tell(name, its, count)
    if options.judged:
        return 0
    with tempfile.TemporaryDirectory() as place:
        files = checked_out(INTEGREAT.source, Path(place), mirrors)
        for name, documents, queries, qrels in integreat(files):
            write_rows(options.folder / name, documents, queries, qrels)
            _tell(name, INTEGREAT, len(queries))
    return 0


def _tell(name: str, its: OutsideSet, count: int) -> None:
    print(f"{name} ({its.language}, {its.licence}): {count} questions", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
