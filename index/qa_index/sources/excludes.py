"""What is left out of folders by default: what tools make and nobody wrote."""

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_index.sources.filters import Patterns

DEFAULT_EXCLUDES = (
    # Installed packages.
    "node_modules/",
    "bower_components/",
    "jspm_packages/",
    "site-packages/",
    "venv/",
    "virtualenv/",
    "*.dist-info/",
    "*.egg-info/",
    # Caches and what builds leave.
    "__pycache__/",
    "__pypackages__/",
    "CMakeFiles/",
    "cmake-build-*/",
    "DerivedData/",
    # Exact versions and checksums of dependencies.
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile.lock",
    "Cargo.lock",
    "Gemfile.lock",
    "composer.lock",
    "flake.lock",
    "go.sum",
    # Minified.
    "*.min.js",
    "*.min.mjs",
    "*.min.css",
    "*.js.map",
    "*.css.map",
)
"""Patterns as in ``.gitignore``. Hidden names, such as ``.venv``, are left out anyway."""

_MARKERS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""A folder with one of these is a virtual environment or a cache (bford.info/cachedir)."""


@cache
def default_patterns() -> "Patterns":
    """``DEFAULT_EXCLUDES``, compiled."""
    from qa_index.sources.filters import Patterns

    return Patterns(DEFAULT_EXCLUDES, "default excludes")


def is_marked(names: Collection[str]) -> bool:
    """Whether a folder with these names in it was made by a tool."""
    return not _MARKERS.isdisjoint(names)
