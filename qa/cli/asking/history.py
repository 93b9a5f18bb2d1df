"""Keeps the questions typed at the prompt, as a shell keeps commands.

    ~/.local/state/grounded-qa/history   one question per line, readable by the user alone

Nothing fails if it cannot be read or written, or if there is no readline.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Self

VARIABLE = "QA_HISTORY"
"""Names another file; empty keeps nothing."""

MOST = 1000
"""Questions that are kept."""


class History:
    """The questions of this sitting and of earlier ones, for the arrow keys."""

    def __init__(self, file: Path | None) -> None:
        """Continues ``file``; ``None`` keeps them in memory alone."""
        self._file = file
        self._readline = _readline()
        self._latest = ""
        if self._readline is not None:
            self._readline.clear_history()
            for line in _kept(file):
                self._readline.add_history(line)

    @classmethod
    def of_user(cls, *, kept: bool) -> Self:
        """The user's own."""
        return cls(history_file() if kept else None)

    def add(self, line: str) -> None:
        """Remember a line, but not twice in a row."""
        if line == self._latest:
            return
        self._latest = line
        if self._readline is not None:
            self._readline.add_history(line)
        if self._file is not None:
            with suppress(OSError):
                _append(self._file, line)


def history_file() -> Path | None:
    """Where questions are kept, or ``None``."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_state_path

    return user_state_path("grounded-qa") / "history"


def _readline() -> ModuleType | None:
    """The module, which lets ``input`` edit lines; not every Python has it."""
    try:
        import readline
    except ImportError:
        return None
    readline.set_auto_history(False)
    return readline


def _kept(file: Path | None) -> Sequence[str]:
    """The lines in the file; beyond twice ``MOST`` of them, the first are dropped there as well."""
    if file is None:
        return ()
    with suppress(OSError):
        lines = file.read_text("utf-8", "surrogateescape").splitlines()
        if len(lines) > 2 * MOST:
            kept = "".join(f"{line}\n" for line in lines[-MOST:])
            new = file.with_name(f"{file.name}.{os.getpid()}")
            _write(new, kept, os.O_TRUNC)
            new.replace(file)
        return lines[-MOST:]
    return ()


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(file, f"{line}\n", os.O_APPEND)


def _write(file: Path, text: str, how: int) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
    with os.fdopen(opened, "wb") as stream:
        if hasattr(os, "fchmod"):
            os.fchmod(opened, 0o600)  # it may have been made by others, or by hand
        stream.write(text.encode("utf-8", "surrogateescape"))
