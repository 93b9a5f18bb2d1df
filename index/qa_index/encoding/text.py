"""What is done to a string before a tokenizer sees it; every character keeps its place."""

import re

_SURROGATES = re.compile("[\\ud800-\\udfff]")

QUESTION_CHARACTERS_PER_TOKEN = 32
"""A question is read up to this times the model's window.

Word pieces cover four to five characters of prose, so that nothing which the model would have read
is lost, and a question of a megabyte costs no more than one of a few kilobytes.
"""


def without_surrogates(text: str) -> str:
    """``text`` with each lone surrogate replaced by U+FFFD: tokenizers read valid Unicode only."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def bounded_question(question: str, max_tokens: int) -> str:
    """The beginning of ``question``, as much as can matter to a model of ``max_tokens``."""
    limit = max_tokens * QUESTION_CHARACTERS_PER_TOKEN
    start = len(question) - len(question.lstrip()) if question[:1].isspace() else 0
    return without_surrogates(question[start : start + limit])
