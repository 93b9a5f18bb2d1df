"""Prepares strings for tokenizers without moving any character."""

import re

_SURROGATES = re.compile("[\\ud800-\\udfff]")

QUESTION_CHARACTERS_PER_TOKEN = 32
"""Characters of a question that are used, per word piece of the model's window.

Word pieces cover four to five characters of prose, so nothing that the model would read is lost,
and a question of a megabyte costs no more than one of a few kilobytes.
"""


def without_surrogates(text: str) -> str:
    """Replace lone surrogates by U+FFFD: tokenizers accept only valid Unicode."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def bounded_question(question: str, max_tokens: int) -> str:
    """The beginning of ``question``, as much as a model of ``max_tokens`` can read."""
    limit = max_tokens * QUESTION_CHARACTERS_PER_TOKEN
    start = len(question) - len(question.lstrip()) if question[:1].isspace() else 0
    return without_surrogates(question[start : start + limit])
