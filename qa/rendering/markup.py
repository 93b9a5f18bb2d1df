"""HTML in which text is escaped by construction, for notebooks."""

import re
from html import escape

from qa.rendering.characters import visible


class Markup(str):
    """Markup that is already escaped; made only by ``element`` and ``text``."""

    __slots__ = ()


def element(name: str, /, *children: str, style: str | None = None, **others: str) -> Markup:
    """``<name style others>children</name>``; children that are no ``Markup`` are escaped.

    A trailing underscore of an attribute's name is dropped; an empty value leaves the name alone.
    """
    attributes = {**({} if style is None else {"style": style}), **others}
    written = "".join(
        f' {key.rstrip("_")}="{escape(value)}"' if value else f" {key.rstrip('_')}"
        for key, value in attributes.items()
    )
    inside = "".join(each if isinstance(each, Markup) else text(each) for each in children)
    return Markup(f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{inside}</{name}>")


_VOID = frozenset({"br", "img"})

_BREAKS = re.compile("(\r\n|\r|\n)")


def text(written: str) -> Markup:
    """Any text, with its line breaks and with its other control characters made visible.

    Notebooks typeset what stands between two ``$`` as a formula, but not across an element.
    """
    lines = ("\n" if _BREAKS.fullmatch(part) else visible(part) for part in _BREAKS.split(written))
    return Markup(escape("".join(lines)).replace("$", "<span>$</span>"))
