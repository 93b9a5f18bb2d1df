"""What a page states about itself, in its elements ``meta``."""

from qa_index.formats.structure.metadata import MOST_TAGS, separated

_DATES = (
    "article:published_time", "datepublished", "date", "dc.date", "dcterms.date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "pubdate", "publishdate", "citation_publication_date",
    "article:modified_time", "datemodified", "last-modified", "dcterms.modified",
    "og:updated_time",
)  # fmt: skip
"""Names of what holds a date, the most telling first."""
_TAGS = ("keywords", "news_keywords", "article:tag", "dc.subject", "dcterms.subject")


class Meta:
    """The values that name a date or tags, by their names."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}

    def add(self, name: str, content: str) -> None:
        """Keep the content of an element, if its name is one of those."""
        name = name.lower()
        if name not in _DATES and name not in _TAGS:
            return
        found = self._values.setdefault(name, [])
        if len(found) < MOST_TAGS:
            found += separated(content) if name in _TAGS else [content]

    @property
    def dates(self) -> list[str]:
        """The dates, the most telling first."""
        return [each for name in _DATES for each in self._values.get(name, ())]

    @property
    def tags(self) -> list[str]:
        """The tags."""
        return [each for name in _TAGS for each in self._values.get(name, ())]
