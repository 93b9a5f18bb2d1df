"""The library's calls: make an index, open it, and answer from it."""

import logging
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa import inputs
from qa.session.owners import is_own
from qa_index.errors import IndexMissing, IndexProblem

if TYPE_CHECKING:
    from qa.session.opened import Session
    from qa_index.building.build import BuildReport, OnProgress
    from qa_index.encoding import Encoder

_log = logging.getLogger(__name__)

DEFAULT_INDEX = ".qa"
CURRENT = "CURRENT"

Pathlike = str | os.PathLike[str]


def find_index(start: Pathlike = ".") -> Path:
    """The nearest ``.qa`` in ``start`` or a folder above it, as git finds its own.

    Raises ``IndexMissing``, and ``IndexProblem`` if it belongs to another user, who could have put
    it there for whoever asks below: such an index has to be named.
    """
    here = Path(start).absolute()
    for folder in (here, *here.parents):
        found = folder / DEFAULT_INDEX
        if (found / CURRENT).is_file():
            if not is_own(found):
                raise IndexProblem(
                    f"{found} belongs to another user and was only found; "
                    f"if you trust it, name it with --index {shlex.quote(str(found))}"
                )
            return found
    raise IndexMissing(f"no index in {here} or above it; make one with `qa index PATH`")


def index(
    paths: Sequence[Pathlike] | Pathlike = (),
    *,
    into: Pathlike = DEFAULT_INDEX,
    model: str | None = None,
    language: str | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    default_excludes: bool = True,
    full: bool = False,
    prune: bool = False,
    dry_run: bool = False,
    offline: bool = False,
    on_progress: "OnProgress | None" = None,
) -> "BuildReport":
    """Make an index of files and folders, or bring it up to date.

    Only what changed is read and encoded again; the index is switched in one step at the end and
    is as it was before if anything fails.

    Args:
        paths: Files or folders, added to those that the index was made from before. None brings
            it up to date.
        into: Folder of the index; made if missing.
        model: Name or path of a sentence-transformers model; by default the one the index has,
            or the packaged all-MiniLM-L6-v2.
        language: ISO 639 code of all documents, or ``auto`` to detect each document's; by
            default as it was given before, at first detected.
        include: Patterns as in ``.gitignore``, from the folder that the index lies in or from the
            working folder; only files that match are indexed.
        exclude: Patterns of the same kind; files that match are left out.
        default_excludes: Leave out what tools make, such as ``node_modules`` and lock files.
        full: Forget what was there, and with ``paths`` what it was made from, and start anew.
        prune: Forget paths it was made from before that are gone, together with their documents.
        dry_run: Only report what would be done.
        offline: Look for the model on this machine only.
        on_progress: Called with the bytes of source files done so far, and in all.

    Raises:
        InputError: A path does not exist, or there is nothing to index.
        RootGone: A path it was made from before is gone, and ``prune`` was not given.
        IndexProblem: The index is locked, damaged, incompatible, or cannot be written.
        ModelUnavailable: The model cannot be loaded.
    """
    from qa_index.building.build import build

    folder = inputs.path(into, "into")
    return build(
        inputs.paths(paths, "paths"),
        folder,
        encoder=_encoder_for(
            folder,
            None if model is None else inputs.text(model, "model"),
            offline=offline,
            full=full,
        ),
        language=language,
        include=include,
        exclude=exclude,
        default_excludes=default_excludes,
        full=full,
        prune=prune,
        dry_run=dry_run,
        on_progress=on_progress,
    )


def _encoder_for(folder: Path, model: str | None, *, offline: bool, full: bool) -> "Encoder":
    """The encoder of ``model``, by default that of the index in ``folder``, or the packaged one.

    Only a model that the caller named is fetched: an index can name any.
    """
    from qa_index.collection.local.generations import live_manifest
    from qa_index.encoding.models import DEFAULT_MODEL
    from qa_index.encoding.opening import open_encoder

    if model is None and (folder / CURRENT).is_file():
        try:
            kept = live_manifest(folder).model
        except IndexProblem:
            if not full:
                raise
            _log.warning("%s: the model is not known any more, taking %s", folder, DEFAULT_MODEL)
        else:
            return open_encoder(
                kept.name, expected_sha256=kept.sha256, offline=offline, use_gpu=True
            )
    return open_encoder(model or DEFAULT_MODEL, offline=offline, use_gpu=True)


def open(folder: Pathlike | None = None, *, offline: bool = False) -> "Session":
    """Open an index to ask it; by default the nearest ``.qa`` in this folder or above.

    No model is loaded before the first question that needs one. ``close`` it, or use it in a
    ``with`` statement; a service may keep it open while the index is updated.

    Raises:
        IndexProblem: The index is missing, damaged or incompatible, or it was found and belongs to
            another user.
    """
    from qa.session.opened import Session

    chosen = find_index() if folder is None else inputs.path(folder, "folder")
    return Session(chosen, offline=offline)
