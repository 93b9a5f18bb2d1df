"""Saved answers, verified citation by citation.

A saved answer is untrusted, so it must not choose which files are opened: only those that the index
lists, and those inside the folder that relative paths start from.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeGuard

from qa.checking.sources import Sources
from qa.checking.verification import Claim, Verification, verify
from qa.places import Lines, SourceSpan, UnitName, UnitRange
from qa.turns import SCHEMA, Turn
from qa_index.errors import InputError
from qa_index.records import UnitKind

_SAVE = "save an answer with `qa ask --json`"

OF_LISTS = "qa.passages/1"
"""Schema of the lists that can be read; their citations are those of answers."""


def verify_saved(
    text: str,
    name: str,
    *,
    sources: Sources,
    kept: Iterable[Sources] = (),
    only_indexed: bool = False,
    most: int | None = None,
) -> Iterator[Verification]:
    """Verifies every citation of the answers in ``text``; ``name`` says where the text comes from.

    Args:
        text: The answers.
        name: Where they come from, for messages.
        sources: Where files are opened.
        kept: Sources of other indexes, searched for paths that ``sources`` does not list.
        only_indexed: Open no other files than those that an index lists. Otherwise a person who may
            ask could search any file beside the index, by guessing what it says.
        most: Citations to accept.

    Raises ``InputError`` for anything but answers printed by ``qa ask --json``.
    """
    claims = list(saved_claims(text, name))
    if most is not None and len(claims) > most:
        raise InputError(f"{name}: more than {most} citations; verify fewer at a time")
    for claim, owner, may_open in owned(claims, sources, kept, only_indexed=only_indexed):
        yield verify(claim, owner, may_open=may_open)


class Owned(NamedTuple):
    """A claim, with the sources that it is checked against."""

    claim: Claim
    sources: Sources
    may_open: bool
    """Whether the file at its path may be opened."""


def owned(
    claims: Iterable[Claim],
    sources: Sources,
    kept: Iterable[Sources] = (),
    *,
    only_indexed: bool = False,
) -> Iterator[Owned]:
    """Each claim with the sources that list its path; parameters as of ``verify_saved``."""
    others: list[Sources] | None = None
    for claim in claims:
        owner = sources if sources.lists(claim.path) else None
        if owner is None:
            others = list(kept) if others is None else others
            owner = next((each for each in others if each.lists(claim.path)), None)
        beside = not only_indexed and _stays_inside(claim.path, sources.root)
        may_open = owner is not None or beside
        owner = owner or sources
        known = claim.encoding or owner.encoding_of(claim.path)
        yield Owned(replace(claim, encoding=known), owner, may_open)


def saved_claims(text: str, name: str) -> Iterator[Claim]:
    """The citations of saved answers: one JSON object, or one per line.

    Raises ``InputError`` naming ``name`` for anything that is not an answer of ``qa ask --json``.
    """
    for number, answer in enumerate(json_objects(text, name), 1):
        yield from claims_of(answer, name, number)


def claims_of(answer: Any, name: str, number: int = 1) -> list[Claim]:
    """The citations of one answer, object ``number`` of ``name``; raises as ``saved_claims``."""
    if not isinstance(answer, dict) or answer.get("schema") not in (SCHEMA, OF_LISTS):
        raise InputError(f"{name}: object {number} is not an answer of schema {SCHEMA}")
    try:
        return [_claim(each) for each in answer["citations"]]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name}: object {number} has a malformed citation: {error}") from None


def saved_turn(text: str, name: str) -> Turn:
    """What a question that follows up saved answers, the last of them, needs.

    ``text`` is one JSON object, or one per line. Raises ``InputError`` naming ``name`` for anything
    that is not an answer of ``qa ask --json``.
    """
    *_, last = json_objects(text, name)
    try:
        return Turn.from_dict(last)
    except InputError as error:
        raise InputError(f"{name}: {error}; save an answer with `qa ask --json`") from None


def json_objects(
    text: str, name: str, remedy: str = _SAVE, *, lone: str | None = None
) -> Iterator[Any]:
    """One JSON object, or one per line. Raises ``InputError`` naming ``name``, with the remedy.

    ``lone`` names a text of one line, by default as a line of several.
    """
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            where = lone if lone and len(lines) == 1 else f"{name}: line {number}"
            raise InputError(f"{where} is not JSON; {remedy}") from None
    if not lines:
        raise InputError(f"{name} is empty; {remedy}")


def _claim(citation: dict[str, Any]) -> Claim:
    source, span = citation["source"], citation["span"]
    fields = (source["path"], source["sha256"], citation["quote"], citation["quote_sha256"])
    if not all(isinstance(value, str) for value in fields):
        raise TypeError("a path, quote or checksum is not a string")
    place, lines = _positions(span), _positions(citation.get("lines"))
    if place is None:
        raise TypeError("a span is not a pair of positions")
    if "\0" in source["path"]:
        raise ValueError("a path holds a NUL character")
    encoding, name, version = map(source.get, ("encoding", "format", "format_version"))
    recognition = source.get("recognition")
    return Claim(
        path=source["path"],
        source_sha256=source["sha256"],
        span=SourceSpan(*place),
        quote=citation["quote"],
        quote_sha256=citation["quote_sha256"],
        encoding=encoding if isinstance(encoding, str) else None,
        lines=None if lines is None else Lines(*lines),
        unit=_unit(citation.get("unit")),
        format=name if isinstance(name, str) else None,
        format_version=version if _is_position(version) else None,
        recognition=recognition if isinstance(recognition, str) else None,
    )


def _unit(saved: Any) -> UnitRange | None:
    """The pages or similar units; ``None`` if there are none or they are not valid."""
    try:
        first, last = (_unit_name(saved[name]) for name in ("first", "last"))
        return UnitRange(UnitKind(saved["kind"]), first, last, saved.get("recognised") is True)
    except (KeyError, TypeError, ValueError):
        return None


def _unit_name(saved: Any) -> UnitName:
    number, label = saved["number"], saved["label"]
    if not _is_position(number) or not (label is None or isinstance(label, str)):
        raise TypeError("a unit has no number or its label is no string")
    return UnitName(number, label)


def _positions(pair: Any) -> tuple[int, int] | None:
    """Start and end; ``None`` unless ``pair`` holds both as valid positions."""
    if not isinstance(pair, dict):
        return None
    start, end = pair.get("start"), pair.get("end")
    return (start, end) if _is_position(start) and _is_position(end) else None


def _is_position(value: Any) -> TypeGuard[int]:
    return type(value) is int and value >= 0


def _stays_inside(path: str, root: Path) -> bool:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return False
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # too long, or a symlink loop
        return False


def spans_in(listed: Any) -> Iterator[SourceSpan]:
    """The valid spans among some from JSON."""
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict):
            start, end = each.get("start"), each.get("end")
            if type(start) is int and type(end) is int and 0 <= start < end:
                yield SourceSpan(start, end)
