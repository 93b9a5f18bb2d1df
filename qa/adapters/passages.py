"""What the adapters share: an index that is opened when it is needed, and its passages."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike, fspath
from typing import Any

import qa

Index = str | PathLike[str] | qa.Session | None


class Unanswered(StrEnum):
    """What is returned when the sources do not answer."""

    EMPTY = "empty"
    """Nothing: right or silent."""
    NEAREST = "nearest"
    """The nearest passages. Their metadata say that they do not answer."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A quote with its citation, in no framework's terms."""

    id: str
    quote: str
    score: float
    """What it is ranked by, of a list its probability; never higher than that of the one before."""
    metadata: dict[str, Any]
    """``Citation.to_dict()``, and besides ``location`` and what ``told`` says of the answer."""


_NOT_OF_LISTS = ("k", "min_confidence")
"""Options that have no meaning for every passage: all are returned that reach ``least``."""


class OpenIndex:
    """An index opened for the first question; safe to share between threads.

    A copy, also one that was pickled, opens its folder again.
    """

    def __init__(self, index: Index = None) -> None:
        """``index`` is a folder, an open session, or ``None`` for the nearest ``.qa`` upwards.

        Raises ``InputError`` for anything else.
        """
        if not isinstance(index, str | PathLike | qa.Session | None):
            raise qa.InputError(f"index must be a path or a session, not {index!r}")
        self._given = fspath(index) if isinstance(index, PathLike) else index
        self._opened: qa.Session | None = None
        self._opening = threading.Lock()

    @property
    def name(self) -> str | None:
        """The folder as it was given; ``None`` if one is to be found."""
        return str(self._given.folder) if isinstance(self._given, qa.Session) else self._given

    def __repr__(self) -> str:
        return repr(self.name)

    def __reduce__(self) -> tuple[type["OpenIndex"], tuple[str | None]]:
        return OpenIndex, (self.name,)

    def session(self) -> qa.Session:
        """The session, opened if there is none. Raises an ``IndexProblem``."""
        if isinstance(self._given, qa.Session):
            return self._given
        with self._opening:
            if self._opened is None:
                self._opened = qa.open(self._given)
            return self._opened

    def close(self) -> None:
        """Releases the index, unless a session was given. A further question opens it again."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def ask(self, question: str, options: dict[str, Any]) -> qa.Answer | qa.PassageList:
        """The answer of ``Session.ask`` with these options, or with ``least`` the list of
        ``Session.ask_all``. Raises as they do.

        The filter may be the object of ``Filter.to_dict``, which frameworks can write to a file.
        """
        options = dict(options)
        wanted, least = options.get("filter"), options.pop("least", None)
        if isinstance(wanted, Mapping):
            options["filter"] = qa.Filter.from_dict(wanted)
        if least is None:
            return self.session().ask(question, **options)
        some = {name: value for name, value in options.items() if name not in _NOT_OF_LISTS}
        return self.session().ask_all(question, least=least, **some)

    async def ask_async(self, question: str, options: dict[str, Any]) -> qa.Answer | qa.PassageList:
        """The same in a thread, so that the event loop goes on."""
        return await asyncio.to_thread(self.ask, question, options)


def known_options() -> list[str]:
    """The options that can hold for every question of a retriever."""
    from qa.adapters.options import RetrieverOptions

    return [name for name in RetrieverOptions.__annotations__ if name != "after"]


def checked(options: Mapping[str, object]) -> dict[str, Any]:
    """The options, if they are known ones. Raises ``InputError``."""
    known = known_options()
    for name in options:
        if name not in known:
            raise qa.InputError(f"there is no option {name}; there are {', '.join(known)}")
    return dict(options)


def passages(answer: qa.Answer | qa.PassageList, unanswered: Unanswered) -> list[Passage]:
    """The passages to return, best first. Of a list, each has its ``probability``."""
    if isinstance(answer, qa.PassageList):
        return [
            _passage(each.citation, each.probability, each.to_dict(), told(answer))
            for each in answer.passages
        ]
    if not answer.answered and unanswered is Unanswered.EMPTY:
        return []
    return [
        _passage(each, each.scores.fused, each.to_dict(), told(answer)) for each in answer.citations
    ]


def _passage(
    citation: qa.Citation, score: float, written: dict[str, Any], answer: dict[str, Any]
) -> Passage:
    return Passage(
        id=citation.id,
        quote=citation.quote,
        score=score,
        metadata={
            **written,
            "location": citation.location,
            "answer": answer,  # one each: frameworks add to what they hold
        },
    )


def told(answer: qa.Answer | qa.PassageList) -> dict[str, Any]:
    """What an answer or a list says besides its citations, as JSON types."""
    left_out = {"schema", "citations", "timing_ms"}
    return {name: value for name, value in answer.to_dict().items() if name not in left_out}


def unanswered_of(value: str) -> Unanswered:
    """What a value of the option ``unanswered`` means. Raises ``InputError``."""
    try:
        return Unanswered(value)
    except ValueError:
        names = ", ".join(Unanswered)
        raise qa.InputError(f"unanswered must be one of {names}, not {value!r}") from None


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Names the extra to install where the import of a framework fails."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or name).split(".")[0]
        raise ImportError(
            f"{missing} is missing; install it with: pip install 'grounded-qa[{name}]'"
        ) from error
