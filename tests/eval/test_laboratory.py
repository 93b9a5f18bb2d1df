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
