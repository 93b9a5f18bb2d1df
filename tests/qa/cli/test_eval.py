"""``qa eval``: in this process with an encoder that needs no model, and in a real process."""

import json
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from qa.cli import main
from qa.cli.options import INDEX_VARIABLE
from qa.confidence.shipped import FIT_OF_MINILM as SHIPPED
from qa.confidence.store import OwnCalibration, store
from qa_eval import Rescaling
from qa_index.terms.analyzer import Analyzer
from tests.support.cache import own_cache
from tests.support.command import ROOT, on_terminal, run_command
from tests.support.hashing_encoder import HashingEncoder
from tests.support.read_once import read_once
from tests.support.towns import ShuffledEncoder, analyze_without_stemming, write_towns

SEEDS = str(ROOT / "eval/questions/seeds.jsonl")


@dataclass
class Qa:
    """The command in this process; ``encoder`` is the model that it opens."""

    capture: pytest.CaptureFixture[str]
    encoder: HashingEncoder
    out: str = ""
    err: str = ""

    def __call__(self, *arguments: str) -> int:
        code = main(arguments)
        self.out, self.err = self.capture.readouterr()
        return code

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    with read_once():
        yield


@pytest.fixture
def qa(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Qa]:
    """Runs in a folder with ``questions.jsonl`` and an index of the documents it asks about."""
    write_towns(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    monkeypatch.setenv("QA_CACHE", own_cache(tmp_path / "cache"))
    command = Qa(capsys, HashingEncoder())
    for module in ("qa_index.encoding.opening", "qa.measuring.collections"):
        monkeypatch.setattr(f"{module}.open_encoder", lambda *names, **how: command.encoder)
    loggers = [logging.getLogger(name) for name in ("qa", "qa_index", "qa_eval")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    assert command("index", "towns", "--language", "en", "--quiet") == 0
    yield command
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


class TestRun:
    def test_json_is_the_schema_of_the_design(self, qa: Qa) -> None:
        assert qa("eval", "questions.jsonl", "--mode", "bm25,hybrid", "--json") == 0
        found = qa.json
        assert (found["schema"], found["questions"]) == ("qa.eval/1", 49)
        assert list(found["modes"]) == ["bm25", "hybrid"]
        for mode in found["modes"].values():
            assert {"nDCG@10", "RR@10", "R@10", "R@100", "Success@1", "Success@3", "AUROC",
                    "answered_rate", "false_answer_rate"} <= mode["metrics"].keys()  # fmt: skip
            assert mode["latency_ms"].keys() == {"p50", "p95"}
        assert qa.err == ""

    def test_tables_name_set_modes_measures_and_tags(self, qa: Qa) -> None:
        assert qa("eval", "questions.jsonl", "--mode", "bm25", "--mode", "dense") == 0
        assert qa.out.startswith(
            "49 questions (48 answerable, 1 unanswerable) of questions.jsonl\n"
        )
        for word in ("bm25", "dense", "nDCG@10", "AUROC", "latency p95", "│ stem", "│ name"):
            assert word in qa.out
        assert max(map(len, qa.out.splitlines())) <= 80

    def test_measures_and_limit(self, qa: Qa) -> None:
        arguments = ["eval", "questions.jsonl", "--limit", "5", "--measure", "P@3,RR@10", "--json"]
        assert qa(*arguments, "--seed", "1") == 0
        assert qa.json["questions"] == 5
        assert {"P@3", "RR@10"} <= qa.json["modes"]["hybrid"]["metrics"].keys()
        assert "nDCG@10" not in qa.json["modes"]["hybrid"]["metrics"]

    def test_reports_are_written_beside_each_other(self, qa: Qa) -> None:
        assert qa("eval", "questions.jsonl", "--report", "r.html", "--report", "sub/r.md") == 0
        assert Path("r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
        assert Path("sub/r.md").read_text(encoding="utf-8").startswith("# Evaluation")


class TestSavedRuns:
    def test_a_repeated_run_gives_the_same_numbers(self, qa: Qa) -> None:
        qa("eval", "questions.jsonl", "--mode", "dense,bm25", "--limit", "20", "--save", "r.json",
           "--json")  # fmt: skip
        first = qa.json
        assert qa("eval", "--repeat", "r.json", "--threads", "3", "--json") == 0
        for mode in ("dense", "bm25"):
            assert qa.json["modes"][mode]["metrics"] == first["modes"][mode]["metrics"]
            assert qa.json["modes"][mode]["intervals"] == first["modes"][mode]["intervals"]
        assert qa.err == "qa: every result is the same as in r.json\n"

    def test_filters_are_those_of_ask_and_kept_with_the_run(self, qa: Qa) -> None:
        shown = ["eval", "questions.jsonl", "--json"]
        assert qa(*shown) == 0
        everything = qa.json["modes"]["hybrid"]["metrics"]["R@100"]
        wanted = ["--filter", "Bel*", "--type", "txt", "--language", "en", "--since", "2000"]
        assert qa(*shown, *wanted, "--save", "r.json") == 0
        some = qa.json["modes"]["hybrid"]["metrics"]["R@100"]
        assert some == pytest.approx(everything * 6 / 24, abs=1e-3)  # a quarter of the towns
        assert qa("eval", "--repeat", "r.json") == 0
        assert "every result is the same" in qa.err

    def test_a_repeated_run_tells_what_changed(self, qa: Qa) -> None:
        qa("eval", "questions.jsonl", "--save", "r.json", "--quiet")
        Path("towns/Beldorf.txt").write_text(
            "The people of Beldorf live from painting. It rains there in autumn, and on Mars "
            "people live from painting too.", encoding="utf-8"
        )  # fmt: skip
        qa("index")
        assert qa("eval", "--repeat", "r.json", "--quiet") == 1
        assert re.search(r"\d+ of 49 questions have other results .*; the index changed", qa.err)

    def test_a_repeated_run_names_another_calibration(self, qa: Qa) -> None:
        qa("eval", "questions.jsonl", "--save", "r.json", "--quiet")
        own = OwnCalibration(
            model=SHIPPED.rescaled(Rescaling(0.5, 1.0, 1.0), threshold=0.5),
            encoder_sha256=qa.encoder.description.sha256,
            questions="questions", answerable=48, unanswerable=1, made="2026-01-01T00:00:00Z",
        )  # fmt: skip
        store(own, Path(".qa"))
        assert qa("eval", "--repeat", "r.json", "--quiet") == 1
        assert re.search(r"questions have other results .*; the calibration changed", qa.err)

    def test_diff_puts_the_largest_changes_first(self, qa: Qa) -> None:
        qa("eval", "questions.jsonl", "--mode", "dense", "--save", "a.json")
        qa.encoder = ShuffledEncoder()
        qa("eval", "questions.jsonl", "--mode", "dense", "--save", "b.json")
        assert qa("eval", "--diff", "a.json", "b.json", "--json") == 0
        differences = [change["difference"] for change in qa.json["changes"]]
        assert differences == sorted(differences, key=abs, reverse=True)
        assert min(differences) < -0.5
        assert qa("eval", "--diff", "a.json", "b.json", "--report", "d.md") == 0
        assert "before: gold at rank 1" in qa.out
        assert Path("d.md").read_text(encoding="utf-8").startswith("# Questions that changed most")
        assert qa("eval", "--diff", "a.json", "a.json") == 0
        assert qa.out == "No question changed.\n"

    def test_diff_of_two_modes(self, qa: Qa) -> None:
        qa("eval", "questions.jsonl", "--mode", "dense,bm25", "--save", "a.json")
        assert qa("eval", "--diff", "a.json", "a.json") == 2
        assert "several modes; name one" in qa.err
        assert qa("eval", "--diff", "a.json", "a.json", "--mode", "dense,bm25", "--json") == 0
        assert any(change["difference"] > 0 for change in qa.json["changes"])


class TestGates:
    """A seeded fault in retrieval is caught by the gate."""

    GATE = ("--baseline", "good.json", "--max-drop", "nDCG@10=0.01")

    @pytest.fixture(autouse=True)
    def good(self, qa: Qa) -> None:
        assert qa("eval", "questions.jsonl", "--mode", "bm25,dense", "--save", "good.json") == 0

    def test_nothing_changed(self, qa: Qa) -> None:
        assert qa("eval", "questions.jsonl", "--mode", "bm25,dense", *self.GATE) == 0
        assert qa.out.count("passed  nDCG@10 of ") == 2

    def test_shuffled_vectors(self, qa: Qa) -> None:
        qa.encoder = ShuffledEncoder()
        arguments = ("eval", "questions.jsonl", "--mode", "bm25,dense", *self.GATE)
        assert qa(*arguments, "--junit", "gates.xml") == 1
        assert "FAILED  nDCG@10 of dense" in qa.out
        assert "passed  nDCG@10 of bm25" in qa.out
        suites = ElementTree.parse("gates.xml").getroot()
        assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
        assert qa(*arguments, "--json") == 1
        assert qa.json["schema"] == "qa.eval/1"
        assert qa.err.startswith("qa: gate not met: nDCG@10 of dense")

    def test_words_that_are_not_stemmed(self, qa: Qa, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Analyzer, "analyze_question", analyze_without_stemming)
        assert qa("eval", "questions.jsonl", "--mode", "bm25", *self.GATE) == 1
        assert "FAILED  nDCG@10 of bm25" in qa.out

    def test_fixed_limits_measure_what_they_name(self, qa: Qa) -> None:
        gates = ("--fail-under", "P@3=0.1", "--fail-under", "false_answer_rate=1")
        assert qa("eval", "questions.jsonl", *gates) == 0
        assert qa("eval", "questions.jsonl", *gates, "--fail-under", "P@3=0.5") == 1
        assert "FAILED  P@3 of hybrid is 0." in qa.out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--limit", "9", "--mode", "bm25"], "other questions or labels"),
            (["--mode", "hybrid"], "the baseline has no mode hybrid, only bm25, dense"),
            (["--mode", "bm25", "--max-drop", "P@7=0"], "the baseline has no P@7"),
        ],
    )
    def test_an_unfit_baseline_is_refused_before_anything_is_asked(
        self, qa: Qa, arguments: list[str], told: str
    ) -> None:
        qa.encoder = None  # type: ignore[assignment]
        assert qa("eval", "questions.jsonl", *arguments, *self.GATE, "--save", "new.json") == 2
        assert told in qa.err
        assert not Path("new.json").exists()


class TestCollections:
    @pytest.fixture(autouse=True)
    def folder(self, qa: Qa) -> None:
        """The towns as a BEIR folder and as a SQuAD file; no index is needed for either."""
        shutil.rmtree(".qa")
        documents = [
            {"_id": path.stem, "title": "", "text": path.read_text(encoding="utf-8") * 9}
            for path in sorted(Path("towns").iterdir())
        ]
        questions = [json.loads(line) for line in Path("questions.jsonl").read_text().splitlines()]
        Path("beir/qrels").mkdir(parents=True)
        write_lines("beir/corpus.jsonl", documents)
        write_lines("beir/queries.jsonl",
                    [{"_id": q["id"], "text": q["question"]} for q in questions])  # fmt: skip
        Path("beir/qrels/dev.tsv").write_text(
            "".join(
                f"{q['id']}\t{Path(q['gold'][0]['path']).stem}\t1\n"
                for q in questions
                if "gold" in q
            )
        )
        paragraph = {
            "context": documents[0]["text"],
            "qas": [{"id": "q", "question": "Who paints?", "is_impossible": False,
                     "answers": [{"text": "The people of Beldorf", "answer_start": 0}]}],
        }  # fmt: skip
        data = [{"title": "Bel", "paragraphs": [paragraph]}]
        Path("squad.json").write_text(json.dumps({"version": "v2.0", "data": data}))

    def test_beir_is_indexed_once_and_repeated_from_its_run(self, qa: Qa) -> None:
        arguments = ("eval", "--beir", "beir", "--split", "dev", "--mode", "bm25", "--json")
        assert qa(*arguments, "--save", "run.json") == 0
        assert qa.err == "qa: 1 questions without a relevant document were left out\n"
        metrics = qa.json["modes"]["bm25"]["metrics"]
        assert metrics["Success@1"] > 0.9
        [made] = [path for path in Path("cache/collections").iterdir() if path.is_dir()]
        before = made.stat().st_mtime_ns
        assert qa("eval", "--repeat", "run.json", "--json") == 0
        assert qa.json["modes"]["bm25"]["metrics"] == metrics
        assert made.stat().st_mtime_ns == before
        assert qa(*arguments, "--whole") == 0
        assert len([path for path in Path("cache/collections").iterdir() if path.is_dir()]) == 2

    def test_squad(self, qa: Qa) -> None:
        assert qa("eval", "--squad", "squad.json", "--json") == 0
        assert qa.json["modes"]["hybrid"]["metrics"]["Success@1"] == 1.0

    def test_trec_is_asked_of_the_index(self, qa: Qa) -> None:
        qa("index", "towns")
        Path("topics.tsv").write_text("1\tWhat do people of Korvik live from?\n")
        Path("qrels").write_text("1 0 towns/Korvik.txt 2\n")
        assert qa("eval", "--trec", "topics.tsv", "qrels", "--json") == 0
        assert qa.json["modes"]["hybrid"]["metrics"]["RR@10"] == 1.0

    def test_check_needs_no_index_of_it(self, qa: Qa) -> None:
        assert qa("eval", "--beir", "beir", "--split", "dev", "--check") == 0
        assert qa.out == "every label stands in its source: 48 in 48 questions\n"
        assert not Path("cache/collections").exists()

    def test_a_split_that_is_not_there(self, qa: Qa) -> None:
        assert qa("eval", "--beir", "beir") == 2
        assert "splits here are dev" in qa.err


def write_lines(path: str, objects: list[dict[str, Any]]) -> None:
    Path(path).write_text("".join(json.dumps(item) + "\n" for item in objects), encoding="utf-8")


class TestCheck:
    def test_every_problem_is_a_line(self, qa: Qa) -> None:
        assert qa("eval", "questions.jsonl", "--check") == 0
        assert qa.out == "every label stands in its source: 48 in 49 questions\n"
        text = Path("questions.jsonl").read_text().replace("of Korvik live from", "of Korvik from")
        Path("wrong.jsonl").write_text(text)
        assert qa("eval", "wrong.jsonl", "--check", "--json") == 2
        assert (qa.json["questions"], len(qa.json["problems"])) == (49, 2)
        assert qa.err.count("\n") == 2
        assert all('is not in "towns/Korvik.txt"' in line for line in qa.err.splitlines())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name QUESTIONS, --beir, --trec, --squad, --repeat or --diff, one of them"),
        (["questions.jsonl", "--beir", "x"], "not questions and beir"),
        (["questions.jsonl", "--whole"], "go with --beir or --squad"),
        (
            ["questions.jsonl", "--mode", "best"],
            "mode must be one of hybrid, bm25, dense, not 'best'",
        ),
        (["questions.jsonl", "--measure", "best"], '"best" is no retrieval measure'),
        (["questions.jsonl", "--fail-under", "nDCG@10"], "is no gate"),
        (["questions.jsonl", "--fail-under", "best=1"], '"best" is no retrieval measure'),
        (["questions.jsonl", "--max-drop", "RR@10=0"], "--baseline RUN and --max-drop"),
        (["questions.jsonl", "--baseline", "x"], "go together"),
        (["questions.jsonl", "--junit", "x.xml"], "--junit"),
        (["questions.jsonl", "--report", "x.pdf"], "a report is a file in .html or .md"),
        (["questions.jsonl", "--save", "towns"], "towns: is a folder"),
        (["--repeat", "questions.jsonl"], "questions.jsonl: "),
        (["--repeat", "x", "--limit", "3"], "add no other choice"),
        (["--repeat", "x", "--language", "de"], "add no other choice"),
        (["questions.jsonl", "--check", "--tag", "x"], "filters go with a run"),
        (["questions.jsonl", "--tag", "x"], "the filter leaves nothing"),
        (["--beir", "x", "--language", "de", "--language", "en"], "give it once"),
        (["--repeat", "missing.json"], "missing.json: cannot be read"),
        (["missing.jsonl"], "missing.jsonl: cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(qa: Qa, arguments: list[str], told: str) -> None:
    assert qa("eval", *arguments) == 2
    assert qa.out == ""
    assert re.fullmatch(r"qa: [^\n]*\n", qa.err)
    assert told in qa.err


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seeds and an index of them. Only questions are added."""
    folder = tmp_path_factory.mktemp("seeds")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    result = run_command("index", "seeds", folder=folder)
    assert result.returncode == 0, result.stderr
    return folder


class TestForReal:
    """In its own process, with the real model and the project's own questions."""

    def test_seed_questions_pass_a_modest_gate(self, seeds: Path) -> None:
        result = run_command(
            "eval", SEEDS, "--limit", "40", "--fail-under", "nDCG@10=0.6", "--json", "--quiet",
            folder=seeds,
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (0, "")  # a slow machine tells its progress
        assert json.loads(result.stdout)["modes"]["hybrid"]["metrics"]["R@100"] == 1.0

    def test_tables_on_a_terminal_keep_to_its_width(self, seeds: Path) -> None:
        shown = on_terminal("eval", SEEDS, "--limit", "6", "--mode", "bm25", folder=seeds)
        plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown)
        assert "nDCG@10" in plain
        assert max(map(len, plain.splitlines())) <= 80

    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            ([], "bad.jsonl: the set is empty"),
            (['{"id": "1"'], "bad.jsonl:1: not JSON"),
            (['{"id": "1", "question": "Who?", "answerable": false}'] * 2,
             'bad.jsonl:2: id "1" stands already at bad.jsonl:1'),
            (['{"id": "1", "question": "Who?", "gold": '
              '[{"path": "seeds/000_f2ddbda4481125c7.txt", "quote": "not there"}]}'],
             'bad.jsonl:1: question "1": quote "not there" is not in "seeds/000_'),
            (['{"id": "1", "question": "Who?", "gold": [{"path": "x.txt", "quote": "a"}]}'],
             "it is a set for another index"),
        ],
    )  # fmt: skip
    def test_a_bad_set_is_one_clear_line(self, seeds: Path, lines: list[str], told: str) -> None:
        (seeds / "bad.jsonl").write_text("".join(line + "\n" for line in lines))
        result = run_command("eval", "bad.jsonl", folder=seeds)
        assert (result.returncode, result.stdout) == (2, "")
        assert re.fullmatch(r"qa: [^\n]*\n", result.stderr)
        assert told in result.stderr

    def test_a_missing_index(self, tmp_path: Path) -> None:
        result = run_command("eval", SEEDS, folder=tmp_path)
        assert (result.returncode, result.stdout) == (3, "")
        assert re.fullmatch(r"qa: no index [^\n]*`qa index PATH`\n", result.stderr)


class TestFailures:
    def test_the_questions_that_failed_and_what_came_instead(self, qa: Qa) -> None:
        qa.encoder = ShuffledEncoder()
        assert qa("eval", "questions.jsonl", "--mode", "dense", "--failures") == 0
        told = re.search(r"^(\d+) of 49 questions failed in dense: (.*)$", qa.out, re.M)
        assert told
        assert "not found" in told[2] or "not first" in told[2] or "not answered" in told[2]
        after = qa.out[told.start() :]
        assert len(re.findall(r"^ *\d+  \S.*\[(name|stem|none)\d*\]$", after, re.M)) == 20
        assert re.search(r"^ +first +towns/\w+\.txt:\d+-\d+$", after, re.M)
        assert re.search(r"^ +right +towns/\w+\.txt:\d+-\d+$", after, re.M)
        assert re.search(r"probability 0\.\d\d", after)
        assert f"... and {int(told[1]) - 20} more; --verbose lists all" in after
        assert max(map(len, after.splitlines())) <= 80

    def test_all_of_them(self, qa: Qa) -> None:
        qa.encoder = ShuffledEncoder()
        qa("eval", "questions.jsonl", "--mode", "dense", "--failures", "--verbose")
        told = re.search(r"^(\d+) of 49 questions failed in dense", qa.out, re.M)
        assert told
        assert qa.out.count("probability ") == int(told[1]) > 20

    def test_as_json(self, qa: Qa) -> None:
        qa.encoder = ShuffledEncoder()
        qa("eval", "questions.jsonl", "--mode", "dense,bm25", "--json", "--failures")
        modes = qa.json["modes"]
        for mode in ("dense", "bm25"):
            for failure in modes[mode]["failures"]:
                assert failure["kind"] in {"answered", "not_found", "not_answered", "not_first"}
        assert len(modes["dense"]["failures"]) > 20
        qa("eval", "questions.jsonl", "--mode", "dense", "--json")
        assert "failures" not in qa.json["modes"]["dense"]

    def test_of_a_repeated_run(self, qa: Qa) -> None:
        qa("eval", "questions.jsonl", "--mode", "bm25", "--save", "r.json", "--quiet")
        assert qa("eval", "--repeat", "r.json", "--failures") == 0
        assert re.search(r"(\d+|None) of (the )?49 questions failed in bm25", qa.out)

    def test_none(self, qa: Qa) -> None:
        Path("one.jsonl").write_text(
            '{"id": "1", "question": "How long is a flight to Mars?", "answerable": false}\n'
        )
        assert qa("eval", "one.jsonl", "--mode", "bm25", "--failures") == 0
        assert "None of the 1 questions failed in bm25.\n" in qa.out

    @pytest.mark.parametrize("other", [["--check"], ["--diff", "a", "b"]])
    def test_only_of_a_run(self, qa: Qa, other: list[str]) -> None:
        arguments = ["eval", "--failures", *other]
        assert qa(*arguments, *(["questions.jsonl"] if other == ["--check"] else [])) == 2
        assert "--failures goes with a run" in qa.err
