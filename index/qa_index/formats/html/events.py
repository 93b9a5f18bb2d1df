"""Walks a page as a stream of events: tags and text, properly nested."""

from typing import Protocol

Attributes = tuple[tuple[str, str | None], ...]
"""Names in lower case and values; ``None`` for an attribute without value."""


class Handler(Protocol):
    """Receives what a page holds, in order. Every start has an end, void elements too."""

    def start_element(self, tag: str, attrs: Attributes, /) -> None:
        """A start tag, or one that is implied."""

    def end_element(self, tag: str, /) -> None:
        """The end of the innermost element that is open."""

    def characters(self, data: str, /) -> None:
        """Text, with references replaced."""


def walk(markup: str, handler: Handler) -> None:
    """Send the events of a page to ``handler``, as the HTML standard builds its tree.

    Where turbohtml cannot be imported, the standard library's parser is used. It gives the same
    for pages without errors.
    """
    try:
        from turbohtml import saxparse
    except ImportError:
        from qa_index.formats.html.fallback import walk_by_standard_library

        walk_by_standard_library(markup, handler)
        return

    class Adapter(saxparse.SaxHandler):
        start_element = staticmethod(handler.start_element)  # type: ignore[assignment]
        end_element = staticmethod(handler.end_element)  # type: ignore[assignment]
        characters = staticmethod(handler.characters)  # type: ignore[assignment]

    saxparse.sax_parse(markup, Adapter())
