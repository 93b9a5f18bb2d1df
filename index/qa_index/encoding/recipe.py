"""Settings of an exported model beside its graph; stored as ``encoder.json``."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import xxhash

FORMAT = 1


class NotExportableError(Exception):
    """The model can run only through sentence-transformers."""


class DamagedError(Exception):
    """Files of an exported model that cannot be trusted."""


class Output(StrEnum):
    """Kind of output of the exported graph."""

    TOKENS = "tokens"
    """A vector for each token: passages and sentences are means of them."""
    EMBEDDING = "embedding"
    """One final vector per text: any pooling but the mean, or layers after it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Input and output settings of an exported model."""

    sha256: str
    """Hash of the sentence-transformers model; see ``models.fingerprint``."""
    output: Output
    dimension: int
    max_tokens: int
    normalize: bool
    """Whether the model normalises its vectors to length 1."""
    query_prompt: str
    """Prefix of a question."""
    document_prompt: str
    """Prefix of a passage."""
    pad_id: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "output": str(self.output)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Recipe":
        """The reverse of :meth:`to_dict`."""
        return cls(**{**data, "output": Output(data["output"])})


def sealed(recipe: Recipe, files: Mapping[str, Path]) -> str:
    """The JSON that describes an exported model, with checksums of its files and of itself."""
    content = {
        "format": FORMAT,
        "recipe": recipe.to_dict(),
        "files": {name: _checksum(path) for name, path in files.items()},
    }
    return json.dumps({**content, "checksum": _seal(content)}, indent=1)


def checked(description: Path, sha256: str, place: Callable[[str], Path]) -> Recipe:
    """The recipe in the JSON of :func:`sealed`, once all of the model's files are as they were.

    ``place`` gives the path of each file. All of them are read: 20 ms for 90 MB.
    Raises ``OSError`` where a file cannot be read, and :class:`DamagedError` where one fails its
    checksum or the recipe is of another model than ``sha256``.
    """
    try:
        found = json.loads(description.read_bytes())
        content = {key: value for key, value in found.items() if key != "checksum"}
        if found["checksum"] != _seal(content) or content["format"] != FORMAT:
            raise DamagedError(f"{description} fails its checksum")
        recipe = Recipe.from_dict(content["recipe"])
        for name, checksum in content["files"].items():
            if _checksum(place(name)) != checksum:
                raise DamagedError(f"{place(name)} fails its checksum")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{description} cannot be read") from error
    if recipe.sha256 != sha256:
        raise DamagedError(f"{description} is of another model")
    return recipe


def _seal(content: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(content, sort_keys=True).encode())


def _checksum(path: Path) -> str:
    """XXH3 of the file, read in pieces so that it adds nothing to peak memory."""
    total = xxhash.xxh3_128()
    piece = memoryview(bytearray(1 << 20))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(piece):
            total.update(piece[:size])
    return total.hexdigest()
