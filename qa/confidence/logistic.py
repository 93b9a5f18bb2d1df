"""Probabilities and their logits."""

import math


def logistic(logit: float) -> float:
    """The probability with this logit."""
    # The exponential overflows beyond about 700; the probability is 0 long before.
    return 1 / (1 + math.exp(min(-logit, 500.0)))


def logit_of(share: float) -> float:
    """The logit of a probability between 0 and 1."""
    return math.log(share / (1 - share))
