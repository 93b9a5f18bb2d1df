"""The invented tables say what their questions take for granted."""

import json
from itertools import chain
from pathlib import Path

import pytest

from eval.tables import __main__ as tables
from eval.tables.domains import CHOOSING, JUDGING, Domain
from eval.tables.questions import Kind, table_files
from qa_index import formats


def test_the_halves_share_no_subject() -> None:
    assert not {each.title for each in CHOOSING} & {each.title for each in JUDGING}


@pytest.mark.parametrize("domains", [CHOOSING[:2], JUDGING[:2]])
def test_questions_and_cells_are_as_they_say(domains: tuple[Domain, ...]) -> None:
    files = list(table_files(domains))
    assert [file.data for file in table_files(domains)] == [file.data for file in files]
    texts = {file.name: formats.parse(file.data, name=file.name) for file in files}
    everything = "\n".join(parsed.text for parsed in texts.values())
    for question in chain.from_iterable(file.questions for file in files):
        if question.kind.answerable:
            lines = texts[question.file].text.splitlines()
            [row] = [line for line in lines if question.row in line]
            assert question.answer in row
        elif question.kind is Kind.NO_ROW:
            assert question.text not in everything
    assert all(parsed.tables[0].header_rows == 1 for parsed in texts.values())
    kinds = {question.kind for file in files for question in file.questions}
    assert {Kind.CELL, Kind.NO_COLUMN, Kind.NO_ROW} <= kinds


def test_a_run_reports_every_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "HALVES", {"choosing": CHOOSING[:1]})
    monkeypatch.setattr("eval.tables.questions.ROWS", 6)
    assert tables.main(["--half", "choosing", "--out", str(tmp_path)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(map(str, Kind)) | {"answerable", "unanswerable"} == set(report)
    assert report["answerable"]["answered"] > report["unanswerable"]["answered"]
