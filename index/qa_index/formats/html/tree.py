"""Sends the events of a page, by turbohtml or else the standard library."""

from qa_index.formats.html.events import Handler


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
