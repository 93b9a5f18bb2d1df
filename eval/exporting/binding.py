"""A graph whose weights are places in the safetensors file that they came from."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from qa_index.encoding.tensors import Place, mapped, places

LEAST = 1024
"""Bytes of a weight that is bound; smaller constants stay in the graph."""


class _Source(NamedTuple):
    """The tensor of the file that a weight equals."""

    place: Place
    transposed: bool


def bind(exported: Path, weights: Path) -> onnx.ModelProto:
    """The exported graph without its weights, each of which names its place in ``weights``.

    Exporters transpose the matrices of linear layers. Here they stay as they are in the file, and
    the products are told to transpose them, which ONNX Runtime does as it packs them: results are
    the same to the last bit. Raises ``ValueError`` for a weight that the file does not hold.
    """
    model = onnx.load(str(exported))
    sources = _sources(weights)
    transposed = set()
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.nbytes < LEAST:
            continue
        source = sources.get(_key(values))
        if source is None:
            raise ValueError(f"{weights} does not hold {weight.name}")
        _refer(weight, weights.name, source.place)
        if source.transposed:
            transposed.add(weight.name)
    for node in model.graph.node:
        _transpose(node, transposed)
    return model


def _sources(weights: Path) -> dict[Any, _Source]:
    """What each tensor of the file, and the transpose of each matrix, is found by."""
    found: dict[Any, _Source] = {}
    for name, place in places(weights).items():
        values = mapped(weights, name)
        found.setdefault(_key(values), _Source(place, transposed=False))
        if values.ndim == 2:
            found.setdefault(_key(values.T), _Source(place, transposed=True))
    return found


def _key(values: NDArray[Any]) -> tuple[str, tuple[int, ...], int]:
    return str(values.dtype), values.shape, hash(np.ascontiguousarray(values).tobytes())


def _refer(weight: onnx.TensorProto, file: str, place: Place) -> None:
    """Put a place in a file where the values were."""
    kind, name = weight.data_type, weight.name
    weight.Clear()
    weight.name, weight.data_type = name, kind
    weight.dims.extend(place.shape)
    weight.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", place.offset), ("length", place.length)):
        weight.external_data.add(key=key, value=str(value))


def _transpose(node: onnx.NodeProto, transposed: set[str]) -> None:
    """Have a product transpose its right side, where that is one of ``transposed``."""
    if not transposed & set(node.input):
        return
    if node.op_type != "MatMul" or node.input[0] in transposed:
        raise ValueError(f"{node.name} ({node.op_type}) takes a transposed matrix")
    node.op_type, node.domain = "FusedMatMul", "com.microsoft"
    node.attribute.append(onnx.helper.make_attribute("transB", 1))
