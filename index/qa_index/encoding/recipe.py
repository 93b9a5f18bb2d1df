"""Settings of an exported model beside its graph; stored as ``encoder.json``."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class NotExportableError(Exception):
    """The model can run only through sentence-transformers."""


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
