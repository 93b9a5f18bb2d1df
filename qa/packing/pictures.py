"""Draws the pages of a pack's pictures again, where the source is at hand, and compares them."""

import struct
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from operator import gt, lt
from typing import NamedTuple

from qa.checking.locating import Marked
from qa.checking.verification import Verification
from qa.errors import StaleSource
from qa.packing.budget import Budget
from qa.packing.checked import PictureInPack, PictureVerdict
from qa.packing.collecting import FINEST, Numbered, pages_of
from qa.packing.containers import Parts
from qa.packing.records import PackedPicture
from qa_index import parsing
from qa_index.formats import UnreadableSource
from qa_index.formats.pictures import RESOLUTION

TOLERANCE = 24
"""Most by which a pixel may differ, of 255, where another version of the renderer drew the page.

Of 47 pages drawn by PDFium 126 and 159, 9 were the same, 37 differed by 10 at most, and a rotated
one by 166. Another digit in a word of 7 points differs by 188 at least; pale yellow beside white,
by 59.
"""

MOST_PICTURES = 20
"""Of a quote; passages are mostly on one page or two."""
MOST_SECONDS = 900
"""Of one verification, for all pictures."""
_MOST_TRIES = 5
"""Resolutions at which a page is drawn. They suffice for pages from 50 points on."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = slice(16, 29)
"""Of a PNG file that was drawn: the content of its first chunk."""


class _Found(NamedTuple):
    verdict: PictureVerdict
    detail: str


class _Stopped(Exception):
    """The page was not drawn in the shape of the picture; the message says why."""


_NOT_DRAWN = (StaleSource, UnreadableSource, _Stopped)


class Comparison:
    """Compares the pictures of one pack. What was found is kept for a picture that comes again."""

    def __init__(self) -> None:
        self._found: dict[Hashable, _Found] = {}
        self._budget = Budget(MOST_SECONDS)

    def compared(
        self,
        each: Numbered,
        checked: Verification,
        packed: tuple[PackedPicture, ...],
        parts: Parts,
    ) -> Iterator[PictureInPack]:
        """The pictures of a quote beside its pages as they are drawn now.

        A damaged picture is left out: the pack is not intact then.
        """
        there = [picture for picture in packed if picture.part in parts]
        pages, reason = None, "its source is not here as it was cited"
        if there and checked.stands and not checked.source_changed:
            try:
                with self._limited():
                    pages, reason = pages_of(each, checked), ""
            except _NOT_DRAWN as error:
                reason = str(error)
        for number, picture in enumerate(there):
            verdict, detail = PictureVerdict.NOT_DRAWN, reason
            if not reason and number >= MOST_PICTURES:
                detail = f"only {MOST_PICTURES} pictures of a quote are compared"
            elif not reason:
                try:
                    verdict, detail = self._compare(parts[picture.part], picture, pages)
                except _NOT_DRAWN as error:
                    detail = str(error)
            yield PictureInPack(picture.page, picture.part, verdict, detail)

    def _compare(self, packed: bytes, picture: PackedPicture, pages: Marked | None) -> _Found:
        """Raises one of ``_NOT_DRAWN`` if the page cannot be drawn."""
        if pages is None:
            return _Found(PictureVerdict.DIFFERS, "its source has no pages that could be drawn")
        source, marks = pages.source, tuple(pages.marks.get(picture.page, ()))
        key = (source.sha256, source.format, picture.page, marks, picture.drawn_by, packed)
        if key not in self._found:
            self._found[key] = self._beside(packed, picture, pages)
        return self._found[key]

    def _beside(self, packed: bytes, picture: PackedPicture, pages: Marked) -> _Found:
        shape = _shape(packed)
        if shape is None:
            return _Found(PictureVerdict.DIFFERS, "it is no picture as `qa pack` makes them")
        if picture.page not in pages.marks:
            return _other(f"the quote is not on page {picture.page} of its source", picture, pages)
        drawn = self._drawn(shape, picture.page, pages)
        if drawn is None:
            return _other("it has another shape than the page", picture, pages)
        most = parsing.difference(packed, drawn, str(pages.source.format))
        if most is None:
            return _Found(PictureVerdict.DIFFERS, "it cannot be decoded")
        if most > TOLERANCE:
            return _other(f"a pixel differs by {most} of 255 from the page", picture, pages)
        if most:
            told = f"it shows the page; no pixel differs by more than {most} of 255"
            return _Found(PictureVerdict.CLOSE, told)
        return _Found(PictureVerdict.SAME, "it shows the page, pixel by pixel")

    def _drawn(self, shape: bytes, page: int, pages: Marked) -> bytes | None:
        """The page in a shape; ``None`` if no resolution gives it.

        Neither side gets shorter with more dots per inch, so a resolution is bracketed.
        """
        wanted = _size(shape)
        low, high, dots = 0, FINEST + 1, RESOLUTION
        for _ in range(_MOST_TRIES):
            with self._limited():
                drawn = pages.drawn(page, dots)
            if drawn[_HEADER] == shape:
                return drawn
            size = _size(drawn[_HEADER])
            smaller = any(map(lt, size, wanted))
            if smaller == any(map(gt, size, wanted)):
                return None
            low, high = (dots, high) if smaller else (low, dots)
            guess = round(dots * max(wanted) / max(size))
            # Rounded sides of small pages make the first guess rough.
            if high - low == 1 or guess > 2 * FINEST:
                return None
            dots = min(max(guess, low + 1), high - 1)
        raise _Stopped(f"its resolution was not found in {_MOST_TRIES} tries")

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Counts the time that reading and drawing take; raises ``_Stopped``."""
        if self._budget.is_spent:
            raise _Stopped(f"comparing the pictures took more than {MOST_SECONDS // 60} minutes")
        with self._budget.spending():
            yield


def _other(told: str, picture: PackedPicture, pages: Marked) -> _Found:
    """It differs if it was drawn by what draws here; by anything else, that tells nothing."""
    now = pages.drawn_by(picture.page)
    if now and now == picture.drawn_by:
        return _Found(PictureVerdict.DIFFERS, told)
    before = picture.drawn_by or "an unknown version"
    here = now or "an unknown version"
    return _Found(
        PictureVerdict.NOT_COMPARABLE, f"{told}, but it was drawn by {before}, here by {here}"
    )


def _size(shape: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = struct.unpack_from(">II", shape)
    return width, height


def _shape(picture: bytes) -> bytes | None:
    """The header of a PNG file: size, colours, interlacing.

    ``None`` if it has anything that a drawn page has not, such as a second frame, which a browser
    might show instead, or bytes after its end.
    """
    if not picture.startswith(_SIGNATURE):
        return None
    at, header, names = len(_SIGNATURE), b"", []
    while at + 12 <= len(picture):
        size, name = struct.unpack_from(">I4s", picture, at)
        header = header or picture[at + 8 : at + 8 + size]
        names.append(name)
        at += 12 + size
    shown = names[:1] == [b"IHDR"] and names[-1:] == [b"IEND"] and set(names[1:-1]) == {b"IDAT"}
    return header if shown and at == len(picture) and len(header) == 13 else None
