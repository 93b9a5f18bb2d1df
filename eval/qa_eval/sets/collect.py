"""Shared by all formats: judgments, unique ids, at least one question."""

from collections.abc import Iterable

from qa_eval.errors import QuestionSetError
from qa_eval.records import Question, QuestionSet


def collect(name: str, questions: Iterable[Question], *, left_out: int = 0) -> QuestionSet:
    """Make the set. Raises ``QuestionSetError`` if it is empty or an id is not unique."""
    by_id: dict[str, Question] = {}
    for question in questions:
        earlier = by_id.setdefault(question.id, question)
        if earlier is not question:
            raise QuestionSetError(
                f'{question.where}: id "{question.id}" stands already at {earlier.where}; '
                "give each question an id of its own"
            )
    if not by_id:
        why = "no question has a relevant document" if left_out else "there is no question in it"
        raise QuestionSetError(f"{name}: the set is empty: {why}")
    return QuestionSet(name, tuple(by_id.values()), left_out)


def add_judgment(
    grades: dict[str, dict[str, int]], query: str, document: str, grade: int, where: str
) -> None:
    """Add one judgment to ``grades``. Raises ``QuestionSetError`` if the pair is already judged.

    Our measures (``qa_eval.measures.SUPPORTED``) do not distinguish a judgment of 0 from none.
    """
    if grade <= 0:
        return
    if document in grades.setdefault(query, {}):
        raise QuestionSetError(f'{where}: document "{document}" is judged twice for "{query}"')
    grades[query][document] = grade
