"""Exports are made once and atomically, and are never used when damaged."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from qa_index.encoding import export as export_module
from qa_index.encoding.cache import RECIPE, entry_folder, models_folder
from qa_index.encoding.exported import ExportedEncoder
from qa_index.encoding.opening import open_encoder
from qa_index.encoding.reference import SentenceTransformerEncoder
from qa_index.errors import IndexIncompatible, ModelUnavailable
from tests.support.processes import child_environment
from tests.support.tiny_models import tiny_model

QUESTION = "the cat sat on the mat"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def filled(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the export of ``model``."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(cache))
        open_encoder(str(model))
    return cache


@pytest.fixture
def cache(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the filled cache for one test."""
    shutil.copytree(filled, tmp_path / "cache")
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def entry(cache: Path) -> Path:
    [folder] = (path for path in (cache / "models").iterdir() if path.is_dir())
    return folder


def never_export(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("exported once more")

    monkeypatch.setattr(export_module, "export", refuse)


def test_a_model_is_exported_once(
    model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_export(monkeypatch)
    assert isinstance(open_encoder(str(model)), ExportedEncoder)
    assert sorted(path.name for path in entry(cache).iterdir()) == [
        "encoder.json",
        "model.onnx",
        "model.weights",
        "tokenizer.json",
    ]


def test_a_known_model_is_not_looked_at(model: Path, cache: Path) -> None:
    sha256 = open_encoder(str(model)).description.sha256
    encoder = open_encoder("/gone/since", expected_sha256=sha256)
    assert encoder.description.name == "/gone/since"
    assert encoder.description.sha256 == sha256


def test_another_model_under_the_same_name_is_incompatible(
    model: Path, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(IndexIncompatible, match="index again"):
        open_encoder(str(model), expected_sha256="0" * 64)


def test_a_model_that_is_gone_is_unavailable(cache: Path) -> None:
    with pytest.raises(ModelUnavailable):
        open_encoder("/gone/since", expected_sha256="0" * 64)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink])
@pytest.mark.parametrize("name", ["encoder.json", "model.onnx", "model.weights", "tokenizer.json"])
def test_damage_is_found_and_repaired(
    model: Path,
    cache: Path,
    name: str,
    damage: object,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    filled: Path,
) -> None:
    assert callable(damage)
    damage(entry(cache) / name)

    def export_again(_model: object, _sha256: str, folder: Path, opened: object) -> object:
        from qa_index.encoding.cache import read_recipe

        shutil.copytree(entry(filled), folder, dirs_exist_ok=True)
        return read_recipe(folder, _sha256)

    monkeypatch.setattr(export_module, "export", export_again)
    encoder = open_encoder(str(model))
    assert "exported again" in caplog.text
    assert np.isfinite(encoder.encode_question(QUESTION)).all()
    assert {path.name: path.read_bytes() for path in entry(cache).iterdir()} == {
        path.name: path.read_bytes() for path in entry(filled).iterdir()
    }


def test_a_recipe_of_a_later_format_is_not_used(model: Path, cache: Path) -> None:
    recipe = json.loads((entry(cache) / RECIPE).read_bytes())
    (entry(cache) / RECIPE).write_text(json.dumps({**recipe, "format": 2}), encoding="utf-8")
    sha256 = open_encoder(str(model)).description.sha256
    assert json.loads((entry_folder(sha256) / RECIPE).read_bytes()) == recipe


def test_leftovers_of_a_killed_export_are_removed(model: Path, cache: Path) -> None:
    folder = entry(cache)
    leftover = folder.with_name(f".{folder.name}.new")
    folder.rename(leftover)
    (leftover / RECIPE).unlink()
    open_encoder(str(model))
    assert [path.name for path in models_folder().iterdir() if path.is_dir()] == [folder.name]


def test_processes_that_export_at_once_end_with_one_good_file(model: Path, tmp_path: Path) -> None:
    script = (
        "import sys, qa_index.encoding.opening as o;"
        "e = o.open_encoder(sys.argv[1], offline=True);"
        "print(type(e).__name__, e.encode_question(sys.argv[2]).tobytes().hex())"
    )
    environment = child_environment(QA_CACHE=str(tmp_path), OMP_NUM_THREADS="1")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(model), QUESTION],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert len({out for out, _ in outputs}) == 1
    assert outputs[0][0].startswith("ExportedEncoder ")
    assert all(err == "" for _, err in outputs)
    assert entry(tmp_path).is_dir()


def test_a_cache_that_cannot_be_written_is_done_without(
    model: Path,
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = open_encoder(str(model)).encode_question(QUESTION)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "file"))
    encoder = open_encoder(str(model))
    assert isinstance(encoder, ExportedEncoder)
    assert "set QA_CACHE to a writable folder" in caplog.text
    np.testing.assert_array_equal(encoder.encode_question(QUESTION), expected)


def test_a_full_disk_leaves_sentence_transformers(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    encoder = open_encoder(str(model))
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert "No space left on device" in caplog.text
    assert not list((tmp_path / "models").glob("*.unexportable"))


def test_a_model_that_does_not_export_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    folder = tiny_model(tmp_path, prompts={"query": "a "}, include_prompt=False)
    first = open_encoder(str(folder))
    assert isinstance(first, SentenceTransformerEncoder)
    assert "it pools without its prompt" in caplog.text
    never_export(monkeypatch)
    assert isinstance(open_encoder(str(folder)), SentenceTransformerEncoder)


def test_an_export_that_differs_is_not_trusted(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    monkeypatch.setattr(export_module, "TOLERANCE", -1.0)
    monkeypatch.setattr(export_module, "_capture", export_module._trace)  # in a tenth of its time
    assert isinstance(open_encoder(str(model)), SentenceTransformerEncoder)
    assert "its vectors differ by" in caplog.text
    assert not list((tmp_path / "models").glob("*/"))


def test_a_model_that_cannot_be_traced_is_captured(
    model: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = open_encoder(str(model)).encode_question(QUESTION)

    def refuse(*_: object) -> None:
        raise RuntimeError("tracing is no more")

    monkeypatch.setenv("QA_CACHE", str(tmp_path / "other"))
    monkeypatch.setattr(export_module, "_trace", refuse)
    encoder = open_encoder(str(model))
    assert isinstance(encoder, ExportedEncoder)
    np.testing.assert_allclose(encoder.encode_question(QUESTION), expected, atol=1e-5, rtol=0)
