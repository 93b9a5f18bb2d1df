"""``qa show --open``, with viewers that note how they were started."""

import json
import time
from pathlib import Path

import pytest

from qa import InputError
from qa.cli.terminal.viewers import Target, open_in_viewer
from tests.support.cache import own_cache
from tests.support.command import run_command

FAKE = """#!/usr/bin/python3
import json, os, sys
line = json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]])
with open({log!r} + "~", "w") as file:
    file.write(line)
os.rename({log!r} + "~", {log!r})
"""
XDG_MIME = """#!/bin/sh
echo {entry}
"""


class World:
    """A folder of programs, and the way the last one was started."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.log = folder / "started.json"
        self.file = folder / "a b; $(touch x) 'c'.pdf"
        self.file.write_bytes(b"%PDF")

    def add(self, *names: str) -> None:
        for name in names:
            self._write(name, FAKE.format(log=str(self.log)))

    def prefer(self, entry: str) -> None:
        """What the desktop opens such files with."""
        self._write("xdg-mime", XDG_MIME.format(entry=entry))

    def _write(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    @property
    def started(self) -> list[str]:
        until = time.monotonic() + 20
        while not self.log.exists():
            assert time.monotonic() < until, "nothing was started"
            time.sleep(0.02)
        command: list[str] = json.loads(self.log.read_text())
        return command


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    monkeypatch.setenv("PATH", str(made.programs))
    return made


def show(world: World, *, page: int | None = 12, fragment: str = "", line: int | None = None,
         platform: str = "linux", **variables: str) -> list[str]:  # fmt: skip
    target = Target(world.file, "application/pdf", line, page, fragment)
    environment = {"PATH": str(world.programs), **variables}
    open_in_viewer(target, environment=environment, platform=platform)
    return world.started


class TestPages:
    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("evince", ["--page-index=12", "{file}"]),
            ("okular", ["--page", "12", "{file}"]),
            ("zathura", ["--page=12", "{file}"]),
            ("qpdfview", ["{file}#12"]),
            ("firefox", ["{uri}#page=12"]),
            ("chromium", ["{uri}#page=12"]),
        ],
    )
    def test_a_viewer_that_is_there(self, world: World, name: str, arguments: list[str]) -> None:
        world.add(name, "xdg-open")
        filled = [each.format(file=world.file, uri=world.file.as_uri()) for each in arguments]
        assert show(world) == [name, *filled]

    def test_the_one_that_the_desktop_prefers(self, world: World) -> None:
        world.add("evince", "okular", "xdg-open")
        world.prefer("okularApplication_pdf.desktop")
        assert show(world)[0] == "okular"

    def test_one_that_is_not_known_opens_the_file(self, world: World) -> None:
        world.add("evince", "xdg-open")
        world.prefer("org.example.Reader.desktop")
        assert show(world) == ["xdg-open", str(world.file)]

    def test_without_a_viewer(self, world: World) -> None:
        world.add("xdg-open")
        assert show(world) == ["xdg-open", str(world.file)]

    def test_a_launcher_that_finds_no_viewer(self, world: World) -> None:
        launcher = world.programs / "xdg-open"
        launcher.write_text("#!/bin/sh\nexit 3\n")
        launcher.chmod(0o755)
        with pytest.raises(InputError, match="xdg-open could not open"):
            show(world)

    def test_without_any_program(self, world: World) -> None:
        with pytest.raises(InputError, match="no program that opens"):
            show(world)

    def test_without_a_page(self, world: World) -> None:
        world.add("evince", "xdg-open")
        assert show(world, page=None) == ["xdg-open", str(world.file)]

    def test_a_fragment_needs_a_browser(self, world: World) -> None:
        world.add("evince", "firefox", "xdg-open")
        assert show(world, page=None, fragment="#part-2") == [
            "firefox", f"{world.file.as_uri()}#part-2"
        ]  # fmt: skip

    def test_on_macos(self, world: World) -> None:
        world.add("open")
        assert show(world, platform="darwin") == ["open", str(world.file)]


class TestLines:
    @pytest.mark.parametrize(
        ("editor", "arguments"),
        [
            ("vim", ["+7", "{file}"]),
            ("emacsclient -n", ["-n", "+7", "{file}"]),
            ("code --wait", ["--wait", "--goto", "{file}:7"]),
            ("kate", ["--line", "7", "{file}"]),
            ("unknown", ["{file}"]),
        ],
    )
    def test_of_an_editor(self, world: World, editor: str, arguments: list[str]) -> None:
        name = editor.split()[0]
        world.add(name)
        started = show(world, line=7, page=None, EDITOR=editor)
        assert started == [name, *(each.format(file=world.file) for each in arguments)]

    def test_visual_counts_more(self, world: World) -> None:
        world.add("vim", "nano")
        assert show(world, line=7, page=None, EDITOR="nano", VISUAL="vim")[0] == "vim"

    def test_without_an_editor(self, world: World) -> None:
        world.add("xdg-open")
        assert show(world, line=7, page=None) == ["xdg-open", str(world.file)]

    def test_scripts_are_not_run_on_macos(self, world: World) -> None:
        world.add("open")
        assert show(world, line=7, platform="darwin") == ["open", "-t", str(world.file)]

    @pytest.mark.parametrize("editor", ["nowhere", "vim 'x"])
    def test_one_that_cannot_be_started(self, world: World, editor: str) -> None:
        with pytest.raises(InputError):
            show(world, line=7, page=None, EDITOR=editor)


class TestCommand:
    def test_at_the_line_of_the_passage(self, world: World, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("Notes.\n\nThe baker opens at six.\n")
        world.add("vim")
        changes = {
            "PATH": str(world.programs), "VISUAL": "vim", "QA_CACHE": own_cache(tmp_path / "cache"),
        }  # fmt: skip
        assert run_command("index", "notes.txt", folder=tmp_path, changes=changes).returncode == 0
        done = run_command("show", "notes.txt:8-31", "--open", folder=tmp_path, changes=changes)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert world.started == ["vim", "+3", str(tmp_path / "notes.txt")]
        (tmp_path / "notes.txt").unlink()
        done = run_command("show", "notes.txt:8-31", "--open", folder=tmp_path, changes=changes)
        assert done.returncode == 2
        assert done.stderr == "qa: notes.txt is gone; it cannot be opened\n"
