"""BEIR folders: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/<split>.tsv``.

Gold places are whole documents. Queries may have ``answers`` and ``answerable``. A query without a
relevant document in the split is left out, as is usual, unless it is marked
``"answerable": false``.
"""

from collections.abc import Iterator
from pathlib import Path

from qa_eval.errors import QuestionSetError
from qa_eval.fields import Fields, read_lines, read_objects
from qa_eval.records import Document, Gold, Question, QuestionSet
from qa_eval.sets.collect import add_judgment, collect


def load_beir(folder: str | Path, split: str = "test") -> QuestionSet:
    """Read the queries of one split with their judgments."""
    folder = Path(folder)
    judgments = folder / "qrels" / f"{split}.tsv"
    if not judgments.is_file():
        splits = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
        known = f"splits here are {', '.join(splits)}" if splits else "is this a BEIR folder?"
        raise QuestionSetError(f"{judgments}: no such file; {known}")
    grades = _read_qrels(judgments)
    questions: list[Question] = []
    left_out = 0
    for fields in read_objects(folder / "queries.jsonl"):
        question = _parse_query(fields, grades)
        if question is None:
            left_out += 1
        else:
            questions.append(question)
    name = f"{folder} ({split})"
    question_set = collect(name, questions, left_out=left_out)
    unknown = grades.keys() - {question.id for question in questions}
    if unknown:
        raise QuestionSetError(
            f'{judgments}: query "{min(unknown)}" is not in {folder / "queries.jsonl"}; '
            "judgments and queries must come from the same set"
        )
    return question_set


def beir_documents(folder: str | Path) -> Iterator[Document]:
    """Yield the documents of the corpus in file order."""
    seen: set[str] = set()
    for fields in read_objects(Path(folder) / "corpus.jsonl"):
        document = Document(
            fields.text("_id"),
            fields.string("title") if "title" in fields else "",
            fields.string("text"),
        )
        if document.id in seen:
            raise fields.problem(f'document "{document.id}" stands twice in the corpus')
        seen.add(document.id)
        yield document


def _parse_query(fields: Fields, grades: dict[str, dict[str, int]]) -> Question | None:
    """The query, or ``None`` if the split has no judgment of it."""
    identifier = fields.text("_id")
    relevant = grades.get(identifier, {})
    answerable = fields.flag("answerable", default=True)
    if relevant and not answerable:
        raise fields.problem(f'"answerable" is false, but "{next(iter(relevant))}" is relevant')
    if answerable and not relevant:
        return None
    return Question(
        id=identifier,
        text=fields.text("text"),
        answerable=answerable,
        gold=tuple(Gold(path=path, grade=grade, part=path) for path, grade in relevant.items()),
        answers=fields.texts("answers"),
        where=fields.where,
    )


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Grade by document by query, without judgments of 0 and below."""
    grades: dict[str, dict[str, int]] = {}
    for number, line in read_lines(path):
        try:
            query, document, grade = line.decode("utf-8").rstrip("\r\n").split("\t")
            if number == 1 and grade.strip() == "score":
                continue
            value = int(grade)
        except ValueError as error:
            raise QuestionSetError(
                f"{path}:{number}: expected query-id, corpus-id and a whole-number score, "
                "separated by tabs"
            ) from error
        add_judgment(grades, query, document, value, f"{path}:{number}")
    return grades
