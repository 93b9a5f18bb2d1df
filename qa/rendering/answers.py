"""Renders an answer for a terminal: on one screen, or with every passage in full."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from qa import Span
from qa.rendering.agreement import ValueGroupView, sources_of
from qa.rendering.characters import visible, width
from qa.rendering.column import beside, clipped, indent, note, quoted
from qa.rendering.rewriting import Rewritten, in_one_line, unchanged
from qa.rendering.terminal import Terminal
from qa.rendering.view import READ_WITH, AnswerView, ContinuationView, PassageView

NO_ANSWER = "No answer."
NEAREST = "Nearest passages, not an answer:"
BEFORE = "before the quote:"
AFTER = "after the quote:"
CHANGED = "(changed or gone since it was indexed)"
RECOGNISED = "(recognised on a picture)"
"""Marks quotes that are a program's reading of a picture, which can be wrong."""
HINT = "`qa show {}` shows a passage in its surroundings, `--full` all passages whole."
"""Formatted with the number of a passage."""

_COLOURED = {"Very likely": Terminal.good, "Likely": Terminal.good, "Uncertain": Terminal.doubtful}
_USEFUL = 12
"""With fewer columns than this, a heading path is not worth showing."""


class _Room(NamedTuple):
    """Most rows of text."""

    first: int
    """For each sentence of the first passage."""
    others: int


_ROOMS = _Room(8, 2), _Room(8, 1), _Room(5, 1), _Room(3, 1)
"""The first with which everything fits on the screen is used."""
_ROOM_WITHOUT_END = _Room(8, 1)
"""Used if there are more passages than fit on the screen."""

_ROOM_LISTED = 2
"""Most rows of a sentence in a list of all that answer."""

_SURE = 3
"""Columns of a probability in percent, as in "86%"."""

_KEPT_FREE = 2
"""Rows of the screen left for the command and the prompt after it."""


def render_answer(
    view: AnswerView,
    terminal: Terminal,
    *,
    full: bool = False,
    explain: bool = False,
    hint: bool = True,
) -> list[str]:
    """Lines of the answer: one screen of sentences, or with ``full`` every passage in full.

    ``hint``: whether an interactive screen ends with the commands that show more.
    """
    if full:
        return [
            *_verdict(view, terminal, explain=explain),
            *_whole(view.passages, terminal, explain=explain),
        ]
    end: list[str] = []
    if hint and terminal.interactive and view.passages:
        told = HINT.format(min(2, len(view.passages)))
        end = ["", terminal.dim(clipped(told, terminal.width, terminal))]
    for room in _ROOMS:
        lines = [*_screen(view, terminal, room, explain=explain), *end]
        if len(lines) <= terminal.height - _KEPT_FREE:
            return lines
    return [*_screen(view, terminal, _ROOM_WITHOUT_END, explain=explain), *end]


def render_listed(
    passages: Iterable[PassageView], terminal: Terminal, *, full: bool, explain: bool
) -> Iterator[str]:
    """Lines of passages in a list of all that answer: whole, or each with its best sentence."""
    if full:
        yield from _whole(passages, terminal, explain=explain)
        return
    for passage in passages:
        # A review is of every copy, so they have a line of their own.
        yield from _brief(replace(passage, also_in=()), terminal, _ROOM_LISTED)
        yield from _continues(passage.continues, passage, terminal, _ROOM_LISTED)
        yield from _also_line(passage, terminal)
        yield from _scores(passage, terminal) if explain else ()


def render_question(question: str, terminal: Terminal) -> str:
    """The question, as a headline above one of several answers."""
    return terminal.bold(clipped(question, terminal.width, terminal))


def _verdict(view: AnswerView, terminal: Terminal, *, explain: bool) -> Iterator[str]:
    sure = f"{view.likelihood} ({view.percent})"
    if view.answered:
        yield terminal.bold(_COLOURED.get(view.likelihood, Terminal.bad)(terminal, sure))
    else:
        told = (
            f"An answer here is {view.likelihood.lower()} ({view.percent}); "
            f"{view.needed} is needed."
        )
        yield from _headline(NO_ANSWER, told if view.passages else "", terminal)
        yield from note(view.remedy, terminal, dim=True)
    if view.after:
        told = READ_WITH[len(view.after) > 1]
        room = max(terminal.width - len(told) - len(' ""'), _USEFUL)
        asked = ", ".join(f'"{clipped(each, room, terminal)}"' for each in view.after)
        yield from note(f"{told} {asked}", terminal, dim=True)
    for written, read in view.corrections:
        yield from note(f'"{written}" is in no document; read as "{read}"', terminal)
    if explain:
        for line in view.explanation:
            yield from note(line, terminal)
    for group in view.values:
        yield from _values(group, terminal)
    if not view.answered and view.passages:
        yield ""
        yield from note(NEAREST, terminal)


def _values(group: ValueGroupView, terminal: Terminal) -> Iterator[str]:
    """A value, by how many passages it is held, and which."""
    told = f"{group.held}: {group.value}"
    sources = sources_of(group)
    if width(visible(f"{told}  {sources}")) <= terminal.width:
        yield f"{visible(told)}  {terminal.dim(visible(sources))}"
    else:
        yield from note(told, terminal)
        yield from note(sources, terminal, left=indent(terminal), dim=True)


def _headline(words: str, told: str, terminal: Terminal) -> Iterator[str]:
    """``words`` in bold, followed by ``told`` on the same line, or below if it does not fit."""
    if told and len(words) + 1 + len(told) <= terminal.width:
        yield f"{terminal.bold(words)} {told}"
    else:
        yield terminal.bold(words)
        yield from note(told, terminal) if told else ()


def _screen(view: AnswerView, terminal: Terminal, room: _Room, *, explain: bool) -> Iterator[str]:
    yield from _verdict(view, terminal, explain=explain)
    first, others = (view.passages[:1], view.passages[1:]) if view.answered else ((), view.passages)
    for passage in first:
        yield ""
        yield from _answering(passage, terminal, room.first)
        yield from _scores(passage, terminal) if explain else ()
    if first and others:
        yield ""
    for passage in others:
        yield from _brief(passage, terminal, room.others)
        yield from _scores(passage, terminal) if explain else ()


def _answering(passage: PassageView, terminal: Terminal, most: int) -> Iterator[str]:
    """The answering passage: its place and its answering sentences."""
    yield from _heading(passage, passage.place, terminal, above=True)
    text = _text(passage, terminal)
    end = passage.evidence[0].start
    for sentence in passage.evidence:
        if passage.quote[end : sentence.start].strip():
            yield indent(terminal) + terminal.dim(terminal.marks.ellipsis)
        end = sentence.end
        answer = passage.answer if sentence == passage.best else None
        yield from _sentence(text, sentence, answer, terminal, most, bold=passage.answer is None)
    yield from _continues(passage.continues, passage, terminal, most)
    yield from _also_line(passage, terminal)


def _brief(passage: PassageView, terminal: Terminal, most: int) -> Iterator[str]:
    """Another passage: its place, and as much of its best sentence as fits."""
    yield from _heading(passage, passage.place, terminal, above=False)
    text = _text(passage, terminal)
    yield from _sentence(text, passage.best, passage.answer, terminal, most, joined=True)


def _sentence(
    text: Rewritten,
    sentence: Span,
    answer: Span | None,
    terminal: Terminal,
    most: int,
    *,
    bold: bool = False,
    joined: bool = False,
) -> Iterator[str]:
    """A sentence of a text; in one line if it is ``joined`` or the terminal is interactive."""
    start, end = text.moved(sentence)
    shown = text.text[start:end]
    words = None
    if answer:
        begin, stop = text.moved(answer)
        words = Span(begin - start, stop - start)
    if joined or terminal.interactive:
        line = in_one_line(shown)
        shown, words = line.text, line.moved(words) if words else None
    evidence = [(0, len(shown))] if bold else []
    yield from quoted(shown, terminal, evidence, answer=words, most=most)


def _continues(
    continuations: Iterable[ContinuationView],
    passage: PassageView,
    terminal: Terminal,
    most: int | None,
) -> Iterator[str]:
    """What limits the marked sentences, as the source says it beside them."""
    for each in continuations:
        yield indent(terminal) + terminal.doubtful(visible(each.relation))
        text = _read(each.text, passage, terminal).text.strip()
        yield from quoted(
            in_one_line(text).text if terminal.interactive else text, terminal, most=most
        )


def _text(passage: PassageView, terminal: Terminal) -> Rewritten:
    """The quote in the form that is displayed."""
    return _read(passage.quote, passage, terminal)


def _read(text: str, passage: PassageView, terminal: Terminal) -> Rewritten:
    """``text`` of a passage: verbatim, but without Markdown marks on an interactive terminal."""
    if terminal.interactive and passage.markdown:
        from qa.rendering.markdown import without_marks  # its pattern takes 10 ms to compile

        return without_marks(text)
    return unchanged(text)


def _whole(passages: Iterable[PassageView], terminal: Terminal, *, explain: bool) -> Iterator[str]:
    left = indent(terminal)
    for passage in passages:
        yield ""
        yield from _heading(passage, passage.whole_place, terminal, above=True)
        if passage.before.strip():
            yield left + terminal.dim(BEFORE)
            yield from beside(_read(passage.before, passage, terminal).text.strip(), terminal)
        text = _text(passage, terminal)
        evidence = [text.moved(span) for span in passage.evidence]
        answer = text.moved(passage.answer) if passage.answer else None
        yield from quoted(text.text, terminal, evidence, answer=answer)
        beyond = [each for each in passage.continues if not each.in_quote]
        yield from _continues(beyond, passage, terminal, None)
        if passage.after.strip():
            yield left + terminal.dim(AFTER)
            yield from beside(_read(passage.after, passage, terminal).text.strip(), terminal)
        yield from _also_line(passage, terminal)
        yield from _scores(passage, terminal) if explain else ()


def _scores(passage: PassageView, terminal: Terminal) -> Iterator[str]:
    return note(passage.scores, terminal, left=indent(terminal), dim=True)


def _heading(passage: PassageView, place: str, terminal: Terminal, *, above: bool) -> Iterator[str]:
    """Rank and place; never wrapped, so that terminals and editors can open the place.

    The headings follow on the same line, or with ``above`` on a line of their own.
    """
    shown = visible(place)
    marks = [RECOGNISED] * passage.recognised + [CHANGED] * passage.changed
    told = "".join(f" {terminal.doubtful(mark)}" for mark in marks)
    rank = str(passage.rank)
    gap = " " * max(1, 3 - len(rank))
    gap += f"{passage.sure:>{_SURE}}  " if passage.sure else ""
    linked = terminal.link(terminal.accent(shown), passage.file, passage.fragment)
    line = f"{terminal.bold(rank)}{gap}{linked}{told}"
    used = len(rank + gap) + width(shown) + sum(1 + len(mark) for mark in marks)
    free = terminal.width - used - 2
    if above:
        left = indent(terminal)
        trail = _trail(passage, terminal.width - len(left), terminal)
        if trail and width(trail) <= free:
            yield f"{line}  {terminal.dim(trail)}"
        else:
            yield line
            yield from [left + terminal.dim(trail)] if trail else ()
        return
    also = visible(_also_in(passage)) if passage.also_in else ""
    also = also if width(also) <= free else ""
    kept = free - width(also) - len(terminal.marks.dot)
    trail = _trail(passage, kept, terminal) if kept >= _USEFUL else ""
    more = terminal.marks.dot.join(filter(None, (trail, also)))
    yield f"{line}  {terminal.dim(more)}" if more else line


def _trail(passage: PassageView, columns: int, terminal: Terminal) -> str:
    """The headings in one line; the outermost are dropped first if they do not fit."""
    step, ellipsis = terminal.marks.step, terminal.marks.ellipsis
    for first in range(len(passage.trail)):
        steps = passage.trail[first:]
        told = visible(step.join([ellipsis, *steps] if first else steps))
        if width(told) <= columns:
            return told
    return clipped(passage.trail[-1], columns, terminal) if passage.trail else ""


def _also_line(passage: PassageView, terminal: Terminal) -> Iterator[str]:
    """Other places of the same text on a line of their own, if there are any."""
    if passage.also_in:
        left = indent(terminal)
        also = clipped(_also_in(passage), terminal.width - len(left), terminal)
        yield left + terminal.dim(also)


def _also_in(passage: PassageView) -> str:
    more = f" (+{passage.also_more})" if passage.also_more else ""
    return f"also in: {', '.join(passage.also_in)}{more}"
