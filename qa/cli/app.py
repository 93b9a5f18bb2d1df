"""Assembles the commands into the application."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from qa.cli.coercion import keep_plain
from qa.cli.commands import (
    again,
    ask,
    calibrate,
    check,
    copy,
    eval,
    index,
    judge,
    label,
    mcp,
    pack,
    schema,
    serve,
    show,
    status,
    verify,
    watch,
)
from qa.cli.failures import guarded, usage_failed
from qa.cli.options import SHARED, Options, common, options_of
from qa.cli.shells import VARIABLE, replace_scripts
from qa.cli.terminal.output import prepare, write_lines

app = typer.Typer(
    name="qa",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Command(TyperCommand):
    """A command that also takes the shared options."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own parameters and the shared ones."""
        shared = [p for p in ctx.find_root().command.params if p.name in SHARED]
        *own, help_option = super().get_params(ctx)
        return [*own, *shared, help_option]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as Typer does."""
        keep_plain(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Set up the streams according to the options, then run."""
        prepare(options_of(ctx))
        return super().invoke(ctx)


class Group(TyperGroup):
    """The ``qa`` command itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as Typer does."""
        keep_plain(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> int:
        """Run the command and return its exit code, also after an error."""
        return guarded(lambda: super(Group, self).invoke(ctx), options_of(ctx))


COMMANDS: dict[str, Callable[..., int]] = {
    "index": index.index,
    "copy": copy.copy,
    "ask": ask.ask,
    "show": show.show,
    "verify": verify.verify,
    "check": check.check,
    "pack": pack.pack,
    "again": again.again,
    "judge": judge.judge,
    "watch": watch.watch,
    "serve": serve.serve,
    "mcp": mcp.mcp,
    "eval": eval.evaluate,
    "label": label.label,
    "calibrate": calibrate.calibrate,
    "status": status.status,
    "schema": schema.schema,
}
"""By name, in the order of the help. Each returns its exit code."""

app.callback(cls=Group)(common)
for name, function in COMMANDS.items():
    app.command(name, cls=Command)(function)


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse ``arguments``, run the command and return its exit code."""
    command = typer.main.get_command(app)
    if shell := os.environ.get(VARIABLE):
        return _complete(command, shell)
    replace_scripts()
    try:
        code = command.main(arguments, prog_name="qa", standalone_mode=False, obj=Options())
    except typer.TyperException as error:
        return usage_failed(error)
    return code if isinstance(code, int) else 0


def _complete(command: Any, shell: str) -> int:
    """Print what can come next. What goes wrong is of no interest to who types."""
    from qa.cli.completion import answer

    write_lines(answer(command, sys.argv[1:], shell))
    return 0
