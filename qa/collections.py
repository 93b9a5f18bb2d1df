"""Collections that come with their questions, such as BEIR's: indexed once, in the user's cache."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import qa_eval
from qa_index import language, readers
from qa_index.assembly import Assembler
from qa_index.building import commit, split, splitter_settings
from qa_index.documents import BlockKind, Document, Passage, Reading, Span
from qa_index.encoding import Encoder
from qa_index.encoding.cache import cache_folder
from qa_index.errors import IndexProblem
from qa_index.generations import GenerationWriter, writing
from qa_index.sentences import sentences
from qa_index.stored import StoredIndex

OnProgress = Callable[[int, int], None]
"""Called with the bytes of text done so far, and in all."""


def index_collection(
    documents: Iterable[qa_eval.Document],
    *,
    encoder: Encoder,
    whole: bool = False,
    on_progress: OnProgress | None = None,
) -> StoredIndex:
    """The index of a collection: found by its content's hash, or made.

    ``whole`` takes each document as one passage, as published figures do; otherwise documents are
    split as files are.
    """
    ordered = sorted(documents, key=lambda document: document.id)
    folder = cache_folder() / "collections" / _key(ordered, encoder, whole=whole)
    try:
        return StoredIndex(folder)
    except IndexProblem:
        pass
    total = done = sum(len(document.text.encode()) for document in ordered)
    done = 0

    def add(size: int) -> None:
        nonlocal done
        done = min(done + size, total)
        if on_progress:
            on_progress(done, total)

    with writing(folder), GenerationWriter(folder) as writer:
        assembler = Assembler(writer, encoder=encoder, previous=None, on_bytes=add)
        for document in ordered:
            reading = _reading(document)
            assembler.add(
                Document(
                    path=document.id,
                    reading=reading,
                    sha256=hashlib.sha256(document.text.encode()).hexdigest(),
                    size=len(document.text.encode()),
                    mtime_ns=0,
                    language=language.detect(document.text),
                ),
                _whole(reading) if whole else split(reading, encoder),
            )
        commit(writer, assembler, encoder=encoder, splitter=splitter_settings(encoder))
    return StoredIndex(folder)


def _key(documents: Sequence[qa_eval.Document], encoder: Encoder, *, whole: bool) -> str:
    digest = hashlib.sha256(f"{encoder.description.sha256} {whole}".encode())
    digest.update(repr(sorted(splitter_settings(encoder).items())).encode())
    for document in documents:
        for part in document:
            digest.update(f"{len(part)} {part}".encode())
    return digest.hexdigest()[:32]


def _reading(document: qa_eval.Document) -> Reading:
    """The text as it is; the title is the collection's, not one that is guessed."""
    reading = readers.read(document.text.encode(), name="document.txt")
    return replace(reading, title=document.title)


def _whole(reading: Reading) -> list[Passage]:
    found = sentences(reading.text, 0, len(reading.text))
    if not found:
        return []
    return [
        Passage(
            start=found[0].start,
            end=found[-1].end,
            sentences=tuple(Span(*span) for span in found),
            heading=-1,
            kind=BlockKind.PROSE,
            first_line=1,
            last_line=1,
        )
    ]
