"""Single calls: for a file that is shown or checked rather than indexed."""

from collections.abc import Sequence
from functools import cache

from qa_index.formats.pictures import RESOLUTION
from qa_index.parsing.pool import Parsers
from qa_index.parsing.recognition import Recognition
from qa_index.records import Mark, Parsed, Place, Span


@cache
def _shared() -> Parsers:
    """One worker for all single calls; it ends when it has been idle for a while."""
    return Parsers(jobs=1)


def parse(data: bytes, *, name: str, recognition: Recognition | None = None) -> Parsed:
    """See ``Parsers.parse``."""
    return _shared().parse(data, name=name, recognition=recognition)


def locate(
    data: bytes,
    parsed: Parsed,
    spans: Sequence[Span],
    format_name: str,
    *,
    recognition: Recognition | None = None,
) -> list[tuple[Place, ...]]:
    """See ``Parsers.locate``."""
    return _shared().locate(data, parsed, spans, format_name, recognition=recognition)


def render(
    data: bytes,
    page: int,
    marks: Sequence[Mark],
    format_name: str,
    *,
    dots_per_inch: int = RESOLUTION,
) -> bytes:
    """See ``Parsers.render``."""
    return _shared().render(data, page, marks, format_name, dots_per_inch=dots_per_inch)


def drawn_by(data: bytes, page: int, format_name: str) -> str:
    """See ``Parsers.drawn_by``."""
    return _shared().drawn_by(data, page, format_name)


def difference(one: bytes, other: bytes, format_name: str) -> int | None:
    """See ``Parsers.difference``."""
    return _shared().difference(one, other, format_name)
