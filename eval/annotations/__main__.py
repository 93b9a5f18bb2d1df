"""Are citations found again in converted files, and in the right place?

    python -m eval.annotations --folder FOLDER [--most 60]

Indexes the files below FOLDER, makes an annotation of every passage and of the longest sentence of
each, and looks them up in an index of the same files as other programs convert them: poppler,
LibreOffice, pandoc and PDFium, as far as they are installed. The converted files have other names,
so that only the text tells. All files of a conversion are in one index.

Whether a place is right is judged by runs of five words that stand once in the original and once in
the converted file: those inside the quote tell where it should be. A place is wrong if none of them
lies in it, and not judged if the quote has none; a twin is a right place in another file that holds
the same text. Prints JSON and files it under ``eval/annotations/results/DATE-COMMIT/``.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import qa
from eval import laboratory
from eval.annotations.converting import CONVERSIONS, converted
from eval.benchmarks.standin import StandIn
from qa.annotations.citing import annotate
from qa.checking.sources import Sources
from qa.places import Place, SourceSpan, UnitRange, source_of, units_at
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding.opening import open_encoder
from qa_index.records import Span

_RUN = 5
_LEAST_WORDS = 6
"""Words of the shortest passage or sentence that is annotated."""

_WORD = re.compile(r"\w+")
_EXAMPLES = 12


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("annotations", __doc__)
    parser.add_argument(
        "--folder", type=laboratory.folder, required=True, help="documents to cite and convert"
    )
    parser.add_argument("--most", type=int, default=60, help="passages of one document")
    parser.add_argument("--only", help="conversions whose name holds this")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Cite, convert, find, judge."""
    options = parse(arguments)
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        sources = work / "sources"
        shutil.copytree(options.folder, sources, symlinks=True)
        cited = indexed([sources], sources / ".qa")
        made = list(annotations(cited, options.most))
        files = sorted(
            path for path in sources.rglob("*") if path.is_file() and ".qa" not in path.parts
        )
        for title, conversion in CONVERSIONS.items():
            if conversion.program and not shutil.which(conversion.program):
                print(f"{conversion.program} is not installed", file=sys.stderr)
                continue
            if options.only and options.only not in title:
                continue
            folder = work / "converted" / title.replace(" ", "-")
            folder.mkdir(parents=True)
            targets = converted(conversion, files, folder)
            if targets:
                there = indexed([folder], folder / ".qa")
                report[title] = measured(cited, made, targets, there)
                told = {kind: report[title][kind] for kind in ("passage", "sentence")}
                print(f"{title}: {told}", file=sys.stderr, flush=True)
    laboratory.publish(report, options.out, "annotations")
    return 0


def indexed(paths: list[Path], folder: Path) -> StoredIndex:
    """An index of files whose vectors are random, which nothing here looks at."""
    encoder = open_encoder("minilm", offline=True)
    build(paths, folder, encoder=StandIn(encoder))  # type: ignore[arg-type]
    return StoredIndex(folder)


def annotations(index: StoredIndex, most: int) -> Iterator[tuple[str, str, Span, str]]:
    """Of passages and sentences: the kind, the path, the span, and the annotation's JSON."""
    sources = Sources(index.root, lambda: index)
    for document in index.documents():
        rows = range(document.passages.start, document.passages.end)
        step = max(1, len(rows) // most)
        for row in rows[::step][:most]:
            passage = index.passage(row)
            whole = SourceSpan(passage.start, passage.end)
            longest = max(passage.sentences, key=lambda each: each.end - each.start)
            for kind, part in (("passage", whole), ("sentence", SourceSpan(*longest))):
                text = passage.text[part.start - whole.start : part.end - whole.start]
                if len(_WORD.findall(text)) < _LEAST_WORDS:
                    continue
                unit = UnitRange.of(units_at(document.units, part.start, part.end))
                source = source_of(document, stale=False)
                told = annotate(source, whole, passage.text, unit, sources, part=part)
                yield kind, document.path, Span(part.start, part.end), json.dumps(told)


def measured(
    cited: StoredIndex,
    made: Sequence[tuple[str, str, Span, str]],
    targets: dict[str, Path],
    there: StoredIndex,
) -> dict[str, Any]:
    """Counts by kind, verdict and judgement, with examples of what went wrong."""
    texts = {each.path: cited.text_of(each) for each in cited.documents()}
    found_texts = {each.path: there.text_of(each) for each in there.documents()}
    counts: dict[str, Counter[str]] = {"passage": Counter(), "sentence": Counter()}
    examples: list[dict[str, Any]] = []
    with qa.open(there.folder) as session:
        for kind, path, span, told in made:
            target = targets.get(Path(path).name)
            name = target and there.name_of(target)
            if name is None or name not in found_texts:
                continue
            [found] = session.find_annotations(qa.read_annotations(told)).targets
            judged = judgement(found, name, texts[path], span, found_texts)
            counts[kind][f"{found.verdict}, {judged}"] += 1
            if judged == "wrong" or found.verdict in {"absent", "ambiguous", "changed"}:
                examples.append({"path": path, "judged": judged, **_told(found)})
    wrong = [each for each in examples if each["judged"] == "wrong"]
    others = [each for each in examples if each["judged"] != "wrong"]
    return {
        **{kind: dict(sorted(counted.items())) for kind, counted in counts.items()},
        "shares": {kind: shares(counted) for kind, counted in counts.items()},
        "files": len(targets),
        "wrong": wrong[:_EXAMPLES],
        "others": others[:: max(1, len(others) // _EXAMPLES)],
    }


def shares(counts: Counter[str]) -> dict[str, float | None]:
    """Recall, the share that is found in one place, and precision, the share of these places that
    are right, or right in another file that holds the same text, of those that are judged."""
    found = {judged: counts[f"converted, {judged}"] for judged in ("right", "twin", "wrong")}
    judged, right = sum(found.values()), found["right"] + found["twin"]
    standing = judged + counts["converted, not judged"]
    return {
        "recall": round(standing / counts.total(), 4) if counts else None,
        "precision": round(right / judged, 4) if judged else None,
    }


def _told(found: qa.FoundTarget) -> dict[str, Any]:
    return {
        "verdict": str(found.verdict),
        "detail": found.detail,
        "quote": found.target.quote,
        "stands": found.quote,
    }


def judgement(
    found: qa.FoundTarget, name: str, original: str, span: Span, texts: dict[str, str]
) -> str:
    """``right``, ``twin`` (another file that holds it as well), ``wrong``, ``not judged``, or
    ``-`` if nothing was found. Of places that fit alike, any may be the right one."""
    places = [found.place, *found.others] if found.place else []
    if not places:
        return "-"
    holds = [_holds(original, span, each, texts[each.path]) for each in places]
    here = [held for held, each in zip(holds, places, strict=True) if each.path == name]
    if True in here:
        return "right"
    if True in holds:
        return "twin"
    return "not judged" if None in here or (None in holds and not here) else "wrong"


def _holds(original: str, span: Span, place: Place, text: str) -> bool | None:
    """Whether a place holds runs of the quote; ``None`` if none tells where it is in the text."""
    expected = anchors(original, span, text)
    if not expected:
        return None
    return any(place.span.start <= at < place.span.end for at in expected)


def anchors(original: str, span: Span, converted: str) -> list[int]:
    """Where runs of words of a quote stand that both texts hold once."""
    first, second = _runs(original), _runs(converted)
    return [
        second[run]
        for run, at in first.items()
        if span.start <= at < span.end and at >= 0 and second.get(run, -1) >= 0
    ]


_CACHE: dict[int, dict[tuple[str, ...], int]] = {}


def _runs(text: str) -> dict[tuple[str, ...], int]:
    """The runs of words of a text and where they begin, -1 for those that it holds twice."""
    key = hash(text)
    if key not in _CACHE:
        words = [(match.group().casefold(), match.start()) for match in _WORD.finditer(text)]
        runs: dict[tuple[str, ...], int] = {}
        for number in range(len(words) - _RUN + 1):
            run = tuple(word for word, _ in words[number : number + _RUN])
            runs[run] = -1 if run in runs else words[number][1]
        _CACHE[key] = runs
    return _CACHE[key]


if __name__ == "__main__":
    laboratory.run("annotations", main)
