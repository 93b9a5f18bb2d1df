"""Invented tables of a subject, and questions about them with the cell that answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from .domains import Domain
from .files import WRITERS, Rows

ROWS = 40
"""Rows of a table."""


class Kind(StrEnum):
    """What is asked for."""

    CELL = "cell"
    """A cell of a row that the question names."""
    REVERSE = "reverse"
    """The name of the row that holds a cell."""
    NO_COLUMN = "no column"
    """What no column says."""
    NO_ROW = "no row"
    """A column of a row that is in no table."""
    NO_YEAR = "no year"
    """A column of another year."""

    @property
    def answerable(self) -> bool:
        """Whether a cell answers."""
        return self in (Kind.CELL, Kind.REVERSE)


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """A question about a table."""

    text: str
    kind: Kind
    domain: str
    file: str
    row: str = ""
    """The name of the row that answers."""
    answer: str = ""
    """The cell that answers."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file with one table, and questions about it."""

    name: str
    data: bytes
    questions: tuple[TableQuestion, ...]


def table_files(domains: Sequence[Domain], seed: int = 0) -> Iterator[TableFile]:
    """A file of each format for each of the domains, each with rows of its own."""
    for domain in domains:
        chance = Random(f"{domain.title} {seed}")  # noqa: S311 - repeatable, not secret
        names = _distinct(domain, chance, (len(WRITERS) + 1) * ROWS)
        *tables, missing = [names[start : start + ROWS] for start in range(0, len(names), ROWS)]
        for (suffix, write), keys in zip(WRITERS.items(), tables, strict=True):
            rows = [(domain.key, *(column.header for column in domain.columns))]
            rows += [(key, *(column.value(chance) for column in domain.columns)) for key in keys]
            name = f"{domain.title.lower().replace(' ', '_')}.{suffix}"
            asked = tuple(_questions(domain, name, rows, missing, set(names), chance))
            yield TableFile(name, write(domain.title, rows), asked)


def _distinct(domain: Domain, chance: Random, count: int) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        names[domain.name(chance)] = None
    return list(names)


def _questions(
    domain: Domain, file: str, rows: Rows, missing: list[str], known: set[str], chance: Random
) -> Iterator[TableQuestion]:
    """Every way to ask for every column, twice; every absent one; as many missing rows."""

    def some() -> Sequence[str]:
        return chance.choice(rows[1:])

    def make(text: str, kind: Kind, row: str = "", answer: str = "") -> TableQuestion:
        return TableQuestion(text, kind, domain.title, file, row, answer)

    headers = rows[0]
    for number, column in enumerate(domain.columns, start=1):
        for way in column.questions:
            for row in (some(), some()):
                yield make(way.format(row[0]), Kind.CELL, row[0], row[number])
    for header, way in domain.reverse:
        at = headers.index(header)
        cells = [row[at] for row in rows[1:]]
        alone = [row for row in rows[1:] if cells.count(row[at]) == 1]
        for row in chance.sample(alone, 2):
            yield make(way.format(row[at]), Kind.REVERSE, row[0], row[0])
    for way in domain.absent:
        for row in (some(), some()):
            yield make(way.format(row[0]), Kind.NO_COLUMN)
    for way in domain.years:
        for _ in range(2):
            year = chance.choice((2005, 2014, 2016, 2024))
            yield make(way.format(some()[0], year=year), Kind.NO_YEAR)
    for column in domain.columns:
        way = chance.choice(column.questions)
        yield make(way.format(chance.choice(missing)), Kind.NO_ROW)
        alike = _alike(str(some()[0]), chance.choice(missing))
        if alike not in known:
            yield make(way.format(alike), Kind.NO_ROW)


def _alike(name: str, other: str) -> str:
    """A name that shares its beginning with one and its end with another."""
    return " ".join([*name.split()[:-1], other.split()[-1]])
