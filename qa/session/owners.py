"""Ownership of files."""

import os
from pathlib import Path


def is_own(path: Path) -> bool:
    """Whether a file, and what it links to, belongs to the user running this process.

    For root, files of the user who called ``sudo`` count too, as in git (``safe.directory``). Where
    files have no owners, as on Windows, all count. Raises ``OSError``.
    """
    if not hasattr(os, "geteuid"):
        return True
    owners = {path.lstat().st_uid, path.stat().st_uid}
    user = os.geteuid()
    if owners == {user}:
        return True
    caller = os.environ.get("SUDO_UID", "")
    return user == 0 and caller.isdecimal() and owners <= {0, int(caller)}
