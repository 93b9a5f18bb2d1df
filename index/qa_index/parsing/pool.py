"""Parsers: worker processes that parse files."""

import os
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Condition
from types import TracebackType
from typing import TypeVar

from qa_index import formats
from qa_index.formats import HEAD_BYTES, Format, UnreadableSource
from qa_index.parsing.limits import MAX_PICTURE_BYTES, Limits
from qa_index.parsing.messages import Header, InvalidMessage, pack, reason_in, unpack, unpack_places
from qa_index.parsing.process import Worker, WorkerDied, WorkerOutOfMemory
from qa_index.records import Parsed, Place, Rectangle, Span

Result = TypeVar("Result")
Read = Callable[[Header, bytes], Result]
"""Makes the result of an answer; raises ``InvalidMessage``."""

_PNG = b"\x89PNG\r\n\x1a\n"


class ParsersClosed(Exception):
    """They were closed meanwhile."""


class Parsers:
    """At most ``jobs`` worker processes, which threads share. Close it, or use it in ``with``.

    A process starts when it is needed and is kept for the next file.
    """

    def __init__(self, *, jobs: int = 1, limits: Limits | None = None) -> None:
        self._crew = _Crew(jobs, limits or Limits())
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

    def parse(self, data: bytes, *, name: str) -> Parsed:
        """Text and structure of a file, whatever its suffix.

        Raises ``UnreadableSource``, also if the file exceeds a limit or kills its parser.
        """
        found = formats.choose(name, data[:HEAD_BYTES], named=True)
        if found.is_text:
            return formats.parse(data, name=name)
        parsed = self._ask(unpack, found, {"call": "parse", "name": name}, data)
        return replace(parsed, format=found.name, version=found.version)

    def locate(
        self, data: bytes, parsed: Parsed, spans: Sequence[Span], format_name: str
    ) -> list[tuple[Place, ...]]:
        """The places of each span of ``parsed.text``; none if they are not known.

        ``parsed`` is what the format ``format_name``, in its present version, makes of ``data``; it
        may lack blocks, headings and tables. Raises like ``parse``.
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
        return self._ask(lambda _, told: unpack_places(told, len(spans)), found, call, *parts, data)

    def render(
        self,
        data: bytes,
        page: int,
        marked: Sequence[Rectangle],
        format_name: str,
        *,
        dots_per_inch: int = 150,
    ) -> bytes:
        """Page ``page``, counted from 1, as a PNG file, with the rectangles highlighted.

        Raises ``UnreadableSource`` if the format has no pictures or the page cannot be drawn.
        """
        found = formats.format_called(format_name)
        if found.render is None:
            raise UnreadableSource(f"{format_name} files have no pictures of pages")
        if found.is_text:
            return found.render(data, page, marked, dots_per_inch=dots_per_inch)
        call = {"call": "render", "page": page, "marked": list(marked)}
        return self._ask(_picture, found, {**call, "dots_per_inch": dots_per_inch}, data)

    def _ask(self, read: Read[Result], found: Format, call: Header, *parts: bytes) -> Result:
        return self._crew.ask(read, {**call, "format": found.name}, *parts)


def _picture(_: Header, data: bytes) -> bytes:
    if not data.startswith(_PNG) or len(data) > MAX_PICTURE_BYTES:
        raise InvalidMessage("it is no picture")
    return data


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

    def ask(self, read: Read[Result], header: Header, *parts: bytes) -> Result:
        """Ask the next free worker, and read its answer. Raises ``UnreadableSource``."""
        try:
            return self._ask(self._take(), read, header, *parts)
        except (WorkerDied, WorkerOutOfMemory):
            # Perhaps of what an earlier file left behind, or of what other processes do.
            return self._ask(self._take(fresh=True), read, header, *parts, again=True)

    def _ask(
        self,
        worker: Worker,
        read: Read[Result],
        header: Header,
        *parts: bytes,
        again: bool = False,
    ) -> Result:
        is_fresh = not worker.files
        try:
            answer, data = worker.ask(header, *parts)
            if answer.get("answer") == "unreadable":
                raise UnreadableSource(reason_in(answer))
            return read(answer, data)
        except InvalidMessage:
            worker.stop()
            raise UnreadableSource("its parser gave no valid answer") from None
        except WorkerDied as death:
            if self._closed:
                raise ParsersClosed from None
            if not is_fresh or (death.was_killed and not again):
                raise
            raise UnreadableSource(f"its parser died on it ({death})") from None
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
