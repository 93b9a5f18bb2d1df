"""The project's own format: JSON Lines, one question per line.

    {"id": "q1", "question": "…", "answerable": true, "tags": ["number"], "answers": ["135 years"],
     "gold": [{"path": "seeds/x.txt", "quote": "exact text"}]}

A gold place is a ``quote``, ``start`` and ``end``, a quote with ``start`` if it occurs more than
once, or a path alone for a whole document. Each place is one relevant item; places that share a
``part`` are alternatives. ``grade`` is 1 by default.
"""

from pathlib import Path

from qa_eval.errors import QuestionSetError
from qa_eval.fields import Fields, read_objects
from qa_eval.records import Gold, Question, QuestionSet
from qa_eval.sets.collect import collect


def load_questions(path: str | Path) -> QuestionSet:
    """Read a question set. Raises ``QuestionSetError`` with file, line and problem."""
    path = Path(path)
    return collect(str(path), (parse_question(fields) for fields in read_objects(path)))


def parse_question(fields: Fields) -> Question:
    """One line as a question."""
    fields.only("id", "question", "answerable", "gold", "answers", "tags")
    answerable = fields.flag("answerable", default=True)
    gold = tuple(
        _parse_gold(Fields(data, f"{fields.where}: gold {number}", QuestionSetError), number)
        for number, data in enumerate(fields.items("gold", optional=True), start=1)
    )
    if answerable and not gold:
        raise fields.problem('no "gold": name the place that answers it, or "answerable": false')
    if gold and not answerable:
        raise fields.problem('"gold" on a question with "answerable": false')
    if len({place.is_document for place in gold}) > 1:
        raise fields.problem("gold must be all places or all whole documents")
    grades: dict[str, int] = {}
    for place in gold:
        if grades.setdefault(place.part, place.grade) != place.grade:
            raise fields.problem(f'alternatives of part "{place.part}" have different grades')
    return Question(
        id=fields.text("id"),
        text=fields.text("question"),
        answerable=answerable,
        gold=gold,
        answers=fields.texts("answers"),
        tags=tuple(dict.fromkeys(fields.texts("tags"))),
        where=fields.where,
    )


def _parse_gold(fields: Fields, number: int) -> Gold:
    fields.only("path", "quote", "start", "end", "grade", "part")
    quote = fields.text("quote") if "quote" in fields else None
    start = fields.integer("start") if "start" in fields else None
    end = fields.integer("end") if "end" in fields else None
    if quote is None and (start is None) != (end is None):
        raise fields.problem('"start" and "end" go together')
    if start is None and end is not None:
        raise fields.problem('"end" without "start"')
    if start is not None and end is not None and end <= start:
        raise fields.problem('"end" must be greater than "start"')
    return Gold(
        path=fields.text("path"),
        quote=quote,
        start=start,
        end=end,
        grade=fields.integer("grade", 1, least=1),
        # A unique name, so that each place is needed.
        part=fields.text("part") if "part" in fields else f"#{number}",
    )
