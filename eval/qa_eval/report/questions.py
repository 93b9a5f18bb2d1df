"""The list of questions on the page; each opens to the citations of every mode."""

from qa_eval.records import Gold, Question
from qa_eval.report.changes import outcome
from qa_eval.report.chart import series
from qa_eval.report.markup import Markup, element, join
from qa_eval.report.quotes import quote
from qa_eval.report.text import one_line
from qa_eval.runs import Judged, Result, Run

_SHOWN = 3
"""Passages per question and mode; more make the page of a large set slow to open."""


def questions_list(run: Run) -> Markup:
    """Every question, closed."""
    return join(
        *(
            _question(question, {mode: results[number] for mode, results in run.modes.items()})
            for number, question in enumerate(run.questions)
        )
    )


def is_right(question: Question, result: Result) -> bool:
    """Return True if the response was right: gold near the top, or correctly no answer."""
    if question.answerable:
        return result.answered and result.correct
    return not result.answered


def _question(question: Question, results: dict[str, Result]) -> Markup:
    right = [is_right(question, result) for result in results.values()]
    kinds = ["all"]
    if not all(right):
        kinds.append("wrong")
    if any(right) and not all(right):
        kinds.append("disagree")
    kinds.append("answerable" if question.answerable else "unanswerable")
    badges = [
        element(
            "span",
            _badge(question, result),
            class_=f"badge {'good' if ok else 'bad'} {series(number)}",
            title=f"{mode}: {outcome(question, result)}",
        )
        for number, ((mode, result), ok) in enumerate(zip(results.items(), right, strict=True))
    ]
    tags = [element("span", tag, class_="tag") for tag in question.tags]
    summary = element(
        "summary",
        element("span", one_line(question.text, 300), class_="asked", dir="auto"),
        *tags,
        element("span", *badges, class_="badges"),
    )
    columns = [
        _mode(question, mode, result, series(number))
        for number, (mode, result) in enumerate(results.items())
    ]
    return element(
        "details",
        summary,
        element("p", question.id, class_="id"),
        _gold(question),
        element("div", *columns, class_="modes"),
        class_="question",
        data_kind=" ".join(kinds),
    )


def _badge(question: Question, result: Result) -> str:
    """A tick or cross with the best rank, so that the verdict does not depend on colour."""
    if not question.answerable:
        return "✗ answered" if result.answered else "✓ refused"
    best = min(result.found.values(), default=None)
    if best is None:
        return "✗ missed"
    tick = "✓" if result.answered and result.correct else "✗"
    return f"{tick} rank {best}" + ("" if result.answered else ", refused")


def _gold(question: Question) -> Markup:
    if not question.answerable:
        return element("p", "No source answers this.", class_="gold")
    places = [element("li", *_place(gold)) for gold in question.gold]
    answers = [element("li", "answers: ", " · ".join(question.answers))] if question.answers else []
    return element("ul", *places, *answers, class_="gold", aria_label="Gold")


def _place(gold: Gold) -> list[str]:
    where = gold.path if gold.is_document else f"{gold.path}:{gold.start}-{gold.end}"
    shown: list[str] = [element("code", where)]
    if gold.quote:
        shown += [" ", element("q", one_line(gold.quote, 400), dir="auto")]
    return shown


def _mode(question: Question, mode: str, result: Result, class_: str) -> Markup:
    head = element(
        "h4",
        element("span", class_=f"key {class_}"),
        mode,
        element("small", f"{outcome(question, result)} · probability {result.probability:.2f}"),
    )
    passages = [_passage(question, judged) for judged in result.passages[:_SHOWN]]
    more = result.retrieved - len(passages)
    rest = element("p", f"and {more} more", class_="more") if more > 0 else Markup()
    nothing = Markup() if passages else element("p", "Nothing was retrieved.", class_="more")
    return element("section", head, element("ol", *passages), nothing, rest)


def _passage(question: Question, judged: Judged) -> Markup:
    passage = judged.passage
    return element(
        "li",
        element(
            "div",
            element("span", str(judged.verdict), class_=f"verdict {judged.verdict}"),
            element("code", f"{one_line(passage.path, 100)}:{passage.start}-{passage.end}"),
            element("small", f"score {passage.score:.3f}"),
            class_="place",
        ),
        element("blockquote", quote(question, judged), dir="auto"),
    )
