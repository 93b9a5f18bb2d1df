"""ONNX Runtime as the engine behind an exported model."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding.batches import Engine, Forward
from qa_index.encoding.packed import PackedMatrix

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
"""Disables ONNX Runtime's telemetry, on by default since 1.29: it sends hashes of opened models and
keeps a device id in the user's cache. The variable is read when ONNX Runtime is loaded."""

BATCH_TOKENS = 512
"""Fits a core's caches: CPU time for 64 paragraphs is 3.2 s with 256 tokens per batch, 3.3 s with
512, 3.7 s with 1,024, 4.1 s with 2,048 and 5.0 s with 4,096."""


def _runtime() -> Any:
    import onnxruntime

    # The calling program may have loaded it before.
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def optimise(source: Path, target: Path, *, weights_beside: bool = True) -> None:
    """Write the optimised graph of ``source``, with its weights in a separate file or inside.

    Opening it then needs no optimisation, and weights in a separate file are memory-mapped.
    The level is the highest that is valid on every machine.
    """
    ort = _runtime()
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    target.unlink(missing_ok=True)  # left by another attempt, perhaps still mapped
    if weights_beside:
        weights = target.with_suffix(".weights")
        weights.unlink(missing_ok=True)
        prefix = "session.optimized_model_external_initializers_"
        options.add_session_config_entry(prefix + "file_name", weights.name)
        options.add_session_config_entry(prefix + "min_size_in_bytes", "1024")
    ort.InferenceSession(
        str(source),
        options,
        providers=["CPUExecutionProvider"],
        # In ONNX Runtime 1.31 the fused node takes five times as long as a sum and a norm.
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def open_session(graph: Path, *, weights: Path | None = None) -> "InferenceSession":
    """Open a session for an optimised graph; each call runs on the caller's thread.

    The graph's external weights are memory-mapped from its own folder, or from the folder
    ``weights``.

    Short sequences gain more from many callers than from many threads in one call. One session
    serves all callers, and its results do not depend on the other callers.
    """
    ort = _runtime()
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Shapes differ between batches, so remembered allocation patterns would only accumulate.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    model: str | bytes = str(graph)
    if weights is not None:
        # ONNX Runtime takes weights from another folder only for a graph given as bytes.
        model = graph.read_bytes()
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(weights)
        )
    session: InferenceSession = ort.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )
    return session


def forward_of(session: "InferenceSession", *, words: PackedMatrix | None = None) -> Forward:
    """The session as a function of ids and mask; token types, if it takes them, are 0.

    A graph without word embeddings takes vectors, which are looked up in ``words``.
    """
    if words is not None:
        embeddings = words

        def forward_words(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
            feed = {"words": embeddings[ids], "mask": mask}
            result: NDArray[np.float32] = session.run(["output"], feed)[0]
            return result

        return forward_words
    names = [each.name for each in session.get_inputs()]
    outputs = [session.get_outputs()[0].name]

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        known = {"input_ids": ids, "attention_mask": mask}
        feed = {name: known.get(name, np.zeros_like(ids)) for name in names}
        result: NDArray[np.float32] = session.run(outputs, feed)[0]
        return result

    return forward


def engine(forward: Forward) -> Engine:
    """An engine for passages that uses every core available to this process."""
    return Engine(forward, workers=usable_cores(), batch_tokens=BATCH_TOKENS)


def usable_cores() -> int:
    """Number of cores available to this process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1
