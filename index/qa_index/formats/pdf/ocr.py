"""Optical character recognition by Tesseract, if the system has it.

Tesseract runs as a process of its own and reads a picture of a page.
"""

import shutil
import subprocess
from typing import NamedTuple

_LONGEST = 120
"""Seconds for one page."""
_WORD = 5
"""Level of words in Tesseract's table."""


class Word(NamedTuple):
    """A recognised word and its place on the picture, in pixels from the upper left."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    line: int
    """Words with the same number stand on one line; numbers grow in order of reading."""
    confidence: float
    """From 0 to 100."""


class OcrUnavailable(Exception):
    """Tesseract is missing or failed; the message says which."""


def is_available() -> bool:
    """Whether the system has Tesseract."""
    return shutil.which("tesseract") is not None


def recognise(picture: bytes, *, dots_per_inch: int, languages: str = "eng") -> list[Word]:
    """The words on a picture of a page, in order of reading.

    ``picture`` is a PNG file; ``languages`` are Tesseract's names, joined by ``+``. Raises
    ``OcrUnavailable``.
    """
    command = ["tesseract", "stdin", "stdout", "--dpi", str(dots_per_inch), "-l", languages, "tsv"]
    try:
        done = subprocess.run(
            command, input=picture, capture_output=True, check=True, timeout=_LONGEST
        )
    except FileNotFoundError:
        raise OcrUnavailable("tesseract is not installed") from None
    except subprocess.TimeoutExpired:
        raise OcrUnavailable(f"tesseract took longer than {_LONGEST} seconds") from None
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OcrUnavailable(f"tesseract failed: {told[-1] if told else 'no reason'}") from None
    return _words(done.stdout.decode("utf-8", "replace"))


def _words(table: str) -> list[Word]:
    """The rows of Tesseract's table that are words."""
    words: list[Word] = []
    lines: dict[tuple[str, ...], int] = {}
    for row in table.splitlines()[1:]:
        level, *number, left, top, width, height, confidence, text = row.split("\t", 11)
        if int(level) == _WORD and text.strip():
            line = lines.setdefault(tuple(number[:-1]), len(lines))
            x, y = int(left), int(top)
            words.append(
                Word(text.strip(), x, y, x + int(width), y + int(height), line, float(confidence))
            )
    return words
