"""Parses a file's bytes into text and structure. One module per format; see ``registry``."""

from qa_index.formats.decoding import HEAD_BYTES, PicturesOnly, UnreadableSource, decode, decode_as
from qa_index.formats.format import Format
from qa_index.formats.registry import (
    built_in,
    check_readable,
    choose,
    format_called,
    format_of_name,
    parse,
)

__all__ = [
    "HEAD_BYTES",
    "Format",
    "PicturesOnly",
    "UnreadableSource",
    "built_in",
    "check_readable",
    "choose",
    "decode",
    "decode_as",
    "format_called",
    "format_of_name",
    "parse",
]
