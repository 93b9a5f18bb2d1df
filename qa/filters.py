"""Which documents and passages a question is asked of."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from reprlib import repr as shortened
from typing import Any, Self

from qa_index.errors import InputError
from qa_index.sources.filters import Strings, several

Texts = str | Sequence[str]
Day = str | date | None
"""A date, or ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""

_FIELDS = ("paths", "types", "languages", "since", "until", "tags", "headings")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TYPE = re.compile(r"[^\s/]+(?:/[^\s/]+)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True, init=False)
class Filter:
    """Which documents and passages a question is asked of.

    Within one field any of the values matches; of several fields, all must match. Without any,
    nothing is left out. All but ``headings`` are about whole documents.
    """

    paths: tuple[str, ...]
    """Patterns as in ``.gitignore``; the last one that matches decides."""
    types: tuple[str, ...]
    """Names of formats or suffixes (``pdf``, ``markdown``), or media types (``text/*``)."""
    languages: tuple[str, ...]
    """ISO 639-1 codes; ``und`` for documents whose language is unknown."""
    since: date | None
    """The first day, which matches too."""
    until: date | None
    """The last day, which matches too."""
    tags: tuple[str, ...]
    """Compared without regard to case."""
    headings: tuple[str, ...]
    """Whole words of a heading above the passage, or its beginning; case does not matter."""

    def __init__(
        self,
        paths: Strings | None = (),
        types: Texts | None = (),
        languages: Texts | None = (),
        since: Day = None,
        until: Day = None,
        tags: Texts | None = (),
        headings: Texts | None = (),
    ) -> None:
        """Each field is one text or several. A year or month means all of its days.

        Raises ``InputError`` for a value of another kind, for an empty text, and for a date that
        does not exist.
        """
        values = {
            "paths": several(paths or ()),
            "types": _texts(types, "types", _type),
            "languages": _texts(languages, "languages", _language),
            "since": _day(since, "since", last=False),
            "until": _day(until, "until", last=True),
            "tags": _texts(tags, "tags", _words),
            "headings": _texts(headings, "headings", _words),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if self.since and self.until and self.since > self.until:
            raise InputError(f"since {self.since} comes after until {self.until}; exchange them")

    def __bool__(self) -> bool:
        """Whether it can leave anything out."""
        return any(getattr(self, name) for name in _FIELDS)

    @classmethod
    def of(cls, value: "Filter | Strings | None") -> "Filter":
        """What ``ask`` accepts as a filter: one, or patterns of paths.

        Raises ``InputError`` for anything else.
        """
        return value if isinstance(value, Filter) else cls(paths=value)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A filter from JSON types, as ``to_dict`` gives them; fields may be missing or ``None``.

        Raises ``InputError`` as the constructor does, and for a field that does not exist.
        """
        if not isinstance(values, Mapping):
            raise InputError(f"a filter must be an object, not {shortened(values)}")
        unknown = ", ".join(str(name) for name in values if name not in _FIELDS)
        if unknown:
            raise InputError(f"a filter has no {unknown[:100]}; it has {', '.join(_FIELDS)}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types: lists, and days as ``YYYY-MM-DD`` or ``None``."""
        days = {"since": self.since, "until": self.until}
        return {
            name: (day and day.isoformat()) if name in days else list(getattr(self, name))
            for name, day in ((name, days.get(name)) for name in _FIELDS)
        }


def _texts(value: object, name: str, cleaned: Callable[[str], str | None]) -> tuple[str, ...]:
    """The distinct texts of a field, each cleaned."""
    values = (value,) if isinstance(value, str) else () if value is None else value
    if not isinstance(values, Sequence) or isinstance(values, bytes | bytearray):
        raise InputError(f"{name} must be a text or a list of texts, not {shortened(value)}")
    found: list[str] = []
    for each in values:
        clean = cleaned(each) if isinstance(each, str) else None
        if clean is None:
            raise InputError(f"{name} must be {_NEEDED[name]}, not {shortened(each)}")
        found.append(clean)
    return tuple(dict.fromkeys(found))


_NEEDED = {
    "types": "names such as pdf and markdown, or media types such as text/*",
    "languages": "codes such as en and de",
    "tags": "texts that are not empty",
    "headings": "texts that are not empty",
}


def _type(text: str) -> str | None:
    clean = text.strip().lower().removeprefix(".")
    return clean if _TYPE.fullmatch(clean) else None


def _language(text: str) -> str | None:
    """The language of a tag such as ``de-AT``."""
    clean = re.split("[-_]", text.strip().lower())[0]
    return clean if _LANGUAGE.fullmatch(clean) else None


def _words(text: str) -> str | None:
    return " ".join(text.split()) or None


def _day(value: object, name: str, *, last: bool) -> date | None:
    """The first or the ``last`` day of a year, month or day."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if found is not None:
            year, month, day = (int(part) if part else None for part in found.groups())
            month = month or (12 if last else 1)
            return date(year or 0, month, day or (monthrange(year or 0, month)[1] if last else 1))
    except ValueError:
        pass
    raise InputError(
        f"{name} must be a year, month or day such as 2024, 2024-06 or 2024-06-30, "
        f"not {shortened(value)}"
    )
