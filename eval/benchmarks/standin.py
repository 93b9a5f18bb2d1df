"""Building and updating with random vectors, where the model would take too long."""

import time
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.benchmarks.processes import peak_mb
from qa_index.building.build import build
from qa_index.encoding import EncodedPassages, Encoder, EncoderInput
from qa_index.encoding.opening import open_encoder
from qa_index.vectors import Floats


class StandIn:
    """An encoder with random vectors, seeded by the texts."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode_passages(self, inputs: list[EncoderInput]) -> EncodedPassages:
        """Unit vectors, the same for the same texts."""
        generator = np.random.default_rng([zlib.crc32(each.text.encode()) for each in inputs])
        dimension = self._encoder.description.dimension

        def drawn(count: int) -> Floats:
            vectors = generator.standard_normal((count, dimension), dtype=np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            return vectors

        sentences = sum(len(each.sentences) for each in inputs)
        return EncodedPassages(drawn(len(inputs)), drawn(sentences))


class Timed:
    """An encoder that records the time spent encoding passages."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.seconds = 0.0

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode_passages(self, inputs: list[EncoderInput]) -> EncodedPassages:
        """As the encoder does."""
        started = time.perf_counter()
        encoded = self._encoder.encode_passages(inputs)
        self.seconds += time.perf_counter() - started
        return encoded


class Recorded(Timed):
    """A timed encoder that also records its inputs."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self.calls: list[list[EncoderInput]] = []

    def encode_passages(self, inputs: list[EncoderInput]) -> EncodedPassages:
        """As the encoder does."""
        self.calls.append(inputs)
        return super().encode_passages(inputs)

    def again(self) -> float:
        """Repeat the calls with nothing else running; return the seconds."""
        started = time.perf_counter()
        for inputs in self.calls:
            self._encoder.encode_passages(inputs)
        return time.perf_counter() - started


class Building(NamedTuple):
    """Costs of building, without encoding."""

    passages: int
    seconds: float
    update_s: float
    """Seconds of an update after one file changed."""
    peak_mb: float
    """Peak resident memory, including pages of mapped files."""


def cost_of_building(texts: Path, folder: Path, model: str) -> Building:
    """Index a folder of texts, change one, and bring the index up to date.

    ``model`` cuts the texts into pieces.

    Run it in a fresh process, since its memory is measured.
    """
    encoder = Timed(StandIn(open_encoder(model, offline=True)))  # type: ignore[arg-type]
    first = build([texts], folder, encoder=encoder)  # type: ignore[arg-type]
    first_s, peak = first.seconds - encoder.seconds, peak_mb()
    append_sentence(min(texts.iterdir()))
    encoder.seconds = 0.0
    update = build([], folder, encoder=encoder)  # type: ignore[arg-type]
    return Building(first.passages, first_s, update.seconds - encoder.seconds, peak)


def append_sentence(path: Path) -> None:
    """Change one file a little."""
    path.write_text(path.read_text(encoding="utf-8") + "\nOne more.\n", encoding="utf-8")
