"""The comparison with other tools: driver, figures, table and plot, with two tiny tools."""

import dataclasses
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from eval.laboratory import Problem
from eval.peers import __main__ as command
from eval.peers import comparing, environment, plot, processes, runner, sets, table
from eval.peers.comparing import Comparison, Row

# Finds documents that share a word with the question, in the order of the corpus.
WORDS = """
import json
NAME, PACKAGES, SETTINGS, COLD_START = "Words", ("pip",), "shared words", "reads a file"

def build(task):
    kept = [(d.id, d.whole.lower().split()) for d in task.documents()]
    (task.store / "kept.json").write_text(json.dumps(kept))

def load(task):
    kept = json.loads((task.store / "kept.json").read_text())
    def ask(question):
        asked = set(question.lower().split())
        return [(name, 1.0) for name, words in kept if asked & set(words)]
    return ask
"""
BROKEN = WORDS.replace("kept = [(", 'raise RuntimeError("no such shelf"); kept = [(')


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "fruit"
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": "z", "title": "Apple", "text": "a red fruit"},
        {"_id": "b", "title": "", "text": "a yellow banana"},
        {"_id": "a", "title": "Cherry", "text": "a red stone fruit"},
    ]
    queries = [
        {"_id": "1", "text": "banana"},
        {"_id": "2", "text": "red"},
        {"_id": "3", "text": "nothing like it"},
        {"_id": "4", "text": "unlabelled"},
        {"_id": "5", "text": "graded zero"},
    ]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\tb\t1\n2\tz\t1\n3\ta\t1\n5\ta\t0\n"
    )
    return folder


def setup(folder: Path, name: str, source: str) -> processes.Setup:
    tool = folder / f"{name}.py"
    tool.write_text(source)
    return processes.Setup(tool, Path(sys.executable), folder / name, model="", model_name="e5")


def make_row(name: str, *, ndcg: float = 0.5, index_s: float = 2.0, model: str = "") -> Row:
    return Row(
        name=name,
        settings="as in its <README>",
        cold_start="opens it",
        versions={"thing": "1.0"},
        python="3.11",
        measures={"nDCG@10": ndcg, "R@100": 0.75},
        index_s=index_s,
        index_import_s=1.0,
        query_p50_ms=1.25,
        query_p95_ms=2.5,
        cold_start_s=0.5,
        cold_starts_s=[0.4, 0.5, 0.6],
        index_peak_mib=100,
        ask_peak_mib=50,
        store_mib=1,
        ndcg_by_question={"1": ndcg},
        model=model,
    )


def make_comparison(**rows: Row) -> Comparison:
    return Comparison(
        set_name="fruit & veg",
        set_sha256="abc",
        documents=1234,
        questions=3,
        machine={
            "processor": "P",
            "cores": "4",
            "memory": "8 GiB",
            "system": "S",
            "thread_limits": "none",
        },
        commit="c0ffee",
        date="2026-01-01",
        commands=["python -m eval.peers"],
        rows=rows,
    )


def test_only_questions_with_a_relevant_document_are_asked(beir: Path) -> None:
    read = sets.read(beir, split="test", limit=None, seed=0)
    assert [question for question, _ in read.questions] == ["1", "2", "3"]
    assert read.documents == 3
    assert read.relevant == {"1": {"b": 1}, "2": {"z": 1}, "3": {"a": 1}}


def test_a_sample_is_the_same_for_a_seed_and_has_its_own_fingerprint(beir: Path) -> None:
    first, again = (sets.read(beir, split="test", limit=2, seed=3) for _ in range(2))
    assert first == again
    assert len(first.questions) == len(first.relevant) == 2
    assert first.fingerprint() != sets.read(beir, split="test", limit=3, seed=3).fingerprint()


def test_two_tools_are_run_and_the_one_that_breaks_does_not_stop_the_other(
    beir: Path, tmp_path: Path
) -> None:
    questions = sets.read(beir, split="test", limit=None, seed=0)
    setups = {
        "broken": setup(tmp_path, "broken", BROKEN),
        "words": setup(tmp_path, "words", WORDS),
    }
    rows, failures = command.compare(questions, setups)
    assert list(rows) == ["words"]
    assert "index: RuntimeError: no such shelf" in failures["broken"]
    row = rows["words"]
    assert (row.name, row.model, row.label) == ("Words", "e5", "Words, e5")
    # "red" is in z and a, in this order; the third question finds nothing.
    assert row.ndcg_by_question == {"1": 1.0, "2": 1.0, "3": 0.0}
    assert row.measures["R@100"] == pytest.approx(2 / 3)
    assert 0 < row.index_import_s < row.index_s
    assert len(row.cold_starts_s) == processes.COLD_STARTS
    assert 1 < row.ask_peak_mib < 200
    assert row.store_mib > 0


def test_memory_of_a_tool_does_not_include_its_parents(beir: Path, tmp_path: Path) -> None:
    ballast = bytearray(b"x" * 300 * comparing.MIB)
    words = setup(tmp_path, "words", WORDS)
    (words.folder / "store").mkdir(parents=True)
    done = processes.run_stage("index", words, beir / "corpus.jsonl", [])
    assert done["peak_bytes"] < len(ballast)


def test_equal_scores_keep_the_order_of_the_tool() -> None:
    # By document id, as trec_eval breaks ties, the relevant one would come first.
    ranking = [("a", 1.0), ("z", 1.0)]
    for order, value in ((ranking, 0.6309), (ranking[::-1], 1.0)):
        values = comparing.score({"q": order}, {"q": {"z": 1}})
        assert values["nDCG@10"]["q"] == pytest.approx(value, abs=1e-4)


def test_a_document_listed_twice_counts_where_it_first_stands() -> None:
    values = comparing.score({"q": [("a", 3.0), ("b", 2.0), ("a", 1.0)]}, {"q": {"a": 1}})
    assert values["nDCG@10"]["q"] == 1.0


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.01, 1), (0.0, 1)]
)
def test_percentiles_are_nearest_ranks(share: float, expected: int) -> None:
    assert comparing.percentile(range(20, 0, -1), share) == expected


def test_a_comparison_survives_its_file(tmp_path: Path) -> None:
    comparison = make_comparison(a=make_row("A"))
    comparing.save(comparison, tmp_path / "x.json")
    assert comparing.load(tmp_path / "x.json") == comparison


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"schema": "qa.eval/1"}')
    with pytest.raises(ValueError, match=r"x\.json is not a qa\.peers/1 file"):
        comparing.load(tmp_path / "x.json")


def test_a_later_run_replaces_its_rows_and_keeps_the_others() -> None:
    old = dataclasses.replace(
        make_comparison(a=make_row("A"), b=make_row("B"), d=make_row("D")),
        failures={"c": "broke"},
    )
    new = dataclasses.replace(
        make_comparison(b=make_row("B", ndcg=0.9), c=make_row("C")), failures={"d": "broke"}
    )
    merged = comparing.merge(old, new)
    assert set(merged.rows) == {"a", "b", "c"}
    assert merged.rows["b"].measures["nDCG@10"] == 0.9
    assert merged.failures == {"d": "broke"}
    assert merged.commands == ["python -m eval.peers"] * 2


def test_each_tool_gets_a_row_for_each_model_that_it_can_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    e5 = tmp_path / f"multilingual-e5-small-{environment.unpacking_state()}"
    e5.mkdir()
    monkeypatch.setattr(environment, "ensure", lambda _: Path(sys.executable))
    names = ["bm25s", "txtai", "grounded_qa"]
    setups = command.make_setups(names, command.MODELS, Path("tools"), tmp_path, Path("work"))
    minilm = environment.model_path(Path(sys.executable))
    assert {key: (setup.model, setup.model_name) for key, setup in setups.items()} == {
        "bm25s": ("", ""),
        "txtai-minilm": (minilm, "minilm"),
        "txtai-e5": (str(e5), "e5"),
        "grounded_qa-minilm": ("minilm", "minilm"),
        "grounded_qa-e5": ("e5", "e5"),
    }
    assert setups["txtai-e5"].tool == Path("tools/txtai.py")
    assert setups["txtai-e5"].folder == Path("work/txtai-e5")


def test_a_task_has_the_prompts_of_its_model(tmp_path: Path) -> None:
    settings = tmp_path / "config_sentence_transformers.json"
    task = runner.Task(tmp_path, tmp_path, str(tmp_path), depth=1)
    settings.write_text('{"prompts": {"query": "ask: "}}')
    assert (task.prompt("query"), task.prompt("document")) == ("ask: ", "")
    settings.write_text("{}")
    assert task.prompt("query") == ""


def test_runs_under_other_conditions_are_not_merged() -> None:
    old = make_comparison()
    for new, what in (
        (dataclasses.replace(old, set_sha256="other"), "set_sha256"),
        (dataclasses.replace(old, commit="other"), "commit"),
    ):
        with pytest.raises(ValueError, match=f"cannot merge: {what} was .*, and is other now"):
            comparing.merge(old, new)


def test_the_table_marks_the_best_of_each_column() -> None:
    comparison = make_comparison(
        a=make_row("A", ndcg=0.5004, index_s=1.0), b=make_row("B", ndcg=0.4996, index_s=3.0)
    )
    lines = table.page([dataclasses.replace(comparison, failures={"c": "broke"})]).splitlines()
    shared = "**0.750** | {} | **1.2** | **2.5** | **0.50** | **100** | **50** |"
    # Equal as printed, so both are marked.
    assert "| A | **0.500** | " + shared.format("**1.0**") in lines
    assert "| B | **0.500** | " + shared.format("3.0") in lines
    assert "1,234 documents, 3 questions." in lines
    assert "- c failed: broke" in lines
    assert "- **A**: as in its <README>. Cold start: opens it. thing 1.0." in lines


def test_a_busy_machine_is_told_and_no_time_of_it() -> None:
    busy = dataclasses.replace(make_comparison(a=make_row("A")), busy=True)
    merged = comparing.merge(busy, make_comparison(b=make_row("B")))
    lines = table.page([merged]).splitlines()
    assert (
        "1,234 documents, 3 questions. The machine did other work, so times are left out." in lines
    )
    assert "| tool | nDCG@10 | R@100 | memory indexing, MiB | memory answering, MiB |" in lines
    assert "| A | **0.500** | **0.750** | **100** | **50** |" in lines
    assert [column.heading for column in plot.columns(merged)] == [
        *("nDCG@10", "R@100", "memory answering, MiB"),
    ]


def test_rows_tell_their_model_and_a_tool_is_described_once() -> None:
    rows = {f"a-{model}": make_row("A", model=model) for model in ("minilm", "e5")}
    page = table.page([make_comparison(**rows)])
    assert page.count("| A, minilm |") == page.count("| A, e5 |") == 1
    assert page.count("- **A**: ") == 1


def test_the_plot_draws_a_bar_for_each_tool_and_measure_in_proportion() -> None:
    comparison = make_comparison(a=make_row("A<1>"), b=make_row("B", index_s=4.0, model="e5"))
    tree = ET.fromstring(plot.svg(comparison, ours=["b"]))
    bars = [e for e in tree.iter("{http://www.w3.org/2000/svg}rect") if e.get("x")]
    assert len(bars) == 2 * len(plot.columns(comparison))
    assert {bar.get("fill") for bar in bars[1::2]} == {plot.OURS_COLOUR}
    number = [column.heading for column in plot.columns(comparison)].index("index, s")
    first, second = (float(bar.get("width", "0")) for bar in bars[2 * number : 2 * number + 2])
    assert second == pytest.approx(2 * first)
    drawn = [e.text for e in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A<1>", "B, e5"} < set(drawn)


def test_publishing_writes_figures_page_and_plot_with_ours_last(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ours = {f"grounded_qa-{model}": make_row("Ours", model=model) for model in command.MODELS}
    command.publish(make_comparison(**ours, z=make_row("Z")), out)
    command.publish(make_comparison(a=make_row("A")), out)
    assert {file.name for file in out.iterdir()} == {
        "fruit & veg.json",
        "fruit & veg.svg",
        "table.md",
    }
    assert list(comparing.load(out / "fruit & veg.json").rows) == [
        *("a", "z", "grounded_qa-e5", "grounded_qa-minilm"),
    ]
    drawing = (out / "fruit & veg.svg").read_text()
    assert drawing.count(plot.OURS_COLOUR) == 2 * len(plot.columns(make_comparison()))


def test_unknown_tools_and_sets_are_refused(
    beir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Problem, match="unknown: nobody; there are bm25s, haystack"):
        command.main(["--beir", str(beir), "--peers", "nobody"])
    with pytest.raises(SystemExit) as ended:
        command.main(["--beir", str(tmp_path / "none")])
    assert ended.value.code == 2
    assert "none is no set in BEIR layout" in capsys.readouterr().err


def test_the_command_runs_from_the_root_of_the_repository() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eval.peers", "--help"],
        cwd=processes.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--beir FOLDER" in done.stdout
