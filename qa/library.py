"""The library's calls: make an index, open it, and answer from it."""

import logging
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa_index.errors import IndexMissing, IndexProblem

if TYPE_CHECKING:
    from qa.answering.answerer import Answerer
    from qa_index.building.build import BuildReport, OnProgress
    from qa_index.encoding import Encoder

_log = logging.getLogger(__name__)

DEFAULT_INDEX = ".qa"
CURRENT = "CURRENT"

Pathlike = str | os.PathLike[str]


def find_index(start: Pathlike = ".") -> Path:
    """The nearest ``.qa`` in ``start`` or a folder above it, as git finds its own.

    Raises ``IndexMissing``.
    """
    here = Path(start).absolute()
    for folder in (here, *here.parents):
        if (folder / DEFAULT_INDEX / CURRENT).is_file():
            return folder / DEFAULT_INDEX
    raise IndexMissing(f"no index in {here} or above it; make one with `qa index PATH`")


def index(
    paths: Sequence[Pathlike] | Pathlike = (),
    *,
    into: Pathlike = DEFAULT_INDEX,
    model: str | None = None,
    language: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
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
        language: ISO 639-1 code of all documents, or ``auto`` to detect each document's; by
            default as it was given before, at first detected.
        include: Globs; only files that match one are indexed.
        exclude: Globs, as in ``.gitignore``; files that match one are left out.
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

    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    folder = Path(into)
    return build(
        [Path(path) for path in paths],
        folder,
        encoder=_encoder_for(folder, model, offline=offline, full=full),
        language=language,
        include=include,
        exclude=exclude,
        full=full,
        prune=prune,
        dry_run=dry_run,
        on_progress=on_progress,
    )


def _encoder_for(folder: Path, model: str | None, *, offline: bool, full: bool) -> "Encoder":
    """The encoder of ``model``, by default that of the index in ``folder``, or the packaged one."""
    from qa_index.collection.local.generations import live_manifest
    from qa_index.encoding.models import DEFAULT_MODEL
    from qa_index.encoding.opening import open_encoder

    name = model
    if name is None and (folder / CURRENT).is_file():
        try:
            name = live_manifest(folder).model.name
        except IndexProblem as error:
            if not full:
                raise
            _log.warning("%s: the model is not known any more, taking %s", folder, DEFAULT_MODEL)
            _log.debug("%s", error)
    return open_encoder(name or DEFAULT_MODEL, offline=offline, use_gpu=True)


def open(folder: Pathlike | None = None, *, offline: bool = False) -> "Answerer":
    """Open an index to ask it; by default the nearest ``.qa`` in this folder or above.

    No model is loaded before the first question that needs one.

    Raises:
        IndexProblem: The index is missing, damaged or incompatible.
    """
    from qa.answering.answerer import Answerer
    from qa_index.collection.local.stored import StoredIndex
    from qa_index.encoding.opening import open_encoder

    stored = StoredIndex(find_index() if folder is None else folder)
    model = stored.manifest.model
    return Answerer(
        stored,
        partial(open_encoder, model.name, expected_sha256=model.sha256, offline=offline),
    )
