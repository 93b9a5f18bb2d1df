"""The probability that a passage supports a whole sentence.

``Answerer.ask``, asked the sentence as if it were a question, gives a probability that the passage
is about just this. That is not yet support: a sentence that says the opposite finds the same
passage. So it is scaled down on sentences whose support is known, together with two facts: whether
a number of the sentence is missing in the passage, and whether one of both negates.
"""

import math
from dataclasses import dataclass

from qa.checking.quotes.negation import negates
from qa.checking.quotes.numerals import numbers_in
from qa.checking.quotes.words import words_of

THRESHOLD = 0.5
"""Lowest probability at which a passage is shown as support."""

_EDGE = 0.001
"""Probabilities nearer to 0 or 1 are taken for this: their logarithm says too much."""


@dataclass(frozen=True, slots=True)
class Support:
    """What the probability of support depends on."""

    answers: float
    """Probability that the passage answers the sentence, asked as a question."""
    lacking: tuple[str, ...]
    """Numbers of the sentence that the passage does not hold."""
    negation: bool
    """Whether one of sentence and quote negates and the other does not."""

    @property
    def features(self) -> tuple[float, float, float]:
        """As the model takes them."""
        certain = min(max(self.answers, _EDGE), 1 - _EDGE)
        return math.log(certain / (1 - certain)), float(bool(self.lacking)), float(self.negation)


@dataclass(frozen=True, slots=True)
class SupportModel:
    """A logistic model of three features."""

    intercept: float
    weights: tuple[float, float, float]

    def probability(self, support: Support) -> float:
        """Probability that the whole sentence is supported."""
        terms = zip(self.weights, support.features, strict=True)
        score = self.intercept + sum(weight * feature for weight, feature in terms)
        return round(1 / (1 + math.exp(-score)), 3)


SHIPPED = SupportModel(-2.068, (1.508, -1.523, -0.66))
"""Fitted by ``python -m eval.claims`` on its 250 sentences."""


def support_of(sentence: str, quote: str, passage: str, answers: float) -> Support:
    """What is known of a sentence beside a ``passage`` and the ``quote`` in it that fits best."""
    claimed = words_of(sentence)
    held = {_value(number) for number in numbers_in(words_of(passage))}
    lacking = [each for each in numbers_in(claimed) if _value(each) not in held]
    negation = negates(claimed) != negates(words_of(quote))
    return Support(answers, tuple(dict.fromkeys(lacking)), negation)


def _value(number: str) -> str:
    """A number without its separators of thousands."""
    head, *groups = number.replace("'", ",").split(",")
    return head + "".join(groups) if all(len(group) == 3 for group in groups) else number
