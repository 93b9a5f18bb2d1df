"""The network as it is trained, and as the graph that is shipped."""

import math
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qa.reader.rows import MULTILINGUAL
from qa_index.encoding import multilingual
from qa_index.encoding.onnx_engine import optimise
from qa_index.encoding.reference import quiet

LAYERS = 6
"""Of the twelve of multilingual-e5-small, from the bottom."""

SIZE, INNER, HEADS = 384, 1536, 12


class Layer(nn.Module):
    """A layer of BERT (Devlin et al. 2019), with one product for query, key and value."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = nn.Linear(SIZE, 3 * SIZE)
        self.seen = nn.Linear(SIZE, SIZE)
        self.seen_norm = nn.LayerNorm(SIZE, eps=1e-12)
        self.inner = nn.Linear(SIZE, INNER)
        self.outer = nn.Linear(INNER, SIZE)
        self.norm = nn.LayerNorm(SIZE, eps=1e-12)

    def forward(self, states: Tensor, mask: Tensor | None, *, first: bool = False) -> Tensor:
        """States of shape (n, length, 384); with ``first``, only those of each first piece."""
        n, length, _ = states.shape
        split = self.asked(states).view(n, length, 3, HEADS, SIZE // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        if first:
            query, states = query[:, :, :1], states[:, :1]
        shares = query @ key.transpose(2, 3) / math.sqrt(SIZE // HEADS)
        if mask is not None:
            shares = shares + mask
        seen = (torch.softmax(shares, dim=-1) @ value).transpose(1, 2).reshape(states.shape)
        states = self.seen_norm(self.seen(seen) + states)
        found: Tensor = self.norm(self.outer(functional.gelu(self.inner(states))) + states)
        return found


class Network(nn.Module):
    """Layers with heads for whether the text answers, where the answer is, and in which sentences.

    The last layer is computed for the first piece alone, whose state says whether the text
    answers; the states before it say where. Word embeddings are the encoder's own and stay as they
    are.
    """

    def __init__(self) -> None:
        super().__init__()
        its = multilingual.open_packed()
        self.words = its.words()
        places = its.vector("emb.pos").reshape(-1, SIZE)[: MULTILINGUAL.row]
        self.places = nn.Parameter(torch.tensor(places + its.vector("emb.type")[:SIZE]))
        self.norm = nn.LayerNorm(SIZE, eps=1e-12)
        _fill(self.norm, [its.vector("emb.ln.w")], [its.vector("emb.ln.b")])
        layers = [Layer() for _ in range(LAYERS)]
        self.layers = nn.ModuleList(layers)
        for number, layer in enumerate(layers):
            for module, names in (
                (layer.asked, "qkv"),
                (layer.seen, ["ao"]),
                (layer.inner, ["fi"]),
                (layer.outer, ["fo"]),
            ):
                _fill(
                    module,
                    [its.matrix(f"l{number}.{name}.w")[:] for name in names],
                    [its.vector(f"l{number}.{name}.b") for name in names],
                )
            for norm, name in ((layer.seen_norm, "aln"), (layer.norm, "oln")):
                weight, bias = (its.vector(f"l{number}.{name}.{part}") for part in "wb")
                _fill(norm, [weight], [bias])
        self.answered = nn.Linear(SIZE, 1)
        self.ends = nn.Linear(SIZE, 3)
        nn.init.zeros_(self.answered.bias)
        nn.init.zeros_(self.ends.bias)

    def forward(self, rows: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Of rows of word pieces, shape (n, longest), of these lengths.

        Returns the logit that the text answers, shape (n,), and of each piece being the first of
        the answer, the last, and in a sentence that answers, shape (n, longest, 3).
        """
        there = torch.arange(rows.shape[1]) < lengths[:, None]
        mask = torch.where(there, 0.0, -1e4)[:, None, None]
        words = torch.from_numpy(self.words[rows.numpy()])
        logits, ends = self.read(words, mask)
        ends = ends.float()
        return logits.float(), torch.where(there[..., None], ends, -1e4)

    def read(self, words: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """The same of word vectors, shape (n, length, 384)."""
        states = self.norm(words + self.places[: words.shape[1]])
        for layer in self.layers[:-1]:
            states = layer(states, mask)
        state = self.layers[-1](states, mask, first=True)[:, 0]
        # Not a matrix product, which would be quantised to 8 bits.
        logits = (state * self.answered.weight[0]).sum(1) + self.answered.bias[0]
        return logits, self.ends(states)


def shipped(source: Path) -> Network:
    """The network of a graph that ``ship`` wrote, with its rounded weights: to train it further."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(source).graph
    held = {each.name: to_array(each) for each in graph.initializer}
    network = Network()
    state = network.state_dict()
    for name in state.keys() & {each.removeprefix("network.") for each in held}:
        state[name] = torch.tensor(held[f"network.{name}"])
    for node in graph.node:
        if node.op_type == "DynamicQuantizeMatMul":
            _, rounded, scale, zero, bias = node.input
            whole = held[rounded].astype(np.float32) - held[zero].astype(np.float32)
            name = bias.removeprefix("network.").replace(".bias", ".weight")
            state[name] = torch.tensor((whole * held[scale]).T)
        elif node.op_type == "MatMul" and node.input[1] in held:
            state["ends.weight"] = torch.tensor(held[node.input[1]].T)
        elif node.op_type == "Mul" and node.input[1] in held:
            state["answered.weight"] = torch.tensor(held[node.input[1]])[None]
        elif node.op_type == "Add" and node.input[1] in held and not held[node.input[1]].shape:
            state["answered.bias"] = torch.tensor(held[node.input[1]])[None]
    network.load_state_dict(state)
    return network


def _fill(
    module: nn.Module, weights: list[NDArray[np.float32]], biases: list[NDArray[np.float32]]
) -> None:
    with torch.no_grad():
        module.weight.copy_(torch.tensor(np.concatenate(weights)))  # type: ignore[operator]
        module.bias.copy_(torch.tensor(np.concatenate(biases)))  # type: ignore[operator]


class _Shipped(nn.Module):
    """From the word vectors of one row, shape (length, 384), to its logit and ends."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, words: Tensor) -> tuple[Tensor, Tensor]:
        logit, ends = self.network.read(words[None], None)
        return logit[0], ends[0]


def ship(network: Network, target: Path) -> None:
    """Write a network as an ONNX graph, with 8-bit weights in the same file.

    Seven of the eight bits are used: processors without VNNI saturate with more.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        traced, rounded = Path(folder, "traced.onnx"), Path(folder, "rounded.onnx")
        with quiet():
            torch.onnx.export(
                _Shipped(network).eval(),
                (torch.zeros(20, SIZE),),
                str(traced),
                input_names=["words"],
                output_names=["logit", "ends"],
                dynamic_axes={"words": {0: "length"}, "ends": {0: "length"}},
                opset_version=17,
                dynamo=False,
            )
            # The head for the ends stays as it is: three columns cost nothing.
            last = [node.name for node in onnx.load(traced).graph.node if node.op_type == "MatMul"][
                -1:
            ]
            quantize_dynamic(
                traced,
                rounded,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                nodes_to_exclude=last,
            )
        optimise(rounded, target, weights_beside=False)


def padded(rows: list[NDArray[np.int32]], multiple: int) -> tuple[Tensor, Tensor]:
    """Rows as one tensor, padded with 0 to a multiple of ``multiple``, and their lengths."""
    lengths = torch.tensor([len(row) for row in rows])
    longest = min(-(-int(lengths.max()) // multiple) * multiple, MULTILINGUAL.row)
    filled = torch.zeros(len(rows), longest, dtype=torch.long)
    for number, row in enumerate(rows):
        filled[number, : len(row)] = torch.from_numpy(row.astype(np.int64))
    return filled, lengths
