"""torch on a GPU as the engine for passages."""

import ctypes
import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding.batches import Engine
from qa_index.encoding.recipe import Output
from qa_index.encoding.reference import as_function

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS = 32768
"""Enough to fill a GPU, and 50 MB of token vectors for 384 dimensions."""


def is_there() -> bool:
    """Return True if torch sees a GPU; torch is imported only if a GPU driver is installed."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    try:
        import torch
    except ImportError:  # an environment without torch runs the shipped model on the CPU
        return False
    return torch.cuda.is_available()


def engine(model: "SentenceTransformer", output: Output) -> Engine:
    """An engine that runs the model itself, on its device, and not the export."""
    import torch

    function = as_function(model, ("input_ids", "attention_mask"), output)

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            tensors = (torch.from_numpy(array).to(model.device) for array in (ids, mask))
            result = function(*tensors)
        vectors: NDArray[np.float32] = result.float().cpu().numpy()
        return vectors

    return Engine(forward, workers=1, batch_tokens=BATCH_TOKENS)
