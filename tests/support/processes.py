"""Python in a subprocess, with this project importable and default warnings."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def child_environment(**variables: str) -> dict[str, str]:
    """This environment with the packages' folders on the path, and ``variables``."""
    folders = os.pathsep.join(str(ROOT / folder) for folder in (".", "index", "eval"))
    return {**os.environ, "PYTHONPATH": folders, **variables}
