"""Values that several passages give, in the form that is displayed.

Groups are named by what they hold and by how many passages hold it; nothing says which is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa import DateSource, Span, VersionSource
from qa.rendering.characters import counted

if TYPE_CHECKING:
    from qa import Agreement, ValueGroup, ValueMember

_DATED = {
    DateSource.FRONT_MATTER: "front matter",
    DateSource.PROPERTIES: "properties",
    DateSource.FILE_NAME: "file name",
    DateSource.MTIME: "file changed",
}
_VERSIONED = {VersionSource.FILE_NAME: "file name", VersionSource.TITLE: "title"}


@dataclass(frozen=True, slots=True)
class ValueMemberView:
    """A passage that holds a value."""

    rank: int
    quote: str
    """The sentence that the value stands in, verbatim."""
    value: Span
    """The value in it."""
    dated: str
    """Date and version of the document with where each is from; empty if it has none."""


@dataclass(frozen=True, slots=True)
class ValueGroupView:
    """Passages that hold equal values."""

    held: str
    """By how many it is held: ``3 passages``."""
    value: str
    """As the first passage writes it, in one line."""
    members: tuple[ValueMemberView, ...]


def value_groups(agreement: "Agreement | None") -> tuple[ValueGroupView, ...]:
    """The groups of an agreement; empty for none."""
    return tuple(map(_group, agreement.groups)) if agreement else ()


def sources_of(group: ValueGroupView) -> str:
    """The passages of a group: ``[1] 2024-03-01 (file name), [3]``."""
    told = (f"[{each.rank}] {each.dated}".strip() for each in group.members)
    return ", ".join(told)


def _group(group: "ValueGroup") -> ValueGroupView:
    return ValueGroupView(
        "".join(_held(group)), " ".join(group.value.split()), tuple(map(_member, group.members))
    )


def _held(group: "ValueGroup") -> Iterator[str]:
    """A passage and its copies are one witness; so, mostly, are passages in the same words."""
    passages = len(group.members)
    yield counted(passages, "passage")
    if passages > 1 and group.wordings == 1:
        yield " in the same words"
    elif group.wordings < passages:
        yield f" in {group.wordings} wordings"
    if group.copies:
        copies = "copy" if group.copies == 1 else "copies"
        yield f" and {group.copies:,} {copies} of the same text"


def _member(member: "ValueMember") -> ValueMemberView:
    told = []
    if member.date and member.date_from:
        told.append(f"{member.date} ({_DATED[member.date_from]})")
    if member.version and member.version_from:
        told.append(f"version {member.version} ({_VERSIONED[member.version_from]})")
    start = member.span.start - member.sentence.start
    value = Span(start, start + len(member.text))
    return ValueMemberView(member.rank, member.quote, value, ", ".join(told))
