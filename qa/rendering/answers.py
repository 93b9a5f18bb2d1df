"""An answer as a person reads it: the quotes, where they stand, and how far to trust them."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from qa.answering.surroundings import Surroundings
from qa.answers import Answer, Citation, Confidence, Reason
from qa.places import Place, Source
from qa.rendering.characters import visible
from qa.rendering.column import beside, clipped, indent, note, quoted
from qa.rendering.terminal import Terminal

NEAREST = "Nearest passages, which do not answer it; what comes nearest is marked:"
BEFORE = "before the quote:"
AFTER = "after the quote:"
CHANGED = "(changed or gone since it was indexed)"

_PLACES_SHOWN = 3
"""Other places of the same quote that are named."""


def render_answer(
    answer: Answer,
    terminal: Terminal,
    *,
    surroundings: Mapping[str, Surroundings] | None = None,
    explain: bool = False,
) -> Iterator[str]:
    """Lines of the answer. ``surroundings``: by citation id, for those that show any."""
    yield from _verdict(answer, terminal, explain=explain)
    for citation in answer.citations:
        yield ""
        around = (surroundings or {}).get(citation.id)
        yield from _citation(citation, terminal, around, explain=explain)


def render_question(question: str, terminal: Terminal) -> str:
    """The question, as a headline over one of several answers."""
    return terminal.bold(clipped(question, terminal.width, terminal))


def _verdict(answer: Answer, terminal: Terminal, *, explain: bool) -> Iterator[str]:
    if answer.answered:
        yield f"Confidence: {confidence(answer.confidence, terminal)}"
    else:
        yield terminal.bold("No answer.")
        yield from note(_remedy(answer), terminal, dim=True)
    if explain:
        for line in _explanation(answer):
            yield from note(line, terminal)
    if not answer.answered and answer.citations:
        yield ""
        yield from note(NEAREST, terminal)


def confidence(band: Confidence, terminal: Terminal) -> str:
    """The band in words and, where there is colour, in colour."""
    style = {
        Confidence.HIGH: terminal.good,
        Confidence.MEDIUM: terminal.doubtful,
        Confidence.LOW: terminal.bad,
    }
    return style[band](str(band))


def _remedy(answer: Answer) -> str:
    if answer.reason is Reason.EMPTY_INDEX:
        return "The index holds no text; add documents with `qa index PATH`."
    if answer.reason is Reason.NO_MATCH:
        return "Nothing matches the question; ask in other words, or add documents."
    return (
        "Nothing indexed answers it well enough; ask in other words, add documents, "
        f"or accept less with `--min-confidence {answer.confidence}`."
    )


def _citation(
    citation: Citation, terminal: Terminal, around: Surroundings | None, *, explain: bool
) -> Iterator[str]:
    left = indent(terminal)
    columns = terminal.width - len(left)
    yield heading(citation, terminal)
    trail = trail_of(citation.source, citation.heading_path, terminal)
    if trail:
        yield left + terminal.dim(clipped(trail, columns, terminal))
    if around and around.before.strip():
        yield left + terminal.dim(BEFORE)
        yield from beside(around.before.strip(), terminal)
    start = citation.span.start
    evidence = [(span.start - start, span.end - start) for span in citation.evidence]
    yield from quoted(citation.quote, terminal, evidence)
    if around and around.after.strip():
        yield left + terminal.dim(AFTER)
        yield from beside(around.after.strip(), terminal)
    if citation.also_in:
        yield left + terminal.dim(clipped(_also_in(citation.also_in), columns, terminal))
    if explain:
        yield from note(_scores(citation), terminal, left=left, dim=True)


def heading(citation: Citation, terminal: Terminal) -> str:
    """Rank and place, which terminals and editors open; never wrapped, so that they can."""
    place = terminal.accent(visible(citation.location))
    linked = terminal.link(place, Path(citation.root, citation.source.path))
    changed = f" {terminal.doubtful(CHANGED)}" if citation.source.stale else ""
    return f"{terminal.bold(str(citation.rank))}  {linked}{changed}"


def trail_of(source: Source, headings: tuple[str, ...], terminal: Terminal) -> str:
    """Title and headings down to a passage.

    A title that is the first heading is told once, and one made from the file's name not at all.
    """
    told_already = headings[:1] == (source.title,) or _is_name(source.title, source.path)
    steps = headings if told_already else (source.title, *headings)
    return terminal.marks.step.join(step for step in steps if step)


def _is_name(title: str, path: str) -> bool:
    """Whether a title says no more than the file's name."""

    def letters(text: str) -> str:
        return "".join(filter(str.isalnum, text)).casefold()

    return letters(title) == letters(PurePosixPath(path).stem)


def _also_in(places: tuple[Place, ...]) -> str:
    names = [f"{place.path}:{place.lines.start}" for place in places[:_PLACES_SHOWN]]
    more = len(places) - len(names)
    return f"also in {', '.join(names)}" + (f" and {more} more" if more else "")


def _scores(citation: Citation) -> str:
    scores = citation.scores
    signals = {
        "shared words": scores.bm25,
        "passage similarity": scores.passage,
        "best sentence similarity": scores.sentence,
        "read as an answer": scores.reading,
    }
    told = ", ".join(
        f"{name} {_number(value)}" for name, value in signals.items() if value is not None
    )
    return f"citation {citation.id}, score {_number(scores.fused)} ({told})"


def _explanation(answer: Answer) -> Iterator[str]:
    """What the decision rests on, in words."""
    told = answer.explanation
    yield (
        f"Probability that the first passages answer it: {_percent(answer.probability)} "
        f"({answer.confidence}); {_percent(told.threshold)} is enough for an answer."
    )
    yield (
        f"Of the question's words, rare ones weighing more, the marked sentence holds "
        f"{_percent(told.evidence_share)} and the best passage {_percent(told.passage_share)}."
    )
    if told.similarity is not None:
        yield (
            f"The nearest sentence is similar to the question by {_number(told.similarity)} of 1; "
            f"the model's word for it counts {_percent(told.trust)} in this language."
        )
    if told.reading is not None:
        yield (
            f"Read beside the question, the best sentence of the first passage and its neighbours "
            f"answer it with {_percent(told.reading)}."
        )
    yield f"Passages searched: {told.passages:,}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _number(value: float) -> str:
    """Two decimals, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"
