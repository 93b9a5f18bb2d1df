"""Writes question sets, passage by passage."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import qa_eval
from qa import inputs
from qa.measuring.errors import public_errors
from qa.measuring.passages import candidates_of_files, candidates_of_index
from qa.session.library import DEFAULT_INDEX, Pathlike
from qa.session.opened import Session


class Labelled(NamedTuple):
    """What a labelling session wrote."""

    questions: int
    """Number of questions in the set, those of earlier sessions included."""
    written: int
    """Number of new ones."""


def label(
    sources: Session | Sequence[Pathlike] | Pathlike,
    to: Pathlike,
    *,
    into: Pathlike = DEFAULT_INDEX,
    seed: int = 0,
    read: Callable[[str], str] = input,
    write: Callable[[str], object] = print,
    width: int = 80,
) -> Labelled:
    """Shows passages, asks for questions about them, and marks where they are answered.

    Each question is saved before the next prompt. A later call goes on where this one stopped.

    Args:
        sources: A session, for the passages of its index; or files and folders. They need no index.
        to: The question set to write or continue, in JSON Lines.
        into: With files and folders: the index that they will be asked in, which decides how a
            label names them.
        seed: Random seed of the order of passages.
        read: Called with a prompt, returns a line; raises ``EOFError`` to stop.
        write: Called with each text to show.
        width: Columns that texts are wrapped to.

    Raises:
        QuestionSetError: ``to`` holds no question set.
        NothingToIndex: There is no text in the files and folders.
        InputError: A path does not exist, or a file cannot be written.
    """
    seed = inputs.whole_number(seed, "seed", least=0)
    output = inputs.path(to, "to")
    if isinstance(sources, Session):
        candidates = list(candidates_of_index(sources.index))
    else:
        candidates = candidates_of_files(
            inputs.paths(sources, "sources"), inputs.path(into, "into")
        )
    with public_errors():
        session = qa_eval.LabelSession(candidates, output, seed=seed)
        try:
            written = qa_eval.label(session, read=read, write=write, width=width)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"what was written is in {to}") from None
    return Labelled(len(session.questions), written)
