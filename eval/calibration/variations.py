"""Collections sampled from a set, with questions known to be answerable or not.

A fifth of the documents is removed, so that questions about them become unanswerable.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from qa_eval import Document

from .sources import Asked, LabelledSet


@dataclass(frozen=True, slots=True)
class VariationParameters:
    """How a set is cut."""

    removed_share: float = 0.2
    """Share of the documents that are removed, so that questions about them have no answer."""
    fact: int = 2
    """Most documents that answer a question of fact. A topic has more, judged or not, so it is
    still answered when some are removed."""


PARAMETERS = VariationParameters()


class Kind(StrEnum):
    """Why a question is answerable or not."""

    ANSWERABLE = "answerable"
    OTHER_DOMAIN = "other_domain"
    REMOVED = "removed"
    """The document that answers it was removed."""
    OWN = "own"
    """Written to be unanswerable by the document that it is about."""
    SWAPPED = "swapped"
    """One name, number or word of an answerable question swapped for another of its kind."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question as it is asked of a variation."""

    kind: Kind
    text: str
    gold: frozenset[str]
    """Documents of the variation that answer it."""
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variation:
    """Documents to index, and what to ask of them."""

    set_name: str
    name: str
    documents: tuple[Document, ...]
    questions: tuple[Labelled, ...]


def variations(
    labelled: LabelledSet,
    sizes: Sequence[int],
    others: Mapping[str, Sequence[str]],
    *,
    at_most: int = 300,
) -> Iterator[Variation]:
    """Yield one variation per size that the set has enough documents for.

    It has up to ``at_most`` questions of a kind.

    ``others`` are questions by set name. Without any, questions about other articles of the same
    set stand for the other domain.
    """
    largest = int(len(labelled.documents) * (1 - PARAMETERS.removed_share))
    for number, size in enumerate(sorted({min(size, largest) for size in sizes})):
        yield _variation(labelled, size, number, others, at_most)


def _variation(
    labelled: LabelledSet,
    size: int,
    number: int,
    others: Mapping[str, Sequence[str]],
    at_most: int,
) -> Variation:
    chance = random.Random(f"{labelled.name} {size}")  # noqa: S311 - repeatable, not secret
    pool = list(_articles_for(labelled, int(size / (1 - PARAMETERS.removed_share)), number))
    chance.shuffle(pool)
    kept = frozenset(pool[:size])
    removed = frozenset(pool[size:])
    by_kind: dict[Kind, list[Labelled]] = {kind: [] for kind in Kind}
    for question in labelled.questions:
        if question.about is not None:
            if question.about in kept:
                by_kind[Kind.OWN].append(_labelled(Kind.OWN, question.text))
        elif question.gold & kept:
            by_kind[Kind.ANSWERABLE].append(
                _labelled(Kind.ANSWERABLE, question.text, question, question.gold & kept)
            )
        elif question.gold & removed and len(question.gold) <= PARAMETERS.fact:
            by_kind[Kind.REMOVED].append(_labelled(Kind.REMOVED, question.text, question))
    by_kind[Kind.OTHER_DOMAIN] = [
        _labelled(Kind.OTHER_DOMAIN, text)
        for text in (
            [text for questions in others.values() for text in chance.sample(questions, 30)]
            or _of_other_articles(labelled, kept | removed)
        )
    ]
    if not by_kind[Kind.OWN]:
        exchanged = [
            swapped(question, labelled, chance)
            for question in labelled.questions
            if question.gold & kept and len(question.gold) <= PARAMETERS.fact
        ]
        by_kind[Kind.SWAPPED] = [question for question in exchanged if question is not None]
    asked: list[Labelled] = []
    for questions in by_kind.values():
        asked += chance.sample(questions, min(at_most, len(questions)))
    documents = tuple(labelled.documents[name] for name in sorted(kept))
    return Variation(labelled.name, f"{labelled.name}/{size}", documents, tuple(asked))


def _labelled(
    kind: Kind,
    text: str,
    question: Asked | None = None,
    gold: frozenset[str] = frozenset(),
) -> Labelled:
    return Labelled(kind, text, gold, question.answers if question else ())


def _articles_for(labelled: LabelledSet, count: int, number: int) -> Iterator[str]:
    """Ids of ``count`` documents, whole articles if they fit; ``number`` varies the choice."""
    articles = list(labelled.articles.values())
    start = number * len(articles) // 7 if len(articles) < len(labelled.documents) else 0
    for article in (*articles[start:], *articles[:start]):
        yield from article[:count]
        count -= min(count, len(article))


def _of_other_articles(labelled: LabelledSet, used: frozenset[str]) -> list[str]:
    touched = {
        document
        for article in labelled.articles.values()
        if not used.isdisjoint(article)
        for document in article
    }
    return [q.text for q in labelled.questions if q.gold and q.gold.isdisjoint(touched)]


_WORD = re.compile(r"\w+(?:[.,]\d+)*")


def swapped(question: Asked, labelled: LabelledSet, chance: random.Random) -> Labelled | None:
    """The question with one word swapped; some of these stay answerable or are nonsense."""
    own = labelled.documents[min(question.gold)].text
    held = {word.casefold() for word in _WORD.findall(own)}
    candidates = [
        match
        for match in _WORD.finditer(question.text)
        if match[0].casefold() in held and _form(match[0]) is not None
    ]
    if not candidates:
        return None
    telling = [match for match in candidates if _form(match[0]) != "word" and match.start()]
    old = chance.choice(telling or candidates)
    elsewhere = labelled.documents[chance.choice(list(labelled.documents))].text
    source = own if chance.random() < 0.5 else elsewhere
    new = [
        word
        for word in _WORD.findall(source)
        if _form(word) == _form(old[0]) and word.casefold() not in question.text.casefold()
    ]
    if not new:
        return None
    text = question.text[: old.start()] + chance.choice(new) + question.text[old.end() :]
    return _labelled(Kind.SWAPPED, text)


def _form(word: str) -> str | None:
    """Class of words that may replace a word; ``None`` for short words and unspaced scripts."""
    if any(character.isdigit() for character in word):
        return "number"
    if len(word) < 4 or len(word) > 20 or "\u3040" <= word[0] <= "\u9fff":
        return None
    return "name" if word[0].isupper() else "word"
