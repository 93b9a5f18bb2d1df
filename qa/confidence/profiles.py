"""The profile that an index's similarities are judged by, and the warning about it."""

from enum import StrEnum

from qa_index.collection.protocol import Collection
from qa_index.encoding.profile import LEAST_SENTENCES, profile_of


class ProfileUsed(StrEnum):
    """Where the numbers of an embedding model come from."""

    MODEL = "model"
    """The model's own profile: the probability is as reliable as measured."""
    INDEX = "index"
    """Estimated from the sentences of the index."""
    NONE = "none"
    """There is no profile: only words and reading count."""


def profile_used(index: Collection) -> ProfileUsed:
    """The kind of profile that an index's similarities are judged by."""
    if profile_of(index.model.sha256) is not None:
        return ProfileUsed.MODEL
    enough = index.counts.sentences >= LEAST_SENTENCES
    return ProfileUsed.INDEX if enough else ProfileUsed.NONE


def doubt_of(index: Collection) -> str | None:
    """The warning about probabilities of this index; ``None`` if they are as reliable as
    measured."""
    told = _DOUBTS.get(profile_used(index))
    return told and told.format(index.model.name)


_REMEDY = "fit it to your questions with `qa calibrate`"
_DOUBTS = {
    ProfileUsed.INDEX: "the probability was not measured with the model {}: its similarities are "
    f"judged by this index alone; {_REMEDY}",
    ProfileUsed.NONE: "the probability was not measured with the model {}, and the index is too "
    f"small to judge its similarities: they do not count; {_REMEDY}",
}
