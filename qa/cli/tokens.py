"""The token that clients of a server must send, from a file or a variable."""

import os
import re
from pathlib import Path

from qa import InputError

TOKEN_VARIABLE = "QA_TOKEN"  # noqa: S105 - the variable's name

LEAST_TOKEN = 16
"""Characters of the shortest token: 16 random ones cannot be guessed over a network."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+", re.ASCII)
"""What may follow ``Bearer`` in a header."""


def token_given(file: str | None) -> str | None:
    """The token of a file, else of the variable; ``None`` without either. Raises ``InputError``.

    The variable is taken out of the environment, which processes that parse files inherit. An
    empty one is refused: it was meant to hold a token.
    """
    variable = os.environ.pop(TOKEN_VARIABLE, None)
    if file is not None:
        return _token_of(Path(file))
    return None if variable is None else token_in(variable, f"${TOKEN_VARIABLE}")


def token_in(text: str, name: str) -> str:
    """The token in the content of a file or variable, without white space around it.

    Raises ``InputError``, which does not repeat it.
    """
    token = text.strip()
    if len(token) < LEAST_TOKEN:
        raise InputError(
            f"the token in {name} has fewer than {LEAST_TOKEN} characters; "
            "make one with: openssl rand -hex 32"
        )
    if not _TOKEN.fullmatch(token):
        raise InputError(f"the token in {name} may hold only letters, digits and ._~+/=-")
    return token


def _token_of(path: Path) -> str:
    """The token that a file holds; raises ``InputError``."""
    try:
        with path.open(encoding="ascii") as file:
            return token_in(file.read(10_000), str(path))
    except OSError as error:
        raise InputError(f"cannot read the token in {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"the token in {path} may hold only letters, digits and ._~+/=-") from None
