"""A cache of one's own for a test, which shares the models with all others."""

from pathlib import Path

from qa_index.encoding.cache import models_folder


def own_cache(folder: Path) -> str:
    """Makes an empty cache in ``folder`` and returns what ``QA_CACHE`` is set to.

    Exported and unpacked models alone are shared: they take seconds to make, and are locked as they
    are made.
    """
    models = models_folder()
    models.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models.resolve())
    return str(folder)
