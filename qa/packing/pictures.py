"""Draws the pages of a pack's pictures again, where the source is at hand, and compares them."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from qa.checking.verification import Verification
from qa.errors import StaleSource
from qa.packing.checked import PictureInPack, PictureVerdict
from qa.packing.collecting import Numbered, draw
from qa.packing.containers import Parts
from qa.packing.records import PackedPicture
from qa_index import parsing
from qa_index.formats import UnreadableSource

TOLERANCE = 24
"""Most by which a pixel may differ, of 255, where another version of the renderer drew the page.

Of 47 pages drawn by PDFium 126 and 159, 9 were the same, 37 differed by 10 at most, and a rotated
one by 166. Another digit in a word of 7 points differs by 188 at least; pale yellow beside white,
by 59.
"""

RESOLUTION = 150
"""Dots per inch that are tried first, as ``pack`` draws."""
_FINEST = 2400

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def compared(
    each: Numbered,
    checked: Verification,
    packed: tuple[PackedPicture, ...],
    parts: Parts,
) -> Iterator[PictureInPack]:
    """The pictures of a quote beside its pages as they are drawn now.

    A damaged picture is left out: the pack is not intact then.
    """
    for picture in packed:
        if picture.part not in parts:
            continue
        verdict, detail = PictureVerdict.NOT_DRAWN, "its source is not here as it was cited"
        if checked.stands and not checked.source_changed:
            try:
                verdict, detail = _beside(parts[picture.part], picture.page, each, checked)
            except (StaleSource, UnreadableSource) as error:
                detail = str(error)
        yield PictureInPack(picture.page, picture.part, verdict, detail)


class _Found(NamedTuple):
    verdict: PictureVerdict
    detail: str


def _beside(packed: bytes, page: int, each: Numbered, checked: Verification) -> _Found:
    """Raises ``StaleSource`` or ``UnreadableSource`` if the page cannot be drawn."""
    drawn = draw(each, checked, RESOLUTION).get(page)
    if drawn is None:
        return _Found(PictureVerdict.DIFFERS, f"the quote is not on page {page} of its source")
    shape = _shape(packed)
    if shape is None:
        return _Found(PictureVerdict.DIFFERS, "it is no picture as `qa pack` makes them")
    for dots_per_inch in _resolutions(shape, drawn):
        try:
            drawn = draw(each, checked, dots_per_inch)[page]
        except (StaleSource, KeyError):  # too large to be drawn
            break
        if _shape(drawn) == shape:
            break
    if packed == drawn:
        return _Found(PictureVerdict.SAME, "it shows the page, pixel by pixel")
    if _shape(drawn) != shape:
        return _Found(PictureVerdict.DIFFERS, "it has another shape than the page")
    try:
        most = parsing.difference(packed, drawn, str(each.owned.claim.format))
    except UnreadableSource:
        return _Found(PictureVerdict.DIFFERS, "it cannot be decoded")
    if most > TOLERANCE:
        told = f"it shows something else than the page; a pixel differs by {most} of 255"
        return _Found(PictureVerdict.DIFFERS, told)
    if most:
        told = f"it shows the page; no pixel differs by more than {most} of 255"
        return _Found(PictureVerdict.CLOSE, told)
    return _Found(PictureVerdict.SAME, "it shows the page, pixel by pixel")


def _resolutions(shape: bytes, drawn: bytes) -> Iterator[int]:
    """Resolutions at which a page may have been drawn, if not at the usual one."""
    known = _shape(drawn)
    if known is None or known == shape:
        return
    (width,), (usual,) = (struct.unpack(">I", each[:4]) for each in (shape, known))
    about = round(RESOLUTION * width / usual)
    yield from (each for each in (about, about - 1, about + 1) if 0 < each <= _FINEST)


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
