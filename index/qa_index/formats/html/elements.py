"""What the elements and attributes of HTML mean for the text."""

import re
from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """The words of ``text``; a long literal set is easier to read as one."""
    return frozenset(text.split())


HEADINGS = {f"h{level}": level for level in range(1, 7)}
LISTS = frozenset({"ul", "ol", "menu", "dir"})
PREFORMATTED = frozenset({"pre", "listing", "xmp", "plaintext"})
BLOCKS = words(
    "address article aside blockquote body button caption center dd details dialog dir div dl "
    "dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html "
    "legend li listing main menu nav ol optgroup option p plaintext pre search section select "
    "summary table tbody td textarea tfoot th thead tr ul xmp"
)
"""Elements that begin and end a paragraph."""

SKIPPED = words(
    "annotation annotation-xml audio canvas datalist embed frame frameset iframe noembed "
    "noframes noscript rp script style template video"
)
"""Elements that a browser with scripts does not show, or shows something else for."""
SKIPPED_IN_SVG = words("desc metadata script style title")
"""Icons have titles, which are shown only under the mouse."""

_HIDDEN_CLASSES = words(
    "katex-html mw-editsection mw-jump-link screen-reader-text sr-only visually-hidden "
    "visuallyhidden"
)
"""Classes of widely used style sheets: what is not displayed, what repeats a formula for the eye,
and links to an editor."""
_NOT_DISPLAYED = re.compile(r"(?:^|[;\s])(?:display:none|visibility:hidden)")
_DISPLAY = re.compile(r"(?:^|[;\s])display:([\w-]+)")

ROLES = {
    "main": "main",
    "article": "article",
    "navigation": "nav",
    "menu": "nav",
    "menubar": "nav",
    "search": "nav",
    "doc-toc": "nav",
    "dialog": "nav",
    "alertdialog": "nav",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
}
"""Landmarks of WAI-ARIA, as the elements that have the role."""
LANDMARKS = frozenset({"main", "article", "nav", "search", "header", "footer", "aside"})

NOTES = words(
    "footnote footnotes endnote endnotes rearnote rearnotes doc-footnote doc-endnote "
    "doc-endnotes footnote-list references reflist"
)
"""Roles, ``epub:type`` values and classes of notes and lists of notes."""
NOTE_MARKS = frozenset(
    {"noteref", "doc-noteref", "reference", "footnote-ref", "footnote-reference"}
)

_AROUND = words(
    "ad ads advert advertisement breadcrumb breadcrumbs catlinks consent cookie cookies footer "
    "gdpr masthead menu nav navbar navbox navigation newsletter pager pagination popup "
    "printfooter promo related share sharing sidebar sitenav skip social sphinxsidebar "
    "sponsored subscribe toc toolbar topbar"
)
_CONTENT = words("article body content has layout main no page post text with without")
"""Words beside which the words above describe the content, as in ``content-with-sidebar``."""
_WORDS = re.compile(r"[A-Z]?[a-z]+")


def is_hidden(tag: str, values: dict[str, str | None]) -> bool:
    """Whether an element is not shown, as far as its own attributes tell.

    ``aria-hidden`` is believed of inline elements; pages that open a dialogue set it on all else.
    """
    if "hidden" in values and values["hidden"] != "until-found":
        return True
    if values.get("aria-hidden") == "true" and tag not in BLOCKS and tag != "img":
        return True
    style = values.get("style")
    if style and _NOT_DISPLAYED.search(style.lower().replace(" ", "")):
        return True
    classes = values.get("class")
    if classes and not _HIDDEN_CLASSES.isdisjoint(classes.split()):
        return True
    return tag == "dialog" and "open" not in values


def is_block(tag: str, values: dict[str, str | None]) -> bool:
    """Whether an element is displayed as a block."""
    style = values.get("style")
    if style and "display" in style:
        found = _DISPLAY.search(style.lower().replace(" ", ""))
        if found:
            return found[1] != "inline" and (tag in BLOCKS or not found[1].startswith("inline"))
    return tag in BLOCKS


@lru_cache(maxsize=4096)
def is_around_content(names: str) -> bool:
    """Whether classes or an id name what stands around the content, such as ``site-footer``."""
    found = {word.lower() for word in _WORDS.findall(names)}
    return not found.isdisjoint(_AROUND) and found.isdisjoint(_CONTENT)


def tokens(*values: str | None) -> frozenset[str]:
    """The words of attributes that hold several."""
    return frozenset(word for value in values if value for word in value.lower().split())
