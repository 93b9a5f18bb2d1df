"""Opens a file in the program that the user has for it, at a page or line if it can show one.

Programs are run directly, never by a shell, and get an absolute path or a ``file:`` address.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from qa import InputError


class Target(NamedTuple):
    """What to show."""

    file: Path
    """Absolute."""
    media_type: str
    line: int | None = None
    page: int | None = None
    """From 1."""
    fragment: str = ""
    """Of an address, with ``#``."""

    @property
    def address(self) -> str:
        """As browsers open it."""
        page = f"#page={self.page}" if self.page else ""
        return self.file.as_uri() + (self.fragment or page)


_VIEWERS: dict[str, tuple[str, ...]] = {
    "evince": ("--page-index={page}", "{file}"),
    "papers": ("--page-index={page}", "{file}"),
    "atril": ("--page-index={page}", "{file}"),
    "xreader": ("--page-index={page}", "{file}"),
    "okular": ("--page", "{page}", "{file}"),
    "zathura": ("--page={page}", "{file}"),
    "qpdfview": ("{file}#{page}",),
    "mupdf": ("{file}", "{page}"),
    "xpdf": ("{file}", "{page}"),
    "firefox": ("{address}",),
    "chromium": ("{address}",),
    "google-chrome": ("{address}",),
    "brave-browser": ("{address}",),
}
"""Arguments with which a viewer shows a page of a PDF, or a browser a fragment."""

_BROWSERS = ("firefox", "chromium", "google-chrome", "brave-browser")

_EDITORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("vi", "vim", "nvim", "gvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe",
         "gedit", "pico", "ed"),
        ("+{line}", "{file}"),
    ),
    **dict.fromkeys(("code", "codium", "cursor"), ("--goto", "{file}:{line}")),
    **dict.fromkeys(("subl", "hx", "zed"), ("{file}:{line}",)),
    **dict.fromkeys(("kate", "kwrite"), ("--line", "{line}", "{file}")),
}  # fmt: skip
"""Arguments with which an editor shows a line."""

_FAILS_WITHIN = 1.0
"""Seconds; most viewers still run then."""

_started: list[subprocess.Popen[bytes]] = []
"""Kept, because Python warns of a running program that nothing refers to."""


def open_in_viewer(
    target: Target, *, environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> None:
    """Open ``target``. Raises ``InputError`` if there is no program for it."""
    if target.line is not None and (editor := _editor(environment)):
        command = [*editor, *_arguments(_EDITORS.get(Path(editor[0]).name), target)]
        _run(command, waits=True)  # it may use this terminal
    elif platform == "darwin":
        # A script would be run by its own program, not shown.
        _run(["open", *(["-t"] if target.line is not None else []), str(target.file)])
    elif platform == "win32":
        if target.line is not None:
            _run(["notepad.exe", str(target.file)])
        else:
            os.startfile(target.file)  # type: ignore[attr-defined,unused-ignore]  # noqa: S606
    else:
        _run(_on_linux(target, environment.get("PATH")))


def _editor(environment: Mapping[str, str]) -> list[str]:
    """The user's editor with its options; empty if there is none."""
    named = environment.get("VISUAL") or environment.get("EDITOR") or ""
    try:
        return shlex.split(named)
    except ValueError as error:
        raise InputError(f"$VISUAL or $EDITOR cannot be used: {error}") from None


def _on_linux(target: Target, path: str | None) -> Sequence[str]:
    """The user's viewer at the page if it is a known one, otherwise whatever opens the file."""
    if target.page or target.fragment:
        usual = _usual_viewer(target.media_type, path)
        known = _BROWSERS if target.fragment else tuple(_VIEWERS)
        fitting = [name for name in known if name in usual] if usual else known
        found = next((name for name in fitting if shutil.which(name, path=path)), None)
        if found is not None:
            return [found, *_arguments(_VIEWERS[found], target)]
    if shutil.which("xdg-open", path=path) is None:
        raise InputError(f"there is no program that opens {target.file.name}; install xdg-open")
    return ["xdg-open", str(target.file)]


def _usual_viewer(media_type: str, path: str | None) -> str:
    """The desktop entry of the program that opens such files; empty if it is not known."""
    if shutil.which("xdg-mime", path=path) is None:
        return ""
    try:
        asked = ["xdg-mime", "query", "default", media_type]
        told = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip().lower()


def _arguments(patterns: Sequence[str] | None, target: Target) -> list[str]:
    values = {
        "file": str(target.file),
        "address": target.address,
        "line": target.line,
        "page": target.page,
    }
    return [pattern.format_map(values) for pattern in patterns or ("{file}",)]


def _run(command: Sequence[str], *, waits: bool = False) -> None:
    """Start a program; ``waits`` for it and leaves it the terminal.

    Raises ``InputError`` if it does not start, or fails at once, as a launcher without a viewer
    does.
    """
    try:
        if waits:
            subprocess.run(command, check=False)
            return
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"{command[0]} cannot be started: {error.strerror}") from None
    _started.append(program)
    with suppress(subprocess.TimeoutExpired):
        if program.wait(_FAILS_WITHIN):
            raise InputError(f"{command[0]} could not open {command[-1]}; open it by hand")
