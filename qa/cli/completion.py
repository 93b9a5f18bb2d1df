"""What can come next on the command line, for the completion of shells.

It reads the same commands that parse the line, and loads nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, get_args, get_origin

import typer

from qa.cli.shells import PATHS

_IS_PATH = re.compile(
    r"PATH|FILE|DIR|FOLDER|SOURCES?|QUESTIONS|TOPICS|QRELS|RUN|DRAFT|ANSWERS?|TO|FROM"
)
"""Words of metavars whose values are files or folders."""

_PATH_OPTIONS = frozenset({"--index"})
"""Options without a metavar whose values are too."""

_VALUES = {
    "--model": ("minilm", "e5", "auto"),
    "--ocr-languages": ("auto",),
    "--language": ("auto",),
    "--mode": ("hybrid", "bm25", "dense"),
}
"""Values of options that also take others."""


class Candidate(NamedTuple):
    """A word that can come next."""

    word: str
    help: str = ""


def answer(command: Any, words: Sequence[str], shell: str) -> Iterator[str]:
    """Lines for the shell's script: words with a tab and their help, or ``PATHS``.

    ``words``: the line without the command's name, up to the one that is completed. bash splits
    words at ``=`` and shows no help.
    """
    found = _next(command, _joined(words) if shell == "bash" else words)
    if found is None:
        yield PATHS
        return
    for word, told in found:
        if shell == "bash":  # what stands before = is another word there
            yield word.rpartition("=")[2] if word.startswith("--") else word
        else:
            yield f"{word}\t{' '.join(told.split())}" if told else word


def _joined(words: Sequence[str]) -> list[str]:
    """The words with those joined again that were split at ``=``."""
    joined: list[str] = []
    for word in words:
        glued = joined and (word == "=" or joined[-1].endswith("=")) and joined[-1][:2] == "--"
        if glued:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _next(root: Any, words: Sequence[str]) -> list[Candidate] | None:
    """The words that can come next; ``None`` for a path."""
    *before, current = words or [""]
    line = _Line(root)
    for word in before:
        line.read(word)
    if line.waiting:
        return _values(line.option, current)
    option, assigned, value = current.partition("=")
    if assigned and (chosen := line.options.get(option)) is not None:
        found = _values(chosen, value)
        return found and [Candidate(f"{option}={word}", told) for word, told in found]
    if current.startswith("-") and not line.only_arguments:
        return _starting(current, _options(line.parameters))
    if line.is_group:
        return _starting(current, _commands(root))
    argument = line.argument
    return [] if argument is None else _values(argument, current)


class _Line:
    """What the words before the current one mean."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._context = typer.Context(root, info_name="qa")
        self.is_group = True
        self.only_arguments = False
        """After ``--``."""
        self.waiting = 0
        """Values that ``option`` still needs."""
        self.option: Any = None
        self._given = 0
        """Arguments so far."""
        self._take(root, self._context)

    def _take(self, command: Any, context: typer.Context) -> None:
        self.parameters: list[Any] = command.get_params(context)
        self.options: dict[str, Any] = {
            name: parameter
            for parameter in self.parameters
            for name in (*parameter.opts, *parameter.secondary_opts)
            if name.startswith("-")
        }

    @property
    def argument(self) -> Any:
        """The argument that comes next; ``None`` if there is none."""
        arguments = [each for each in self.parameters if each.param_type_name == "argument"]
        place = self._given
        for each in arguments:
            if each.nargs < 0 or place < each.nargs:
                return each
            place -= each.nargs
        return None

    def read(self, word: str) -> None:
        if self.waiting:
            self.waiting -= 1
        elif word == "--" and not self.only_arguments:
            self.only_arguments = True
        elif word.startswith("-") and len(word) > 1 and not self.only_arguments:
            self.option = self.options.get(word)
            takes = self.option is not None and not self.option.is_flag
            self.waiting = self.option.nargs if takes else 0
        elif self.is_group:
            self.is_group = False
            self.parameters, self.options = [], {}  # of a command that there is not
            command = self._root.commands.get(word)
            if command is not None:
                self._take(command, typer.Context(command, parent=self._context, info_name=word))
        else:
            self._given += 1


def _values(parameter: Any, current: str) -> list[Candidate] | None:
    """The values of an option or argument; ``None`` for a path, empty if they cannot be told."""
    name = next((each for each in parameter.opts if each.startswith("--")), "")
    annotation = parameter.type_descriptor.annotation
    metavar = parameter.metavar or ""
    if get_origin(annotation) is Literal:
        return _starting(current, map(Candidate, get_args(annotation)))
    if "|" in metavar:
        return _starting(current, map(Candidate, metavar.split("|")))
    if name in _VALUES:
        found = _starting(current, map(Candidate, _VALUES[name]))
        return None if name == "--model" and not found else found
    is_path = name in _PATH_OPTIONS or any(
        _IS_PATH.fullmatch(word) for word in re.split(r"[\s.]", metavar)
    )
    # PATH:LINE begins with a path, too.
    return None if is_path or metavar == "CITATION" else []


def _options(parameters: Sequence[Any]) -> Iterator[Candidate]:
    for parameter in parameters:
        if parameter.param_type_name == "option" and not parameter.hidden:
            for name in (*parameter.opts, *parameter.secondary_opts):
                yield Candidate(name, parameter.help or "")


def _commands(root: Any) -> Iterator[Candidate]:
    for name, command in root.commands.items():
        if not command.hidden:
            yield Candidate(name, command.get_short_help_str(60))


def _starting(current: str, candidates: Iterator[Candidate]) -> list[Candidate]:
    return [each for each in candidates if each.word.startswith(current)]
