"""Optical character recognition by Tesseract, if the system has it.

Tesseract runs as a process of its own and reads a picture of a page.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FIRST_SECONDS = 60.0
SECONDS_PER_PAGE = 40.0
"""Time for the pages of one file, in addition to the first seconds. A page of text takes 1 to 8, a
dense table on a busy machine took 33."""
_LONGEST = 60.0
"""Seconds for one call, such as for a page full of noise."""
_MOST_FAILURES = 3
"""In a row; the other pages of the file are then not tried."""
_ASKED = 10.0
"""Seconds in which Tesseract says what it is."""
_PROGRAM = "tesseract"
_FIRST_LANGUAGE = "eng"
_MOST_LANGUAGES = 4
"""Installed languages that are all used: each costs time, and letters are mistaken for others."""
_NO_LANGUAGES = frozenset({"osd", "equ", "snum"})
"""Tesseract lists what finds the orientation, equations and digits as languages too."""
_LANGUAGES = re.compile(r"[A-Za-z_]{2,40}(?:/[A-Za-z_]{2,40})?(?:\+[A-Za-z_/]{2,80}){0,20}")
_IDENTITY = re.compile(rf"{_PROGRAM} (?P<version>\S{{1,60}}) (?P<languages>\S{{1,200}})")
_ROTATE = re.compile(r"^Rotate: (0|90|180|270)\s*$", re.MULTILINE)
_PROPERTY = re.compile(r"(\w+) ([^;]*)")


class OcrFailed(Exception):
    """Tesseract is missing or failed; the message says which."""


class Recogniser(NamedTuple):
    """Tesseract as it is installed."""

    version: str
    languages: str
    """Its names of them, joined by ``+``."""

    def __str__(self) -> str:
        """``tesseract 5.3.0 eng``: the same program reads the same picture in the same way."""
        return f"{_PROGRAM} {self.version} {self.languages}"

    @staticmethod
    def named(identity: str) -> "Recogniser | None":
        """The recogniser with this ``str``; ``None`` if it is not valid."""
        found = _IDENTITY.fullmatch(identity)
        if found is None or not are_languages(found["languages"]):
            return None
        return Recogniser(found["version"], found["languages"])


class Installed(NamedTuple):
    """What the system has."""

    version: str
    languages: tuple[str, ...]

    @property
    def usual_languages(self) -> str:
        """All of them, English first, or only the first if they are many."""
        ordered = sorted(self.languages, key=lambda each: (each != _FIRST_LANGUAGE, each))
        return "+".join(ordered if len(ordered) <= _MOST_LANGUAGES else ordered[:1])


class Word(NamedTuple):
    """A recognised word and its place on the picture, in pixels from the upper left."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: int
    """From 0 to 100."""


class ScannedLine(NamedTuple):
    """A recognised line."""

    words: tuple[Word, ...]
    size: float
    """Height from the lowest to the highest letters, in pixels."""
    baseline: tuple[float, float]
    """Its slope, and where it is at the left edge of the picture, in pixels from above."""
    paragraph: int
    """Lines with the same number belong together; numbers grow in order of reading."""
    is_sideways: bool
    """Whether it runs up or down."""


def are_languages(names: str) -> bool:
    """Whether ``names`` can be Tesseract's names of languages, joined by ``+``."""
    return _LANGUAGES.fullmatch(names) is not None


def installed() -> Installed | None:
    """Tesseract and its languages; ``None`` if the system has no Tesseract that works."""
    if shutil.which(_PROGRAM) is None:
        return None
    try:
        version = _told("--version").split(maxsplit=2)
        listed = _told("--list-langs").splitlines()[1:]
    except (OSError, subprocess.SubprocessError):
        return None
    # Models of whole scripts ("script/Latin") are slow, and used when they are named.
    names = {each for each in map(str.strip, listed) if are_languages(each) and "/" not in each}
    languages = tuple(sorted(names - _NO_LANGUAGES))
    if version[:1] != [_PROGRAM] or len(version) < 2 or not languages:
        return None
    return Installed(version[1], languages)


def _told(option: str) -> str:
    done = subprocess.run(
        [_PROGRAM, option], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=True, timeout=_ASKED,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


class Tesseract:
    """Recognises the pages of one file, in limited time."""

    def __init__(self, recogniser: Recogniser) -> None:
        self.languages = recogniser.languages
        """Tesseract's names, joined by ``+``."""
        self._seconds = FIRST_SECONDS
        self._failures = 0

    def begin_page(self) -> None:
        """Allow the time of another page."""
        self._seconds += SECONDS_PER_PAGE

    def recognise(self, picture: bytes, *, dots_per_inch: int) -> list[ScannedLine]:
        """The lines of text on a picture, such as a PGM or PNG file, in order of reading.

        Raises ``OcrFailed``.
        """
        options = ("-l", self.languages, "-c", "tessedit_create_hocr=1")
        return lines_of(self._run(picture, dots_per_inch, *options))

    def quarter_turns(self, picture: bytes, *, dots_per_inch: int) -> int:
        """How often a page has to be turned by 90 degrees clockwise to stand upright.

        0 if that is not known. Raises ``OcrFailed`` only if there is no time left.
        """
        failures = self._failures
        try:
            told = self._run(picture, dots_per_inch, "-l", "osd", "--psm", "0")
        except OcrFailed:
            # Too few letters are an error, and so is a system without the model for orientation.
            self._failures = failures
            return 0
        found = _ROTATE.search(told.decode("utf-8", "replace"))
        return int(found[1]) // 90 if found else 0

    def _run(self, picture: bytes, dots_per_inch: int, *options: str) -> bytes:
        if self._failures >= _MOST_FAILURES:
            raise OcrFailed(f"tesseract failed on {_MOST_FAILURES} pages before")
        seconds = min(_LONGEST, self._seconds)
        if seconds <= 0:
            raise OcrFailed("tesseract takes too long for the whole file")
        started = time.monotonic()
        try:
            done = subprocess.run(
                [_PROGRAM, "stdin", "stdout", "--dpi", str(dots_per_inch), *options],
                input=picture,
                capture_output=True,
                check=True,
                timeout=seconds,
                # Its threads are slower than one thread, and there is a process for each core.
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
        except FileNotFoundError:
            raise self._failed("tesseract is not installed") from None
        except subprocess.TimeoutExpired:
            raise self._failed(f"tesseract takes longer than {seconds:.0f} s") from None
        except subprocess.CalledProcessError as error:
            told = error.stderr.decode("utf-8", "replace").split("\n")
            reason = next(filter(None, map(str.strip, reversed(told))), "") or (
                f"exit code {error.returncode}"
            )
            raise self._failed(f"tesseract failed ({reason[:100]})") from None
        except OSError as error:
            raise self._failed(f"tesseract does not start ({error.strerror})") from None
        finally:
            self._seconds -= time.monotonic() - started
        self._failures = 0
        return done.stdout

    def _failed(self, reason: str) -> OcrFailed:
        self._failures += 1
        return OcrFailed(reason)


def lines_of(hocr: bytes) -> list[ScannedLine]:
    """The lines in Tesseract's output of the format hOCR; raises ``OcrFailed`` if it is none."""
    from xml.etree import ElementTree  # asking a question does not need it

    lines: list[ScannedLine] = []
    paragraph = 0
    try:
        for element in ElementTree.fromstring(hocr).iter():  # noqa: S314 - of Tesseract
            if element.get("class") == "ocr_par":
                paragraph += 1
            words = tuple(_words(element))
            if words:
                lines.append(_line(_properties(element), words, paragraph))
    except (ElementTree.ParseError, ValueError, LookupError):
        raise OcrFailed("tesseract gave no valid answer") from None
    return lines


def _words(line: "Element") -> list[Word]:
    """The words directly in an element: those of a line, which has several classes."""
    words = []
    for element in line:
        text = " ".join("".join(element.itertext()).split())
        if element.get("class") == "ocrx_word" and text:
            properties = _properties(element)
            confidence = int(properties["x_wconf"].split(".")[0])
            words.append(Word(text, *_box(properties), confidence))
    return words


def _line(properties: dict[str, str], words: Sequence[Word], paragraph: int) -> ScannedLine:
    left, top, _, bottom = _box(properties)
    slope, offset = map(float, properties.get("baseline", "0 0").split())
    return ScannedLine(
        tuple(words),
        float(properties.get("x_size", bottom - top)),
        (slope, bottom + offset - slope * left),
        paragraph,
        # Tesseract gives no baseline to lines that run up or down.
        is_sideways="baseline" not in properties,
    )


def _box(properties: dict[str, str]) -> tuple[int, int, int, int]:
    left, top, right, bottom = map(int, properties["bbox"].split())
    return left, top, right, bottom


def _properties(element: "Element") -> dict[str, str]:
    return dict(_PROPERTY.findall(element.get("title", "")))
