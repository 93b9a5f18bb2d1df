"""What is excluded from folders by default: files that tools generate."""

import re
from collections.abc import Collection
from fnmatch import translate

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
    # Caches and build output.
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
"""Patterns as in ``.gitignore``, matched against names only. Hidden names are always excluded."""

_MARKERS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""A folder with one of these is a virtual environment or a cache (bford.info/cachedir)."""


_NAMES = re.compile("|".join(map(translate, DEFAULT_EXCLUDES)))
"""Does without ``pathspec``: importing it takes as long as comparing a small index with its
files."""


def is_excluded(name: str) -> bool:
    """Whether a file of this name is excluded, or a folder if the name ends with ``/``."""
    return _NAMES.match(name) is not None


def is_marked(names: Collection[str]) -> bool:
    """Whether a folder that contains these names was made by a tool."""
    return not _MARKERS.isdisjoint(names)
