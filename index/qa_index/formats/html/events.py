"""The events of a page: tags and text, properly nested."""

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
