"""``qa schema``."""

import json

import pytest

import qa
from qa.cli import main


def test_it_prints_the_schema_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "qa.answer/1"]) == 0
    assert json.loads(capsys.readouterr().out) == qa.json_schema("qa.answer/1")


def test_without_a_name_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out.splitlines() == list(qa.SCHEMA_NAMES)


def test_another_name_is_an_error_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "answer"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("qa: there is no schema 'answer'; there are qa.answer/1, ")
