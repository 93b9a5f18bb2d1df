"""Pictures of pages: how fine they are, and how they are compared."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from PIL.Image import Image

RESOLUTION = 150
"""Usual dots per inch."""


def difference(one: bytes, other: bytes) -> int | None:
    """The most by which two PNG files of one size differ in a pixel, from 0 to 255.

    ``None`` if ``one`` cannot be decoded. It may be a stranger's, so this belongs into a worker
    process.
    """
    from PIL import ImageChops

    expected = _decoded(other)
    try:
        picture = _decoded(one)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error):
        return None
    # Of a picture in colour: the least and the most of each channel.
    extrema = cast(Sequence[tuple[int, int]], ImageChops.difference(picture, expected).getextrema())
    return max(most for _, most in extrema)


def _decoded(data: bytes) -> "Image":
    from PIL import Image

    return Image.open(BytesIO(data), formats=["PNG"]).convert("RGB")
