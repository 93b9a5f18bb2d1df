"""Predicts where an answer begins and ends from the states of the shipped network.

The layers learn to locate the answer in training. The shipped network computes its last layer for
the first piece only, so the span comes from the states before it: a product of each piece's state
with two vectors, at no measurable cost. The vectors are fitted last, to the states that the 8-bit
weights give: a softmax over the pieces of a row for the first piece of the answer, another for the
last.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from qa.reader.network import best_span
from qa.reader.rows import SEP
from qa_index.encoding.onnx_engine import open_session

from .examples import Example

EXAMPLES = 12_000
"""Most examples that the two vectors are fitted to. With half as many, 0.814 and not 0.823."""

NAME = "ends"
PENALTY = 1e-4
STEPS = 200


def add_ends(network: Path, examples: Sequence[Example], words: NDArray[np.float32]) -> None:
    """Fit the two vectors to those of ``examples`` with a known place, and write them to a network.

    ``words`` are the vectors of the word pieces, shape (vocabulary, 384). Vectors that the network
    already has are replaced.
    """
    placed = [each for each in examples if each.placed][:EXAMPLES]
    model = _without_ends(onnx.load(network))
    # The states that enter the last layer: two more norms follow, within it and after it.
    states = [node.output[0] for node in model.graph.node if node.op_type == "LayerNormalization"]
    fitted = _fit(_states(network, model, states[-3], placed, words), placed)
    model.graph.initializer.append(numpy_helper.from_array(fitted, f"{NAME}.weight"))
    model.graph.node.append(helper.make_node("MatMul", [states[-3], f"{NAME}.weight"], [NAME]))
    model.graph.output.append(helper.make_tensor_value_info(NAME, TensorProto.FLOAT, ["length", 2]))
    onnx.save(model, network)


def _without_ends(model: onnx.ModelProto) -> onnx.ModelProto:
    graph = model.graph
    for parts, name in (
        (graph.output, lambda each: each.name == NAME),
        (graph.node, lambda each: NAME in each.output),
        (graph.initializer, lambda each: each.name == f"{NAME}.weight"),
    ):
        for part in [each for each in parts if name(each)]:
            parts.remove(part)
    return model


def _states(
    network: Path,
    model: onnx.ModelProto,
    name: str,
    examples: Sequence[Example],
    words: NDArray[np.float32],
) -> Tensor:
    """Of every piece of the examples' rows, shape (n, longest, 384), padded with 0."""
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    seen.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    path = network.with_name(f"{network.name}.states")
    try:
        onnx.save(seen, path)
        session = open_session(path)
        states = [session.run([name], {"words": words[each.row]})[0] for each in examples]
    finally:
        path.unlink(missing_ok=True)
    return pad_sequence([torch.from_numpy(each) for each in states], batch_first=True)


def _fit(states: Tensor, examples: Sequence[Example]) -> NDArray[np.float32]:
    """Shape (384, 2)."""
    lengths = torch.tensor([len(each.row) for each in examples])
    there = torch.arange(states.shape[1]) < lengths[:, None]
    ends = torch.tensor([each.answer for each in examples])
    weights = torch.zeros(states.shape[2], 2, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = (states @ weights).masked_fill(~there[..., None], -1e4)
        total = PENALTY * weights.square().sum()
        for end in (0, 1):
            total = total + cross_entropy(logits[..., end], ends[:, end])
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach().numpy()


def found(examples: Sequence[Example], ends: Sequence[NDArray[np.float32]]) -> float:
    """Share of the placed examples whose best span, in title or text, overlaps the answer."""
    hits = [
        _overlaps(_best_span(its, begin=int(np.argmax(each.row == SEP)) + 1), each.answer)
        for each, its in zip(examples, ends, strict=True)
        if each.placed
    ]
    return round(float(np.mean(hits)), 3)


def _best_span(ends: NDArray[np.float32], *, begin: int) -> tuple[int, int]:
    """First and last piece of it, from ``begin`` on."""
    first, last = best_span(ends[begin:-1])
    return begin + first, begin + last


def _overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
