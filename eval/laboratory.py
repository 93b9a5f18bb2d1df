"""What all measurements of the laboratory share.

Each is a package that runs as ``python -m eval.NAME``. Its ``__main__`` tells in its docstring what
is measured, ``parse`` reads the command line, and ``main(arguments)`` returns the exit code.
Results are filed under ``eval/NAME/results/DATE-COMMIT``, except those of ``eval.exporting``, which
makes a file of the package.
"""

import argparse
import json
import math
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Of the command line of ``eval.NAME``; the description is shown as it is written."""
    return argparse.ArgumentParser(
        prog=f"python -m eval.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def commit() -> str:
    """The commit that is checked out, marked ``-dirty`` when files differ from it."""
    described = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(
        described, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def results_folder(results: Path) -> Path:
    """``results/DATE-COMMIT``, made if missing."""
    folder = results / f"{datetime.now(UTC):%Y-%m-%d}-{commit()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def as_json(report: Any) -> str:
    """A report as JSON; what is not a finite number, such as a mean of nothing, is null."""
    return json.dumps(_finite(report), indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def publish(report: Any, results: Path, name: str) -> None:
    """Print a report as JSON, and file it as ``results/DATE-COMMIT/name.json``."""
    text = as_json(report)
    (results_folder(results) / f"{name}.json").write_text(text, encoding="utf-8")
    print(text, end="")
