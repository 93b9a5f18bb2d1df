"""Saved answers, verified against the sources of an index."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from qa import inputs
from qa.annotations.citing import annotate_saved
from qa.annotations.reading import read_annotations
from qa.annotations.records import FoundAnnotations
from qa.checking.saved import verify_saved
from qa.checking.sources import Sources
from qa.checking.verified import VerifiedAnswers
from qa.session import kept
from qa.session.library import Pathlike, open
from qa.session.opened import Session
from qa_index.errors import IndexMissing, IndexProblem


def verify(
    answers: str, *, index: Pathlike | None = None, name: str = "the text"
) -> VerifiedAnswers:
    """Checks every quote of saved answers against the sources as they are now.

    The text is untrusted: it only opens files that an index lists, and those below the folder that
    relative paths start from. Paths that the index does not list are looked up in the indexes that
    ``open_indexed`` keeps. No model is loaded.

    Args:
        answers: Answers as ``Answer.to_dict`` gives them: one JSON object, or one per line.
        index: Folder of the index that was asked. By default the nearest ``.qa`` in this folder or
            above; without one, relative paths start from the working folder.
        name: Where the answers come from, for messages.

    Raises:
        InputError: The text holds something other than answers.
        IndexProblem: The index is damaged or incompatible; or it was named, and there is none.
    """
    answers = inputs.text(answers, "answers")
    with ExitStack() as opened:
        session, sources, others = sources_now(index, opened)
        checked = tuple(verify_saved(answers, name, sources=sources, kept=others))
    return VerifiedAnswers(checked, sources.root, None if session is None else session.folder)


def sources_now(
    index: Pathlike | None, opened: ExitStack
) -> tuple[Session | None, Sources, Iterator[Sources]]:
    """A session on the index, if there is one, its sources, and those of kept indexes.

    ``opened`` closes them. ``index``, and what it raises: see ``verify``.
    """
    session = _session(index)
    if session is None:
        return None, Sources(Path.cwd()), _kept(opened)
    there = opened.enter_context(session).index
    return session, Sources(there.root, lambda: there), _kept(opened)


def annotate_answers(
    answers: str, *, index: Pathlike | None = None, name: str = "the text"
) -> dict[str, Any]:
    """The citations of saved answers and lists as a W3C ``AnnotationCollection``: see ``Answer``.

    The text around the quotes is that of the index, as far as it still holds their sources; without
    an index there is none. Arguments and errors are those of ``verify``.
    """
    answers = inputs.text(answers, "answers")
    with ExitStack() as opened:
        return annotate_saved(answers, name, sources_now(index, opened)[1])


def find_annotations(
    text: str, *, index: Pathlike | None = None, name: str = "the text"
) -> FoundAnnotations:
    """Where the texts of annotations stand in the indexed documents.

    The text is untrusted: only files of the index are opened, and no address is fetched. No model
    is loaded.

    Args:
        text: Web Annotations of any program; see ``read_annotations``.
        index: Folder of the index. By default the nearest ``.qa`` in this folder or above, then the
            one that ``open_indexed`` kept last.
        name: Where the annotations come from, for messages.

    Raises:
        InputError: The text holds something other than annotations.
        IndexProblem: The index is missing, damaged or incompatible.
    """
    targets = read_annotations(inputs.text(text, "text"), name)
    session = _session(index)
    if session is None:
        last = kept.last()
        session = open(last) if last is not None else open(index)
    with session:
        return session.find_annotations(targets)


def _session(index: Pathlike | None) -> Session | None:
    """A session on the index; ``None`` if none is named and none is found."""
    try:
        return open(index)
    except IndexMissing:
        if index is not None:
            raise
        return None


def _kept(opened: ExitStack) -> Iterator[Sources]:
    """The sources of the indexes that ``open_indexed`` keeps; ``opened`` closes them."""
    for folder in kept.all_kept():
        with suppress(IndexProblem):
            index = opened.enter_context(Session(folder)).index
            yield Sources(index.root, lambda index=index: index)  # type: ignore[misc]
