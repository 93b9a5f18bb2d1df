"""The worker process: parses what it is sent on stdin and answers on stdout, within limits."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Thread
from typing import Any, BinaryIO, cast

from qa_index import formats
from qa_index.formats import Format, PicturesOnly, UnreadableSource
from qa_index.formats.format import DrawnBy, Locate, Render
from qa_index.formats.pictures import difference
from qa_index.parsing.limits import limit_process, limit_processor
from qa_index.parsing.messages import MAX_REASON, Header, pack, pack_places, receive, send, unpack
from qa_index.records import Mark, MarkKind, Rectangle, Span

IDLE_SECONDS = 30.0
"""A worker that was idle for so long ends; another one takes 0.1 s to start."""

Answer = tuple[Header, tuple[bytes, ...]]


def main() -> None:
    """Serve until stdin ends."""
    requests = sys.stdin.buffer
    # Whatever a parser prints must not become part of an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_process(json.loads(sys.argv[1])["memory"])
    sys.addaudithook(_refuse_network)
    sys.dont_write_bytecode = True
    Thread(target=_end_with_parent, args=[requests.fileno()], daemon=True).start()
    send(answers, {"answer": "ready"})
    try:
        while _is_wanted(requests):
            header, data = receive(requests, trusted=True)
            limit_processor(header["seconds"])
            answer, parts = _answer(header, data)
            del data
            send(answers, answer, *parts)
            del parts
    except (EOFError, BrokenPipeError):
        pass
    finally:
        # Nothing to tidy up, and a parser may have left the interpreter in any state.
        os._exit(0)


def _is_wanted(requests: BinaryIO) -> bool:
    """Wait for a request; False if none comes."""
    if sys.platform == "win32":
        return True
    import select

    return bool(select.select([requests], [], [], IDLE_SECONDS)[0])


def _end_with_parent(requests: int) -> None:
    """End this process, and what it started, when the parent is gone, killed or not.

    Otherwise it would read its file to the end.
    """
    if sys.platform == "win32":
        return
    import select
    from signal import SIGKILL

    closed = select.poll()
    closed.register(requests, 0)  # reports only that nobody can write any more
    closed.poll()
    with suppress(ProcessLookupError):  # it leads no group of its own
        os.killpg(os.getpid(), SIGKILL)
    os._exit(0)


def _refuse_network(event: str, _: tuple[Any, ...]) -> None:
    """Second line of defence: no format needs a connection."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"}:
        raise PermissionError("parsers must not connect to anything")


def _answer(header: Header, data: bytes) -> Answer:
    try:
        return _CALLS[header["call"]](_format(header), header, data)
    except PicturesOnly as error:
        answer, _ = _refused("pictures", str(error))
        return {**answer, "pages": error.pages}, ()
    except UnreadableSource as error:
        return _refused("unreadable", str(error))
    except MemoryError:
        return _refused("memory", "")
    except RecursionError:
        return _refused("unreadable", "it is nested too deeply")
    except Exception as error:  # noqa: BLE001 - one file must not stop a build
        told = str(error) or type(error).__name__
        return _refused("unreadable", f"the format {header['format']} failed on it ({told})")


def _format(header: Header) -> Format:
    found = formats.format_called(header["format"])
    if header["recogniser"] and found.recognising:
        from qa_index.formats.ocr import Recogniser

        return found.recognising(Recogniser(*header["recogniser"]))
    return found


def _refused(kind: str, reason: str) -> Answer:
    return {"answer": kind, "reason": " ".join(reason.split())[:MAX_REASON]}, ()


def _parse(found: Format, header: Header, data: bytes) -> Answer:
    packed, *parts = pack(found.parse(data, name=header["name"]))
    return {"answer": "parsed", **packed}, tuple(parts)


def _locate(found: Format, header: Header, data: bytes) -> Answer:
    locate = cast(Locate, found.locate)
    size = header["document"]
    parsed = unpack(header, data[:size])
    parsed = replace(parsed, format=found.name, version=found.version)
    spans = [Span(*span) for span in header["spans"]]
    return {"answer": "places"}, (pack_places(locate(data[size:], parsed, spans)),)


def _render(found: Format, header: Header, data: bytes) -> Answer:
    render = cast(Render, found.render)
    marks = [Mark(MarkKind(kind), Rectangle(*place)) for kind, place in header["marks"]]
    dots = header["dots_per_inch"]
    picture = render(data, header["page"], marks, dots_per_inch=dots)
    return {"answer": "picture"}, (picture,)


def _drawn_by(found: Format, header: Header, data: bytes) -> Answer:
    drawn_by = cast(DrawnBy, found.drawn_by)
    return {"answer": "drawn_by", "name": drawn_by(data, header["page"])}, ()


def _compare(_: Format, header: Header, data: bytes) -> Answer:
    first = header["first"]
    return {"answer": "compared", "most": difference(data[:first], data[first:])}, ()


_CALLS: dict[str, Callable[[Format, Header, bytes], Answer]] = {
    "parse": _parse,
    "locate": _locate,
    "render": _render,
    "drawn_by": _drawn_by,
    "compare": _compare,
}

if __name__ == "__main__":
    main()
