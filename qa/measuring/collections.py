"""Collections that come with questions, such as BEIR's: indexed once, in the user's cache.

collections/
  3f9c….lock     held while the index of that name is built
  3f9c…/         an ordinary index, named after the hash of everything it depends on
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import qa_eval
from qa.answering.answerer import Answerer
from qa.measuring.sets import Corpus
from qa_index import formats
from qa_index.building.encode import EncodeStep, LocalExecutor
from qa_index.building.prepare import prepared, split, splitter_settings
from qa_index.building.write import Assembler
from qa_index.collection.local import disk
from qa_index.collection.local.generations import CURRENT, writing
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.local.writer import LocalWriter
from qa_index.collection.manifest import FORMAT, BuildSettings
from qa_index.encoding import Encoder
from qa_index.encoding.cache import cache_folder
from qa_index.encoding.models import DEFAULT_MODEL
from qa_index.encoding.opening import open_encoder
from qa_index.errors import IndexNotWritable, IndexProblem
from qa_index.formats.lines import lines_of
from qa_index.records import Block, BlockKind, Document, Parsed, Passage, Span
from qa_index.splitting.sentences import sentences
from qa_index.terms import language
from qa_index.terms.analyzer import Analyzer
from qa_index.version import tool_version

OnProgress = Callable[[int, int], None]
"""Called with the bytes of text done so far and the total."""


def open_corpus(
    corpus: Corpus, *, offline: bool = False, on_progress: OnProgress | None = None
) -> Answerer:
    """An answerer of the documents that come with a question set, indexed first if necessary.

    The index is kept in the user's cache, so only the first call is slow. ``offline`` looks for the
    model on this machine only; ``on_progress`` is called with the bytes of text done and in all.

    Raises ``QuestionSetError``, ``ModelUnavailable`` or ``IndexNotWritable``.
    """
    encoder = open_encoder(corpus.model or DEFAULT_MODEL, offline=offline)
    index = index_collection(
        corpus.location.documents(),
        encoder=encoder,
        whole=corpus.whole,
        forced_language=corpus.language,
        on_progress=on_progress,
    )
    return Answerer(index, lambda: encoder)


def index_collection(
    documents: Iterable[qa_eval.Document],
    *,
    encoder: Encoder,
    whole: bool = False,
    forced_language: str | None = None,
    on_progress: OnProgress | None = None,
) -> StoredIndex:
    """The index of a collection, looked up by the hash of its content, or built.

    ``whole`` makes each document one passage, as published figures do; otherwise documents are
    split as files are. ``forced_language`` is that of all documents; by default each one's is
    detected. Several processes may ask for the same collection: one builds it, the others wait. A
    damaged index is built again, and incomplete builds are removed.

    Raises ``IndexNotWritable`` if the cache cannot be written.
    """
    ordered = sorted(map(_encodable, documents), key=lambda document: document.id)
    key = _key(ordered, encoder, whole=whole, forced_language=forced_language)
    folder = cache_folder() / "collections" / key
    found = _sound(folder)
    if found is not None:
        return found
    try:
        with _making(folder):
            found = _sound(folder)  # another process may have built it in the meantime
            if found is None:
                _make(folder, ordered, encoder, whole, forced_language, on_progress)
                found = StoredIndex(folder)
            return found
    except OSError as error:
        raise IndexNotWritable(
            f"cannot write {error.filename or folder}: {error.strerror or error}; "
            "set QA_CACHE to a folder that can be written"
        ) from error


def _sound(folder: Path) -> StoredIndex | None:
    """The index in ``folder`` if there is one and all its checksums match.

    Every byte is checked, at memory speed, since damage found later could not be repaired.
    """
    try:
        index = StoredIndex(folder)
        index.reader.check_all()
    except IndexProblem:
        return None
    return index


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    """Holds the collection's lock, and removes what stopped builds of other processes left
    behind."""
    from filelock import FileLock, Timeout

    disk.make_folder(folder.parent)
    with FileLock(f"{folder}.lock"):
        for other in folder.parent.iterdir():
            if other == folder or not other.is_dir() or (other / CURRENT).exists():
                continue
            try:
                with FileLock(f"{other}.lock").acquire(timeout=0):
                    disk.remove(other)
            except Timeout:  # it is being built right now
                pass
        yield


def _make(
    folder: Path,
    documents: Sequence[qa_eval.Document],
    encoder: Encoder,
    whole: bool,
    forced_language: str | None,
    on_progress: OnProgress | None,
) -> None:
    total = sum(len(document.text.encode()) for document in documents)
    done = 0

    def add(size: int) -> None:
        nonlocal done
        done = min(done + size, total)
        if on_progress:
            on_progress(done, total)

    dimension = encoder.description.dimension
    encode = EncodeStep(LocalExecutor(encoder), dimension=dimension, on_bytes=add)
    with writing(folder), LocalWriter(folder, dimension=dimension) as writer:
        assembler = Assembler(writer, encode=encode)
        for document in documents:
            raw = document.text.encode()
            parsed = _parsed(document, structured=not whole)
            read = Document(
                path=document.id,
                parsed=parsed,
                sha256=hashlib.sha256(raw).hexdigest(),
                size=len(raw),
                mtime_ns=0,
                language=forced_language or language.detect(document.text),
            )
            passages = _whole(parsed) if whole else split(parsed, encoder)
            assembler.add(prepared(read, passages))
        assembler.finish()
        writer.commit(
            BuildSettings(encoder.description, splitter_settings(encoder), forced_language)
        )


def _key(
    documents: Sequence[qa_eval.Document],
    encoder: Encoder,
    *,
    whole: bool,
    forced_language: str | None,
) -> str:
    """A hash of everything that the index depends on: the documents and all settings."""
    made_with = (
        FORMAT,
        formats.built_in()["text"].version,
        tool_version(),
        Analyzer().version,
        encoder.description.sha256,
        sorted(splitter_settings(encoder).items()),
        whole,
        forced_language,
    )
    digest = hashlib.sha256(repr(made_with).encode())
    for document in documents:
        for part in document:
            raw = part.encode()
            digest.update(f" {len(raw)} ".encode() + raw)
    return digest.hexdigest()[:32]


def _parsed(document: qa_eval.Document, *, structured: bool) -> Parsed:
    """The document as the text format parses it, with the collection's title."""
    if structured:
        try:
            parsed = formats.parse(document.text.encode(), name="document.txt")
            return replace(parsed, title=document.title)
        except formats.UnreadableSource:
            pass  # it was given as text, even if it looks like binary data
    return Parsed(
        text=document.text,
        media_type="text/plain",
        title=document.title,
        blocks=(Block(BlockKind.PROSE, 0, len(document.text)),) if document.text.strip() else (),
        headings=(),
        encoding="utf-8",
    )


def _whole(parsed: Parsed) -> list[Passage]:
    """One passage for the document; none if it has no words."""
    found = sentences(parsed.text, 0, len(parsed.text))
    if not found:
        return []
    start, end = found[0].start, found[-1].end
    return [
        Passage(
            start=start,
            end=end,
            sentences=tuple(Span(*span) for span in found),
            heading=-1,
            kind=BlockKind.PROSE,
            first_line=len(lines_of(parsed.text[:start])),
            last_line=len(lines_of(parsed.text[:end])),
        )
    ]


def _encodable(document: qa_eval.Document) -> qa_eval.Document:
    """The document with "?" for lone surrogates, which JSON can spell but no file can hold."""
    title, text = (
        part.encode("utf-8", "replace").decode() for part in (document.title, document.text)
    )
    return document._replace(title=title, text=text)
