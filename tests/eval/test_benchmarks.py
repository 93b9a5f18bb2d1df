"""The benchmarks of speed and memory, with small sizes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval import laboratory
from eval.benchmarks import __main__ as benchmarks
from eval.benchmarks import encoding, engines, models
from eval.benchmarks.bare import bare_process
from eval.benchmarks.beside import COLUMNS, MODELS, Measure
from eval.benchmarks.processes import ROOT, Process, in_new_process, in_turns, summary
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import EncoderInput
from qa_index.encoding.models import DEFAULT_MODEL, SHORT_NAMES
from qa_index.encoding.opening import open_encoder
from qa_index.vectors import Floats
from tests.support.hashing_encoder import HashingEncoder
from tests.support.processes import child_environment

TEXTS = (
    "The ferry to the island leaves at ten.",
    "Bees dance on the comb to tell where flowers are.",
    "The lease ends with three months' notice.",
    "Snow closed the pass in November.",
    "The baker opens before sunrise.",
    "A violin has four strings.",
    "The court dismissed the appeal.",
    "Copper conducts heat well.",
)
QUESTION = "When does the boat sail?"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    for number, text in enumerate(TEXTS):
        (folder / f"{number}.txt").write_text(text)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A set in BEIR layout."""
    folder = tmp_path / "data"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": str(number), "text": text} for number, text in enumerate(TEXTS)]
    (folder / "corpus.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": QUESTION}) + "\n")
    return folder


class TestBareProcess:
    """It opens the model of the index that it is compared with."""

    @pytest.mark.parametrize(("model", "other"), [MODELS, MODELS[::-1]])
    def test_it_finds_the_nearest_by_that_model(
        self, model: str, other: str, texts: Path, tmp_path: Path
    ) -> None:
        encoder = open_encoder(model, offline=True)
        build([texts], tmp_path / ".qa", encoder=encoder)
        vectors = StoredIndex(tmp_path / ".qa").encoded(np.arange(len(TEXTS))).passages

        def nearest(question: Floats) -> list[int]:
            rows: list[int] = np.argsort(-(vectors @ question))[:5].tolist()
            return rows

        command = bare_process(tmp_path / ".qa", QUESTION)
        done = subprocess.run(
            command, env=child_environment(), capture_output=True, text=True, check=True
        )
        found = [int(row) for row in done.stdout.split()]
        assert found == nearest(encoder.encode_question(QUESTION))
        assert found != nearest(open_encoder(other, offline=True).encode_question(QUESTION))

    def test_a_model_that_is_not_packaged_has_none(self, texts: Path, tmp_path: Path) -> None:
        build([texts], tmp_path / ".qa", encoder=HashingEncoder())
        with pytest.raises(ValueError, match="was made with test-hashing"):
            bare_process(tmp_path / ".qa", QUESTION)


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


class TestProcesses:
    def test_turns_are_reversed_and_the_first_only_warms_up(self, tmp_path: Path) -> None:
        commands = {name: python(f"open('order', 'a').write('{name}')") for name in "ab"}
        found = in_turns([commands] * 3, tmp_path)
        assert (tmp_path / "order").read_text() == "abbaab"
        assert {name: len(each) for name, each in found.items()} == {"a": 2, "b": 2}

    def test_memory_and_time_are_those_of_the_process_alone(self, tmp_path: Path) -> None:
        own = b"x" * (1 << 27)
        commands = {
            "small": python(""),
            "large": python("x = b'x' * (1 << 27)"),
            "asleep": python("import time; time.sleep(0.5)"),
        }
        found = in_turns([commands], tmp_path, warm_up=0)
        [small], [large], [asleep] = found.values()
        assert small.peak_mb < len(own) / 2**20 < large.peak_mb
        assert asleep.wall_ms >= 500
        assert asleep.cpu_ms < asleep.wall_ms

    def test_a_command_that_fails_is_no_measurement(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(subprocess.CalledProcessError):
            in_turns([{"a": python("raise SystemExit('no such model')")}], tmp_path)
        told = capfd.readouterr().err
        assert "no such model" in told
        assert "ended with exit code 1" in told

    def test_they_run_this_project_as_the_command_does(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        monkeypatch.delenv("PYTHONPATH", raising=False)
        script = (
            "import os, qa, qa_index\n"
            "assert os.environ['OPENBLAS_NUM_THREADS'] == '1'\n"
            "assert 'PYTHONDONTWRITEBYTECODE' not in os.environ\n"
            f"assert all(each.__file__.startswith({str(ROOT)!r}) for each in (qa, qa_index))\n"
        )
        assert in_turns([{"a": python(script)}], tmp_path, warm_up=0)

    def test_a_summary_has_median_times_and_the_highest_peak(self) -> None:
        processes = [Process(1, 30, 5), Process(9, 10, 7), Process(2, 20, 6)]
        assert summary(processes) == Process(2, 20, 7)

    def test_a_call_has_a_process_of_its_own(self) -> None:
        assert in_new_process(os.getpid) != os.getpid()


TURNS = {"e5": [10.0, 30.0, 20.0], "minilm": [10.0, 10.0, 20.0]}


class TestMeasure:
    @pytest.mark.parametrize(
        ("unit", "e5", "minilm", "ratio"),
        [
            ("ms", "20 ms", "10 ms", "1.00 (1.00 to 3.00)"),
            ("MB", "30 MB", "20 MB", "1.00 (1.00 to 3.00)"),
            ("", "20.00 (10.00 to 30.00)", "10.00 (10.00 to 20.00)", ""),
        ],
    )
    def test_a_row_has_median_or_highest_and_the_ratio_within_turns(
        self, unit: str, e5: str, minilm: str, ratio: str
    ) -> None:
        row = Measure("answer", unit, TURNS, "25").row()
        assert dict(zip(COLUMNS, row, strict=True)) == {
            "what": "answer",
            SHORT_NAMES["e5"]: e5,
            SHORT_NAMES["minilm"]: minilm,
            "e5 / minilm": ratio,
            "wanted": "25",
        }

    def test_small_and_large_values_are_legible(self) -> None:
        assert Measure("a", "ms", {"e5": [3.14159], "minilm": [61_230.0]}).row()[1:3] == (
            "3.1 ms",
            "61.2 s",
        )

    def test_json_keeps_every_turn(self) -> None:
        told = Measure("answer", "ms", TURNS).to_dict()
        assert told["turns"] == TURNS
        assert told["e5 / minilm"] == {"median": 1.0, "least": 1.0, "most": 3.0}


class TestEncoding:
    def test_every_way_encodes_every_passage_once_in_turns(self) -> None:
        inputs = [encoding.as_input(f"Text {number}.") for number in range(250)]
        seen: list[tuple[str, int]] = []

        def way(name: str) -> encoding.Way:
            def encode(turn: list[EncoderInput]) -> Floats:
                seen.append((name, len(turn)))
                return np.zeros((len(turn), 1), dtype=np.float32)

            return encode

        turns = list(encoding.in_turns({"a": way("a"), "b": way("b")}, inputs))
        assert [each for own, _ in turns for each in own] == inputs
        warm_up, timed = seen[:2], seen[2:]
        assert warm_up == [("a", 100), ("b", 100)]
        assert timed == [("a", 100), ("b", 100), ("b", 100), ("a", 100), ("a", 50), ("b", 50)]

    def test_no_model_is_compared_with_what_cannot_open_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["encoding", "--model", "e5"])
        with pytest.raises(laboratory.Problem, match=r"python -m eval\.benchmarks\.models"):
            encoding.main()


def test_both_models_are_measured_in_every_turn(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = "--passages 8 --questions 1 --encoded 3 --cold-starts 2 --rounds 1"
    code = models.main(["--data", str(data), "--out", str(tmp_path / "out"), *sizes.split()])
    assert code == 0
    [table] = tmp_path.glob("out/*/models.md")
    [report] = tmp_path.glob("out/*/models.json")
    printed = capsys.readouterr().out
    assert table.read_text() == printed
    found = json.loads(report.read_text())
    assert list(found["models"]) == [SHORT_NAMES[model] for model in MODELS]
    names = [re.sub(r"\d+ passages", "N passages", each["name"]) for each in found["measures"]]
    process = ["time", "processor time", "peak memory"]
    beside = [*process, "time, of the bare process", "processor time, of the bare process"]
    assert names == [
        *(f"bare process: {each}" for each in process),
        *(f"qa ask: {each}" for each in beside),
        *(f"qa ask --no-read: {each}" for each in beside),
        "opening the model",
        "encoding a question: p50",
        "encoding a question: p95",
        "answer among N passages: p50",
        "answer among N passages: p95",
        "answer among N passages, not read: p50",
        "answer among N passages, not read: p95",
        "process that answers: peak memory",
        "encoding passages with their sentences: passages",
        "encoding passages with their sentences: words",
        *(f"qa index of the seeds: {each}" for each in process),
        *(f"qa index of N passages: {each}" for each in process),
    ]
    of_cold_starts = names.index("opening the model")
    for number, each in enumerate(found["measures"]):
        counts = {model: len(values) for model, values in each["turns"].items()}
        assert counts == dict.fromkeys(MODELS, 2 if number < of_cold_starts else 1)
        assert all(value > 0 for values in each["turns"].values() for value in values)
    lines = printed.splitlines()
    assert len(lines) == 4 + len(names)
    assert all(line.count("|") == len(COLUMNS) + 1 for line in lines[2:])


def test_everything_is_measured_with_the_default_model(data: Path, tmp_path: Path) -> None:
    sizes = "--base 8 --questions 1 --sizes 20 --encoded 3 --bm25-passages 50 --built 8"
    folders = ["--data", str(data), "--out", str(tmp_path / "out")]
    code = benchmarks.main([*folders, "--cold-starts", "1", *sizes.split()])
    assert code == 0
    [table] = tmp_path.glob("out/*/table.md")
    head, _, *rows = table.read_text().splitlines()
    assert head.endswith(f", {DEFAULT_MODEL}")
    named = [row.split("|")[1].strip() for row in rows]
    assert "of the bare process" in named
    assert "all-MiniLM-L6-v2: encoding passages and sentences" in named
    assert [name for name in named if name.endswith(" passages: answer")]


class TestSealing:
    @pytest.mark.parametrize("fails", [False, True])
    def test_only_the_collections_of_the_index_are_sealed(
        self, monkeypatch: pytest.MonkeyPatch, fails: bool
    ) -> None:
        pymilvus = pytest.importorskip("pymilvus")
        done: list[str] = []

        class Client:
            def __init__(self, **_: object) -> None:
                pass

            def list_collections(self) -> list[str]:
                return ["x_data", "x_passages_384", "x_state", "x_terms", "x_other_data", "y_data"]

            def flush(self, name: str) -> None:
                done.append(name)
                if fails:
                    raise RuntimeError("no")

            def close(self) -> None:
                done.append("closed")

        monkeypatch.setattr(pymilvus, "MilvusClient", Client)
        if fails:
            with pytest.raises(RuntimeError):
                engines._seal("milvus://db.example/x")
            assert done == ["x_data", "closed"]
        else:
            engines._seal("milvus://db.example/x")
            assert done == ["x_data", "x_passages_384", "x_state", "x_terms", "closed"]
