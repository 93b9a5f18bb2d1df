"""Parses files in worker processes with limits; text is parsed in this process."""

from qa_index.parsing.calls import difference, drawn_by, locate, parse, render
from qa_index.parsing.pool import ParserKilled, Parsers
from qa_index.parsing.recognition import Recognition

__all__ = [
    "ParserKilled",
    "Parsers",
    "Recognition",
    "difference",
    "drawn_by",
    "locate",
    "parse",
    "render",
]
