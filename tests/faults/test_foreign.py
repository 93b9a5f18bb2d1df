"""Fault 38: an index made by someone else contacts no hub, and is used only if named explicitly."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa.cli import main
from qa.cli.options import INDEX_VARIABLE
from qa_index.encoding.opening import open_encoder
from qa_index.errors import ModelUnavailable
from tests.faults.conftest import Worlds
from tests.faults.test_damage import forge
from tests.faults.world import ENCODER, copy_world

Run = Callable[..., "tuple[int, str, str]"]
QUESTION = "When does the ferry to Elba leave?"


@pytest.fixture
def world(worlds: Worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: sources and an index of them."""
    folder = copy_world(worlds.updated, tmp_path / "world")
    monkeypatch.chdir(folder)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return folder


@pytest.fixture
def run(world: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``qa`` in the world; returns code, stdout and stderr."""

    def run_main(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return code, *capsys.readouterr()

    return run_main


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names requested from a hub."""
    asked: list[str] = []

    def download(name: str, *, local_files_only: bool, **_: Any) -> str:
        if not local_files_only:
            asked.append(name)
        raise OSError("not there")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    return asked


class TestModelOfTheManifest:
    """A model name from an index is looked up on this machine only."""

    @pytest.mark.parametrize("command", [("ask", QUESTION), ("index",), ("index", "texts")])
    def test_no_hub_is_asked_for_it(
        self, world: Path, run: Run, downloads: list[str], command: tuple[str, ...]
    ) -> None:
        forge(world, lambda data: data["model"].update(name="evil/model", sha256="0" * 64))
        code, out, err = run(*command)
        assert downloads == []
        assert (code, out) == (5, "")
        assert "evil/model" in err
        assert "`qa index --model evil/model`" in err
        assert err.count("\n") == 1

    def test_named_by_the_person_it_is_fetched(
        self, world: Path, run: Run, downloads: list[str]
    ) -> None:
        forge(world, lambda data: data["model"].update(name="evil/model", sha256="0" * 64))
        assert run("index", "--model", "evil/model")[0] == 5
        assert downloads == ["evil/model"]

    def test_a_folder_of_another_fingerprint_is_not_opened(
        self, world: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "model"
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        monkeypatch.setattr(
            "qa_index.encoding.opening.load", lambda *_, **__: pytest.fail("opened")
        )
        forge(world, lambda data: data["model"].update(name=str(folder), sha256="0" * 64))
        for command in (("ask", QUESTION), ("index",)):
            code, _, err = run(*command)
            assert code == 3
            assert f"`qa index --model {folder}`" in err

    def test_its_fingerprint_does_not_lead_out_of_the_cache(self, world: Path, run: Run) -> None:
        forge(world, lambda data: data["model"].update(sha256="../../../world/model"))
        code, _, err = run("ask", QUESTION)
        assert code == 3
        assert "is not a manifest" in err

    def test_a_graphics_card_changes_nothing(
        self, world: Path, downloads: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("qa_index.encoding.gpu.is_there", lambda: True)
        with pytest.raises(ModelUnavailable):
            open_encoder("evil/model", expected_sha256="0" * 64, use_gpu=True)
        assert downloads == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
class TestOwner:
    """An index that was found, not named, must belong to the user, as git requires of
    repositories."""

    NOBODY = 65534

    COMMANDS = (("ask", QUESTION, "--mode", "bm25"), ("status",), ("index",), ("show", "x.txt:1"))

    @pytest.fixture
    def foreign(self, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The folder of an index of another user, above the working folder."""
        monkeypatch.delenv("SUDO_UID", raising=False)
        os.chown(world / ".qa", self.NOBODY, self.NOBODY)
        (world / "below").mkdir()
        monkeypatch.chdir(world / "below")
        return world / ".qa"

    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_another_user_is_refused(
        self, foreign: Path, run: Run, command: tuple[str, ...]
    ) -> None:
        code, out, err = run(*command)
        assert (code, out) == (3, "")
        assert f"{foreign} belongs to another user" in err
        assert f"name it with --index {foreign}" in err
        assert err.count("\n") == 1

    def test_named_it_is_used(
        self, foreign: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert run("status", "--index", str(foreign))[0] == 0
        monkeypatch.setenv(INDEX_VARIABLE, str(foreign))
        assert run("status")[0] == 0

    def test_root_uses_that_of_who_called_sudo(
        self, foreign: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SUDO_UID", str(self.NOBODY + 1))
        assert run("status")[0] == 3
        monkeypatch.setenv("SUDO_UID", str(self.NOBODY))
        assert run("status")[0] == 0

    def test_nobody_uses_that_of_root(self, world: Path, run: Run) -> None:
        (world / ".qa" / "lock").chmod(0o644)
        world.parent.chmod(0o755)
        code, _, err = run("status")
        assert (code, err) == (0, "")
        os.seteuid(self.NOBODY)
        try:
            code, _, err = run("status")
        finally:
            os.seteuid(0)
        assert code == 3
        assert "belongs to another user" in err

    def test_a_link_of_another_user_is_refused(self, world: Path, run: Run, tmp_path: Path) -> None:
        (world / ".qa").rename(tmp_path / "own")
        (world / ".qa").symlink_to(tmp_path / "own")
        assert run("status")[0] == 0
        os.chown(world / ".qa", self.NOBODY, self.NOBODY, follow_symlinks=False)
        assert run("status")[0] == 3

    def test_asking_a_path_does_without_it(
        self, foreign: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: ENCODER)
        before = sorted(foreign.rglob("*"))
        code, out, _ = run("ask", QUESTION, "--in", "../texts", "--min-confidence", "low")
        assert code == 0
        assert "The ferry to Elba leaves at nine" in out
        assert sorted(foreign.rglob("*")) == before
