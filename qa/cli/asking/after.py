"""The answer that ``qa ask --after`` follows up."""

import sys
from typing import TYPE_CHECKING

from qa import InputError
from qa.cli.options import Options
from qa.cli.terminal.texts import read_text

if TYPE_CHECKING:
    from qa import Turn

LAST = "last"


def turn_of(after: str, options: Options, *, elsewhere: bool) -> "Turn":
    """The answer named by ``--after``. Raises ``InputError`` if there is none.

    The index of the last answer is asked again, unless one is named or the question is asked
    ``elsewhere``.
    """
    import qa

    if after == LAST:
        last = qa.last_answer()
        if options.named_index is None and not elsewhere:
            options.index = str(last.folder)
        return last.turn
    if after == "-" and sys.stdin.isatty():
        raise InputError("name a file, or pipe an answer in: qa ask --json ... | qa ask --after -")
    return qa.saved_turn(*read_text(after, "qa ask --json ... | qa ask --after - ..."))
