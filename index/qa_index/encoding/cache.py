"""The cache of exported models: one folder for each, either complete and checked or absent."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from qa_index.encoding.recipe import FORMAT, DamagedError, Recipe, checked, sealed

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
RECIPE = "encoder.json"


def cache_folder() -> Path:
    """The folder of everything kept between runs: ``QA_CACHE``, or the user's cache."""
    if chosen := os.environ.get("QA_CACHE"):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("grounded-qa")


def models_folder() -> Path:
    """The folder of all exported models."""
    return cache_folder() / "models"


def entry_folder(sha256: str) -> Path:
    """Folder of the export of the model with this fingerprint; it may not exist yet."""
    return models_folder() / f"{sha256}-{FORMAT}"


def refusal_file(sha256: str) -> Path:
    """File that says why this model cannot be exported; valid for this version of torch."""
    from importlib.metadata import version  # slow to import, and not needed to answer

    return models_folder() / f"{sha256}-{FORMAT}-torch{version('torch')}.unexportable"


@contextlib.contextmanager
def building(sha256: str) -> Iterator[Path]:
    """Yield a new folder that becomes the model's entry in one rename if the block succeeds.

    Call it only under the model's lock: it removes what an earlier build left behind.
    """
    import shutil  # like the above

    final = entry_folder(sha256)
    for leftover in final.parent.glob(f".{final.name}.*"):
        shutil.rmtree(leftover)
    build = final.with_name(f".{final.name}.new")
    build.mkdir()
    try:
        yield build
        if (build / RECIPE).exists():
            if final.exists():
                final.rename(final.with_name(f".{final.name}.old"))
            build.rename(final)
            _sync(final.parent)
    finally:
        shutil.rmtree(build, ignore_errors=True)
        shutil.rmtree(final.with_name(f".{final.name}.old"), ignore_errors=True)


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Complete an entry: write checksums of its files and sync all of them to disk."""
    files = {path.name: path for path in sorted(folder.iterdir())}
    (folder / RECIPE).write_text(sealed(recipe, files), encoding="utf-8")
    for name in (*files, RECIPE):
        _sync(folder / name)
    _sync(folder)


def read_recipe(folder: Path, sha256: str) -> Recipe:
    """The recipe of a complete and undamaged entry.

    Raises ``OSError`` if there is no entry and :class:`DamagedError` if one of its files is missing
    or fails its checksum.
    """
    try:
        return checked(folder / RECIPE, sha256, folder.joinpath)
    except OSError as error:
        if folder.is_dir():
            raise DamagedError(f"{error.filename} cannot be read") from error
        raise


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open folders.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
