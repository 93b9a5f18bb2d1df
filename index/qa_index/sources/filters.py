"""Which stored paths lie in which files and folders."""

from collections.abc import Sequence


def lies_in(path: str, places: Sequence[str]) -> bool:
    """Whether a stored path is one of ``places`` or lies below one; ``.`` holds every relative."""
    return any(
        path == place
        or path.startswith(f"{place.rstrip('/')}/")
        or (place == "." and not path.startswith("/"))
        for place in places
    )
