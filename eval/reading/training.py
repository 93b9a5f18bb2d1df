"""Trains the network, and measures how well it separates answered from other examples."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from qa_eval.answerability import auroc

from .examples import Example, Kind
from .network import Network, padded

BATCH = 32
"""Rows. Those of a question are in the same batch."""

LENGTHS = 16
"""Rows are padded to a multiple of this many pieces: with fewer distinct lengths, training is 1.2
times as fast."""

RATE = 1e-4
"""Learning rate: reached after so many steps, kept, and falling to nothing in the last share."""
WARMUP = 150
FALLING = 0.3

PLACE = 0.25
"""Weight of the loss of the first and the last piece of the answer."""

EVIDENCE = 0.5
"""Weight of the loss of the pieces in sentences that answer."""

RANK = 2.0
"""Weight of the loss of an answered example among those of the same question."""

DOUBT = 0.6
"""Weight of examples with a swapped word, some of which are still answered."""

KEPT = 240.0
"""Seconds after which the state is written, so that training can be taken up again."""


def train(
    network: Network,
    examples: Sequence[Example],
    state: Path,
    *,
    falling: float = FALLING,
    rate: float = RATE,
    until: float = float("inf"),
    tell: Callable[[str], None],
) -> bool:
    """Train on every example once, from where ``state`` stopped; whether all were seen.

    Stops at the time ``until``, in seconds of the epoch.
    """
    learning = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learning, rate, weight_decay=0.01, fused=True)
    batches = _batches(examples)
    first = 0
    if state.exists():
        kept = torch.load(state)
        network.load_state_dict(kept["network"])
        if kept.get("of") == len(batches):
            optimizer.load_state_dict(kept["optimizer"])
            first = kept["step"]

    def keep(step: int) -> None:
        kept = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        beside = state.with_suffix(".part")
        torch.save({**kept, "step": step, "of": len(batches)}, beside)
        beside.replace(state)

    started = written = time.time()
    smooth, seen = 0.0, 0
    network.train()
    for step in range(first, len(batches)):
        left = (len(batches) - step) / len(batches)
        now = rate * min(1.0, (step + 1) / WARMUP, left / falling if falling else 1.0)
        optimizer.param_groups[0]["lr"] = now
        loss = _loss(network, batches[step])
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen += len(batches[step])
        smooth = 0.98 * smooth + 0.02 * loss.item() if step > first else loss.item()
        if step % 20 == 0:
            speed = seen / (time.time() - started)
            tell(f"{step} of {len(batches)}: loss {smooth:.3f}, {speed:.0f} examples/s")
        if time.time() > min(written + KEPT, until):
            keep(step + 1)
            written = time.time()
            if written > until:
                return False
    keep(len(batches))
    return True


def _batches(examples: Sequence[Example]) -> list[list[Example]]:
    """Batches of rows of similar length, in random order; a question's rows stay together."""
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    groups = [list(group) for _, group in groupby(examples, key=lambda each: each.group)]
    chance.shuffle(groups)
    found: list[list[Example]] = []
    for start in range(0, len(groups), 20 * BATCH):
        alike = sorted(
            groups[start : start + 20 * BATCH],
            key=lambda group: max(len(each.row) for each in group),
        )
        some = list(_filled(alike))
        chance.shuffle(some)
        found += some
    return found


def _filled(groups: Sequence[list[Example]]) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for group in groups:
        if batch and len(batch) + len(group) > BATCH:
            yield batch
            batch = []
        batch = batch + group
    if batch:
        yield batch


def _loss(network: Network, batch: Sequence[Example]) -> Tensor:
    rows, lengths = padded([each.row for each in batch], LENGTHS)
    with torch.autocast("cpu", torch.bfloat16):
        logits, ends = network(rows, lengths)
    answered = torch.tensor([float(each.answered) for each in batch])
    weights = torch.tensor([DOUBT if each.kind is Kind.SWAPPED else 1.0 for each in batch])
    losses = binary_cross_entropy_with_logits(logits, answered, reduction="none")
    # Without an answer, both places are the first piece, as in Devlin et al. 2019, section 4.3.
    places = torch.tensor([each.answer for each in batch])
    known = PLACE * ((answered == 0) | (places[:, 0] > 0))
    for end in (0, 1):
        losses = losses + known * cross_entropy(ends[..., end], places[:, end], reduction="none")
    losses = losses + EVIDENCE * _evidence(batch, ends[..., 2], lengths)
    return (weights * losses).mean() + RANK * _ranking(batch, logits, answered)


def _evidence(batch: Sequence[Example], logits: Tensor, lengths: Tensor) -> Tensor:
    """Loss of each row's pieces of text, shape (n,); of rows with unknown evidence 0."""
    place = torch.arange(logits.shape[1])
    first = torch.tensor([each.begin for each in batch])[:, None]
    spans = torch.tensor([each.evidence for each in batch])
    known = (spans[:, 1] >= 0)[:, None]
    there = (place >= first) & (place < lengths[:, None] - 1) & known
    inside = (place >= spans[:, :1]) & (place <= spans[:, 1:]) & (spans[:, 1:] > 0)
    losses = binary_cross_entropy_with_logits(logits, inside.float(), reduction="none")
    return (losses * there).sum(1) / there.sum(1).clamp(min=1)


def _ranking(batch: Sequence[Example], logits: Tensor, answered: Tensor) -> Tensor:
    """Loss of each answered row among the others of its question that do not answer."""
    groups = torch.tensor([each.group for each in batch])
    others = (groups[:, None] == groups) & (answered == 0)
    ranked = (answered > 0) & others.any(1)
    if not ranked.any():
        return logits.sum() * 0
    rivals = torch.where(others, logits, -1e4).logsumexp(1)
    losses = torch.nn.functional.softplus(rivals - logits)
    return (losses * ranked).sum() / len(batch)


def logits_of(network: Network, examples: Sequence[Example]) -> list[float]:
    """The network's logit of each example."""
    network.eval()
    order = sorted(range(len(examples)), key=lambda number: len(examples[number].row))
    logits = np.zeros(len(examples))
    for start in range(0, len(examples), BATCH):
        some = order[start : start + BATCH]
        rows, lengths = padded([examples[number].row for number in some], LENGTHS)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            logits[some] = network(rows, lengths)[0].numpy()
    return [float(logit) for logit in logits]


def separation(examples: Sequence[Example], logits: Sequence[float]) -> dict[str, float]:
    """AUROC of answered examples against each other kind."""
    by_kind = {
        kind: [logit for each, logit in zip(examples, logits, strict=True) if each.kind is kind]
        for kind in Kind
    }
    answered = by_kind.pop(Kind.ANSWERED)
    return {
        str(kind): round(
            auroc(np.array(answered + others), np.repeat([1.0, 0.0], [len(answered), len(others)])),
            3,
        )
        for kind, others in by_kind.items()
        if others and answered
    }
