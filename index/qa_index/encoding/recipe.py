"""What has to be known of an exported model beside its graph; kept as ``encoder.json``."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class NotExportableError(Exception):
    """This model has to run through sentence-transformers."""


class Output(StrEnum):
    """What the exported graph gives for a batch."""

    TOKENS = "tokens"
    """A vector for each token: passages and sentences are means of them."""
    EMBEDDING = "embedding"
    """One finished vector for each text: any pooling other than the mean, or layers after it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an exported model is fed and what is made of its output."""

    sha256: str
    """Of the sentence-transformers model it was exported from, see ``models.fingerprint``."""
    output: Output
    dimension: int
    max_tokens: int
    normalize: bool
    """Whether the model ends by giving its vectors length 1."""
    query_prompt: str
    """Put before a question."""
    document_prompt: str
    """Put before a passage."""
    pad_id: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "output": str(self.output)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Recipe":
        """The reverse of :meth:`to_dict`."""
        return cls(**{**data, "output": Output(data["output"])})
