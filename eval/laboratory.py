"""What all measurements of the laboratory share.

Each is a package that runs as ``python -m eval.NAME``. Its ``__main__`` tells in its docstring what
is measured, ``parse`` reads the command line, and ``main(arguments)`` returns the exit code, with
which ``run`` ends the program.
Results are filed under ``eval/NAME/results/DATE-COMMIT``, except those of ``eval.exporting``, which
makes a file of the package.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO

from qa_eval.errors import EvaluationError
from qa_index.errors import QAError

WRONG = 2
"""Exit code for what a person can mend, such as a folder that is not there."""


class Problem(argparse.ArgumentTypeError):
    """What a person can mend; the message is one line with the remedy.

    Raised where an argument is read, it is told with the name of the argument.
    """


def run(name: str, main: Callable[[], int]) -> NoReturn:
    """End the program with what ``main`` returns; a problem is one line and the exit code 2."""
    try:
        code = main()
    except (Problem, QAError, EvaluationError) as error:
        code = _told(name, str(error))
    sys.exit(code)


def _told(name: str, message: str) -> int:
    print(f"python -m eval.{name}: {' '.join(message.split())}", file=sys.stderr)
    return WRONG


def folder(path: str) -> Path:
    """An argument that is a folder. Raises ``Problem`` if there is none."""
    if not Path(path).is_dir():
        raise Problem(f"there is no folder {path}")
    return Path(path)


def file(path: str) -> Path:
    """An argument that is a file. Raises ``Problem`` if there is none."""
    if not Path(path).is_file():
        raise Problem(f"there is no file {path}")
    return Path(path)


def written(path: Path) -> TextIO:
    """A file opened to be written. Raises ``Problem`` if it cannot be."""
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise Problem(f"cannot write {path} ({error.strerror})") from None


def beir(path: str | Path) -> Path:
    """The folder of a set in BEIR layout. Raises ``Problem`` if it holds none."""
    for name in ("corpus.jsonl", "queries.jsonl", "qrels"):
        if not Path(path, name).exists():
            raise Problem(f"{path} is no set in BEIR layout: it has no {name}")
    return Path(path)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"{self.prog}: {message}; see --help\n")


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Of the command line of ``eval.NAME``; the description is shown as it is written."""
    return _Parser(
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


def as_json_lines(records: Iterable[Any]) -> str:
    """The same of records, one a line; letters beyond ASCII stay as they are."""
    lines = (json.dumps(_finite(each), ensure_ascii=False, allow_nan=False) for each in records)
    return "".join(f"{line}\n" for line in lines)


def number(value: float | None) -> float:
    """A number that was written as JSON; null is NaN."""
    return math.nan if value is None else value


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
