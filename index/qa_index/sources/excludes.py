"""What is left out of folders by default: what tools make and nobody wrote."""

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
"""Patterns as in ``.gitignore``, of names alone. Hidden names are left out anyway."""

_MARKERS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""A folder with one of these is a virtual environment or a cache (bford.info/cachedir)."""


_NAMES = re.compile("|".join(map(translate, DEFAULT_EXCLUDES)))
"""Without the package that compiles patterns, which takes as long to import as a small index takes
to be compared with its files."""


def is_excluded(name: str) -> bool:
    """Whether a file of this name is left out, or with a ``/`` at the end a folder."""
    return _NAMES.match(name) is not None


def is_marked(names: Collection[str]) -> bool:
    """Whether a folder with these names in it was made by a tool."""
    return not _MARKERS.isdisjoint(names)
