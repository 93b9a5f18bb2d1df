"""Chooses the model of a new index by the languages of its documents."""

import logging
from collections.abc import Sequence
from pathlib import Path

from qa_index.encoding.models import DEFAULT_MODEL, model_for
from qa_index.formats import UnreadableSource
from qa_index.parsing import Parsers, Recognition
from qa_index.records import Ocr
from qa_index.sources import files
from qa_index.sources.plan import format_of
from qa_index.terms.analyzer import UNKNOWN
from qa_index.terms.language import detect

SAMPLE = 24
"""Files that are looked at, spread over all of them."""

_log = logging.getLogger(__name__)


def chosen_model(
    paths: Sequence[Path],
    *,
    language: str | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    default_excludes: bool = True,
) -> str:
    """The name of the packaged model that fits the files to be indexed.

    It is said in one line if it is not the default.

    ``language`` is that of all of them, if it is known. Raises ``InputError`` as
    ``files.find_files`` does.
    """
    if language is not None:
        languages = {language}
    else:
        entries = files.find_files(
            paths, include=include, exclude=exclude, default_excludes=default_excludes
        )
        found = [entry for entry in entries if isinstance(entry, files.FoundFile)]
        with Parsers() as parsers:
            sample = found[:: max(1, -(-len(found) // SAMPLE))]
            languages = {_language(file, parsers) for file in sample} - {UNKNOWN}
    model = model_for(languages)
    if model != DEFAULT_MODEL:
        _log.info(
            "the model is %s, as documents are in: %s",
            model,
            ", ".join(sorted(languages)) or "no language that is known",
        )
    return model


def _language(file: files.FoundFile, parsers: Parsers) -> str:
    """``UNKNOWN`` for a file that cannot be read, too: what is wrong is told when it is indexed."""
    try:
        format_of(file)
        data = files.read_bytes(file.path)
        return detect(parsers.parse(data, name=file.path.name, recognition=_UNREAD).text)
    except (OSError, UnreadableSource):
        return UNKNOWN


_UNREAD = Recognition(Ocr.OFF)
