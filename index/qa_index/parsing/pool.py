"""Parsers: worker processes that parse files."""

from collections.abc import Sequence

from qa_index import formats
from qa_index.records import Parsed, Place, Rectangle, Span


class Parsers:
    """At most ``jobs`` worker processes; threads share them. Close it, or use it in ``with``."""

    def __init__(self, *, jobs: int = 1) -> None:
        self._jobs = jobs

    def parse(self, data: bytes, *, name: str) -> Parsed:
        """Text and structure of a file, whatever its suffix.

        Raises ``UnreadableSource``, also if the file exceeds a limit or kills its parser.
        """
        return formats.parse(data, name=name)

    def locate(
        self, data: bytes, parsed: Parsed, spans: Sequence[Span], format_name: str
    ) -> list[tuple[Place, ...]]:
        """The places of each span of ``parsed.text``; none if they are not known.

        ``parsed`` is what the format ``format_name``, in its present version, makes of ``data``; it
        may lack blocks, headings and tables. Raises like ``parse``.
        """
        found = formats.format_called(format_name).locate
        return found(data, parsed, spans) if found else [() for _ in spans]

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
        found = formats.format_called(format_name).render
        if found is None:
            raise formats.UnreadableSource(f"{format_name} has no pictures of pages")
        return found(data, page, marked, dots_per_inch=dots_per_inch)
