"""All measurements follow one pattern, so that knowing one is knowing all."""

import ast
import inspect
import json
import math
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from eval import laboratory
from qa_eval.answerability import auroc

EVAL = Path(laboratory.__file__).parent
PACKAGES = sorted(path.parent.name for path in EVAL.glob("*/__main__.py"))

MAKES = {"exporting"}
"""Modules that produce shipped files and measure nothing."""


def test_all_are_seen() -> None:
    known = {"ablations", "benchmarks", "calibration", "extraction", "formats", "peers", "reading"}
    assert known <= set(PACKAGES)


@pytest.mark.parametrize("name", PACKAGES)
class TestPattern:
    def test_it_runs_as_a_package(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        module = import_module(f"eval.{name}.__main__")
        with pytest.raises(SystemExit) as ended:
            module.parse(["--help"])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert told.startswith(f"usage: python -m eval.{name} ")
        assert (module.__doc__ or "-").splitlines()[0] in told
        arguments, *_ = inspect.signature(module.main).parameters
        assert arguments == "arguments"
        assert inspect.signature(module.main).return_annotation is int

    def test_results_are_filed_beside_it(self, name: str) -> None:
        if name in MAKES:
            pytest.skip("it makes what is shipped")
        source = ast.parse((EVAL / name / "__main__.py").read_text(encoding="utf-8"))
        assert any(
            isinstance(node, ast.Constant) and node.value == "results" for node in ast.walk(source)
        )

    def test_packages_say_what_they_measure(self, name: str) -> None:
        assert (EVAL / name / "__init__.py").read_text(encoding="utf-8").startswith('"""')


WRONG = [
    ("ablations", "--data NONE", "there is no folder NONE"),
    ("adapters", "--beir EMPTY", "EMPTY is no set in BEIR layout: it has no corpus.jsonl"),
    ("agreement", "NONE", "there is no folder NONE"),
    ("annotations", "--folder NONE", "there is no folder NONE"),
    ("benchmarks", "--data EMPTY", "no set in BEIR layout"),
    ("benchmarks", "--sizes many", "argument --sizes: invalid int value: 'many'; see --help"),
    ("calibration", "--data NONE --documents EMPTY --kept EMPTY", "there is no folder NONE"),
    ("calibration", "--data EMPTY --documents EMPTY --kept EMPTY", "EMPTY has no set and EMPTY no"),
    ("corpora", "measure NONE", "eval.corpora bring real NONE` brings the collections"),
    ("corpora", "measure EMPTY san-mateo-code", "EMPTY has no san-mateo-code; "),
    ("corpora", "measure EMPTY --beir EMPTY", "no set in BEIR layout"),
    ("corpora", "measure EMPTY --half none", "there is nothing to ask"),
    (
        "corpora",
        "measure EMPTY debian-reference-de --half judging",
        "debian-reference-de is of the other half",
    ),
    ("corpora", "measure EMPTY --seeds --before NONE", "there is no file NONE"),
    ("corpora", "bring real EMPTY nowhere", "no collection nowhere; there are "),
    ("corpora", "bring real EMPTY --mirror https://a.example", "https://a.example is not URL=GIT"),
    ("corpora", "bring real EMPTY --mirror https://a.example=NONE", "there is no folder NONE"),
    ("extraction", "--pdf NONE", "there is no file NONE"),
    ("followups", "NONE xquad", "NONE has no collection of these; "),
    ("formats", "--data NONE", "NONE is no set in BEIR layout"),
    ("passages", "--data NONE --kept EMPTY", "there is no folder NONE"),
    ("passages", "--data EMPTY --kept EMPTY --fit a --judge a", "EMPTY/a is no set in BEIR"),
    ("peers", "--beir NONE", "NONE is no set in BEIR layout"),
    ("promises", "--data EMPTY --kept EMPTY --sets a", "EMPTY/a is no set in BEIR layout"),
    (
        "reading",
        "multilingual --data NONE --documents NONE --work EMPTY",
        "there is no folder NONE",
    ),
    ("reading", "multilingual --data EMPTY --documents NONE --work EMPTY", "EMPTY has no set and"),
    ("tables", "--beside NONE", "there is no folder NONE"),
]


@pytest.mark.parametrize(("name", "arguments", "told"), WRONG)
def test_what_is_missing_is_one_line(
    name: str, arguments: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "EMPTY").mkdir()

    def placed(text: str) -> str:
        return re.sub("NONE|EMPTY", lambda match: str(tmp_path / match[0]), text)

    main = import_module(f"eval.{name}.__main__").main
    with pytest.raises(SystemExit) as ended:
        laboratory.run(name, lambda: main(placed(arguments).split()))
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.splitlines()[-1]
    assert placed(told) in last
    assert last.startswith(f"python -m eval.{name}")


def test_other_errors_are_shown_whole() -> None:
    def main() -> int:
        raise KeyError("a mistake in the program")

    with pytest.raises(KeyError):
        laboratory.run("corpora", main)


def test_what_is_not_defined_is_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """NaN and Infinity are no JSON, and most programs refuse them."""
    bins = [(1, math.nan), {"p": -math.inf}]
    laboratory.publish({"AUROC": auroc(np.ones(2), np.ones(2)), "bins": bins}, tmp_path, "report")
    expected = {"AUROC": None, "bins": [[1, None], {"p": None}]}
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == expected


def test_results_are_named_by_day_and_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laboratory.publish({"x": 1}, tmp_path, "report")
    [file] = tmp_path.glob("*/report.json")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-[0-9a-f]{7,40}(-dirty)?", file.parent.name)
    assert json.loads(file.read_text()) == json.loads(capsys.readouterr().out) == {"x": 1}
