"""Completion: what can come next, and that real shells offer it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from qa.cli.app import app
from qa.cli.completion import answer
from qa.cli.shells import PATHS, SCRIPTS, VARIABLE
from tests.support.command import COMMAND, environment
from tests.support.typing import Typed

ROOT = typer.main.get_command(app)

ANY = re.compile(r"\x1b\[[?\d;>=]*[a-zA-Z]|\x1b\][^\x07]*\x07|[\r\x07\x0f]|\x1b[=>]|.\x08")


def words(*typed: str, shell: str = "zsh") -> list[str]:
    return [line.partition("\t")[0] or line for line in answer(ROOT, typed, shell)]


class TestWhatComesNext:
    def test_commands(self) -> None:
        assert words("") == list(ROOT.commands)  # type: ignore[attr-defined]
        assert words("st") == ["status"]
        assert words("--quiet", "ver") == ["verify"]
        assert words("--index", "x", "ver") == ["verify"]

    def test_options_of_a_command_and_those_that_all_share(self) -> None:
        assert words("ask", "--m") == ["--mode", "--min-confidence"]
        assert words("ask", "question", "--no-") == [
            "--no-read", "--no-pager", "--no-history", "--no-color",
        ]  # fmt: skip
        assert words("status", "--inde") == ["--index"]
        assert "--json" not in words("-")
        assert words("ask", "--", "--m") == []

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            (("ask", "--mode", ""), ["hybrid", "bm25", "dense"]),
            (("ask", "--min-confidence", "m"), ["medium"]),
            (("ask", "--mode=h"), ["--mode=hybrid"]),
            (("index", "--ocr", ""), ["auto", "off"]),
            (("index", "--model", "e"), ["e5"]),
            (("eval", "--mode", "d"), ["dense"]),
            (("ask", "-k", ""), []),
            (("ask", "--filter", ""), []),
        ],
    )
    def test_values_of_options(self, typed: tuple[str, ...], found: list[str]) -> None:
        assert words(*typed) == found

    @pytest.mark.parametrize(
        "typed",
        [
            ("index", "a"),
            ("index", "a", "b"),
            ("index", "--", "-"),
            ("ask", "--in", ""),
            ("ask", "--in=x"),
            ("--index", ""),
            ("show", "no"),
            ("show", "--picture", ""),
            ("verify", ""),
            ("eval", ""),
            ("eval", "--trec", ""),
            ("eval", "--trec", "topics", ""),
            ("eval", "--diff", "run", ""),
            ("label", "--to", ""),
            ("index", "--model", "./"),
            ("watch", ""),
        ],
    )
    def test_paths(self, typed: tuple[str, ...]) -> None:
        assert words(*typed) == [PATHS]

    @pytest.mark.parametrize(
        "typed", [("ask", ""), ("verify", "a", ""), ("eval", "--trec", "a", "b", "c", ""),
                  ("nothing", ""), ("status", ""), ("ask", "--nothing=")],
    )  # fmt: skip
    def test_where_nothing_can_be_told(self, typed: tuple[str, ...]) -> None:
        assert words(*typed) == []

    def test_bash_splits_at_an_equals_sign(self) -> None:
        assert words("ask", "--mode", "=", shell="bash") == ["hybrid", "bm25", "dense"]
        assert words("ask", "--mode", "=", "h", shell="bash") == ["hybrid"]
        assert words("ask", "--in", "=", "h", shell="bash") == [PATHS]
        assert words("ask", "--mode", "=", "dense", "--re", shell="bash") == ["--read"]

    def test_every_value_that_is_offered_is_accepted(self) -> None:
        """And every option that takes a value is known to be a path, a choice or neither."""
        for name, command in ROOT.commands.items():  # type: ignore[attr-defined]
            context = typer.Context(command, parent=typer.Context(ROOT), info_name=name)
            for parameter in command.get_params(context):
                if parameter.param_type_name == "option" and not parameter.is_flag:
                    for option in parameter.opts:
                        assert isinstance(words(name, option, ""), list)

    def test_little_is_loaded(self, tmp_path: Path) -> None:
        code = (
            "import sys; from qa.cli import main; sys.argv = ['qa', 'ask', '--m']; main();"
            "print(*sys.modules, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(**{VARIABLE: "zsh"}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("--mode\tHow passages are found.\n")
        loaded = {name.partition(".")[0] for name in done.stderr.split()}
        assert "typer" in loaded
        assert not loaded & {"numpy", "rich", "pydantic", "faiss", "onnxruntime", "torch"}


START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
PREPARE = {
    "bash": "PS1='go> '; bind 'set enable-bracketed-paste off' 2>/dev/null",
    "zsh": "PS1='go> '; unsetopt zle_bracketed_paste prompt_cr prompt_sp; "
    "autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' menu no",
    "fish": "function fish_prompt; echo 'go> '; end; set fish_greeting",
}

installed = [
    pytest.param(
        name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed")
    )
    for name in SCRIPTS
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a command ``qa``, files and folders."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "qa"
    command.write_text(f'#!/bin/sh\nexec "{COMMAND[0]}" -m qa "$@"\n')
    command.chmod(0o755)
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "notes.txt").write_text("Notes.")
    return tmp_path


def variables(home: Path) -> dict[str, str]:
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {
        "HOME": str(home),
        "PATH": path,
        "TERM": "dumb",
        "XDG_CONFIG_HOME": str(home / ".config"),
    }
    return environment(**own, XDG_DATA_HOME=str(home / ".local"), ZDOTDIR=str(home))


def printed_by(shell: str, home: Path, command: str) -> str:
    """What a shell prints that runs ``command``, from which it sees what shell it is."""
    flag = {"zsh": ["-f"], "fish": ["--no-config"], "bash": []}[shell]
    return subprocess.run(
        [shell, *flag, "-c", f"{command}; true"],
        env=variables(home), cwd=home, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


class Shell:
    """An interactive shell that completes."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed

    def run(self, command: str) -> None:
        """Runs a command to its end."""
        self._typed.type(f"{command}; echo do''ne\n")  # what is typed is shown as well
        seen = ""
        while "done" not in seen:
            seen += self._typed.some()

    def completed(self, line: str, end: str) -> None:
        """Types a line and Tab; waits until it ends in ``end``, and drops it."""
        self._typed.type(f"{line}\t")
        seen = ""
        while not seen.endswith(end):
            seen = ANY.sub("", seen + self._typed.some())
        self._typed.type("\x15")  # Ctrl-U


@pytest.fixture(params=installed)
def shell(request: pytest.FixtureRequest, home: Path) -> Iterator[Shell]:
    name = str(request.param)
    script = home / "completion"
    script.write_text(printed_by(name, home, "qa --show-completion"))
    assert "_QA_WORDS" in script.read_text()
    with Typed(START[name], folder=home, environment=variables(home)) as typed:
        begun = Shell(typed)
        begun.run(f"{PREPARE[name]}; source ./completion")
        yield begun


def test_in_a_real_shell(shell: Shell) -> None:
    shell.completed("qa stat", "qa status ")
    shell.completed("qa ask --min-c", "--min-confidence ")
    shell.completed("qa ask --mode hy", "--mode hybrid ")
    shell.completed("qa ask --mode=hy", "--mode=hybrid ")
    shell.completed("qa index pap", "qa index papers/")
    shell.completed("qa index papers/no", "papers/notes.txt ")
    shell.completed("qa show --picture pap", "--picture papers/")
    shell.completed("qa ask --in=pap", "--in=papers/")


RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}


@pytest.mark.parametrize("name", installed)
def test_once_installed_a_new_shell_completes_the_first_time(name: str, home: Path) -> None:
    assert f"{name} completion installed in " in printed_by(name, home, "qa --install-completion")
    rc = home / RC[name]
    rc.parent.mkdir(parents=True, exist_ok=True)
    with rc.open("a") as file:
        file.write({"zsh": "PS1='go> '; unsetopt prompt_cr prompt_sp\n"}.get(name, "\n"))
    start = {"bash": ["bash", "--rcfile", str(rc), "-i"]}.get(name, [name, "-i"])
    with Typed(start, folder=home, environment=variables(home)) as typed:
        begun = Shell(typed)
        begun.run("true")
        begun.completed("qa stat", "qa status ")
