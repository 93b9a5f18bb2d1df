"""Exports a sentence-transformers model to ONNX and checks the export against the model."""

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import Encoder, EncoderInput, joined
from qa_index.encoding.cache import GRAPH, TOKENIZER, write_recipe
from qa_index.encoding.onnx_engine import optimise
from qa_index.encoding.recipe import NotExportableError, Output, Recipe
from qa_index.encoding.reference import as_function, one_line, quiet, window_of
from qa_index.encoding.text import without_surrogates
from qa_index.records import Span

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

TOLERANCE = 1e-5
"""Largest difference from sentence-transformers in a component of vectors of length 1."""

_SAMPLES = (
    "Who heads the forum?",
    "An EXPORT is trusted once it agrees, to five decimals, with the MODEL it was made from.",
    "Ünïcödé, 漢字かな, العربية, emoji 🙂 and «quotes»; 12,345.67 kg;\te-mail@example.org\nend",
    "Long texts are cut where the model cuts them. " * 200,
)


def export(
    model: "SentenceTransformer",
    sha256: str,
    folder: Path,
    opened: Callable[[Path, Recipe], Encoder],
) -> Recipe:
    """Fill ``folder`` with graph, weights, tokenizer and recipe of ``model``.

    ``opened`` makes an encoder of them, which is compared with the model. The recipe is written
    last. Raises :class:`NotExportableError` if no exporter gives a graph with the model's own
    vectors, and ``OSError`` if the files cannot be written.
    """
    _require_space(model, folder)
    recipe = _recipe(model, sha256)
    model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    examples = _examples(model)
    failures: list[str] = []
    for exporter in (_trace, _capture):
        raw = folder / "raw"
        raw.mkdir()
        try:
            with quiet():
                graph = as_function(model, list(examples), recipe.output)
                exporter(graph, examples, recipe, raw / GRAPH)
            optimise(raw / GRAPH, folder / GRAPH)
            _verify(opened(folder, recipe), model)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - an exporter may fail in any way
            failures.append(one_line(error))
        else:
            shutil.rmtree(raw)
            write_recipe(folder, recipe)
            return recipe
        shutil.rmtree(raw)
    raise NotExportableError("; ".join(failures))


def _require_space(model: "SentenceTransformer", folder: Path) -> None:
    """Check for space for the graph before and after optimisation: exporters hide a full disk."""
    weights = sum(each.numel() * each.element_size() for each in model.parameters())
    if shutil.disk_usage(folder).free < 2 * weights + (64 << 20):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _recipe(model: "SentenceTransformer", sha256: str) -> Recipe:
    """The recipe as far as it is known before the export."""
    names = [type(module).__name__ for module in model]
    if names[0] != "Transformer":
        raise NotExportableError(f"it begins with a {names[0]} module")
    if getattr(model.tokenizer, "backend_tokenizer", None) is None:
        raise NotExportableError("its tokenizer works in Python only")
    if any(model.prompts.values()) and not all(
        getattr(module, "include_prompt", True) for module in model
    ):
        raise NotExportableError("it pools without its prompt")
    pools_by_mean = names[1:] in (["Pooling"], ["Pooling", "Normalize"]) and (
        getattr(model[1], "pooling_mode", None) == "mean"
    )
    return Recipe(
        sha256=sha256,
        output=Output.TOKENS if pools_by_mean else Output.EMBEDDING,
        dimension=len(model.encode_query("dimension", show_progress_bar=False)),
        max_tokens=window_of(model),
        normalize=names[-1] == "Normalize",
        query_prompt=_prompt(model.prompts, "query"),
        document_prompt=_prompt(model.prompts, "document", "passage", "corpus"),
        pad_id=model.tokenizer.pad_token_id or 0,
    )


def _prompt(prompts: Mapping[str, str], *names: str) -> str:
    """The prompt that ``encode_query`` or ``encode_document`` uses; the first name found wins."""
    return next((prompts[name] for name in names if name in prompts), "")


def _examples(model: "SentenceTransformer") -> "dict[str, torch.Tensor]":
    """Inputs of two lengths, so that the attention mask is a real one."""
    import torch

    features = model.preprocess(["a short text", "and one that is quite a bit longer"])
    return {
        name: value
        for name, value in features.items()
        if isinstance(value, torch.Tensor) and value.dim() == 2
    }


def _trace(
    graph: "torch.nn.Module", examples: "dict[str, torch.Tensor]", recipe: Recipe, path: Path
) -> None:
    """Export by tracing, which runs the model once and records it: 2 s for all-MiniLM-L6-v2."""
    import torch

    axes = {0: "batch", 1: "length"}
    dynamic = {**dict.fromkeys(examples, axes), "output": _output_axes(recipe)}
    torch.onnx.export(
        graph,
        tuple(examples.values()),
        str(path),
        input_names=list(examples),
        output_names=["output"],
        dynamic_axes=dynamic,
        opset_version=17,
        dynamo=False,
    )


def _capture(
    graph: "torch.nn.Module", examples: "dict[str, torch.Tensor]", recipe: Recipe, path: Path
) -> None:
    """Export by code analysis: ten times slower, for models that tracing cannot export."""
    import torch

    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        graph,
        tuple(examples.values()),
        str(path),
        input_names=list(examples),
        output_names=["output"],
        dynamic_shapes={"tensors": (axes,) * len(examples)},
        dynamo=True,
        verbose=False,
    )


def _output_axes(recipe: Recipe) -> dict[int, str]:
    return {0: "batch", 1: "length"} if recipe.output is Output.TOKENS else {0: "batch"}


def _verify(encoder: Encoder, model: "SentenceTransformer") -> None:
    """Raise :class:`NotExportableError` unless both give the same vectors for a few texts.

    The texts differ in length, script and case. A graph with fixed shapes, or a tokenizer with
    steps outside its saved file, fails.
    """
    inputs = [EncoderInput("A title", text, (Span(0, len(text)),)) for text in _SAMPLES]
    texts = [without_surrogates(joined(each.context, each.text)) for each in inputs]
    with quiet():
        passages = model.encode_document(texts, show_progress_bar=False)
        questions = model.encode_query(list(_SAMPLES), show_progress_bar=False)
    ours = encoder.encode_passages(inputs).passages
    _compare(ours, passages)
    _compare(np.stack([encoder.encode_question(text) for text in _SAMPLES]), questions)


def _compare(ours: NDArray[np.float32], reference: Any) -> None:
    scale = max(1.0, float(np.linalg.norm(reference, axis=1).max()))
    difference = float(np.abs(ours - reference).max())
    if not difference <= TOLERANCE * scale:  # also true for NaN
        raise NotExportableError(f"its vectors differ by {difference:.1e}")
