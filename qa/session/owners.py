"""Whose a file is."""

import os
from pathlib import Path


def is_own(path: Path) -> bool:
    """Whether a file, and what it links to, belongs to the user who runs this.

    For root also to the user who called ``sudo``: the rule of git (``safe.directory``). Where files
    have no owners, as on Windows, all are own. Raises ``OSError``.
    """
    if not hasattr(os, "geteuid"):
        return True
    owners = {path.lstat().st_uid, path.stat().st_uid}
    user = os.geteuid()
    if owners == {user}:
        return True
    caller = os.environ.get("SUDO_UID", "")
    return user == 0 and caller.isdecimal() and owners <= {0, int(caller)}
