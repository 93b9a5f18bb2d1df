"""Trains the network, and measures how well it separates answered from other examples."""

import random
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from qa_eval.answerability import auroc

from .examples import Example, Kind
from .network import Network

BATCH = 32
LENGTHS = 16
"""Rows are padded to a multiple of this many pieces: with fewer distinct lengths, training is 1.2
times as fast."""

RATE = 8e-5
"""Learning rate: reached after 6% of the steps, then falling linearly."""

WARMUP = 0.06
LEAST = 0.05
"""Share of the learning rate at the last step."""

PLACE = 0.25
"""Weight of the loss of the first and the last piece of the answer."""

DOUBT = 0.6
"""Weight of examples with a swapped word, some of which are still answered."""


def train(network: Network, examples: Sequence[Example], *, tell: Callable[[str], None]) -> None:
    """Train on every example once."""
    learning = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learning, RATE, weight_decay=0.01, fused=True)
    batches = _batches(examples)
    started, smooth = time.perf_counter(), 0.0
    network.train()
    for step, batch in enumerate(batches):
        done = step / len(batches)
        optimizer.param_groups[0]["lr"] = RATE * min(
            1.0, (step + 1) / (WARMUP * len(batches)), max(LEAST, 1 - done)
        )
        loss = _loss(network, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        smooth = 0.98 * smooth + 0.02 * loss.item() if step else loss.item()
        if step % 100 == 0:
            took = time.perf_counter() - started
            tell(f"{done:.0%}: loss {smooth:.3f}, {BATCH * (step + 1) / took:.0f} examples/s")


def _batches(examples: Sequence[Example]) -> list[Sequence[Example]]:
    """Batches of rows of similar length, in random order."""
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    mixed = chance.sample(examples, len(examples))
    found: list[Sequence[Example]] = []
    for start in range(0, len(mixed), 40 * BATCH):
        alike = sorted(mixed[start : start + 40 * BATCH], key=lambda each: len(each.row))
        some = [alike[first : first + BATCH] for first in range(0, len(alike), BATCH)]
        chance.shuffle(some)
        found += some
    return found


def _loss(network: Network, batch: Sequence[Example]) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        logits, places = network(padded([each.row for each in batch]))
    answered = torch.tensor([float(each.answered) for each in batch])
    weights = torch.tensor([DOUBT if each.kind is Kind.SWAPPED else 1.0 for each in batch])
    # Without an answer, both places are the first piece, as in Devlin et al. 2019, section 4.3.
    ends = torch.tensor([each.answer for each in batch])
    known = PLACE * ((answered == 0) | (ends[:, 0] > 0))
    losses = binary_cross_entropy_with_logits(logits, answered, reduction="none")
    for end in (0, 1):
        losses = losses + known * cross_entropy(places[..., end], ends[:, end], reduction="none")
    return (weights * losses).mean()


def logits_of(network: Network, examples: Sequence[Example]) -> list[float]:
    """The network's logit of each example, in full precision."""
    network.eval()
    logits: list[float] = []
    for start in range(0, len(examples), BATCH):
        rows = padded([each.row for each in examples[start : start + BATCH]])
        with torch.inference_mode():
            logits += network(rows)[0].tolist()
    return logits


def padded(rows: Sequence[NDArray[np.int64]]) -> Tensor:
    """Rows as one tensor, padded with 0 to a multiple of ``LENGTHS``."""
    filled = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(row) for row in rows], True)
    return torch.nn.functional.pad(filled, (0, -filled.shape[1] % LENGTHS))


def separation(examples: Sequence[Example], logits: Sequence[float]) -> dict[str, float]:
    """AUROC of answered examples against each other kind."""
    by_kind = {
        kind: [logit for each, logit in zip(examples, logits, strict=True) if each.kind is kind]
        for kind in Kind
    }
    answered = by_kind.pop(Kind.ANSWERED)
    return {
        str(kind): round(
            auroc(np.array(answered + others), np.arange(-len(answered), len(others)) < 0), 3
        )
        for kind, others in by_kind.items()
        if others
    }
