"""``qa show``: show a passage in its surroundings."""

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from qa.cli.last import last_answer
from qa.cli.options import PAGING, Options, options_of
from qa.cli.output import note, terminal, working_folder, write_json
from qa.cli.pager import page_lines
from qa.errors import IndexMissing, IndexProblem, InputError, StaleSource, UnknownCitation

if TYPE_CHECKING:
    from qa import Excerpt, Session
    from qa.checking.sources import Sources
    from qa_index.records import Span

_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
"""The number of a passage of the last answer. A citation's id is longer, a place has a colon."""


def show(
    context: typer.Context,
    citation: Annotated[
        str,
        typer.Argument(
            metavar="CITATION",
            help="The number of a passage of the last answer, a citation's id, PATH:LINE, or "
            "PATH:START-END in characters as in its span; PATH:PAGE where there are pages.",
        ),
    ],
    sentences: Annotated[
        int,
        typer.Option(
            "--context", min=0, max=1000, metavar="N", help="Sentences to show before and after."
        ),
    ] = 3,
    picture: Annotated[
        str | None,
        typer.Option(
            "--picture",
            metavar="FILE.png",
            help="Write a picture of the page with the passage marked, instead of the text.",
        ),
    ] = None,
    opened: Annotated[
        bool,
        typer.Option(
            "--open",
            help="Open the file in your viewer or $EDITOR, at the page or line if that can show "
            "it, instead of printing the text.",
        ),
    ] = False,
    paging: Annotated[bool, PAGING] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the passage as JSON.")] = False,
) -> int:
    """Show a passage in its surroundings, as it was indexed, or in its file.

    The passage has a bar at the left, and a heavier one at its marked sentences if it is named by
    number. The text around it has no bar.
    """
    from qa.rendering.excerpts import render_excerpt
    from qa_index.sources.freshness import told_stale

    options = options_of(context)
    excerpt, evidence, sources = _excerpt(citation, options, sentences=sentences)
    if picture is not None:
        _write_pictures(excerpt, evidence, sources, picture, options)
    if opened:
        _open(excerpt, sources)
    if as_json:
        write_json(excerpt.to_dict())
    elif picture is None and not opened:
        shown = terminal(options)
        lines = render_excerpt(excerpt, shown, here=working_folder(), evidence=evidence)
        page_lines(lines, height=shown.height, paging=paging)
    if excerpt.source.stale:
        note(f"warning: {told_stale(excerpt.source.path)}", options)
    return 0


def _write_pictures(
    excerpt: "Excerpt", evidence: "tuple[Span, ...]", sources: "Sources", to: str, options: Options
) -> None:
    from qa.cli.pictures import write_pictures
    from qa.places import SourceSpan

    spans = [SourceSpan(*span) for span in evidence]
    for page, path in write_pictures(excerpt, spans, sources, to).items():
        note(f"page {page} of {excerpt.source.path} is in {path}", options)


def _open(excerpt: "Excerpt", sources: "Sources") -> None:
    from qa.checking.locating import places_of
    from qa.cli.viewers import Target, open_in_viewer
    from qa_index.records import Fragment

    source, unit = excerpt.source, excerpt.unit
    file = Path(excerpt.root, source.path).absolute()
    if not file.is_file():
        raise InputError(f"{source.path} is gone; it cannot be opened")
    fragment = ""
    if excerpt.lines is None and (unit is None or unit.page is None):
        with suppress(StaleSource):  # then it is opened where it begins
            [places] = places_of(source, [excerpt.span], sources)
            found = (place.fragment for place in places if isinstance(place, Fragment))
            fragment = next(found, "")
    open_in_viewer(
        Target(
            file,
            source.media_type,
            line=excerpt.lines.start if excerpt.lines else None,
            page=unit.page if unit else None,
            fragment=fragment,
        )
    )


class _Found(NamedTuple):
    excerpt: "Excerpt"
    evidence: "tuple[Span, ...]"
    """To mark in it."""
    sources: "Sources"
    """Of the index that holds it."""


def _excerpt(name: str, options: Options, *, sentences: int) -> _Found:
    """The passage with this name."""
    import qa

    if not _NUMBER.fullmatch(name):
        return _named(name, options, sentences=sentences)
    last = last_answer()
    citation = last.citation(int(name))
    note(f"passage {name} of the answer to: {last.question}", options)
    try:
        with qa.open(last.folder) as session:
            found = _in_session(session, citation.id, sentences=sentences)
            return found._replace(evidence=citation.evidence)
    except UnknownCitation as error:
        raise UnknownCitation(
            f"passage {name} of the last answer is no longer in the index; ask again"
        ) from error


def _named(name: str, options: Options, *, sentences: int) -> _Found:
    """The passage from the index, or else from the index last used by ``qa ask --in``."""
    import qa
    from qa.session import kept

    try:
        with options.open() as session:
            return _in_session(session, name, sentences=sentences)
    except (IndexMissing, UnknownCitation):
        last = None if options.named_index else kept.last()
        if last is None:
            raise
        with suppress(IndexProblem, UnknownCitation), qa.open(last) as session:
            return _in_session(session, name, sentences=sentences)
        raise


def _in_session(session: "Session", name: str, *, sentences: int) -> _Found:
    from qa.checking.sources import Sources

    excerpt = session.excerpt(name, sentences=sentences)
    index = session.index
    return _Found(excerpt, (), Sources(index.root, lambda: index))
