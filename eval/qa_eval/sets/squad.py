"""SQuAD 1.1 and 2.0 files.

Each paragraph is a document and a gold place; answer strings are kept for evidence precision.
``is_impossible`` questions are unanswerable in *their paragraph*: another paragraph of the file may
still answer one.
"""

from collections.abc import Iterator
from pathlib import Path

from qa_eval.errors import QuestionSetError
from qa_eval.fields import Fields, parse_json
from qa_eval.records import Document, Gold, Question, QuestionSet
from qa_eval.sets.collect import collect


def load_squad(path: str | Path) -> QuestionSet:
    """Read the questions; gold names the documents of ``squad_documents``."""
    path = Path(path)
    return collect(
        str(path),
        (
            _parse_question(
                Fields(data, f"{paragraph.where}, question {number}", QuestionSetError), document
            )
            for document, paragraph in _paragraphs(path)
            for number, data in enumerate(paragraph.items("qas"), start=1)
        ),
    )


def squad_documents(path: str | Path) -> Iterator[Document]:
    """The paragraphs as documents, with ids ``title#number`` counting from 0."""
    for document, _ in _paragraphs(Path(path)):
        yield document


def _paragraphs(path: Path) -> Iterator[tuple[Document, Fields]]:
    try:
        content = parse_json(path.read_bytes())
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise QuestionSetError(f"{path}: {error}") from error
    titles: set[str] = set()
    articles = Fields(content, str(path), QuestionSetError).items("data")
    for count, data in enumerate(articles, start=1):
        article = Fields(data, f"{path}: article {count}", QuestionSetError)
        title = article.text("title")
        if title in titles:
            raise article.problem(f'title "{title}" stands twice')
        titles.add(title)
        for number, data in enumerate(article.items("paragraphs")):
            name = f"{title}#{number}"
            paragraph = Fields(data, f'{path}: paragraph "{name}"', QuestionSetError)
            yield Document(name, title.replace("_", " "), paragraph.text("context")), paragraph


def _parse_question(fields: Fields, document: Document) -> Question:
    answerable = not fields.flag("is_impossible", default=False)
    answers: list[str] = []
    for number, data in enumerate(fields.items("answers", optional=not answerable), start=1):
        answer = Fields(data, f"{fields.where}, answer {number}", QuestionSetError)
        text, start = answer.text("text"), answer.integer("answer_start")
        if not document.text.startswith(text, start):
            raise answer.problem(f'"{text}" does not stand at {start} of its paragraph')
        answers.append(text)
    if answerable and not answers:
        raise fields.problem("no answer, and not marked as impossible")
    return Question(
        id=fields.text("id"),
        text=fields.text("question"),
        answerable=answerable,
        gold=(Gold(path=document.id, part=document.id),) if answerable else (),
        answers=tuple(dict.fromkeys(answers)) if answerable else (),
        where=fields.where,
    )
