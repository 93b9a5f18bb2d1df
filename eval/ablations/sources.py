"""Collections to search, and the question sets that are asked of them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.calibration.sources import article_of
from qa_eval import Document, Question, QuestionSet, beir_documents, load_beir
from qa_eval.records import Span
from qa_eval.runner import sample


@dataclass(frozen=True, slots=True)
class Source:
    """Documents with their question sets: one set, or several of a folder that mixes them."""

    documents: tuple[Document, ...]
    questions: Mapping[str, tuple[Question, ...]]
    """Answerable questions by set name."""


def separate(data: Path, names: Sequence[str], *, limit: int, documents: int) -> Iterator[Source]:
    """Yield each set alone: at most ``documents`` of whole articles, ``limit`` questions."""
    for name in names:
        kept = _articles(tuple(beir_documents(data / name)), documents)
        there = {document.id for document in kept}
        found = load_beir(data / name)
        asked = tuple(
            question
            for question in found.questions
            if question.answerable and there.issuperset(question.parts)
        )
        chosen = sample(QuestionSet(name, asked), limit, seed=0).questions
        yield Source(kept, {name: chosen})


def together(data: Path, names: Sequence[str], *, limit: int, documents: int) -> Source:
    """All sets in one collection, like a folder in several languages."""
    sources = list(separate(data, names, limit=limit, documents=documents))
    return Source(
        tuple(
            document._replace(id=f"{name}/{document.id}")
            for name, source in zip(names, sources, strict=True)
            for document in source.documents
        ),
        {
            name: tuple(_moved(question, name) for question in questions)
            for source in sources
            for name, questions in source.questions.items()
        },
    )


def joined(source: Source) -> Source:
    """Join the paragraphs of each article into one document and move gold to their new offsets."""
    documents: list[Document] = []
    places: dict[str, Span] = {}
    for paragraphs in _by_article(source.documents).values():
        text = ""
        for paragraph in paragraphs:
            places[paragraph.id] = Span(len(text), len(text) + len(paragraph.text))
            text += f"{paragraph.text}\n\n"
        documents.append(Document(article_of(paragraphs[0].id), paragraphs[0].title, text))
    return Source(
        tuple(documents),
        {
            name: tuple(_placed(question, places) for question in questions)
            for name, questions in source.questions.items()
        },
    )


def _placed(question: Question, places: Mapping[str, Span]) -> Question:
    gold = tuple(
        replace(each, path=article_of(each.path), **places[each.path]._asdict())
        for each in question.gold
    )
    return replace(question, gold=gold)


def _moved(question: Question, folder: str) -> Question:
    gold = tuple(
        replace(each, path=f"{folder}/{each.path}", part=f"{folder}/{each.part}")
        for each in question.gold
    )
    return replace(question, gold=gold)


def _articles(documents: tuple[Document, ...], at_most: int) -> tuple[Document, ...]:
    """At most ``at_most`` documents: whole articles, chosen by a hash.

    Paragraphs are numbered within their article, as in "1973_oil_crisis#4". Choosing single
    paragraphs would leave out the most similar ones, those of the same article.
    """
    if len(documents) <= at_most:
        return documents
    articles = _by_article(documents)
    kept: list[Document] = []
    for name in sorted(articles, key=lambda name: hashlib.sha256(name.encode()).digest()):
        if len(kept) + len(articles[name]) <= at_most:
            kept += articles[name]
    return tuple(kept)


def _by_article(documents: Iterable[Document]) -> dict[str, list[Document]]:
    articles: dict[str, list[Document]] = {}
    for document in documents:
        articles.setdefault(article_of(document.id), []).append(document)
    return articles
