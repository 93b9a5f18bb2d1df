"""``qa show``: show a passage in its surroundings."""

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from qa import InputError, UnknownCitation
from qa.cli.options import PAGING, Options, options_of
from qa.cli.terminal.output import note, terminal, working_folder, write_json, write_lines
from qa.cli.terminal.pager import page_lines
from qa.cli.terminal.texts import read_text

if TYPE_CHECKING:
    from qa import Excerpt, Span

_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
"""The number of a passage of the last answer. A citation's id is longer, a place has a colon."""


def show(
    context: typer.Context,
    citation: Annotated[
        str,
        typer.Argument(
            metavar="CITATION",
            help="The number of a passage of the last answer, a citation's id, PATH:LINE, or "
            "PATH:START-END in characters as in its span; PATH:PAGE where there are pages; or a "
            "file of Web Annotations, - for standard input.",
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

    Of a file of Web Annotations, the passage of each is shown; exits with 1 unless each is found in
    one place.
    """
    options = options_of(context)
    annotated = _annotations(citation)
    if annotated is not None:
        return _show_annotations(
            *annotated, options, _Shown(sentences, picture, opened, paging, as_json)
        )
    excerpt, evidence, answer = _excerpt(citation, options, sentences=sentences)
    how = _Shown(sentences, picture, opened, paging, as_json)
    _show(excerpt, evidence, answer, options, how)
    return 0


class _Shown(NamedTuple):
    """How a passage is shown."""

    sentences: int
    picture: str | None
    opened: bool
    paging: bool
    as_json: bool


def _show(
    excerpt: "Excerpt",
    evidence: "tuple[Span, ...]",
    answer: "Span | None",
    options: Options,
    how: _Shown,
) -> None:
    from qa.cli.terminal.pictures import write_pictures
    from qa.rendering.excerpts import render_excerpt

    if how.picture is not None:
        for page, path in write_pictures(excerpt, evidence, answer, how.picture).items():
            note(f"page {page} of {excerpt.source.path} is in {path}", options)
    if how.opened:
        open_file(excerpt)
    if how.as_json:
        write_json(excerpt.to_dict())
    elif how.picture is None and not how.opened:
        shown = terminal(options)
        lines = render_excerpt(excerpt, shown, here=working_folder(), evidence=evidence)
        page_lines(lines, height=shown.height, paging=how.paging)
    for warning in excerpt.warnings:
        note(f"warning: {warning}", options)


def _annotations(name: str) -> tuple[str, str] | None:
    """The text of a file of annotations, and its name; ``None`` if something else is named."""
    import qa

    if name != "-" and (_NUMBER.fullmatch(name) or not Path(name).is_file()):
        return None
    claims = name == "-" or Path(name).suffix.casefold() == ".jsonld"
    try:
        text, told = read_text(name, "qa ask --annotations - ... | qa show -")
    except InputError:
        if claims:
            raise
        return None
    return (text, told) if claims or qa.is_annotations(text) else None


def _show_annotations(text: str, name: str, options: Options, how: _Shown) -> int:
    """Shows each passage that was found; tells how, and what was not."""
    import qa
    from qa.rendering.annotations import VERDICTS

    found = qa.find_annotations(text, index=options.named_index, name=name)
    several = len(found.targets) > 1
    if several and (how.picture or how.opened):
        raise InputError(
            f"{name} has {len(found.targets)} annotations; --picture and --open show one, so save "
            "the one that you mean to a file of its own"
        )
    for number, each in enumerate(found.targets, 1):
        which = f"annotation {number} of {len(found.targets)}, " if several else ""
        note(f"{which}{VERDICTS[each.verdict]}: {each.detail}", options)
        if each.place is not None:
            if number > 1 and not how.as_json:
                write_lines([""])
            place = f"{each.place.path}:{each.place.span.start}-{each.place.span.end}"
            excerpt = qa.excerpt(place, index=found.index, sentences=how.sentences)
            _show(excerpt, (), None, options, how)
    if not found.targets:
        note(f"{name} holds no annotations; there is nothing to show", options)
    return 0 if found.stands else 1


def open_file(excerpt: "Excerpt") -> None:
    """Opens the file of a passage at its place. Raises ``InputError``."""
    import qa
    from qa.cli.terminal.viewers import Target, open_in_viewer

    file = Path(excerpt.root, excerpt.source.path).absolute()
    if not file.is_file():
        raise qa.InputError(f"{excerpt.source.path} is gone; it cannot be opened")
    page = excerpt.unit.page if excerpt.unit else None
    fragment = ""
    if excerpt.lines is None and page is None:
        with suppress(qa.StaleSource):  # then it is opened where it begins
            fragments = (x.fragment for x in excerpt.places() if isinstance(x, qa.Fragment))
            # Of a book it names one of the files within, which nothing can open.
            fragment = next((each for each in fragments if each.startswith("#")), "")
    line = excerpt.lines.start if excerpt.lines else None
    open_in_viewer(Target(file, excerpt.source.media_type, line, page, fragment))


def _excerpt(
    name: str, options: Options, *, sentences: int
) -> "tuple[Excerpt, tuple[Span, ...], Span | None]":
    """The passage with this name, its marked sentences, and the words that answer."""
    import qa

    if not _NUMBER.fullmatch(name):
        return qa.excerpt(name, index=options.named_index, sentences=sentences), (), None
    last = qa.last_answer()
    citation = last.citation(int(name))
    note(f"passage {name} of the answer to: {last.question}", options)
    try:
        excerpt = qa.excerpt(citation.id, index=last.folder, sentences=sentences)
    except UnknownCitation as error:
        raise UnknownCitation(
            f"passage {name} of the last answer is no longer in the index; ask again"
        ) from error
    return excerpt, citation.evidence, citation.answer
