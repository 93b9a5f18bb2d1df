"""Where exported models are kept: one folder for each, complete and checked, or not there."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xxhash

from qa_index.encoding.recipe import Recipe

FORMAT = 1
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
RECIPE = "encoder.json"


class EntryDamagedError(Exception):
    """A cache entry that cannot be trusted; it is made again."""


def cache_folder() -> Path:
    """What is kept between runs: ``QA_CACHE``, or the user's cache."""
    if chosen := os.environ.get("QA_CACHE"):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("grounded-qa")


def models_folder() -> Path:
    """The folder of all exported models."""
    return cache_folder() / "models"


def entry_folder(sha256: str) -> Path:
    """Where the export of the model with this fingerprint lies, once it is made."""
    return models_folder() / f"{sha256}-{FORMAT}"


def refusal_file(sha256: str) -> Path:
    """Holds, once it is there, why this model cannot be exported: asked again after an update."""
    from importlib.metadata import version  # slow to import, and never on the way to an answer

    return models_folder() / f"{sha256}-{FORMAT}-torch{version('torch')}.unexportable"


@contextlib.contextmanager
def building(sha256: str) -> Iterator[Path]:
    """A new folder that becomes the entry of this model, in one rename, when the block ends well.

    Only under the model's lock: what an earlier build left behind is removed.
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
    """Complete an entry: describe the files that are in it, and sync all of them to disk."""
    names = sorted(path.name for path in folder.iterdir())
    content = {
        "format": FORMAT,
        "recipe": recipe.to_dict(),
        "files": {name: _checksum(folder / name) for name in names},
    }
    sealed = {**content, "checksum": _seal(content)}
    (folder / RECIPE).write_text(json.dumps(sealed, indent=1), encoding="utf-8")
    for name in (*names, RECIPE):
        _sync(folder / name)
    _sync(folder)


def read_recipe(folder: Path, sha256: str) -> Recipe:
    """The recipe of a whole and undamaged entry.

    Raises ``OSError`` where there is no entry and :class:`EntryDamagedError` where one of
    its files is missing or fails its checksum. All 90 MB are read: 20 ms for the default model.
    """
    try:
        sealed = json.loads((folder / RECIPE).read_bytes())
        content = {key: value for key, value in sealed.items() if key != "checksum"}
        if sealed["checksum"] != _seal(content) or content["format"] != FORMAT:
            raise EntryDamagedError(f"{folder / RECIPE} fails its checksum")
        recipe = Recipe.from_dict(content["recipe"])
        for name, checksum in content["files"].items():
            if _checksum(folder / name) != checksum:
                raise EntryDamagedError(f"{folder / name} fails its checksum")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EntryDamagedError(f"{folder / RECIPE} cannot be read") from error
    except OSError as error:
        if folder.is_dir():
            raise EntryDamagedError(f"{error.filename} cannot be read") from error
        raise
    if recipe.sha256 != sha256:
        raise EntryDamagedError(f"{folder} holds another model")
    return recipe


def _seal(content: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(content, sort_keys=True).encode())


def _checksum(path: Path) -> str:
    """XXH3 of the file, read in pieces so that it adds nothing to peak memory."""
    total = xxhash.xxh3_128()
    piece = memoryview(bytearray(1 << 20))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(piece):
            total.update(piece[:size])
    return total.hexdigest()


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows has no descriptors of folders.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
