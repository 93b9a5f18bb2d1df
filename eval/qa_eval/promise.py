"""Chooses the threshold whose answers are wrong at most as often as was promised.

The selective risk at a threshold is the share of wrong answers among those given: questions whose
probability reaches it. ``choose`` finds the lowest threshold at which the true risk is shown to be
at most ``risk``, so that a set of questions drawn like these leads to a threshold with a higher
risk with probability 1 - ``level`` at most.

*How.* The questions are ordered by probability. The null hypothesis "the risk among the first m is
higher than ``risk``" has the exact binomial p-value P(Binomial(m, risk) <= wrong): that is the test
of Clopper and Pearson (1934), and of Geifman and El-Yaniv (2017) for a selective risk. The m are
tested one after the other, from few to many, each at 1 - ``level``, until one is not rejected:
fixed-sequence testing (Bauer 1991), as Angelopoulos, Bates, Candes, Jordan and Lei (2021, "Learn
then Test") use it to control a risk. So no correction for many thresholds is needed. Which m are
tested depends on the number of questions alone.

*Why it holds.* Let t be the highest threshold with a risk above ``risk``, and N the questions that
reach it. A broken promise has rejected the first m tested that is N or more. Given N, those that
reach t are wrong independently, each with a probability above ``risk``. If all below t are wrong
with a probability of ``risk`` or more, the wrong ones among the first m are at least
Binomial(m, risk), and it is rejected with probability 1 - ``level`` at most. The one assumption is
therefore: below the first threshold that breaks the promise, answers of any probability are wrong
at least as often as was promised.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qa_eval.binomial import at_most
from qa_eval.errors import CalibrationError


@dataclass(frozen=True, slots=True)
class PromiseParameters:
    """Which numbers of answers are tested, and what is told of a promise that cannot be given."""

    first_share: float = 0.2
    """Share of the questions in the first test. The first that fails ends the search. Fewer are
    not wrong enough to tell from chance: of 1,000 questions with 4% wrong among the surest, 10%
    were promised in 98% of the draws from a fifth on, and in 40% from the least number on."""
    growth: float = 1.1
    """Ratio of the numbers of successive tests."""
    likely: float = 0.8
    """Least chance of a promise with the number of questions that is recommended."""
    most_questions: int = 20_000
    """Most questions that are recommended: nobody labels more."""


PARAMETERS = PromiseParameters()


class Chosen(NamedTuple):
    """A threshold that keeps the promise."""

    threshold: float
    """Least probability of an answer."""
    answered: int
    """Of the questions, those that reach it."""
    wrong: int
    """Wrong answers among them."""


class Shortfall(NamedTuple):
    """What is missing for a promise."""

    questions: int | None
    """Questions in all of the same kind that would probably do; ``None`` if no number would."""
    least_risk: float | None
    """The lowest risk, in whole percent, that could have been promised with these."""


def least_answers(risk: float, level: float) -> int:
    """Fewest answers, all of them right, that show a risk of at most ``risk``.

    The smallest n with (1 - risk)^n <= 1 - level.
    """
    return math.ceil(round(math.log(1 - level) / math.log1p(-risk), 9))


def choose(
    probability: ArrayLike, wrong: ArrayLike, *, risk: float, level: float, least: float = 0.0
) -> Chosen | None:
    """The lowest threshold with a selective risk of at most ``risk``; ``None`` if none is shown.

    ``probability`` and ``wrong`` have shape (n,): of each question the probability, which must not
    have been fitted to these questions, and whether answering it would be wrong. No threshold below
    ``least`` is chosen. Raises ``CalibrationError`` for shares outside 0 to 1 and arrays that do
    not match.
    """
    check_target(risk, level)
    ranked = _Ranked.of(probability, wrong, least)
    found = None
    for threshold, answered, errors in ranked.tested(risk, level):
        if at_most(errors, answered, risk) > 1 - level:
            break
        found = Chosen(threshold, answered, errors)
    return found


def shortfall(
    probability: ArrayLike, wrong: ArrayLike, *, risk: float, level: float, least: float = 0.0
) -> Shortfall:
    """What a promise would take that ``choose`` cannot give; arguments as there."""
    check_target(risk, level)
    ranked = _Ranked.of(probability, wrong, least)
    percents = (number / 100 for number in range(math.floor(100 * risk) + 1, 100))

    def shown(share: float) -> bool:
        return bool(choose(probability, wrong, risk=share, level=level, least=least))

    return Shortfall(ranked.enough(risk, level), next(filter(shown, percents), None))


def check_target(risk: float, level: float) -> None:
    """Raise ``CalibrationError`` unless both are shares that can be promised."""
    for value, name in ((risk, "risk"), (level, "confidence level")):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
            raise CalibrationError(f"a {name} is a number between 0 and 1, not {value!r}")
    if least_answers(risk, level) > PARAMETERS.most_questions:
        raise CalibrationError(
            f"a risk of {risk:g} takes more than {PARAMETERS.most_questions:,} questions to show; "
            "allow more"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """n questions by probability, the highest first."""

    probability: NDArray[np.float64]
    wrong: NDArray[np.int64]
    """Shape (n,): wrong answers among the first 1, 2, ... n."""
    reach: int
    """Of the questions, those that may be answered at all."""

    @classmethod
    def of(cls, probability: ArrayLike, wrong: ArrayLike, least: float) -> "_Ranked":
        likely, errors = np.asarray(probability, float), np.asarray(wrong, bool)
        if likely.ndim != 1 or likely.shape != errors.shape:
            raise CalibrationError(f"{likely.shape} probabilities for {errors.shape} answers")
        if not ((likely >= 0) & (likely <= 1)).all():
            raise CalibrationError("a probability does not lie between 0 and 1")
        order = np.argsort(-likely, kind="stable")
        # Where nothing was found there is never an answer.
        reach = int((likely >= least).sum() if least > 0 else (likely > 0).sum())
        return cls(likely[order], np.cumsum(errors[order]), reach)

    def tested(self, risk: float, level: float) -> Iterator[tuple[float, int, int]]:
        """Threshold, answers and wrong ones of each test, from few answers to many."""
        number = min(self.first(len(self.probability), risk, level), self.reach)
        while number:
            threshold = float(self.probability[number - 1])
            # Those with the same probability are answered, too.
            answered = int(np.searchsorted(-self.probability, -threshold, side="right"))
            yield threshold, answered, int(self.wrong[answered - 1])
            if number == self.reach:
                return
            number = min(self.reach, max(number + 1, math.ceil(PARAMETERS.growth * number)))

    def enough(self, risk: float, level: float) -> int | None:
        """Number of such questions that would probably do, two digits; ``None`` if none would.

        With them the first test is passed with a chance of ``PARAMETERS.likely``. How often the
        answers that it counts are wrong is estimated by those of as high a rank here, or by more of
        them if fewer of these are wrong: the mean of the posterior under Jeffreys' prior.
        """
        means = (self.wrong[: self.reach] + 0.5) / (np.arange(self.reach) + 2)
        least = np.minimum.accumulate(means[::-1])[::-1]  # of so many or more
        total = len(self.probability)
        questions = max(total + 1, least_answers(risk, level))
        while questions <= PARAMETERS.most_questions:
            answered = self.first(questions, risk, level)
            seen = round(answered * total / questions)
            if not 0 < seen <= len(least):
                return None
            share = float(least[seen - 1])
            if at_most(_allowed(answered, risk, level), answered, share) >= PARAMETERS.likely:
                step: int = 10 ** max(len(str(questions)) - 2, 0)
                return math.ceil(questions / step) * step
            questions = math.ceil(questions * 1.03)
        return None

    @staticmethod
    def first(questions: int, risk: float, level: float) -> int:
        """Number of answers in the first test of so many questions."""
        return max(least_answers(risk, level), math.ceil(PARAMETERS.first_share * questions))


def _allowed(answered: int, risk: float, level: float) -> int:
    """Most wrong answers among these with which the promise can be given."""
    counts = range(answered)
    return bisect_right(counts, 1 - level, key=lambda count: at_most(count, answered, risk)) - 1
