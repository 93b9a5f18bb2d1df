"""The options of retrievers. Importing it loads the library's answering, and numpy with it."""

import qa


class RetrieverOptions(qa.AskOptions, total=False):
    """The options of ``Session.ask``; with ``least`` those of ``Session.ask_all``."""

    least: float | None
    """Every passage that answers with this probability or more is returned, not ``k``."""
