"""Strict reading of JSON objects; every error names the place of the object."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qa_eval.errors import EvaluationError, QuestionSetError

MAX_LINE = 64 * 1024 * 1024
"""Most bytes in a line of JSON Lines. A longer line is no question or document that anyone labels,
and would be read whole into memory."""


class Fields:
    """Typed access to the values of one JSON object.

    ``where`` begins every message; ``error`` is the class that is raised.
    """

    def __init__(self, data: object, where: str, error: type[EvaluationError]) -> None:
        self.where = where
        self._error = error
        if not isinstance(data, dict):
            raise self.problem("expected a JSON object")
        self._data: dict[str, Any] = data

    def problem(self, message: str) -> EvaluationError:
        """The error to raise about this object."""
        return self._error(f"{self.where}: {message}")

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def given(self, name: str) -> bool:
        """Return True if the field is present and not ``null``."""
        return self._data.get(name) is not None

    def only(self, *names: str) -> None:
        """Refuse fields with other names, which are mostly misspelt."""
        unknown = sorted(self._data.keys() - set(names))
        if unknown:
            raise self.problem(f'unknown field "{unknown[0]}"; known are {", ".join(names)}')

    def text(self, name: str, default: str | None = None) -> str:
        """A string with at least one character that is not white space."""
        value = self._get(name, default)
        if not isinstance(value, str) or not value.strip():
            raise self.problem(f'"{name}" must be a string that is not empty')
        return value

    def string(self, name: str) -> str:
        """Any string."""
        value = self._get(name)
        if not isinstance(value, str):
            raise self.problem(f'"{name}" must be a string')
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """``true`` or ``false``."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.problem(f'"{name}" must be true or false')
        return value

    def integer(self, name: str, default: int | None = None, *, least: int = 0) -> int:
        """An integer, ``least`` or more."""
        value = self._get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.problem(f'"{name}" must be a whole number, {least} or more')
        return value

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.problem(f'"{name}" must be a number')
        if not math.isfinite(value):
            raise self.problem(f'"{name}" must be finite')
        return float(value)

    def items(self, name: str, *, optional: bool = False) -> list[Any]:
        """A list."""
        value = self._get(name, [] if optional else None)
        if not isinstance(value, list):
            raise self.problem(f'"{name}" must be a list')
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, none of them empty; the field may be left out."""
        values = self.items(name, optional=True)
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.problem(f'"{name}" must be a list of strings that are not empty')
        return tuple(values)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A JSON object."""
        value = self._get(name)
        if not isinstance(value, dict):
            raise self.problem(f'"{name}" must be a JSON object')
        return value

    def _get(self, name: str, default: object = None) -> object:
        value = self._data.get(name, default)
        if value is None:
            raise self.problem(f'"{name}" is missing')
        return value


def parse_json(text: str | bytes) -> Any:
    """Parse strict JSON, without ``NaN`` or duplicate names; raises ``ValueError``."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number, from 1, and bytes of each line that is not blank.

    Raises ``QuestionSetError`` if the file cannot be read or a line is longer than ``MAX_LINE``.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise QuestionSetError(
                        f"{path}:{number}: line longer than {MAX_LINE} bytes; "
                        "is this a file of JSON Lines?"
                    )
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, line
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_objects(path: Path) -> Iterator[Fields]:
    """The objects of a JSON Lines file, one at a time."""
    for number, line in read_lines(path):
        where = f"{path}:{number}"
        try:
            data = parse_json(line)
        except ValueError as error:
            raise QuestionSetError(f"{where}: {error}") from error
        yield Fields(data, where, QuestionSetError)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f'"{twice}" stands twice in one object')
    return data


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
