"""Fault 38: an index made by someone else asks no hub, and is used only where it was named."""

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
from tests.faults.world import copy_world

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
    """Runs ``qa`` in the world; gives code, stdout and stderr."""

    def run_main(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return code, *capsys.readouterr()

    return run_main


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that a hub was asked for."""
    asked: list[str] = []

    def download(name: str, *, local_files_only: bool, **_: Any) -> str:
        if not local_files_only:
            asked.append(name)
        raise OSError("not there")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    return asked


class TestModelOfTheManifest:
    """A name that comes from an index is looked up on this machine only."""

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
