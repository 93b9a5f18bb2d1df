"""TREC topics with qrels; the caller indexes the documents under their ids.

Topics are in the classic ``<top> <num> <title>`` form, whose title is asked (or the description if
there is no title), or lines ``id TAB text``. Qrels are lines ``topic iteration document grade``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from qa_eval.errors import QuestionSetError
from qa_eval.fields import MAX_LINE, read_lines
from qa_eval.records import Gold, Question, QuestionSet
from qa_eval.sets.collect import add_judgment, collect

_LABELS = re.compile(r"^\s*(?:Number|Topic|Description)\s*:", re.IGNORECASE)


def load_trec(topics: str | Path, qrels: str | Path) -> QuestionSet:
    """Read topics and judgments; topics without a relevant document are left out."""
    topics, qrels = Path(topics), Path(qrels)
    grades = _read_qrels(qrels)
    questions: list[Question] = []
    asked: set[str] = set()
    for identifier, text, where in _read_topics(topics):
        if not identifier or not text:
            raise QuestionSetError(f"{where}: a topic needs a number and a title")
        asked.add(identifier)
        if relevant := grades.get(identifier):
            gold = tuple(
                Gold(path=path, grade=grade, part=path) for path, grade in relevant.items()
            )
            questions.append(Question(identifier, text, answerable=True, gold=gold, where=where))
    if asked and not asked & grades.keys():
        raise QuestionSetError(f"{qrels}: names no relevant document for any topic of {topics}")
    return collect(str(topics), questions, left_out=len(asked) - len(questions))


def _read_topics(path: Path) -> Iterator[tuple[str, str, str]]:
    """Id, text and place of each topic."""
    try:
        size = path.stat().st_size
        if size > MAX_LINE:
            raise QuestionSetError(f"{path}: {size} bytes are no file of topics")
        content = path.read_text("utf-8-sig")
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise QuestionSetError(f"{path}: not UTF-8 at byte {error.start + 1}") from error
    if "<top>" in content:
        yield from _classic(path, content)
    else:
        yield from _tab_separated(path, content)


def _classic(path: Path, content: str) -> Iterator[tuple[str, str, str]]:
    head, *topics = content.split("<top>")
    line = 1 + head.count("\n")
    for topic in topics:
        fields = dict.fromkeys(("num", "title", "desc"), "")
        for piece in topic.split("</top>")[0].split("<")[1:]:
            name, _, value = piece.partition(">")
            if fields.get(name.strip().lower()) == "":
                fields[name.strip().lower()] = " ".join(_LABELS.sub("", value).split())
        yield fields["num"], fields["title"] or fields["desc"], f"{path}:{line}"
        line += topic.count("\n")


def _tab_separated(path: Path, content: str) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            identifier, tab, text = line.partition("\t")
            if not tab:
                raise QuestionSetError(f"{path}:{number}: expected id, a tab and the question")
            yield identifier.strip(), text.strip(), f"{path}:{number}"


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for number, line in read_lines(path):
        try:
            topic, _, document, grade = line.decode("utf-8").split()
            value = int(grade)
        except ValueError as error:
            raise QuestionSetError(
                f"{path}:{number}: expected topic, iteration, document and a whole-number grade"
            ) from error
        add_judgment(grades, topic, document, value, f"{path}:{number}")
    return grades
