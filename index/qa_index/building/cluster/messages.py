"""What travels between the command and the workers, as plain values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from qa_index.building.encode import ToEncode
from qa_index.building.prepare import Outcome, Prepared
from qa_index.collection.records import StoredDocument
from qa_index.collection.writing import NewDocument, NewPassage
from qa_index.encoding import EncoderInput
from qa_index.records import KINDS, Span
from qa_index.sources.plan import PlannedFile, SkippedFile, Unparsed
from qa_index.vectors import Encoded, Quantised

Plain = Any
"""Strings, bytes, numbers and arrays, ``None``, and tuples, lists and dicts of them."""


class Job(NamedTuple):
    """What a build asks of all documents."""

    model: str
    """Its name and fingerprint: see ``ModelDescription``."""
    sha256: str
    language: str | None
    """Of all documents, ``None`` to detect each one's."""
    ocr: str
    """How pictures are recognised: see ``Recognition``."""
    ocr_languages: str
    recogniser: str
    """The program that the command's machine has for it: see ``Recognition.identity``."""
    remedy: str
    """What is to be done there so that they are recognised: see ``Recognition.remedy``."""


def file_to_plain(file: PlannedFile) -> Plain:
    """A file to be prepared."""
    return tuple(file._replace(file=str(file.file)))  # type: ignore[arg-type]


def file_from_plain(plain: Plain) -> PlannedFile:
    """The inverse of ``file_to_plain``."""
    file = PlannedFile(*plain)
    return file._replace(file=Path(file.file))


def outcome_to_plain(outcome: Outcome) -> Plain:
    """What became of a file."""
    match outcome:
        case SkippedFile():
            return ("skipped", *outcome)
        case Unparsed():
            return ("unparsed", *outcome)
    record, text, passages, words = outcome.document
    contexts = [each.input.context for each in outcome.passages]
    packed = list(map(_passage_to_plain, passages))
    return ("prepared", record.to_json(), text, sorted(words), packed, contexts)


def outcome_from_plain(plain: Plain) -> Outcome:
    """The inverse of ``outcome_to_plain``."""
    kind, *rest = plain
    if kind == "skipped":
        return SkippedFile(*rest)
    if kind == "unparsed":
        return Unparsed(*rest)
    record, text, words, packed, contexts = rest
    passages = list(map(_passage_from_plain, packed))
    inputs = [
        ToEncode(own.key, EncoderInput(context, text[own.start : own.end], _spans(own)))
        for own, context in zip(passages, contexts, strict=True)
    ]
    return Prepared(NewDocument(StoredDocument.from_json(record), text, passages, words), inputs)


def _passage_to_plain(own: NewPassage) -> Plain:
    return (
        own.id,
        own.key,
        own.start,
        own.end,
        own.sentences.tobytes(),  # smaller and faster to send than many small arrays
        own.sentence_terms.tobytes(),
        own.hashes.tobytes(),
        dict(own.frequencies),
        own.context_terms,
        own.heading,
        own.first_line,
        own.last_line,
        KINDS.index(own.kind),
        own.heading_sentences,
    )


def _passage_from_plain(plain: Plain) -> NewPassage:
    id_, key, start, end, sentences, sentence_terms, hashes, frequencies, *numbers = plain
    context_terms, heading, first_line, last_line, kind, heading_sentences = numbers
    return NewPassage(
        id=id_,
        key=key,
        start=start,
        end=end,
        sentences=np.frombuffer(sentences, dtype="<i4").reshape(-1, 2),
        sentence_terms=np.frombuffer(sentence_terms, dtype="<i4"),
        hashes=np.frombuffer(hashes, dtype="<u4"),
        frequencies=frequencies,
        context_terms=context_terms,
        heading=heading,
        first_line=first_line,
        last_line=last_line,
        kind=KINDS[kind],
        heading_sentences=heading_sentences,
    )


def _spans(own: NewPassage) -> tuple[Span, ...]:
    return tuple(Span(first, last) for first, last in own.sentences.tolist())


def batch_to_plain(batch: Sequence[EncoderInput]) -> Plain:
    """Passages to be encoded."""
    return [
        (each.context, each.text, [tuple(sentence) for sentence in each.sentences])
        for each in batch
    ]


def batch_from_plain(plain: Plain) -> list[EncoderInput]:
    """The inverse of ``batch_to_plain``."""
    return [
        EncoderInput(context, text, tuple(Span(*sentence) for sentence in sentences))
        for context, text, sentences in plain
    ]


def encoded_to_plain(encoded: Encoded) -> Plain:
    """The vectors of a batch."""
    return (encoded.passages, encoded.sentences.codes, encoded.sentences.scales)


def encoded_from_plain(plain: Plain) -> Encoded:
    """The inverse of ``encoded_to_plain``; the arrays cannot be written."""
    passages, codes, scales = plain
    return Encoded(passages, Quantised(codes, scales))
