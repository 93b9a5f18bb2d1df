"""Makes XHTML readable as HTML."""

import re

from qa_index.formats.html.elements import words

_TAG = re.compile(r"<([a-zA-Z][^\s<>/\"']*)([^<>\"']*(?:\"[^\"<]*\"[^<>\"']*|'[^'<]*'[^<>\"']*)*)>")
_VOID = words(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
    "track wbr"
)


def is_xhtml(markup: str) -> bool:
    """Whether a page begins as XML does."""
    return markup[:100].lstrip().startswith("<?xml")


def close_empty_elements(markup: str) -> str:
    """Write ``<a id="x"/>`` as ``<a id="x"></a>``: in HTML the slash means nothing."""

    def closed(found: re.Match[str]) -> str:
        tag, rest = found.groups()
        if not rest.endswith("/") or tag.lower() in _VOID:
            return found[0]
        return f"<{tag}{rest[:-1]}></{tag}>"

    return _TAG.sub(closed, markup) if "/>" in markup else markup
