"""What stands in the sources, taken from them for a pack: context, pictures, and the files."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from qa.checking.context import context_of
from qa.checking.locating import Marked, marked_pages
from qa.checking.saved import Owned, spans_in
from qa.checking.sources import Sources
from qa.checking.verification import Verification, verify
from qa.errors import StaleSource
from qa.packing.containers import Parts
from qa.packing.records import PackedPicture, PackedQuote, PackedSource
from qa.places import Source
from qa_index import formats
from qa_index.errors import InputError
from qa_index.records import MarkKind
from qa_index.sources import files

FINEST = 2400
"""Most dots per inch of a picture. Larger pages have lower limits: A4 is drawn up to 643."""


class Numbered(NamedTuple):
    """A citation by its place in a pack, and what it is checked against."""

    answer: int
    number: int
    citation: dict[str, Any]
    """As JSON types."""
    owned: Owned

    @property
    def name(self) -> str:
        """What its parts are called after."""
        return f"{self.answer:04}-{self.number:02}"


class Collected(NamedTuple):
    """A citation, checked, and its parts."""

    quote: PackedQuote
    checked: Verification
    parts: Parts


def collected(each: Numbered, *, dots_per_inch: int) -> Collected:
    """Checks a quote, and takes the text around it and the pictures of its pages.

    What cannot be had is told in ``lacking``.
    """
    checked = verify(each.owned.claim, each.owned.sources, may_open=each.owned.may_open)
    quote = PackedQuote(
        each.answer, each.number, checked.verdict, checked.detail, checked.source_changed
    )
    if not checked.stands:
        lacking = "the text around it and pictures, as the source does not hold the quote"
        return Collected(replace(quote, lacking=lacking), checked, {})
    parts: Parts = {}
    try:
        context = context_of(checked, each.owned.sources)
    except (OSError, formats.UnreadableSource) as error:  # it is being changed just now
        return Collected(replace(quote, lacking=f"the text around it: {error}"), checked, {})
    name = f"context/{each.name}.txt"
    parts[name] = "".join(context).encode("utf-8", "surrogatepass")
    start = len(context.before)
    quote = replace(quote, context=name, start=start, end=start + len(context.quote))
    try:
        drawn = dict(_drawn(each, checked, dots_per_inch))
    except StaleSource as error:
        return Collected(replace(quote, lacking=f"pictures of its pages: {error}"), checked, parts)
    parts |= {picture.part: data for picture, data in drawn.items()}
    return Collected(replace(quote, pictures=tuple(drawn)), checked, parts)


def _drawn(
    each: Numbered, checked: Verification, dots_per_inch: int
) -> Iterator[tuple[PackedPicture, bytes]]:
    """The pictures of a quote, in the order of pages; raises ``StaleSource``."""
    pages = pages_of(each, checked)
    if pages is None:
        return
    for page in sorted(pages.marks):
        name = f"pictures/{each.name}-page-{page}.png"
        picture = PackedPicture(page, name, pages.drawn_by(page) or None)
        yield picture, pages.drawn(page, dots_per_inch)


def pages_of(each: Numbered, checked: Verification) -> Marked | None:
    """The pages that a quote is on, with the quote marked; ``None`` if its format has none.

    Raises ``StaleSource``, or ``UnreadableSource`` if there is no such format.
    """
    claim, citation = checked.claim, each.citation
    marked = [(MarkKind.PASSAGE, claim.span)]
    marked += [(MarkKind.EVIDENCE, span) for span in spans_in(citation.get("evidence"))]
    marked += [(MarkKind.ANSWER, span) for span in spans_in([citation.get("answer_span")])]
    source = Source(
        path=checked.found_path or claim.path,
        title="",
        media_type="",
        sha256=claim.source_sha256,
        stale=False,
        encoding=claim.encoding,
        format=claim.format,
        format_version=claim.format_version,
        recognition=claim.recognition,
    )
    return marked_pages(source, marked, each.owned.sources)


def source_of_quote(
    number: int, checked: Verification, sources: Sources
) -> tuple[PackedSource, bytes]:
    """The file of a source as it was cited, for a pack.

    Raises ``InputError`` if it is another one by now.
    """
    path = checked.found_path or checked.path
    try:
        data = files.read_bytes(sources.root / path)
    except (OSError, formats.UnreadableSource) as error:
        raise InputError(f"{path} cannot be put into the pack: {error}") from None
    if hashlib.sha256(data).hexdigest() != checked.claim.source_sha256:
        raise InputError(
            f"{path} is not the file that was cited any more; run `qa index` and ask again, "
            "or leave the sources out"
        )
    name = f"sources/{number:04}-{_plain(PurePosixPath(path).name)}"
    return PackedSource(checked.path, checked.claim.source_sha256, name), data


def _plain(name: str) -> str:
    """A file's name in characters that every file system takes, with its suffix."""
    return re.sub(r"[^0-9A-Za-z._-]+", "_", name)[-80:] or "file"
