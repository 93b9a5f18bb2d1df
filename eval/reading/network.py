"""The network as it is trained, and as the graph that is shipped."""

import math
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qa.reader.network import open_tokenizer
from qa.reader.rows import ENGLISH, ROW, Layout
from qa_index.encoding import multilingual
from qa_index.encoding.models import packaged
from qa_index.encoding.onnx_engine import optimise
from qa_index.encoding.reference import quiet

from . import msmarco
from .base import Base
from .examples import Form

LAYERS = 6
"""Of the multilingual network: the lower half of multilingual-e5-small."""

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

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        base = msmarco.base() if layout is ENGLISH else _multilingual()
        self.layout, self.words = layout, base.words
        self.places = nn.Parameter(torch.tensor(base.places[:ROW]))
        self.norm = nn.LayerNorm(SIZE, eps=1e-12)
        _fill(self.norm, base.norm)
        layers = [Layer() for _ in base.layers]
        self.layers = nn.ModuleList(layers)
        for layer, its in zip(layers, base.layers, strict=True):
            for name, parameters in its.items():
                _fill(layer.get_submodule(name), parameters)
        self.answered = nn.Linear(SIZE, 1)
        self.ends = nn.Linear(SIZE, 3)
        nn.init.zeros_(self.answered.bias)
        nn.init.zeros_(self.ends.bias)
        self.segment = self.pooled = None
        if base.segment is not None:
            self.segment = nn.Parameter(torch.tensor(base.segment))
        if base.pooled is not None and base.answered is not None:
            self.pooled = nn.Linear(SIZE, SIZE)
            _fill(self.pooled, base.pooled)
            _fill(self.answered, base.answered)

    def forward(self, rows: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Of rows of word pieces, shape (n, longest), of these lengths.

        Returns the logit that the text answers, shape (n,), and of each piece being the first of
        the answer, the last, and in a sentence that answers, shape (n, longest, 3).
        """
        there = torch.arange(rows.shape[1]) < lengths[:, None]
        mask = torch.where(there, 0.0, -1e4)[:, None, None]
        words = torch.from_numpy(self.words[rows.numpy()])  # type: ignore[index]
        ends_seen = (rows == self.layout.end).cumsum(1) - (rows == self.layout.end).long()
        logits, ends = self.read(words, (ends_seen > 0).float()[..., None], mask)
        ends = ends.float()
        return logits.float(), torch.where(there[..., None], ends, -1e4)

    def read(self, words: Tensor, after: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """The same of word vectors, shape (n, length, 384).

        ``after``, shape (n, length, 1), is 1 for the pieces after the question.
        """
        states = words + self.places[: words.shape[1]]
        if self.segment is not None:
            states = states + after * self.segment
        states = self.norm(states)
        for layer in self.layers[:-1]:
            states = layer(states, mask)
        state = self.layers[-1](states, mask, first=True)[:, 0]
        if self.pooled is not None:
            state = torch.tanh(self.pooled(state))
        # Not a matrix product, which would be quantised to 8 bits.
        logits = (state * self.answered.weight[0]).sum(1) + self.answered.bias[0]
        return logits, self.ends(states)


def _multilingual() -> Base:
    """The lower layers of multilingual-e5-small."""
    its = multilingual.open_packed()

    def both(*names: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        weights = [its.matrix(f"{name}.w")[:] for name in names]
        return np.concatenate(weights), np.concatenate([its.vector(f"{name}.b") for name in names])

    def norm(name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return its.vector(f"{name}.w"), its.vector(f"{name}.b")

    layers = [
        {
            "asked": both(f"{layer}.q", f"{layer}.k", f"{layer}.v"),
            "seen": both(f"{layer}.ao"),
            "seen_norm": norm(f"{layer}.aln"),
            "inner": both(f"{layer}.fi"),
            "outer": both(f"{layer}.fo"),
            "norm": norm(f"{layer}.oln"),
        }
        for layer in (f"l{number}" for number in range(LAYERS))
    ]
    places = its.vector("emb.pos").reshape(-1, SIZE)
    return Base(
        words=its.words(),
        places=places + its.vector("emb.type")[:SIZE],
        norm=norm("emb.ln"),
        layers=layers,
    )


def form_of(layout: Layout) -> Form:
    """How the rows of the network with this layout are made."""
    if layout is ENGLISH:
        return Form(layout, open_tokenizer(packaged()))
    return Form(layout, multilingual.open_tokenizer())


def shipped(source: Path, layout: Layout) -> Network:
    """The network of a graph that ``ship`` wrote, with its rounded weights: to train it further."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(source).graph
    held = {each.name: to_array(each) for each in graph.initializer}
    network = Network(layout)
    state = network.state_dict()
    named = {f"network.{name}" for name in state} & held.keys()
    for name in (each.removeprefix("network.") for each in named):
        state[name] = torch.tensor(held[f"network.{name}"])
    for node in graph.node:
        if node.op_type == "DynamicQuantizeMatMul":
            _, rounded, scale, zero, bias = node.input
            whole = held[rounded].astype(np.float32) - held[zero].astype(np.float32)
            name = bias.removeprefix("network.").replace(".bias", ".weight")
            state[name] = torch.tensor((whole * held[scale]).T)
        elif node.op_type == "MatMul" and node.input[1] in held:
            state["ends.weight"] = torch.tensor(held[node.input[1]].T)
        elif node.op_type == "Mul" and node.input[1] in held.keys() - named:
            state["answered.weight"] = torch.tensor(held[node.input[1]])[None]
        elif node.op_type == "Add" and node.input[1] in held and not held[node.input[1]].shape:
            state["answered.bias"] = torch.tensor(held[node.input[1]])[None]
    network.load_state_dict(state)
    return network


def _fill(module: nn.Module, parameters: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    weight, bias = parameters
    with torch.no_grad():
        module.weight.copy_(torch.tensor(weight))  # type: ignore[operator]
        module.bias.copy_(torch.tensor(bias))  # type: ignore[operator]


class _Shipped(nn.Module):
    """From the word vectors of one row, shape (length, 384), to its logit and ends.

    ``after``, shape (length, 1), is left out of the graph if the network has no segments.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, words: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        logit, ends = self.network.read(words[None], after[None], None)
        return logit[0], ends[0]


def ship(network: Network, target: Path) -> None:
    """Write a network as an ONNX graph, with 8-bit weights in the same file.

    The word embeddings of the English one are written beside it, to ``NAME-words.npy``. Seven of
    the eight bits are used: processors without VNNI saturate with more.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        traced, rounded = Path(folder, "traced.onnx"), Path(folder, "rounded.onnx")
        with quiet():
            torch.onnx.export(
                _Shipped(network).eval(),
                (torch.zeros(20, SIZE), torch.zeros(20, 1)),
                str(traced),
                input_names=["words", "after"],
                output_names=["logit", "ends"],
                dynamic_axes={name: {0: "length"} for name in ("words", "after", "ends")},
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
    if network.layout is ENGLISH:
        np.save(
            target.with_name(f"{target.stem}-words.npy"),
            np.asarray(network.words, dtype=np.float16),
        )


def padded(rows: list[NDArray[np.int32]], multiple: int) -> tuple[Tensor, Tensor]:
    """Rows as one tensor, padded with 0 to a multiple of ``multiple``, and their lengths."""
    lengths = torch.tensor([len(row) for row in rows])
    longest = min(-(-int(lengths.max()) // multiple) * multiple, ROW)
    filled = torch.zeros(len(rows), longest, dtype=torch.long)
    for number, row in enumerate(rows):
        filled[number, : len(row)] = torch.from_numpy(row.astype(np.int64))
    return filled, lengths
