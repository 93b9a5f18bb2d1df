"""HTML and SVG, escaped by construction: text is escaped unless ``element`` made it."""

from html import escape

from qa_eval.report.text import visible


class Markup(str):
    """Markup that is already escaped; made only by ``element``, ``join`` and our constants."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """``<name attributes>children</name>``.

    Underscores in attribute names become hyphens; a trailing one is dropped. ``None`` omits an
    attribute. Numbers, which are coordinates, are rounded to hundredths.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Concatenate children, escaping plain text."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(visible(child), quote=False)
            for child in children
        )
    )


_VOID = frozenset({"input", "meta", "br", "img"})


def _value(value: str | float) -> str:
    return visible(value) if isinstance(value, str) else f"{round(value, 2):g}"
