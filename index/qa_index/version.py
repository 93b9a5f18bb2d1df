"""The program's version, as its index files and its command give it."""

from importlib.metadata import PackageNotFoundError, version


def tool_version() -> str:
    """Version of the installed distribution; ``0+source`` where it runs from a bare checkout."""
    try:
        return version("grounded-qa")
    except PackageNotFoundError:
        return "0+source"
