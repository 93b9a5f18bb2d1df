"""Answers and certificates as they are given to be packed."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qa import inputs
from qa.answers import Answer
from qa.checking.saved import OF_LISTS, claims_of, json_objects
from qa.checking.sources import Sources, sources_of
from qa.checking.verification import Claim
from qa.keeping.absence import SCHEMA as ABSENCE
from qa.keeping.absence import AbsenceCertificate
from qa.packing.containers import MOST_JSON, bytes_of, canonical
from qa_index.errors import InputError

Given = Answer | AbsenceCertificate | str | os.PathLike[str]
"""An answer, a certificate, either of them as JSON (several one per line), or a file of that."""


class Saved(NamedTuple):
    """An answer or a certificate of absence, read."""

    data: dict[str, Any]
    """As JSON types, without ``timing_ms``, which differs each time."""
    claims: list[Claim]
    sources: Sources | None = None
    """Of the index that answered; ``None`` if it is not known."""

    @property
    def answer(self) -> dict[str, Any]:
        """The answer itself, also of a certificate."""
        return answer_in(self.data)

    @property
    def certificate(self) -> AbsenceCertificate | None:
        """The certificate; ``None`` if it is an answer."""
        if not is_absence(self.data):
            return None
        return AbsenceCertificate.from_json(json.dumps(self.data))


def is_absence(data: dict[str, Any]) -> bool:
    """Whether these are the data of a certificate."""
    return data.get("schema") == ABSENCE


def answer_in(data: dict[str, Any]) -> dict[str, Any]:
    """The answer in the data of an answer or a certificate."""
    found: dict[str, Any] = data["answer"] if is_absence(data) else data
    return found


def saved(answers: Given | Sequence[Given]) -> Iterator[Saved]:
    """Reads what is to be packed, in its order.

    Raises ``InputError`` for a file that cannot be read, and for anything but answers and
    certificates.
    """
    single = isinstance(answers, Answer | AbsenceCertificate | str | os.PathLike)
    several: Sequence[Given] = [answers] if single else answers  # type: ignore[assignment, list-item]
    for each in several:
        if isinstance(each, Answer):
            first = next(iter(each.citations), None)
            owner = None if first is None else sources_of(first.root, first.index_folder)
            yield from (read._replace(sources=owner) for read in _read([each.to_dict()], "answer"))
        elif isinstance(each, AbsenceCertificate):
            yield from _read([each.to_dict()], "the certificate")
        elif isinstance(each, os.PathLike):
            name = str(each)
            yield from _read(json_objects(_text_of(Path(each)), name), name)
        else:
            yield from _read(json_objects(inputs.text(each, "answers"), "the text"), "the text")


def _read(objects: Any, name: str) -> Iterator[Saved]:
    for number, data in enumerate(objects, 1):
        if isinstance(data, dict) and is_absence(data):
            AbsenceCertificate.from_json(json.dumps(data), name)
            claims = claims_of(data["answer"], name, number)
        else:
            if isinstance(data, dict) and data.get("schema") == OF_LISTS:
                raise InputError(
                    f"{name}: object {number} is a list of `qa ask --all`, which cannot be packed; "
                    "ask without --all"
                )
            claims = claims_of(data, name, number)
            data = {**data, "timing_ms": {}}
        try:
            size = len(canonical(data))
        except ValueError:
            raise InputError(f"{name}: object {number} holds a number that JSON has not") from None
        if size > MOST_JSON:
            raise InputError(f"{name}: object {number} is larger than {MOST_JSON >> 20} MiB")
        yield Saved(data, claims)


def _text_of(path: Path) -> str:
    try:
        return bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"cannot read {path}: it is not UTF-8 text") from None
