"""The shipped graph equals the exporter's current output."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from eval.exporting.__main__ import exported, main
from eval.exporting.binding import bind
from qa_index.encoding import Encoder, EncoderInput
from qa_index.encoding.cache import GRAPH
from qa_index.encoding.models import MINILM
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
