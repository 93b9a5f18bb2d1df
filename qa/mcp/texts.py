"""What a model reads: short texts in which every quote stands verbatim and fenced.

A fence is named by a hash of what it holds, so that no document can close its own. Control
characters are escaped, as on a terminal; the structured content has them as they are.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa import AnnotationVerdict, QuoteVerdict, Reason, line_ends
from qa.rendering.agreement import ValueGroupView, sources_of
from qa.rendering.characters import counted, visible
from qa.rendering.passages import estimate_in_words, missed_in_words
from qa.rendering.quotes import in_one_line
from qa.rendering.view import PassageView, passage_view, percent, view_of

if TYPE_CHECKING:
    from qa import (
        Answer,
        Excerpt,
        FoundAnnotations,
        PassageList,
        QuoteCheck,
        QuotePlace,
        ReviewEstimate,
        State,
        UnitRange,
    )

DOCUMENTS_LISTED = 200
_FILES_NAMED = 10
"""Most files of a kind that the text on the state names."""
_LONGEST_NAME = 300
"""Most characters of a title or heading."""

_KEPT = re.compile(r"([\n\r\t]+)")

NO_ANSWER = {
    Reason.BELOW_THRESHOLD: "The documents do not answer this question",
    Reason.NO_MATCH: "Nothing in the documents matches this question",
    Reason.EMPTY_INDEX: "The index holds no text",
    Reason.FILTERED_OUT: "The filter leaves nothing to search; ask with a wider one",
}

NOTHING_LISTED = {
    Reason.BELOW_THRESHOLD: "No passage answers with the probability that is asked for",
}


def answer_text(answer: "Answer") -> str:
    """An answer: whether the sources answer, then each passage with its place and id."""
    root = Path(answer.citations[0].root) if answer.citations else Path()
    view = view_of(answer, here=root)
    probability = percent(answer.probability)
    if answer.reason is None:
        lines = [
            f"ANSWERED, with a probability of {probability} (confidence {answer.confidence}). "
            "Quotes are verbatim; cite each with its place."
        ]
    else:
        lines = [f"NO ANSWER. {NO_ANSWER[answer.reason]}. Tell the user so."]
        if answer.citations:
            lines += [
                f"The nearest passages follow. They are not answers (probability {probability})."
            ]
    lines += _notes(answer)
    for passage in view.passages:
        if answer.answered and passage.rank == 2:
            lines += ["", "Further passages, which answer less surely or not at all:"]
        lines += ["", *_passage(passage, answers=answer.answered and passage.rank == 1)]
    lines += _values(view.values)
    return "\n".join(lines)


def list_text(found: "PassageList") -> str:
    """Every passage that answers, each with its probability, and how many are missed."""
    least = percent(found.least)
    if found.reason is None:
        lines = [
            f"{counted(len(found.passages), 'passage')} that answer with {least} or more, the "
            "likeliest first. Quotes are verbatim; cite each with its place."
        ]
    else:
        lines = [f"NOTHING LISTED. {NOTHING_LISTED.get(found.reason, NO_ANSWER[found.reason])}."]
    lines += _notes(found)
    for each in found.passages:
        root = Path(each.citation.root)
        passage = passage_view(each.citation, here=root, question=found.question)
        lines += ["", f"Answers with a probability of {percent(each.probability)}:"]
        lines += _passage(passage, answers=False)
    if found.searched:
        lines += ["", missed_in_words(found.missed)]
    if found.sample and found.sample.passages:
        count = counted(len(found.sample.passages), "passage")
        lines += [
            "",
            f"SAMPLE of {count} that are not listed, in random order. Judge of each whether it "
            "answers the question, and call again with the same arguments and `judged`.",
        ]
        for drawn in found.sample.passages:
            view = passage_view(
                drawn.citation, here=Path(drawn.citation.root), question=found.question
            )
            lines += ["", *_passage(view, answers=False)]
    return "\n".join(lines)


def review_text(found: "ReviewEstimate") -> str:
    """What the judged sample of a list tells."""
    answering = ", ".join(map(visible, found.answering)) or "none"
    return (
        f"{found.judged} of the {counted(found.sampled, 'passage')} of the sample are judged. "
        f"Those that answer: {answering}. Of what is neither listed nor among these: "
        f"{estimate_in_words(found.missed)}"
    )


def found_text(found: "FoundAnnotations") -> str:
    """The text of each annotation where it stands, or what was found instead."""
    lines: list[str] = []
    for number, each in enumerate(found.targets, 1):
        head = "FOUND" if each.stands else "NOT FOUND"
        if each.verdict is AnnotationVerdict.AMBIGUOUS:
            head = "SEVERAL OR UNSURE PLACES"
        elif each.verdict is AnnotationVerdict.CHANGED:
            head = "CHANGED"
        lines += ["", f"Annotation {number}: {head}. {visible(each.detail)}"]
        if each.changes and not each.stands:
            lines.append("Words of the annotation are [-so-], words of the source {+so+}:")
            lines.append(fenced("difference", in_one_line(each.changes)))
        if each.quote is not None:
            lines += ["The source has:", fenced("quote", each.quote)]
    return "\n".join(lines[1:]) or "These are no annotations."


def _notes(found: "Answer | PassageList") -> Iterator[str]:
    """How the question was read, and warnings."""
    for written, read in found.corrections:
        yield f"No document holds {visible(written)!r}; it was read as {visible(read)!r}."
    for each in found.warnings:
        yield f"Warning: {visible(each)}"


def _values(groups: Sequence[ValueGroupView]) -> Iterator[str]:
    """What the passages give as the value asked for, without saying which is right."""
    if groups:
        yield from ("", "Values that the passages give:")
    for group in groups:
        yield f"- {group.held}: {visible(group.value)}, in {visible(sources_of(group))}"
    if len(groups) > 1:
        yield "They differ. Tell the user of each, with its place and date."


def _passage(passage: PassageView, *, answers: bool) -> Iterator[str]:
    yield f"[{passage.rank}] {visible(passage.whole_place)} (id {passage.citation})"
    if passage.trail:
        yield f"Under: {_trail(passage.trail)}"
    yield from _marks(recognised=passage.recognised, changed=passage.changed)
    if passage.also_in:
        more = f" and {passage.also_more} more" if passage.also_more else ""
        yield f"The same text is in {', '.join(map(visible, passage.also_in))}{more}."
    if answers:
        yield from _answering(passage)
    yield fenced("quote", passage.quote)


def _answering(passage: PassageView) -> Iterator[str]:
    """What answers within a passage: the words, such as one cell of a long row, and the sentence.

    The last line leads to the whole passage.
    """
    best = passage.quote[slice(*passage.best)]
    words = passage.quote[slice(*passage.answer)] if passage.answer else ""
    if words not in {"", best}:
        yield "The words that answer:"
        yield fenced("quote", words)
    for each in passage.continues:
        yield f"What limits it beside it, to be quoted too ({visible(each.relation)}):"
        yield fenced("quote", each.text)
    if best != passage.quote:
        yield f"The sentence that answers, at {visible(passage.place)}:"
        yield fenced("quote", best)
        yield "The whole passage:"


def excerpt_text(excerpt: "Excerpt") -> str:
    """A passage with the text around it."""
    lines = [visible(_place(excerpt))]
    if excerpt.heading_path:
        lines.append(f"Under: {_trail(excerpt.heading_path)}")
    lines += _marks(recognised=_is_picture(excerpt.unit), changed=excerpt.source.stale)
    for label, text in (
        ("Before it", excerpt.surroundings.before),
        ("The passage", excerpt.quote),
        ("After it", excerpt.surroundings.after),
    ):
        if text.strip():
            lines += [f"{label}:", fenced("quote", text)]
    return "\n".join(lines)


def _place(excerpt: "Excerpt") -> str:
    path, lines = excerpt.source.path, excerpt.lines
    if lines is None:
        return f"{path}, {excerpt.unit}" if excerpt.unit else path
    last = lines.start + line_ends(excerpt.quote)
    return f"{path}:{lines.start}" + (f"-{last}" if last > lines.start else "")


VERDICTS = {
    QuoteVerdict.EXACT: "EXACT. The documents hold this quote word for word.",
    QuoteVerdict.TYPOGRAPHY: "SAME WORDS. Only typography differs; prefer the text of the source.",
    QuoteVerdict.DRIFTED: "NOT VERBATIM. Some words differ; quote the text of the source instead.",
    QuoteVerdict.ELSEWHERE: "NOT IN THE NAMED DOCUMENT. Another one holds it.",
    QuoteVerdict.ABSENT: "NOT FOUND. No document holds it or anything near it. Do not present it "
    "as a quote.",
}


def check_text(check: "QuoteCheck") -> str:
    """What the documents say of a quote, and the words that really stand there."""
    lines = [VERDICTS[check.verdict]]
    if check.unspecific:
        lines.append("It is so short that finding it says little.")
    if check.typography:
        lines.append(f"What differs: {', '.join(check.typography)}.")
    if check.concerns:
        lines.append(f"The difference is serious: {', '.join(check.concerns)}.")
    if check.changes:
        lines.append("Words of the quote are [-so-], words of the source {+so+}:")
        lines.append(fenced("difference", in_one_line(check.changes)))
    if check.nearest is not None:
        lines += ["The nearest text of the named document:", *_standing(check.nearest)]
    if check.verdict is QuoteVerdict.EXACT:
        for place in dict.fromkeys(place.location for place in check.places):
            lines.append(f"It stands at {visible(place)}")
    elif check.places:
        first, *others = check.places
        lines += ["The source has:", *_standing(first)]
        lines += [f"The same stands at {visible(place.location)}" for place in others]
    if check.further:
        lines.append(f"And in {'' if check.counted_all else 'at least '}{check.further:,} more.")
    return "\n".join(lines)


def _standing(place: "QuotePlace") -> Iterator[str]:
    yield visible(place.location)
    yield from _marks(recognised=_is_picture(place.unit), changed=place.source.stale)
    yield fenced("quote", place.quote)


def state_text(state: "State") -> str:
    """What the index holds, and whether it is up to date."""
    counts, condition = state.counts, state.condition
    held = f"{counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')}"
    languages = ", ".join(f"{visible(name)} {count:,}" for name, count in state.languages.items())
    lines = [
        f"The index holds {held}" + (f" (languages: {languages})." if languages else "."),
        f"Made from {', '.join(visible(root.path) for root in state.roots)} on {state.created}.",
    ]
    if condition.fresh:
        lines.append("It is up to date with the files.")
    else:
        lines.append("It is not up to date with the files; the user can run `qa index`.")
        lines += [f"Cannot be found: {visible(root.path)} {root.reason}" for root in condition.gone]
        for label, paths in (
            ("Changed", condition.changed),
            ("Gone", condition.vanished),
            ("New, not searched yet", condition.new),
        ):
            lines += _named(label, paths)
    skipped = [f"{file.path} ({file.reason})" for file in condition.skipped]
    lines += _named("Not read", skipped)
    lines += _named(
        "Read only in part or not surely", list(dict.fromkeys(gap.path for gap in state.gaps))
    )
    if state.promise is not None:
        lines.append(
            f"Of the answers at most {100 * state.promise.risk:.3g}% are wrong: so it was promised "
            f"with {100 * state.promise.confidence_level:.3g}% confidence, for questions like "
            f"{state.promise.questions:,} that were labelled."
        )
        lines += [f"It may not hold: {visible(doubt)}." for doubt in state.doubts_of_promise]
    if state.sources is not None:
        lines += ["", "Documents:"]
        for source in state.sources[:DOCUMENTS_LISTED]:
            dated = source.date if source.date_from != "mtime" else None
            facts = [_cut(source.title), source.language, dated, *source.tags]
            told = ", ".join(visible(fact) for fact in facts if fact)
            lines.append(f"- {visible(source.path)} ({told})")
        lines += _left_out(len(state.sources) - DOCUMENTS_LISTED)
    return "\n".join(lines)


def _named(label: str, paths: "list[str] | tuple[str, ...]") -> Iterator[str]:
    if paths:
        shown = ", ".join(map(_cut, paths[:_FILES_NAMED]))
        more = f" and {len(paths) - _FILES_NAMED:,} more" if len(paths) > _FILES_NAMED else ""
        yield f"{label}: {shown}{more}"


def _left_out(number: int) -> Iterator[str]:
    if number > 0:
        yield f"- and {number:,} more"


def _is_picture(unit: "UnitRange | None") -> bool:
    return unit is not None and unit.recognised


def _marks(*, recognised: bool, changed: bool) -> Iterator[str]:
    if recognised:
        yield "The text was recognised on a picture and may have misread characters."
    if changed:
        yield "The file has changed or gone since it was indexed."


def _trail(steps: tuple[str, ...]) -> str:
    return " > ".join(map(_cut, steps))


def _cut(name: str) -> str:
    shown = visible(" ".join(name.split()))
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}..."


def fenced(kind: str, text: str) -> str:
    """``text`` between lines that it cannot contain."""
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"<{kind} {mark}>\n{shown(text)}\n</{kind} {mark}>"


def shown(text: str) -> str:
    """``text`` with escaped control characters, except ends of lines and tabs."""
    return "".join(
        part if place % 2 else visible(part) for place, part in enumerate(_KEPT.split(text))
    )
