"""Spans of a text, as requests write them: ``START-END``."""

from qa import InputError, Span

SPAN = r"^\d{1,9}-\d{1,9}$"


def span_of(text: str) -> Span:
    """The span; raises ``InputError`` if it ends before it begins."""
    start, end = map(int, text.split("-"))
    if start >= end:
        raise InputError(f"{text} is no span; it ends before it begins")
    return Span(start, end)
