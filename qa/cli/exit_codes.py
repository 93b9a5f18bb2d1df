"""The exit codes of the command that do not belong to a library error."""

USAGE = 2

INTERNAL = 70

INTERRUPTED = 130
"""128 plus the number of SIGINT, as in shells."""
