"""Small question sets, responses and runs to test with."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path

from qa_eval import Gold, Question, QuestionSet, Response, Retrieved, Run, Span, run

TEXT = "".join(f"Sentence {number:03d} says something else. " for number in range(100))
"""100 sentences of 34 characters."""
SENTENCE = 34


def sentence(number: int) -> Span:
    """Span of the ``number``-th sentence of ``TEXT``, without the space after it."""
    return Span(number * SENTENCE, number * SENTENCE + SENTENCE - 1)


def gold(number: int, *, path: str = "a.txt", part: str = "", grade: int = 1) -> Gold:
    start, end = sentence(number)
    return Gold(path, TEXT[start:end], start, end, grade, part or f"#{number}")


def question(
    name: str = "q1",
    *places: Gold,
    tags: tuple[str, ...] = (),
    answers: tuple[str, ...] = (),
) -> Question:
    """A question, answerable if it has gold."""
    return Question(name, f"What says {name}?", bool(places), places, answers, tags)


def passage(first: int, last: int | None = None, *, path: str = "a.txt") -> Retrieved:
    """A passage of sentences ``first`` to ``last`` of ``TEXT``, with the first as evidence."""
    start, end = sentence(first).start, sentence(first if last is None else last).end
    return Retrieved(path, start, end, TEXT[start:end], 1.0, (sentence(first),))


def response(*passages: Retrieved, probability: float = 0.9, answered: bool = True) -> Response:
    return Response(passages, probability, answered)


def text_of(path: str) -> str | None:
    return TEXT if path in ("a.txt", "b.txt") else None


def many_questions(answerable: int = 40, unanswerable: int = 20) -> QuestionSet:
    """Question ``qN`` is answered by sentence N; ids do not sort in the order of the set."""
    yes = [
        question(f"q{n}", gold(n), tags=("even",) if n % 2 == 0 else ("odd", "tagged"))
        for n in range(answerable)
    ]
    no = [question(f"u{n}", tags=("none",)) for n in range(unanswerable)]
    return QuestionSet("many", (*yes, *no))


def searcher(quality: float, seed: int = 0, *, depth: int = 20) -> Callable[[str], Response]:
    """Finds the sentence of ``qN`` at rank 1 with chance ``quality``, else deeper or not at all.

    A pure function of the question, so that runs are repeatable.
    """

    def ask(text: str) -> Response:
        name = text.removeprefix("What says ").removesuffix("?")
        draw = random.Random(f"{seed} {name}")
        ranking = draw.sample(range(50, 100), depth)
        hit = draw.random() < quality
        answerable = name.startswith("q")
        if answerable:
            position = 0 if hit else draw.randrange(1, 2 * depth)
            ranking.insert(position, int(name[1:]))
        probability = min(1.0, max(0.0, draw.gauss(0.7 if answerable and hit else 0.35, 0.15)))
        return response(
            *(passage(number) for number in ranking[:depth]),
            probability=probability,
            answered=probability > 0.5,
        )

    return ask


def example_run(
    modes: Mapping[str, float] | None = None, *, seed: int = 0, threads: int = 1
) -> Run:
    """A run over ``many_questions`` with modes of the given quality."""
    modes = modes or {"weak": 0.3, "strong": 0.9}
    return run(
        many_questions(),
        {mode: searcher(quality, seed) for mode, quality in modes.items()},
        text_of=text_of,
        threads=threads,
        provenance={"command": "qa eval many.jsonl", "index": {"generation": 3}},
    )


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), "utf-8")
    return path
