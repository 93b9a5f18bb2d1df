"""The shipped graph equals the exporter's current output."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from eval.exporting.__main__ import exported, main
from eval.exporting.binding import bind
from qa.reader.network import NETWORK, OF_ALL_LANGUAGES
from qa_index.encoding import Encoder, EncoderInput, multilingual
from qa_index.encoding.cache import GRAPH
from qa_index.encoding.models import MINILM
from qa_index.encoding.onnx_engine import optimise
from qa_index.encoding.opening import open_encoder, opened
from qa_index.encoding.shipped import shipped_files
from qa_index.records import Span

TEXTS = (
    "Who heads the forum?",
    "Ünïcödé, 漢字かな, العربية, emoji 🙂 and «quotes»; 12,345.67 kg",
    "A long text is cut into windows. " * 80,
    "",
)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Encoder]:
    """The folder of an ordinary export of all-MiniLM-L6-v2, and its encoder."""
    folder = tmp_path_factory.mktemp("export")
    return folder, opened(MINILM, folder, exported(folder))


def test_vectors_are_those_of_the_export_bit_for_bit(export: tuple[Path, Encoder]) -> None:
    shipped, theirs = open_encoder(MINILM, offline=True), export[1]
    for text in TEXTS:
        assert shipped.encode_question(text).tobytes() == theirs.encode_question(text).tobytes()
    inputs = [EncoderInput("A title", text, (Span(0, len(text)),)) for text in TEXTS]
    for ours, other in zip(
        shipped.encode_passages(inputs), theirs.encode_passages(inputs), strict=True
    ):
        np.testing.assert_array_equal(ours, other)
    assert shipped.description == theirs.description
    assert shipped.count_tokens(TEXTS) == theirs.count_tokens(TEXTS)


def shape(model: onnx.ModelProto) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Operations in order, and the positions of the weights; names may differ."""
    operations = [(node.domain, node.op_type) for node in model.graph.node]
    weights = Counter(
        str([(entry.key, entry.value) for entry in each.external_data])
        for each in model.graph.initializer
    )
    return operations, weights


def test_the_shipped_graph_is_that_of_the_exporter(export: tuple[Path, Encoder]) -> None:
    """If this fails, regenerate the graph with ``python -m eval.exporting``."""
    files = shipped_files()
    shipped = onnx.load(str(files.graph), load_external_data=False)
    assert shape(shipped) == shape(bind(export[0] / GRAPH, files.weights))


def test_no_weight_is_shipped() -> None:
    assert shipped_files().graph.stat().st_size < 200_000


def test_a_weight_that_the_file_does_not_hold_is_refused(
    export: tuple[Path, Encoder], tmp_path: Path
) -> None:
    from safetensors.numpy import save_file

    save_file({"other": np.zeros((2, 3), np.float32)}, str(tmp_path / "other.safetensors"))
    with pytest.raises(ValueError, match="does not hold"):
        bind(export[0] / GRAPH, tmp_path / "other.safetensors")


def test_the_script_writes_graph_and_description(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    files = shipped_files()
    made = onnx.load(str(tmp_path / files.graph.name), load_external_data=False)
    assert shape(made) == shape(onnx.load(str(files.graph), load_external_data=False))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        files.description.name,
        files.graph.name,
    ]


def operators(graph: Path) -> set[str]:
    return {node.op_type for node in onnx.load(str(graph), load_external_data=False).graph.node}


@pytest.mark.parametrize(
    "graph", [shipped_files().graph, multilingual.GRAPH, NETWORK, OF_ALL_LANGUAGES]
)
def test_no_shipped_graph_sums_and_norms_in_one_node(graph: Path) -> None:
    found = operators(graph)
    assert "LayerNormalization" in found
    assert "SkipLayerNormalization" not in found


def test_a_sum_and_a_norm_stay_two_nodes(tmp_path: Path) -> None:
    """ONNX Runtime would fuse them, and take longer for it."""
    vectors: list[str | int | None] = ["batch", "length", 8]
    weights = np.ones(8, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Add", ["left", "right"], ["sum"]),
            helper.make_node("LayerNormalization", ["sum", "scale", "shift"], ["output"], axis=-1),
        ],
        "norm",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, vectors) for n in ("left", "right")],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, vectors)],
        [numpy_helper.from_array(weights, name) for name in ("scale", "shift")],
    )
    source, ours, theirs = (tmp_path / f"{name}.onnx" for name in ("source", "ours", "theirs"))
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(source))
    optimise(source, ours, weights_beside=False)
    assert operators(ours) == {"Add", "LayerNormalization"}
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(theirs)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    assert operators(theirs) == {"SkipLayerNormalization"}
