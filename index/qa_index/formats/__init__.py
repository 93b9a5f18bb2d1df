"""From a file's bytes to its text and structure: a module a format, picked by the registry."""

from qa_index.formats.decoding import HEAD_BYTES, UnreadableSource, decode
from qa_index.formats.format import Format
from qa_index.formats.registry import (
    built_in,
    check_readable,
    choose,
    format_of_name,
    parse,
)

__all__ = [
    "HEAD_BYTES",
    "Format",
    "UnreadableSource",
    "built_in",
    "check_readable",
    "choose",
    "decode",
    "format_of_name",
    "parse",
]
