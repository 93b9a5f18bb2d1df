"""Options that every command takes, before its name or after it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa import IndexMissing

if TYPE_CHECKING:
    from qa import Session

INDEX_VARIABLE = "QA_INDEX"


@dataclass(slots=True)
class Options:
    """The values of the shared options."""

    index: str | None = None
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    offline: bool = False

    @property
    def named_index(self) -> Path | None:
        """The folder given by ``--index`` or ``QA_INDEX``; ``None`` to look for one.

        For an address, the folder that stands for it. Raises ``InputError``.
        """
        import qa

        name = self.index or os.environ.get(INDEX_VARIABLE)
        return qa.index_folder(name) if name else None

    def find_index(self) -> Path:
        """The folder of the index.

        Raises ``IndexMissing`` if none is named and none is found, and ``IndexProblem`` if the one
        that is found belongs to another user.
        """
        import qa

        return self.named_index or qa.find_index()

    def open(self) -> "Session":
        """Opens the index. Raises an ``IndexProblem``."""
        import qa

        return qa.open(self.find_index(), offline=self.offline)

    def index_to_write(self) -> Path:
        """The folder of the index, or ``.qa`` in the working folder if there is none yet."""
        import qa

        try:
            return self.find_index()
        except IndexMissing:
            return Path(qa.DEFAULT_INDEX)


def options_of(context: typer.Context) -> Options:
    """The options of this run."""
    options = context.find_root().obj
    if not isinstance(options, Options):
        raise TypeError("the command was started without its options")
    return options


def _remember(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> None:
    # Accepted before or after the command's name: a default must not override the other.
    if value and not context.resilient_parsing:
        setattr(options_of(context), str(parameter.name), value)


def _print_version(context: typer.Context, value: bool) -> None:
    if value and not context.resilient_parsing:
        import qa

        typer.echo(f"grounded-qa {qa.tool_version()}")
        raise typer.Exit


def _option(*names: str, help: str) -> Any:
    return typer.Option(*names, help=help, callback=_remember, expose_value=False)


def common(
    index: Annotated[
        str | None,
        _option(
            "--index",
            help="Folder of the index, or postgresql://HOST/DATABASE, or milvus://HOST/NAME; else "
            "$QA_INDEX, else the nearest .qa upwards from here.",
        ),
    ] = None,
    quiet: Annotated[bool, _option("--quiet", "-q", help="Print only results and errors.")] = False,
    verbose: Annotated[
        bool, _option("--verbose", "-v", help="Print more notes, and tracebacks of errors.")
    ] = False,
    no_color: Annotated[
        bool, _option("--no-color", help="Disable colours and links, as $NO_COLOR does.")
    ] = False,
    offline: Annotated[
        bool, _option("--offline", help="Look for models on this machine only.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Answer questions from your own documents, with quoted passages and nothing else."""


PAGING = typer.Option(
    "--pager/--no-pager",
    help="Page output longer than the terminal, with $QA_PAGER, $PAGER or less.",
)

SHARED = ("index", "quiet", "verbose", "no_color", "offline")
"""Parameters of ``common`` that are also accepted after a command's name."""
