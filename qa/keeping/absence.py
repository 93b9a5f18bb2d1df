"""A certificate that the sources do not answer a question: what was searched, and how.

It names every file that was searched with its SHA-256, those that were skipped with the reason,
what of the files could not be read, the nearest passages, and the probability with the fit that it
comes from. Later it can be checked against the same files: whether they are unchanged, and whether
the index of them still gives the same.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qa.errors import StaleSource
from qa.keeping.options import from_json, to_json
from qa.sealed import seal_of
from qa_index.errors import InputError
from qa_index.sources.freshness import sha256_of
from qa_index.version import tool_version

if TYPE_CHECKING:
    from qa.answering.answerer import AskOptions
    from qa.answers import Answer
    from qa.session.opened import Session
    from qa.status import State

SCHEMA = "qa.absence/1"
VERIFIED_SCHEMA = "qa.absence-verification/1"


@dataclass(frozen=True, slots=True)
class AbsenceCertificate:
    """That the sources do not answer a question, with what was searched."""

    data: Mapping[str, Any]
    """As JSON types, without the seal."""

    @property
    def question(self) -> str:
        """The question that is not answered."""
        return str(self.data["answer"]["question"])

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.absence/1``; ``seal`` is the SHA-256 of all the rest."""
        return {**self.data, "seal": seal_of(self.data)}

    @staticmethod
    def from_json(text: str, name: str = "the text") -> "AbsenceCertificate":
        """A certificate from its JSON. Raises ``InputError`` if it is none, or was altered."""
        try:
            data = json.loads(text)
            seal = data.pop("seal")
            if data["schema"] != SCHEMA:
                raise InputError(f"{name} has the schema {data['schema']!r}, not {SCHEMA}")
            _read(data)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(f"{name} is no certificate of `qa ask --certificate`") from error
        if seal != seal_of(data):
            raise InputError(f"{name} was altered: its seal is that of another text")
        return AbsenceCertificate(data)


def is_certificate(text: str) -> bool:
    """Whether a text claims to be a certificate."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("schema") == SCHEMA


def certify_absence(
    answer: "Answer", session: "Session", options: "AskOptions"
) -> AbsenceCertificate:
    """The certificate of an ``answer`` that a session just gave to a question with these options.

    Raises ``InputError`` if the sources do answer or it is a follow-up, and ``StaleSource`` if
    files are new, changed or gone since they were indexed: what they say was not searched.
    """
    if answer.answered:
        raise InputError("the sources answer the question; there is no absence to certify")
    state = session.state(documents=True)
    if state.generation != answer.index.generation or not state.condition.fresh:
        told = next(iter([*state.condition.changed, *state.condition.new]), "the index")
        raise StaleSource(
            f"{told} changed since it was searched; run `qa index` and ask again to certify"
        )
    return AbsenceCertificate(
        {
            "schema": SCHEMA,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "tool": tool_version(),
            "options": to_json(options, answer.after),
            "answer": {**answer.to_dict(), "timing_ms": {}},
            "index": _index(session, state),
            "sources": [
                {"path": each.path, "sha256": each.sha256, "passages": each.passages}
                for each in state.sources or ()
            ],
            "skipped": [each._asdict() for each in state.condition.skipped],
            "gaps": [each._asdict() for each in state.gaps],
        }
    )


def _index(session: "Session", state: "State") -> dict[str, Any]:
    return {
        "root": str(session.index.root),
        "roots": [root.path for root in state.roots],
        "texts": session.index.texts_checksum,
        "passages": state.counts.passages,
        "model": state.model.name,
        "model_sha256": state.model.sha256,
        "profile": str(state.profile),
        "calibration": None if state.calibration is None else state.calibration.to_dict(),
    }


class FileVerdict(StrEnum):
    """What has become of a file since the certificate was made."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    NEW = "new"
    """It was not there, or not searched."""


class CertifiedFile(NamedTuple):
    """A file of a certificate, or one that it does not name."""

    path: str
    verdict: FileVerdict


@dataclass(frozen=True, slots=True)
class CertificateChecked:
    """Whether a certificate still holds."""

    certificate: AbsenceCertificate
    files: tuple[CertifiedFile, ...]
    repeated: bool | None
    """Whether the index gives the same answer again; ``None`` if there is no index of the same
    texts to ask."""

    @property
    def unchanged(self) -> bool:
        """Whether every file is as it was, and there is no other."""
        return all(each.verdict is FileVerdict.SAME for each in self.files)

    @property
    def holds(self) -> bool:
        """Whether it is unchanged, and nothing speaks against it."""
        return self.unchanged and self.repeated is not False

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.absence-verification/1``."""
        return {
            "schema": VERIFIED_SCHEMA,
            "question": self.certificate.question,
            "holds": self.holds,
            "repeated": self.repeated,
            "files": [each._asdict() for each in self.files],
        }


def check_certificate(
    certificate: AbsenceCertificate,
    session: "Session | None",
    *,
    root: Path,
    ask: bool = True,
) -> CertificateChecked:
    """Checks a certificate against the files as they are now.

    With a ``session`` relative paths start from the root of its index, only files that the index
    lists are read, and the question is asked again if the index holds the same texts; without one
    they start from ``root``, and files outside of it count as missing. Without ``ask`` nothing is
    asked again, and no model is loaded.
    """
    told = {str(each["path"]): str(each["sha256"]) for each in certificate.data["sources"]}
    if session is None:
        files = [_checked(path, sha, root, within=True) for path, sha in told.items()]
        return CertificateChecked(certificate, tuple(files), None)
    index = session.index
    listed = set(index.paths_and_rows[0])
    files = [
        _checked(path, sha, index.root, within=path not in listed) for path, sha in told.items()
    ]
    new = [*sorted(listed - told.keys()), *session.state().condition.new]
    files += [CertifiedFile(path, FileVerdict.NEW) for path in dict.fromkeys(new)]
    repeated = _repeated(certificate, session) if ask else None
    return CertificateChecked(certificate, tuple(files), repeated)


def _checked(path: str, sha256: str, root: Path, *, within: bool) -> CertifiedFile:
    """``within``: only a file below ``root`` is read, since a certificate can name any."""
    place = root / path
    try:
        if within and not place.resolve().is_relative_to(root.resolve()):
            return CertifiedFile(path, FileVerdict.MISSING)
        found = sha256_of(place)
    except (OSError, ValueError):
        return CertifiedFile(path, FileVerdict.MISSING)
    if found is None:
        return CertifiedFile(path, FileVerdict.MISSING)
    return CertifiedFile(path, FileVerdict.SAME if found == sha256 else FileVerdict.CHANGED)


def _repeated(certificate: AbsenceCertificate, session: "Session") -> bool | None:
    data, index = certificate.data, session.index
    if (data["index"]["texts"], data["index"]["model_sha256"]) != (
        index.texts_checksum,
        index.model.sha256,
    ):
        return None
    try:
        answer = session.ask(certificate.question, **from_json(data["options"]))
    except TypeError as error:
        raise InputError("the certificate was made with options that are not known") from error
    before = data["answer"]
    return (
        not answer.answered
        and round(answer.probability, 4) == round(float(before["probability"]), 4)
        and [each.id for each in answer.citations] == [each["id"] for each in before["citations"]]
    )


def _read(data: Mapping[str, Any]) -> None:
    """Raises ``KeyError`` or ``TypeError`` for what has not the shape of a certificate."""
    _ = (data["answer"]["question"], data["answer"]["probability"], data["options"].items())
    _ = (data["index"]["texts"], data["index"]["model_sha256"])
    list(_texts(data))


def _texts(data: Mapping[str, Any]) -> Iterator[str]:
    for each in data["sources"]:
        yield from (str(each["path"]), str(each["sha256"]))
    for each in data["answer"]["citations"]:
        yield str(each["id"])
