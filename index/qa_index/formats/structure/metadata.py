"""What a document states about itself: a bounded record of values that may be anything."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from qa_index.formats.structure.dates import read_date
from qa_index.records import DateSource, Metadata

MOST_TAGS = 100
LONGEST_TAG = 100
"""Characters."""
_LONGEST_LIST = 20_000
"""Characters of a text with several tags."""

DATE_FIELDS = (
    "date", "published", "publishdate", "published_at", "pubdate", "created", "created_at",
    "updated", "updated_at", "lastmod", "last_modified", "modified",
)  # fmt: skip
"""Fields of front matter that hold a date, the most telling first."""
TAG_FIELDS = ("tags", "tag", "keywords", "categories", "category")

_STATED = (DateSource.FRONT_MATTER, DateSource.PROPERTIES)
_BETWEEN = re.compile(r"[,;，；、\n]")


def stated(
    dates: Iterable[object], tags: Iterable[object], source: DateSource = DateSource.PROPERTIES
) -> Metadata:
    """The first of these dates that is clear, and the tags, each of them one text.

    Values that are neither are left out, as are tags beyond ``MOST_TAGS`` and longer ones than
    ``LONGEST_TAG``.
    """
    return Metadata(next(filter(None, map(_date, dates)), ""), source, tuple(_tags(tags)))


def of_fields(fields: Mapping[str, object]) -> Metadata:
    """What front matter states, by its fields in lower case."""
    dates = (fields.get(name) for name in DATE_FIELDS)
    tags = (each for name in TAG_FIELDS for each in _several(fields.get(name)))
    return stated(dates, tags, DateSource.FRONT_MATTER)


def separated(tags: str) -> list[str]:
    """Several tags in one text, separated by commas or semicolons."""
    return _BETWEEN.split(tags[:_LONGEST_LIST])


def is_valid(metadata: Metadata) -> bool:
    """Whether it can be from ``stated``."""
    if metadata.date and metadata.date != read_date(metadata.date):
        return False
    return (
        metadata.date_from in _STATED
        and len(metadata.tags) <= MOST_TAGS
        and list(metadata.tags) == list(_tags(metadata.tags))
    )


def folded(tag: str) -> str:
    """A tag as it is stored and compared: without regard to case and the amount of white space."""
    return " ".join(tag.casefold().split())


def _several(value: object) -> Iterable[object]:
    """The tags of a field: a list of them, or a text that separates them."""
    if isinstance(value, str):
        return separated(value)
    return value if isinstance(value, list | tuple) else ()


def _date(value: object) -> str:
    if isinstance(value, date):  # or a datetime
        return read_date(value.isoformat())
    if isinstance(value, int) and not isinstance(value, bool):
        return read_date(str(value)) if 0 < value < 1 << 31 else ""
    return read_date(value) if isinstance(value, str) else ""


def _tags(values: Iterable[object]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if not isinstance(value, str) or len(value) > 4 * LONGEST_TAG:
            continue
        tag = folded(value).removeprefix("#")
        if 0 < len(tag) <= LONGEST_TAG and tag not in seen:
            seen.add(tag)
            yield tag
            if len(seen) == MOST_TAGS:
                return
