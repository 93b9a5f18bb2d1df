"""An open session on an index, which follows new generations until it is closed."""

import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, Unpack

from qa.confidence import CALIBRATION
from qa.errors import IndexClosed
from qa.inputs import text

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable, Sequence

    from qa.annotations.records import AnnotationTarget, FoundAnnotations
    from qa.answering.answerer import Answerer, AskAllOptions, AskOptions
    from qa.answering.documents import IndexedDocument, TextWindow
    from qa.answering.excerpts import Excerpt
    from qa.answers import Answer
    from qa.checking.quotes.records import QuoteCheck
    from qa.checking.verified import VerifiedAnswers
    from qa.listings import PassageList
    from qa.status import State
    from qa_index.collection.index import Index
    from qa_index.collection.local.disk import FileState
    from qa_index.encoding import Encoder, ModelDescription
    from qa_index.records import Span


class Session:
    """An index opened for questions; safe to share between threads.

    Each question is answered from one generation: the live one when it is asked. A new generation
    is detected automatically, at the cost of two calls of ``stat`` per question. No model is loaded
    before the first question that needs one.

    ``close`` it, or use it as a context manager. Its files are released then, as soon as answers in
    progress are done.
    """

    def __init__(self, folder: "str | os.PathLike[str]", *, offline: bool = False) -> None:
        """Opens the live generation of the index ``folder``.

        ``offline`` looks for the model on this machine only. Raises an ``IndexProblem``.
        """
        from qa.session import kept
        from qa_index.collection.engines import engine_of
        from qa_index.collection.names import absolute
        from qa_index.sources import touched

        self.folder = absolute(folder)
        """Of the index."""
        self._changing = threading.Lock()
        self._refreshing = threading.Lock()
        self._engine = engine_of(self.folder)
        self._lease = kept.hold(self.folder)
        # An index in the cache does not lie beside its sources: paths are relative to here.
        self._base = Path.cwd() if kept.is_kept(self.folder) else None
        self._index: Index | None = None
        self._answerer: Answerer | None = None
        self._models = _Models(offline=offline)
        try:
            self._state = self._state_now()
            self._index = self._engine.open(base=self._base)
            self._hashed = touched.load(self.folder, self._index.root)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        index = self._index
        if index is None:
            return f"<Session of {self.folder}: closed>"
        counts = index.manifest.counts
        return (
            f"<Session of {self.folder}: {counts.documents:,} documents, "
            f"{counts.passages:,} passages>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, question: str, **options: Unpack["AskOptions"]) -> "Answer":
        """The passages that answer ``question``; same options and errors as ``Answerer.ask``.

        Raises ``IndexClosed`` after ``close``, and an ``IndexProblem`` where a new generation
        cannot be opened.
        """
        return self.pinned().ask(question, **options)

    def ask_all(self, question: str, **options: Unpack["AskAllOptions"]) -> "PassageList":
        """Every passage that answers ``question``; same options and errors as
        ``Answerer.ask_all``.

        Raises ``IndexClosed`` after ``close``, and an ``IndexProblem`` where a new generation
        cannot be opened.
        """
        return self.pinned().ask_all(question, **options)

    def verify_quote(
        self, quote: str, *, source: str | None = None, within: "Sequence[str]" = ()
    ) -> "QuoteCheck":
        """Whether the indexed documents hold a quote that somebody wrote, and where.

        It is looked up in the text of all documents, as it was when they were indexed. ``source``
        names the one that it is said to be from: a path as stored or as seen from the working
        folder, the name of a file alone, or a folder. ``within`` restricts all of it to files and
        folders, named as stored. No model is loaded.

        Raises:
            InputError: The quote is no text or longer than 100,000 characters.
            UnknownCitation: No document is called ``source``.
            IndexProblem: A new generation cannot be opened.
        """
        from qa import inputs
        from qa.checking.quotes.looking_up import look_up
        from qa_index.sources.filters import lies_in

        inputs.text(quote, "the quote")
        if source is not None:
            inputs.text(source, "source")
        self.refresh()
        index = self.index
        paths = enumerate(index.paths_and_rows[0]) if within else ()
        among = frozenset(number for number, path in paths if lies_in(path, within))
        return look_up(index, quote, source=source, among=among if within else None)

    def excerpt(self, name: str, *, sentences: int = 3, within: "Sequence[str]" = ()) -> "Excerpt":
        """A passage of the live generation with up to ``sentences`` sentences on either side.

        ``name`` is a citation's id, ``PATH:START-END`` in code points as in a citation's span, or
        ``PATH:LINE``. ``within`` are files and folders that it has to be in, named as stored.
        Raises ``UnknownCitation`` for one that the index does not hold.
        """
        from qa.answering.excerpts import excerpt_of

        self.refresh()
        return excerpt_of(self.index, name, sentences=sentences, within=within)

    def document(self, sha256: str, *, within: "Sequence[str]" = ()) -> "IndexedDocument":
        """A document of the live generation, by the SHA-256 of its file as in ``Source``.

        ``within``, and what it raises: see ``excerpt``.
        """
        from qa.answering.documents import document_of

        self.refresh()
        return document_of(self.index, text(sha256, "sha256"), within=within)

    def window(
        self,
        sha256: str,
        *,
        citation: str | None = None,
        span: "Span | None" = None,
        within: "Sequence[str]" = (),
    ) -> "TextWindow":
        """The text of a document around a passage, its part ``span``, or else its beginning.

        ``citation`` is the id of a citation from this document. At most 50,000 characters.
        ``within``, and what it raises: see ``excerpt``.
        """
        from qa.answering.documents import window_of

        self.refresh()
        sha256 = text(sha256, "sha256")
        return window_of(self.index, sha256, citation=citation, span=span, within=within)

    def verify(
        self, answers: str, *, within: "Sequence[str]" = (), most: int | None = None
    ) -> "VerifiedAnswers":
        """Checks every quote of saved answers, as ``qa.verify`` does, against this index alone.

        Only files that the index lists are opened, and of these only those in or below ``within``
        if it is given. ``answers`` are one JSON object of schema ``qa.answer/1``, or one per line,
        with at most ``most`` citations. Raises ``InputError``.
        """
        from qa.checking.saved import verify_saved
        from qa.checking.sources import Sources
        from qa.checking.verified import VerifiedAnswers

        self.refresh()
        index = self.index
        sources = Sources(index.root, lambda: index, within=within)
        found = verify_saved(
            text(answers, "answers"), "the text", sources=sources, only_indexed=True, most=most
        )
        return VerifiedAnswers(tuple(found), index.root, self.folder)

    def annotation(
        self, citation: str, *, part: "Span | None" = None, within: "Sequence[str]" = ()
    ) -> dict[str, Any]:
        """The passage with a citation's id as a W3C Web Annotation, as ``Citation.to_annotation``.

        ``part`` is a span of the source inside the passage. ``within``, and what it raises: see
        ``excerpt``; also ``InputError`` for a part that is not inside.
        """
        from qa.answering.excerpts import excerpt_of
        from qa.places import SourceSpan

        self.refresh()
        found = excerpt_of(self.index, citation, sentences=0, within=within)
        return found.to_annotation(None if part is None else SourceSpan(*part))

    def find_annotations(
        self, annotations: "Sequence[AnnotationTarget]", *, within: "Sequence[str]" = ()
    ) -> "FoundAnnotations":
        """Where the texts of annotations stand in the indexed documents.

        A file with the SHA-256 that an annotation tells is read again; otherwise its text is sought
        in all documents, as they were when they were indexed. Only files of the index are opened,
        and of these only those in or below ``within`` if it is given. No model is loaded.

        ``annotations`` are those of ``read_annotations``. Raises an ``IndexProblem``.
        """
        from qa.annotations.finding import AnnotationFinder
        from qa.annotations.records import FoundAnnotations

        self.refresh()
        finder = AnnotationFinder(self.index, within=within)
        return FoundAnnotations(tuple(map(finder.find, annotations)), self.folder)

    def state(self, *, deep: bool = False, documents: bool = False) -> "State":
        """What the live generation holds, and whether its sources have changed since.

        ``deep`` reads every byte of the index and checks it; ``documents`` lists the documents.
        Raises an ``IndexProblem``, such as ``IndexDamaged``.
        """
        from qa.status import state_of

        self.refresh()
        return state_of(self.index, deep=deep, documents=documents)

    def pinned(self) -> "Answerer":
        """An answerer that stays with the generation live now."""
        self.refresh()
        with self._changing:
            return self._current()

    def _current(self) -> "Answerer":
        if self._answerer is None:
            from functools import partial

            from qa.answering.answerer import Answerer

            index = self._opened()
            open_encoder = partial(self._models.encoder_of, index.manifest.model)
            self._answerer = Answerer(index, open_encoder, hashed=self._hashed)
        return self._answerer

    @property
    def index(self) -> "Index":
        """The open generation, for reading; ``refresh`` may open another."""
        with self._changing:
            return self._opened()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._index is None

    def refresh(self) -> bool:
        """Opens the live generation if it has changed; returns True if it has.

        Answers in progress stay with the generation that they started with. A calibration that was
        fitted or removed in the meantime is applied too. Raises an ``IndexProblem``.
        """
        # Outside ``_changing``: a server that does not answer must not keep ``close`` waiting.
        self._opened()
        if self._state_now() == self._state:
            return False
        with self._refreshing:
            state = self._state_now()
            changed = state.version != self._state.version
            index = self._engine.open(base=self._base) if changed else None
            with self._changing:
                self._opened()
                if index is not None:
                    self._index = index
                self._answerer = None
                self._state = state
            return changed

    def close(self) -> None:
        """Releases the index, the model, and idle connections to a server.

        Asking then raises ``IndexClosed``.
        """
        with self._changing:
            self._index = self._answerer = None
            self._models = _Models(offline=True)
            if self._lease is not None:
                self._lease.close()
                self._lease = None
        self._engine.close()

    def _state_now(self) -> "_State":
        from qa_index.collection.local.disk import file_state

        return _State(self._engine.version(), file_state(self.folder / CALIBRATION))

    def _opened(self) -> "Index":
        if self._index is None:
            raise IndexClosed(f"the index {self.folder} was closed; open it again with qa.open")
        return self._index


class _Models:
    """The model of a session, which nearly all generations share."""

    def __init__(self, *, offline: bool) -> None:
        self._offline = offline
        self._opening = threading.Lock()
        self._encoder: Encoder | None = None

    def encoder_of(self, model: "ModelDescription") -> "Encoder":
        """The encoder that an index names; raises as ``open_encoder`` does."""
        from qa_index.encoding.opening import open_encoder

        with self._opening:
            if self._encoder is None or self._encoder.description.sha256 != model.sha256:
                self._encoder = open_encoder(
                    model.name, expected_sha256=model.sha256, offline=self._offline
                )
            return self._encoder


class _State(NamedTuple):
    """What tells whether the next question needs something else opened."""

    version: "Hashable"
    """Of the engine: see ``Engine.version``."""
    calibration: "FileState | None"
