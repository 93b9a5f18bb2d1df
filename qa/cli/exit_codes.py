"""The exit codes of the command that no error of the library stands for."""

USAGE = 2

INTERNAL = 70

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells tell it."""
