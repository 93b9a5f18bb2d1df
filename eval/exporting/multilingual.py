"""The graph of the multilingual model, written by hand.

A network of BERT's shape (Devlin et al. 2019, https://arxiv.org/abs/1810.04805), with operators
that ONNX Runtime has in one piece. Its matrices are in 7 bits, with a scale for each column. What
they multiply is quantised to 8 bits with a scale for each *token*: a token's vector then depends on
its own text alone, to the last bit, where one scale for a whole batch (``quantize_dynamic``) would
let the texts of a batch change each other. Products of 8 and 7 bits never saturate the 16 bits in
which processors without VNNI add them, so these give the same numbers.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qa_index.encoding.multilingual import WEIGHTS_FILE, runtime_tensors
from qa_index.encoding.packed import PackedModel

_MICROSOFT = "com.microsoft"
_EPSILON = 1e-12
_OPSET = 17
_TEXTS = ["batch", "length"]


class _Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self, weights: dict[str, onnx.TensorProto]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.shapes: list[onnx.ValueInfoProto] = []
        self._weights = weights

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """The output of a new node."""
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def fused(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """The output of a new node with one of ONNX Runtime's own operators."""
        return self.add(operator, *inputs, domain=_MICROSOFT, **attributes)

    def reshaped(self, tensor: str, shape: str, axes: list[Any]) -> str:
        """A tensor in another shape, whose axes are named.

        Without the names, opening takes 80 ms longer: a new one for each is compared with all.
        """
        output = self.add("Reshape", tensor, shape)
        self.shapes.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, axes))
        return output

    def constant(self, name: str, value: Any, dtype: Any = np.int64) -> str:
        """A small constant, kept in the graph."""
        self.constants[name] = numpy_helper.from_array(np.array(value, dtype), name)
        return name

    def weight(self, name: str) -> str:
        """One of the runtime tensors, kept in their file."""
        self.constants[name] = self._weights[name]
        return name


def graph(model: PackedModel, mean: NDArray[np.float32]) -> onnx.ModelProto:
    """From word vectors (texts, length, dimension) and mask to token vectors less ``mean``.

    Weights are places in the file of ``multilingual.write_weights``.
    """
    build = _Graph(_places(model))
    shape = build.add("Shape", "words")
    length = build.add("Slice", shape, build.constant("one", [1]), build.constant("two", [2]))
    positions = build.add("Slice", build.weight("positions"), build.constant("zero", [0]), length)
    tokens = build.add("Add", "words", positions)
    build.constant("flat", [-1, model.dimension])
    tokens = build.reshaped(tokens, "flat", ["tokens", model.dimension])
    tokens = build.add(
        *("LayerNormalization", tokens, build.weight("emb.ln.w"), build.weight("emb.ln.b")),
        axis=-1,
        epsilon=_EPSILON,
    )
    mask = build.add("Cast", "mask", to=TensorProto.INT32)
    for layer in range(model.layers):
        tokens = _layer(build, f"l{layer}.", tokens, shape, mask, model)
    vectors = [*_TEXTS, model.dimension]
    whole = build.reshaped(tokens, shape, vectors)
    build.add("Sub", whole, build.constant("mean", mean, np.float32))
    build.nodes[-1].output[0] = "output"
    return helper.make_model(
        helper.make_graph(
            build.nodes,
            "multilingual-e5-small",
            [
                helper.make_tensor_value_info("words", TensorProto.FLOAT, vectors),
                helper.make_tensor_value_info("mask", TensorProto.INT64, _TEXTS),
            ],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, vectors)],
            list(build.constants.values()),
            value_info=build.shapes,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=8,
    )


def _layer(build: _Graph, name: str, tokens: str, shape: str, mask: str, model: PackedModel) -> str:
    quantised = _quantised(build, tokens)
    vectors = [*_TEXTS, model.dimension]
    parts = [
        build.reshaped(_product(build, quantised, f"{name}{part}.w"), shape, vectors)
        for part in ("q", "k", "v")
    ]
    attended = build.fused(
        *("MultiHeadAttention", *parts, build.weight(f"{name}qkv.b"), mask),
        num_heads=model.heads,
    )
    attended = build.reshaped(attended, "flat", ["tokens", model.dimension])
    tokens = _added(build, tokens, _quantised(build, attended), f"{name}ao", f"{name}aln")
    inner = _product(build, _quantised(build, tokens), f"{name}fi.w")
    inner = build.fused("BiasGelu", inner, build.weight(f"{name}fi.b"))
    return _added(build, tokens, _quantised(build, inner), f"{name}fo", f"{name}oln")


def _quantised(build: _Graph, tokens: str) -> tuple[str, str]:
    """Rows of unsigned bytes around 128, and the scale of each row."""
    most = build.add("ReduceMax", build.add("Abs", tokens), axes=[-1], keepdims=1)
    scale = build.add("Mul", most, build.constant("per_step", 1 / 127, np.float32))
    scale = build.add("Max", scale, build.constant("least_scale", 1e-12, np.float32))
    flat = build.reshaped(scale, build.constant("any", [-1]), ["tokens"])
    zeros = build.add(
        "Expand", build.constant("middles", [128], np.uint8), build.add("Shape", flat)
    )
    return build.add("QuantizeLinear", tokens, flat, zeros, axis=0), scale


def _product(build: _Graph, quantised: tuple[str, str], matrix: str) -> str:
    rows, scale = quantised
    product = build.fused(
        *("MatMulIntegerToFloat", rows, build.weight(matrix)),
        *(build.constant("unit", 1, np.float32), build.weight(f"{matrix}.scale")),
        build.constant("middle", 128, np.uint8),
    )
    return build.add("Mul", product, scale)


def _added(build: _Graph, tokens: str, quantised: tuple[str, str], linear: str, norm: str) -> str:
    """The normalised sum of ``tokens`` and a linear layer.

    In ONNX Runtime 1.31 ``SkipLayerNormalization`` takes five times as long as its parts.
    """
    product = build.add(
        "Add", _product(build, quantised, f"{linear}.w"), build.weight(f"{linear}.b")
    )
    return build.add(
        *("LayerNormalization", build.add("Add", product, tokens)),
        *(build.weight(each) for each in (f"{norm}.w", f"{norm}.b")),
        axis=-1,
        epsilon=_EPSILON,
    )


def _places(model: PackedModel) -> dict[str, onnx.TensorProto]:
    """Each runtime tensor as a place in the file that holds them one after the other."""
    found = {}
    offset = 0
    for name, values in runtime_tensors(model):
        tensor = onnx.TensorProto(
            name=name,
            dims=values.shape,
            data_type=helper.np_dtype_to_tensor_dtype(values.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        place = (("location", WEIGHTS_FILE), ("offset", offset), ("length", values.nbytes))
        for key, value in place:
            tensor.external_data.add(key=key, value=str(value))
        found[name] = tensor
        offset += values.nbytes
    return found


def write(model: PackedModel, mean: NDArray[np.float32], path: Path) -> None:
    """Write the graph."""
    path.write_bytes(graph(model, mean).SerializeToString(deterministic=True))
