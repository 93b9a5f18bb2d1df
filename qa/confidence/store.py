"""Storage of the calibration fitted to a user's own questions, beside an index's generations.

    .qa/calibration.json   one JSON object, ``checksum`` over all the others

It outlives generations: it describes how reliable the signals are for these documents and
questions, which changes less than the documents do. It is valid for one model only.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from qa.confidence import CALIBRATION
from qa.confidence.model import Calibration, ConfidenceModel
from qa.confidence.promise import Promise, parsed_promise
from qa.sealed import OtherSchema, changing, sealed, unsealed
from qa_index.collection.local import disk
from qa_index.collection.protocol import Collection
from qa_index.errors import IndexDamaged, IndexIncompatible, IndexNotWritable

SCHEMA = "qa.calibration/4"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """A confidence fitted to labelled questions."""

    model: ConfidenceModel
    encoder_sha256: str
    """SHA-256 of the embedding model whose similarities it was fitted to."""
    questions: str
    """Name of the question set."""
    answerable: int
    unanswerable: int
    made: str
    """Time of the fit in ISO 8601, UTC."""
    promise: Promise | None = None
    """What is promised of the answers at this threshold. The model is then the shipped one, but for
    the threshold."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.calibration/4``."""
        data = asdict(self)
        promise = None if self.promise is None else self.promise.to_dict()
        return {"schema": SCHEMA, **data, "promise": promise}


def calibration_of(index: Collection) -> OwnCalibration | None:
    """The user's own calibration of an index; ``None`` if the shipped fit is used.

    It is ignored with a warning if the index now has another embedding model. Raises
    ``IndexDamaged`` or ``IndexIncompatible``.
    """
    own = load(index.folder)
    if own is None:
        return None
    if own.encoder_sha256 != index.model.sha256:
        _log.warning(
            "%s was made with another embedding model and is ignored; run `qa calibrate` again, "
            "or with --reset",
            index.folder / CALIBRATION,
        )
        return None
    return own


def load(folder: Path) -> OwnCalibration | None:
    """The calibration stored in an index's folder, if there is one.

    Raises ``IndexDamaged`` or ``IndexIncompatible``.
    """
    path = folder / CALIBRATION
    try:
        return _parsed(unsealed(path.read_bytes(), SCHEMA))
    except FileNotFoundError:
        return None
    except OtherSchema as other:
        raise IndexIncompatible(
            f"{path} is in the format {other.args[0]!r}, not {SCHEMA}; run `qa calibrate` again "
            "with this version after `qa calibrate --reset`"
        ) from None
    except OSError as error:
        raise IndexDamaged(f"cannot read {path}: {error.strerror}; {_REMEDY}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"{path} is damaged; {_REMEDY}") from error


_REMEDY = "run `qa calibrate --reset`"


def store(own: OwnCalibration, folder: Path) -> None:
    """Stores a calibration; sessions use it from their next question on.

    Raises ``IndexLocked`` or ``IndexNotWritable``.
    """
    kept = sealed(SCHEMA, asdict(own))
    _change(folder, lambda path: disk.write_whole(path, kept))


def reset(folder: Path) -> bool:
    """Removes the stored calibration. Returns whether there was one. Raises as ``store`` does."""
    path = folder / CALIBRATION
    there = path.exists()
    if there:
        _change(folder, disk.remove)
        if path.exists():
            raise IndexNotWritable(f"cannot remove {path}; make its folder writable")
    return there


def _change(folder: Path, change: Any) -> None:
    with changing(folder, unchanged="the calibration is as it was before"):
        change(folder / CALIBRATION)


def _parsed(data: Mapping[str, Any]) -> OwnCalibration:
    model = data["model"]
    return OwnCalibration(
        model=ConfidenceModel(
            with_reading=_calibration(model["with_reading"]),
            reading_alone=_calibration(model["reading_alone"]),
            with_vectors=_calibration(model["with_vectors"]),
            words_alone=_calibration(model["words_alone"]),
            threshold=_threshold(model["threshold"]),
            caution=float(model["caution"]),
        ),
        encoder_sha256=str(data["encoder_sha256"]),
        questions=str(data["questions"]),
        answerable=int(data["answerable"]),
        unanswerable=int(data["unanswerable"]),
        made=str(data["made"]),
        promise=parsed_promise(data.get("promise")),
    )


def _calibration(data: Mapping[str, Any]) -> Calibration:
    numbers = {field.name: float(data[field.name]) for field in fields(Calibration)}
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError("a number is not finite")
    if not 0 < numbers["ceiling"] < 1:
        raise ValueError(f"a ceiling of {numbers['ceiling']}")
    return Calibration(**numbers)


def _threshold(value: Any) -> float:
    if not 0 < value <= 1:
        raise ValueError(f"a threshold of {value}")
    return float(value)
