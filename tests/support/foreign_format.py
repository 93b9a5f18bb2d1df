"""A format of another package, which does what the file says: it hangs, dies, lies and so on."""

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_index.formats import registry

_MODULE = """
import os, signal, socket, subprocess, sys, time
from qa_index.formats import Format, UnreadableSource
from qa_index.records import *

_seen = []

def plain(text, **parts):
    block = (Block(BlockKind.PROSE, 0, len(text)),) if text else ()
    return Parsed(text=text, media_type="x/y", title="t", blocks=block, headings=(), encoding="",
                  **parts)

def parse(data, *, name):
    _seen.append(name)
    word, _, rest = data.decode().partition(" ")
    if word == "hang":
        while True:
            pass
    if word == "sleep":
        time.sleep(float(rest))
        return plain("slept")
    if word == "die":
        os.kill(os.getpid(), int(rest))
    if word == "die-once" and not os.path.exists(rest):
        os.mkdir(rest)
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "leave":
        os._exit(7)
    if word == "die-if-second" and len(_seen) > 1:
        os.abort()
    if word == "memory":
        bytearray(1 << 40)
    if word == "slowly":
        kept = []
        while True:
            kept.append(bytes(1 << 20))
    if word == "if-there" and not os.path.exists(rest):
        raise UnreadableSource("it is not there")
    if word == "refuse":
        raise UnreadableSource("it is encrypted;\\n save a copy without password")
    if word == "raise":
        raise ValueError("odd \\x1b[31m thing")
    if word == "deep":
        return parse(data, name=name)
    if word == "connect":
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    if word == "write":
        open(rest, "wb", buffering=0).write(b"x")
    if word == "print":
        print("noise" * 10000); sys.stdout.flush(); os.write(1, b"noise"); os.write(2, b"noise")
    if word == "environment":
        return plain(" ".join([os.getcwd(), *sorted(os.environ)]))
    if word == "surrogate":
        return plain("a\\ud800b")
    if word == "pages":
        return plain("p", units=(Unit(UnitKind.PAGE, 10**9, "", 0, 1),))
    if word == "characters":
        return plain("x" * 100_000_001)
    if word == "lie":
        from qa_index.parsing import worker
        honest = worker.send
        worker.send = lambda stream, header, *parts: honest(
            stream, {**header, "text": 3, "blocks": 10**9}, b"abc")
    if word == "flood":
        from qa_index.parsing import worker
        def send(stream, header, *parts):
            while True:
                stream.write(b"\\xff" * 1_000_000)
        worker.send = send
    if word == "pid":
        return plain(str(os.getpid()))
    return plain(data.decode())

def locate(data, parsed, spans):
    if data == b"die":
        os.abort()
    return [(Rectangle(1, start, 0, end, 1.5), Cells("S", parsed.text[start:end]), Fragment("#a"))
            for start, end in spans]

def render(data, page, marks, *, dots_per_inch):
    if data == b"junk":
        return b"GIF89a"
    return b"\\x89PNG\\r\\n\\x1a\\n" + repr((page, marks, dots_per_inch)).encode()

FORMAT = Format(name="foreign", version=3, suffixes=frozenset({".foreign"}), parse=parse,
                check=lambda head: None, is_text=False, locate=locate, render=render)
"""


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """While this lasts, files named ``.foreign`` have that format, as if it were installed."""
    (folder / "foreign_format.py").write_text(textwrap.dedent(_MODULE))
    metadata = folder / "foreign_format-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign-format\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        f"[{registry.ENTRY_POINTS}]\nforeign = foreign_format:FORMAT\n"
    )
    sys.path.insert(0, str(folder))
    _forget()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("foreign_format", None)
        _forget()


def _forget() -> None:
    registry._entry_points.cache_clear()
    registry._added.cache_clear()
