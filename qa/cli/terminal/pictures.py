"""Writes pictures of pages with a quote marked."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa import InputError

if TYPE_CHECKING:
    from qa import Excerpt, Span

_SUFFIX = ".png"


def write_pictures(
    excerpt: "Excerpt", evidence: "Sequence[Span]", answer: "Span | None", to: str
) -> dict[int, Path]:
    """A PNG file for each page that the excerpt is on, by page number.

    One page is written to the path ``to``; several to paths with the page's number: ``out-4.png``,
    ``out-5.png``. The excerpt is marked, ``evidence`` more strongly, and ``answer`` is underlined.

    Raises ``InputError`` if the document has no pages, ``StaleSource`` if the file changed.
    """
    path = Path(to)
    if path.suffix.lower() != _SUFFIX:
        raise InputError(f"{to} is no name for a picture; it must end with {_SUFFIX}")
    pictures = excerpt.pictures(evidence, answer)
    if not pictures:
        raise InputError(
            f"{excerpt.source.path} has no pages to show; `qa show --open` opens the file"
        )
    written = {}
    for page, picture in pictures.items():
        name = path if len(pictures) == 1 else path.with_stem(f"{path.stem}-{page}")
        try:
            name.write_bytes(picture)
        except OSError as error:
            raise InputError(f"cannot write {name}: {error.strerror}") from None
        written[page] = name
    return written
