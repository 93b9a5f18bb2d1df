"""Compares pictures of pages."""

from io import BytesIO


def difference(one: bytes, other: bytes) -> int:
    """The most by which two PNG files of one size differ in a pixel, from 0 to 255.

    Decodes them, so strangers' files belong into a worker process.
    """
    from PIL import Image, ImageChops

    pictures = (Image.open(BytesIO(each), formats=["PNG"]).convert("RGB") for each in (one, other))
    return max(ImageChops.difference(*pictures).tobytes())
