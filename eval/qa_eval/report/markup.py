"""HTML and SVG that is escaped by construction: text is escaped unless ``element`` made it."""

from html import escape

from qa_eval.report.text import visible


class Markup(str):
    """Markup that needs no escaping; only ``element``, ``join`` and constants of ours make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """``<name attributes>children</name>``.

    Underscores in attribute names stand for hyphens, one at the end for none; ``None`` leaves an
    attribute out. Numbers are rounded to hundredths: they are coordinates.
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
    """Children side by side, those that are plain text escaped."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(visible(child), quote=False)
            for child in children
        )
    )


_VOID = frozenset({"input", "meta", "br"})


def _value(value: str | float) -> str:
    return visible(value) if isinstance(value, str) else f"{round(value, 2):g}"
