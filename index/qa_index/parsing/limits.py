"""Limits on parsing one file."""

import sys
from dataclasses import dataclass

from qa_index.formats.ocr import FIRST_SECONDS, SECONDS_PER_PAGE

MAX_CHARACTERS = 100_000_000
"""Of the text of one document. The Bible has 4.5 million."""
MAX_PAGES = 100_000
MAX_RECORDS = 2_000_000
"""Blocks, units, tables and gaps of one document, all together."""

MAX_STRING_BYTES = 64 << 20
"""Of all titles, labels and reasons of one document."""
MAX_PLACES_BYTES = 4 << 20
"""Of the places of a quote, as JSON."""
MAX_PICTURE_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a worker process. Address space is limited only where the system can do it."""

    memory: int = 2 << 30
    """Bytes of address space: of the interpreter, the file, and all that is made of it."""
    seconds: float = 60.0
    """For any file; a file of 1 MB rarely takes more than one."""
    seconds_per_megabyte: float = 4.0
    """In addition: a page takes about 5 ms, and a megabyte holds up to 300 of them."""

    def seconds_for(self, size: int, *, pictures: int = 0) -> float:
        """Seconds that a file of ``size`` bytes may take, with so many pages to be recognised."""
        seconds = self.seconds + self.seconds_per_megabyte * size / 1e6
        if not pictures:
            return seconds
        # The worker keeps to this share of it, and leaves out the pages that it does not reach.
        return seconds + FIRST_SECONDS + SECONDS_PER_PAGE * pictures


def limit_process(memory: int) -> None:
    """Limit this process: memory, no core dump, no file written, few files open."""
    if sys.platform == "win32":
        return
    import resource

    wanted = {"RLIMIT_AS": memory, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": 64}
    for name, limit in wanted.items():
        _lower(resource.__dict__.get(name), limit, limit)


def limit_processor(seconds: float) -> None:
    """End this process when it has computed for ``seconds`` from now.

    The parent keeps to time; this ends a worker whose parent is gone.
    """
    if sys.platform == "win32":
        return
    import resource
    import time

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    _lower(resource.RLIMIT_CPU, int(time.process_time() + seconds) + 1, hard)


def _lower(kind: int | None, soft: int, hard: int) -> None:
    """Set a limit, but none higher than the present one; systems that lack it go without."""
    if sys.platform == "win32" or kind is None:
        return
    import resource

    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), most if hard == resource.RLIM_INFINITY else min(hard, most)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):  # macOS refuses some
        return
