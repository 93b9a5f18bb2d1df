"""Parsers: worker processes that parse files."""

import logging
import os
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Condition
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from qa_index import formats
from qa_index.formats import HEAD_BYTES, Format, PicturesOnly, UnreadableSource
from qa_index.formats.format import NAME
from qa_index.formats.pictures import RESOLUTION
from qa_index.parsing.limits import MAX_PICTURE_BYTES, Limits
from qa_index.parsing.messages import (
    Header,
    InvalidMessage,
    pack,
    pages_in,
    reason_in,
    unpack,
    unpack_places,
)
from qa_index.parsing.process import Worker, WorkerDied, WorkerOutOfMemory
from qa_index.parsing.recognition import Recognition
from qa_index.records import PICTURE_ONLY, Mark, Parsed, Place, Span

if TYPE_CHECKING:
    from qa_index.formats.ocr import Recogniser

Result = TypeVar("Result")
Read = Callable[[Header, bytes], Result]
"""Makes the result of an answer; raises ``InvalidMessage``."""

_log = logging.getLogger(__name__)

_MANY_PICTURES = 20
"""Pages to be recognised from which that is announced: it takes more than half a minute."""
_PNG = b"\x89PNG\r\n\x1a\n"


class ParsersClosed(Exception):
    """The parsers were closed during the call."""


class Parsers:
    """At most ``jobs`` worker processes, which threads share. Close it, or use it in ``with``.

    A process starts when it is needed and is kept for the next file.
    """

    def __init__(self, *, jobs: int = 1, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._crew = _Crew(jobs, self._limits)
        self._end = weakref.finalize(self, self._crew.close)

    def __enter__(self) -> "Parsers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill all processes. Calls in progress raise ``ParsersClosed``."""
        self._end()

    def parse(self, data: bytes, *, name: str, recognition: Recognition | None = None) -> Parsed:
        """Text and structure of a file, whatever its suffix.

        Without ``recognition``, or if its program is missing, pages that are pictures are gaps.
        Raises ``UnreadableSource``, also if the file exceeds a limit or kills its parser.
        """
        found = formats.choose(name, data[:HEAD_BYTES], named=True)
        if found.is_text:
            return formats.parse(data, name=name)
        call = {"call": "parse", "name": name}
        written: Parsed | None = None
        # Most files have no pictures, and those that have may then take as long as these need.
        try:
            parsed = written = self._ask(unpack, found, call, data)
            pictures = parsed.pictures
        except PicturesOnly as error:
            if recognition is None or recognition.recogniser is None:
                raise
            pictures = error.pages
        if pictures and recognition and recognition.recogniser:
            if pictures >= _MANY_PICTURES:
                _log.info("%s: text is recognised on %d pages that are pictures", name, pictures)
            recogniser = recognition.recogniser
            try:
                parsed = self._ask(
                    unpack, found, call, data, recogniser=recogniser, pictures=pictures
                )
            except ParserKilled:
                raise
            except UnreadableSource as error:
                if written is None:
                    raise
                parsed = _without_pictures(written, recogniser, error)
        return replace(parsed, format=found.name, version=found.version)

    def locate(
        self,
        data: bytes,
        parsed: Parsed,
        spans: Sequence[Span],
        format_name: str,
        *,
        recognition: Recognition | None = None,
    ) -> list[tuple[Place, ...]]:
        """The places of each span of ``parsed.text``; none if they are not known.

        ``parsed`` is what the format ``format_name``, in its present version and with this
        ``recognition``, makes of ``data``; it may lack blocks, headings and tables. Pages that are
        pictures are recognised again. Raises like ``parse``.
        """
        found = formats.format_called(format_name)
        if found.locate is None or not spans:
            return [() for _ in spans]
        if found.is_text:
            return found.locate(data, parsed, spans)
        bare = replace(parsed, blocks=(), headings=(), tables=(), gaps=())
        packed, *parts = pack(bare)
        size = sum(map(len, parts))
        call = {"call": "locate", **packed, "document": size, "spans": list(spans)}
        pictures = {
            unit.number
            for unit in parsed.units
            if unit.recognised
            and any(span.start < unit.end and unit.start < span.end for span in spans)
        }
        return self._ask(
            lambda _, told: unpack_places(told, len(spans)), found, call, *parts, data,
            recogniser=recognition.recogniser if recognition and pictures else None,
            pictures=len(pictures),
        )  # fmt: skip

    def render(
        self,
        data: bytes,
        page: int,
        marks: Sequence[Mark],
        format_name: str,
        *,
        dots_per_inch: int = RESOLUTION,
    ) -> bytes:
        """Page ``page``, counted from 1, as a PNG file, with the places marked.

        Raises ``UnreadableSource`` if the format has no pictures or the page cannot be drawn.
        """
        found = formats.format_called(format_name)
        if found.render is None:
            raise UnreadableSource(f"{format_name} files have no pictures of pages")
        if found.is_text:
            return found.render(data, page, marks, dots_per_inch=dots_per_inch)
        call = {"call": "render", "page": page, "marks": list(marks)}
        return self._ask(_picture, found, {**call, "dots_per_inch": dots_per_inch}, data)

    def drawn_by(self, data: bytes, page: int, format_name: str) -> str:
        """What decides how ``render`` draws a page, see ``DrawnBy``; empty if it is not known.

        Raises like ``render``.
        """
        found = formats.format_called(format_name)
        if found.drawn_by is None:
            return ""
        if found.is_text:
            return found.drawn_by(data, page)
        return self._ask(_name, found, {"call": "drawn_by", "page": page}, data)

    def difference(self, one: bytes, other: bytes, format_name: str) -> int | None:
        """The most by which two pictures of one size differ in a pixel, from 0 to 255.

        ``None`` if the first cannot be decoded. Raises ``UnreadableSource`` if they cannot be
        compared, as where that exceeds a limit.
        """
        found = formats.format_called(format_name)
        return self._ask(_difference, found, {"call": "compare", "first": len(one)}, one, other)

    def _ask(
        self,
        read: Read[Result],
        found: Format,
        call: Header,
        *parts: bytes,
        recogniser: "Recogniser | None" = None,
        pictures: int = 0,
    ) -> Result:
        """Ask for ``call``; ``pictures`` are pages that the ``recogniser`` reads."""
        header = {**call, "format": found.name, "recogniser": recogniser}
        seconds = self._limits.seconds_for(
            sum(map(len, parts)), pictures=pictures if recogniser else 0
        )
        return self._crew.ask(read, header, *parts, seconds=seconds)


def _without_pictures(written: Parsed, recogniser: "Recogniser", error: UnreadableSource) -> Parsed:
    """The text of the other pages, with the reason why none was recognised."""
    gaps = [
        gap._replace(reason=f"{PICTURE_ONLY}; {error}") if gap.reason == PICTURE_ONLY else gap
        for gap in written.gaps
    ]
    return replace(written, gaps=tuple(gaps), recognition=str(recogniser))


def _picture(_: Header, data: bytes) -> bytes:
    if not data.startswith(_PNG) or len(data) > MAX_PICTURE_BYTES:
        raise InvalidMessage("it is no picture")
    return data


def _name(header: Header, _: bytes) -> str:
    name = header.get("name")
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise InvalidMessage("it is no name")
    return name


def _difference(header: Header, _: bytes) -> int | None:
    most = header.get("most")
    if most is None and "most" in header:
        return None
    if type(most) is not int or not 0 <= most <= 255:
        raise InvalidMessage("it is no difference of pixels")
    return most


class ParserKilled(UnreadableSource):
    """A parser was killed from outside, twice, which may be no fault of its file."""


class _Crew:
    """The processes. Separate from ``Parsers``, so that they end when nothing refers to that."""

    def __init__(self, jobs: int, limits: Limits) -> None:
        self._limits = limits
        self._owner = os.getpid()
        self._free_places = jobs
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False
        self._changed = Condition()

    def ask(self, read: Read[Result], header: Header, *parts: bytes, seconds: float) -> Result:
        """Ask the next free worker, and read its answer. Raises ``UnreadableSource``."""
        try:
            return self._ask(self._take(), read, header, *parts, seconds=seconds)
        except (WorkerDied, WorkerOutOfMemory):
            # Perhaps because of what an earlier file left behind, or what other processes do.
            return self._ask(
                self._take(fresh=True), read, header, *parts, seconds=seconds, again=True
            )

    def _ask(
        self,
        worker: Worker,
        read: Read[Result],
        header: Header,
        *parts: bytes,
        seconds: float,
        again: bool = False,
    ) -> Result:
        is_fresh = not worker.files
        try:
            answer, data = worker.ask(header, *parts, seconds=seconds)
            if answer.get("answer") == "unreadable":
                raise UnreadableSource(reason_in(answer))
            if answer.get("answer") == "pictures":
                raise PicturesOnly(reason_in(answer), pages_in(answer))
            return read(answer, data)
        except InvalidMessage:
            worker.stop()
            raise UnreadableSource("its parser gave no valid answer") from None
        except WorkerDied as death:
            if self._closed:
                raise ParsersClosed from None
            if not is_fresh or (death.was_killed and not again):
                raise
            unreadable = ParserKilled if death.was_killed else UnreadableSource
            raise unreadable(f"its parser died on it ({death})") from None
        except WorkerOutOfMemory:
            if not is_fresh:
                raise
            limit = f"{self._limits.memory / (1 << 30):.3g} GiB"
            raise UnreadableSource(f"reading it took more than {limit} of memory") from None
        finally:
            self._give_back(worker)

    def _take(self, *, fresh: bool = False) -> Worker:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._free_places)
            if self._closed:
                raise ParsersClosed
            worker = self._idle.pop() if self._idle else None
            if worker is not None and (fresh or not worker.is_usable()):
                worker.close()
                worker = None
            worker = worker or Worker(self._limits)
            self._free_places -= 1
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._busy.discard(worker)
            self._free_places += 1
            if worker.is_usable() and not self._closed:
                self._idle.append(worker)
            else:
                worker.close()
            self._changed.notify()

    def close(self) -> None:
        if os.getpid() != self._owner:  # a fork: they are the parent's
            return
        with self._changed:
            self._closed = True
            for worker in self._busy:
                worker.stop()  # its thread then gives it back
            while self._idle:
                self._idle.pop().close()
            self._changed.notify_all()
