"""The least that a process does to find passages by their vectors, with either packaged model.

It imports numpy, ONNX Runtime and FAISS, opens the model, encodes one question, and searches the
vectors of an index with FAISS. It uses what the project prepared for speed: the optimised graph,
weights that are memory-mapped where they lie, one thread. It leaves out everything else: no
checksum is compared, no manifest is read, and there are no words, sentences, reader, confidence or
command line. It prints the rows of the five nearest passages.

all-MiniLM-L6-v2 takes the library ``tokenizers`` and nothing of the project. multilingual-e5-small
takes the two modules of the project that read its file and its table of pieces
(``qa_index.encoding.packed`` and ``unigram``), since the library's tokenizer alone would take half
a second and 300 MB. The layers must have been unpacked before.
"""

import sys
from pathlib import Path

from qa_index.collection.local import layout
from qa_index.collection.local.generations import OpenGeneration
from qa_index.encoding import multilingual
from qa_index.encoding.shipped import SHIPPED_SHA256, shipped_files

_COMMON = """
import os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import faiss, numpy as np, onnxruntime as ort

def opened(graph, weights):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", weights)
    with open(graph, "rb") as file:
        return ort.InferenceSession(file.read(), options, providers=["CPUExecutionProvider"])

def search(output, vectors):
    vector = output.mean(axis=1)
    index = faiss.IndexFlatIP(vector.shape[1])
    index.add(np.fromfile(vectors, dtype=np.float32).reshape(-1, vector.shape[1]))
    print(*index.search(vector, 5)[1][0])
"""

_MINILM = """
from tokenizers import Tokenizer
graph, weights, tokenizer, vectors, question = sys.argv[1:]
session = opened(graph, weights)
pieces = Tokenizer.from_file(tokenizer)
pieces.no_padding()  # its file asks for 128 pieces
ids = np.array([pieces.encode(question).ids])
feed = {each.name: np.ones_like(ids) if "mask" in each.name else ids * (each.name == "input_ids")
        for each in session.get_inputs()}
search(session.run(None, feed)[0], vectors)
"""

_MULTILINGUAL = """
from pathlib import Path
from qa_index.encoding.packed import PackedModel
from qa_index.encoding.unigram import UnigramTokenizer
graph, weights, table, package, vectors, question = sys.argv[1:]
session = opened(graph, weights)
model = PackedModel(Path(package))
tokenizer = UnigramTokenizer(model, Path(table), max_tokens=model.positions)
ids = np.array([tokenizer.encode("query: " + question).ids])
feed = {"words": model.words()[ids], "mask": np.ones_like(ids)}
search(session.run(None, feed)[0], vectors)
"""


def bare_process(index: Path, question: str) -> list[str]:
    """The command of a process with the model that ``index``, a folder, was made with.

    Raises ``ValueError`` if that is not one of the packaged models, and ``ModelUnavailable`` if its
    package is missing.
    """
    generation = OpenGeneration(index)
    vectors = generation.folder / layout.VECTORS
    sha256 = generation.manifest.model.sha256
    model: tuple[Path, ...]
    if sha256 == SHIPPED_SHA256:
        files = shipped_files()
        script, model = _MINILM, (files.graph, files.weights.parent, files.tokenizer)
    elif sha256 == multilingual.SHA256:
        unpacked = multilingual.unpacked_folder()
        table, package = unpacked / multilingual.TABLE_FILE, multilingual.package_file()
        script, model = _MULTILINGUAL, (multilingual.GRAPH, unpacked, table, package)
    else:
        raise ValueError(f"{index} was made with {generation.manifest.model.name}")
    return [sys.executable, "-c", _COMMON + script, *map(str, (*model, vectors)), question]
