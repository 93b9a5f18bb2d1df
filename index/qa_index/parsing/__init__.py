"""Parses files in worker processes with limits; text is parsed in this process."""

from qa_index.parsing.calls import locate, parse, render
from qa_index.parsing.pool import ParserKilled, Parsers
from qa_index.parsing.recognition import Recognition

__all__ = ["ParserKilled", "Parsers", "Recognition", "locate", "parse", "render"]
