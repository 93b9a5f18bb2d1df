"""How long a list takes beside a plain answer, in the same process."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from qa.answering.answerer import DEFAULT_LEAST, Answerer


def timed(answerer: Answerer, questions: Sequence[str]) -> dict[str, float]:
    """Median seconds of both, their ratio, and how much is listed and read.

    Each question is asked in all ways in turn, so that other work on the machine slows all alike.
    """
    ways: dict[str, Callable[[str], Any]] = {
        "ask": answerer.ask,
        "list": answerer.ask_all,
        "list, limit 0.05": lambda question: answerer.ask_all(question, least=0.05),
        "list, not read": lambda question: answerer.ask_all(question, read=False),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    read, listed = [], []
    answerer.ask(questions[0])  # opens the models
    for question in questions:
        for name, ask in ways.items():
            started = time.perf_counter()
            found = ask(question)
            taken[name].append(time.perf_counter() - started)
            if name == "list":
                read.append(found.read)
                listed.append(len(found.passages))
    plain = median(taken["ask"])
    return {
        "questions": len(questions),
        "least": DEFAULT_LEAST,
        "read": median(read),
        "listed": median(listed),
        **{f"{name}, seconds": round(median(each), 3) for name, each in taken.items()},
        **{
            f"{name}, times a plain answer": round(median(each) / plain, 2)
            for name, each in taken.items()
            if name != "ask"
        },
    }
