"""First step of a build: files are read, parsed, split into passages and analysed."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from qa_index.building.documents import AnalyzedPassage, new_document
from qa_index.building.encode import ToEncode
from qa_index.collection.keys import encoding_key
from qa_index.collection.writing import NewDocument
from qa_index.encoding import Encoder, EncoderInput, text_budget
from qa_index.encoding.profile import fertility_range
from qa_index.formats import PicturesOnly, UnreadableSource
from qa_index.parsing import ParserKilled, Parsers, Recognition
from qa_index.records import (
    PICTURE_ONLY,
    Document,
    Parsed,
    Passage,
    Span,
    TableHeader,
    context_of,
    header_above,
    heading_path,
    table_headers,
)
from qa_index.sources import files
from qa_index.sources.plan import PlannedFile, SkippedFile, Unparsed, reason_of
from qa_index.splitting import passages as splitting
from qa_index.terms.analyzer import Analyzer, written_words
from qa_index.terms.language import detect

FERTILITY_SAMPLE = 500
"""Characters by which the fertility of a text is measured: about a hundred words."""


class Source(NamedTuple):
    """A file that was read and parsed."""

    file: PlannedFile
    parsed: Parsed
    sha256: str
    size: int
    """In bytes."""


class Prepared(NamedTuple):
    """A document, ready to be encoded and written."""

    document: NewDocument
    passages: list[ToEncode]
    """Those of the document, in order."""


Outcome = Prepared | SkippedFile | Unparsed
"""What became of a file. The next build does not try an ``Unparsed`` one again."""


def read(file: PlannedFile) -> bytes | SkippedFile:
    """The bytes of a file."""
    try:
        return files.read_bytes(file.file)
    except (OSError, UnreadableSource) as error:
        return SkippedFile(file.path, reason_of(error))


def parse(
    file: PlannedFile, data: bytes, parsers: Parsers, recognition: Recognition
) -> Source | SkippedFile | Unparsed:
    """Parse the bytes of one file."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        parsed = parsers.parse(data, name=file.path, recognition=recognition)
        return Source(file, _with_remedy(parsed, recognition), sha256, len(data))
    except ParserKilled as error:
        return SkippedFile(file.path, reason_of(error))
    except UnreadableSource as error:
        reason = reason_of(error)
        if isinstance(error, PicturesOnly):
            reason = f"{reason}; {recognition.remedy}"
        by = recognition.identity if file.may_be_pictures else ""
        return Unparsed(file.path, reason, sha256, *file.format, by)


def _with_remedy(parsed: Parsed, recognition: Recognition) -> Parsed:
    """With gaps that tell how pages that are pictures can be read, if they were not."""
    if not parsed.pictures or parsed.recognition:
        return parsed
    gaps = [
        gap._replace(reason=f"{gap.reason}; {recognition.remedy}")
        if gap.reason == PICTURE_ONLY
        else gap
        for gap in parsed.gaps
    ]
    return replace(parsed, gaps=tuple(gaps))


def prepare(source: Source, encoder: Encoder, forced_language: str | None) -> Prepared:
    """Split and analyse one parsed file."""
    file, parsed = source.file, source.parsed
    document = Document(
        path=file.path,
        parsed=parsed,
        sha256=source.sha256,
        size=source.size,
        mtime_ns=file.mtime_ns,
        language=forced_language or detect(parsed.text),
    )
    return prepared(document, split(parsed, encoder), name=PurePosixPath(file.path).stem)


def prepared(document: Document, passages: Sequence[Passage], *, name: str = "") -> Prepared:
    """A document with its passages, ready to be encoded and written.

    ``name`` is what people may call it beside its title, as its file is named.
    """
    words = written_words(f"{name} {document.text}", document.language)
    found = analyzed(document, passages, name)
    inputs = [ToEncode(own.key, own.input) for own in found]
    return Prepared(new_document(document, found, words), inputs)


def split(parsed: Parsed, encoder: Encoder) -> list[Passage]:
    """The passages of a text for this encoder.

    They fit its window, unless its vocabulary splits the language into many small tokens. Then
    passages hold as many words as in a language that the encoder knows: such a language is found
    by words, and its poor vectors do not justify spreading the words over shorter passages.
    """
    known = fertility_range(encoder.description.sha256).known
    fineness = encoder.fertility(parsed.text[:FERTILITY_SAMPLE]) / known
    budget = int(text_budget(encoder.description) * max(fineness, 1.0))
    return splitting.split(parsed, count_tokens=encoder.count_tokens, max_tokens=budget)


def splitter_settings(encoder: Encoder) -> dict[str, Any]:
    """Everything but the text that passages depend on; stored in the manifest."""
    return {"version": splitting.SPLITTER, "max_tokens": text_budget(encoder.description)}


def analyzed(
    document: Document, passages: Sequence[Passage], name: str = ""
) -> list[AnalyzedPassage]:
    """A document's passages with their terms in its language, those of ``name`` in the context."""
    analyze = Analyzer().analyze
    named = dict.fromkeys(analyze(name, document.language))
    headers = table_headers(document.parsed)
    inputs = (encoder_input(document, passage, headers) for passage in passages)
    return [
        AnalyzedPassage(
            passage,
            seen,
            encoding_key(*seen),
            _with_name(analyze(seen.context, document.language), named),
            [analyze(seen.text[a:b], document.language) for a, b in seen.sentences],
        )
        for passage, seen in zip(passages, inputs, strict=True)
    ]


def _with_name(context: list[str], named: Iterable[str]) -> list[str]:
    return [*(term for term in named if term not in context), *context]


def encoder_input(
    document: Document, passage: Passage, headers: Sequence[TableHeader] = ()
) -> EncoderInput:
    """A passage as the encoder sees it; ``headers`` are those of the document's tables."""
    start, parsed = passage.start, document.parsed
    above = context_of(parsed.title, heading_path(parsed.headings, passage.heading))
    header = header_above(headers, start)
    return EncoderInput(
        f"{above} - {header}" if above and header else above or header,
        document.text[start : passage.end],
        tuple(Span(first - start, last - start) for first, last in passage.sentences),
    )
