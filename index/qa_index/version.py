"""The program's version, as stored in indexes and printed by the command."""

from importlib.metadata import PackageNotFoundError, version


def tool_version() -> str:
    """Version of the installed distribution; ``0+source`` for a bare checkout."""
    try:
        return version("grounded-qa")
    except PackageNotFoundError:
        return "0+source"
