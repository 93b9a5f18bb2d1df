"""Which passages a question is asked of: the rows that a filter leaves."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from qa.filters import Filter
from qa_index.collection.protocol import Collection
from qa_index.collection.records import StoredDocument, dated
from qa_index.errors import InputError
from qa_index.formats.structure.dates import first_and_last
from qa_index.formats.structure.metadata import folded
from qa_index.records import Heading, Span
from qa_index.sources.filters import selection
from qa_index.vectors import Rows

_ALIASES = {"md": "markdown", "txt": "text", "htm": "html", "rst": "restructured", "tex": "latex"}
"""Short names of formats beside their own."""
_TOLD = 10
"""Types and languages that a warning lists."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


class Selection(NamedTuple):
    """What a filter leaves."""

    rows: Rows | None
    """Ascending; ``None`` for all."""
    warnings: tuple[str, ...] = ()
    """What a person should know about what was left out."""


class Facts(NamedTuple):
    """What filters look at, of one document."""

    path: str
    types: frozenset[str]
    """Name of its format, and suffix."""
    media_type: str
    language: str
    days: tuple[date, date] | None
    """The first and the last day that its date may mean."""
    tags: frozenset[str]
    rows: Span


def facts_of(collection: Collection) -> tuple[Facts, ...]:
    """The facts of all documents, in their order. Parses each, at 15 ms per thousand."""
    return tuple(map(_facts, collection.documents()))


def select(
    collection: Collection,
    facts: Callable[[], Sequence[Facts]],
    wanted: Filter,
    within: tuple[str, ...],
    here: Path,
) -> Selection:
    """The passages that a filter leaves; ``facts`` gives those of all documents.

    ``within`` restricts it to files and folders, named as stored; ``here`` is the working folder,
    which patterns may be relative to. Raises ``InputError`` if no path matches.
    """
    if not wanted and not within:
        return Selection(None)
    meant = selection(wanted.paths, within, collection.root, here)
    named = [(number, each) for number, each in enumerate(facts()) if meant(each.path)]
    if not named and (wanted.paths or within):
        told = ", ".join([*wanted.paths, *within])
        raise InputError(f"no source matches {told}; `qa status --documents` lists them")
    tests = _tests(wanted)
    left = [(number, each) for number, each in named if all(test(each) for test in tests.values())]
    rows = _concatenated(np.arange(*each.rows, dtype=np.int64) for _, each in left)
    if wanted.headings:
        rows = _below(collection, [(number, each.rows) for number, each in left], wanted.headings)
    if not len(rows):
        told = _why_nothing(wanted, [each for _, each in named], tests, found=bool(left))
        return Selection(rows, (f"the filter leaves nothing: {told}",))
    undated = _left_out_undated([each for _, each in named], tests)
    return Selection(None if len(rows) == collection.passage_count else rows, undated)


def _facts(document: StoredDocument) -> Facts:
    date = dated(document)
    return Facts(
        path=document.path,
        types=frozenset((document.format, PurePosixPath(document.path).suffix.lower()[1:])),
        media_type=document.media_type.lower(),
        language=document.language,
        days=first_and_last(date.date) if date else None,
        tags=frozenset(document.metadata.tags),
        rows=document.passages,
    )


Test = Callable[[Facts], bool]


def _tests(wanted: Filter) -> dict[str, Test]:
    """A test of a document for each field that is about documents, without the paths."""
    first, last = wanted.since or date.min, wanted.until or date.max
    names = {_ALIASES.get(each, each) for each in wanted.types if "/" not in each}
    media_types = [each for each in wanted.types if "/" in each]
    tags = frozenset(map(folded, wanted.tags))
    tests: dict[str, Test] = {
        "types": lambda each: (
            not names.isdisjoint(each.types)
            or any(fnmatchcase(each.media_type, pattern) for pattern in media_types)
        ),
        "languages": lambda each: each.language in wanted.languages,
        "dates": lambda each: (
            each.days is not None and first <= each.days[1] and each.days[0] <= last
        ),
        "tags": lambda each: not tags.isdisjoint(each.tags),
    }
    given = {
        "types": wanted.types,
        "languages": wanted.languages,
        "dates": wanted.since or wanted.until,
        "tags": wanted.tags,
    }
    return {name: test for name, test in tests.items() if given[name]}


def _below(
    collection: Collection, documents: Sequence[tuple[int, Span]], wanted: Sequence[str]
) -> Rows:
    """The passages of these documents, by number and rows, that are below such a heading."""
    pattern = re.compile("|".join(map(_heading_pattern, wanted)))
    found = []
    for number, rows in documents:
        below = _headings_below(collection.document(number).headings, pattern)
        if any(below):
            own = np.arange(*rows, dtype=np.int64)
            # The last one stands for no heading, whose number is -1.
            found.append(own[np.array([*below, False])[collection.headings_of(own)]])
    return _concatenated(found)


def _headings_below(headings: Sequence[Heading], pattern: re.Pattern[str]) -> list[bool]:
    """For each heading, whether the pattern is found in it or in one that it is below."""
    found: list[bool] = []
    above: list[tuple[int, bool]] = []  # levels, ascending
    for heading in headings:
        while above and above[-1][0] >= heading.level:
            above.pop()
        matches = bool(above and above[-1][1]) or pattern.search(folded(heading.title)) is not None
        above.append((heading.level, matches))
        found.append(matches)
    return found


def _heading_pattern(text: str) -> str:
    """Finds whole words anywhere in a folded title, and any text at its beginning."""
    words = folded(text)
    before = "" if _UNSPACED.match(words[0]) else r"(?<!\w)"
    after = "" if _UNSPACED.match(words[-1]) else r"(?!\w)"
    return rf"\A{re.escape(words)}|{before}{re.escape(words)}{after}"


def _left_out_undated(documents: Sequence[Facts], tests: dict[str, Test]) -> tuple[str, ...]:
    """Says how many documents a filter by date leaves out because they have none."""
    if "dates" not in tests:
        return ()
    others = [test for name, test in tests.items() if name != "dates"]
    count = sum(each.days is None and all(test(each) for test in others) for each in documents)
    if not count:
        return ()
    told = "1 document" if count == 1 else f"{count:,} documents"
    return (f"{told} without a date left out by the filter",)


def _why_nothing(
    wanted: Filter, documents: Sequence[Facts], tests: dict[str, Test], *, found: bool
) -> str:
    """Why no passage is left, in words."""
    if found:
        return f"no passage is below a heading {_or(wanted.headings)}"
    for name, test in tests.items():
        if any(map(test, documents)):
            continue
        if name == "types":
            types = (each.media_type for each in documents)
            return f"no document is of type {_or(wanted.types)}; {_there_are(types)}"
        if name == "languages":
            languages = (each.language for each in documents)
            return f"no document is in {_or(wanted.languages)}; {_there_are(languages)}"
        if name == "tags":
            return f"no document has the tag {_or(wanted.tags)}"
        undated = sum(each.days is None for each in documents)
        told = f"; {undated:,} have none" if undated else ""
        return f"no document has a date {_between(wanted.since, wanted.until)}{told}"
    return "no document matches all of it"


def _between(since: date | None, until: date | None) -> str:
    parts = [f"since {since}" if since else "", f"until {until}" if until else ""]
    return " ".join(filter(None, parts))


def _or(values: Sequence[str]) -> str:
    return " or ".join(repr(each) for each in values)


def _there_are(values: Iterable[str]) -> str:
    counts = Counter(values).most_common()
    told = ", ".join(f"{name} ({count:,})" for name, count in counts[:_TOLD])
    return f"there are {told}{' and others' if len(counts) > _TOLD else ''}"


def _concatenated(rows: Iterable[Rows]) -> Rows:
    return np.concatenate([np.empty(0, dtype=np.int64), *rows])
