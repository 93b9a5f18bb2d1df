"""A certificate of absence tells what was searched, and whether it still holds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.answering.answerer import AskOptions

ASKED = "Who won the chess championship in Reykjavik?"
OPTIONS: AskOptions = {"k": 2}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/pets.txt").write_text("The tenant may keep one dog in the flat.")
    (tmp_path / "docs/rent.txt").write_text("The rent is due on the first day of each month.")
    (tmp_path / "docs/broken.pdf").write_bytes(b"%PDF-1.7 broken")
    qa.index("docs", offline=True)
    return tmp_path


@pytest.fixture
def certificate(folder: Path) -> qa.AbsenceCertificate:
    with qa.open(".qa") as session:
        return qa.certify_absence(session.ask(ASKED, **OPTIONS), session, OPTIONS)


def checked(certificate: qa.AbsenceCertificate, *, update: bool = True) -> qa.CertificateChecked:
    if update:
        qa.index(offline=True)
    text = json.dumps(certificate.to_dict())
    with qa.open(".qa") as session:
        read = qa.AbsenceCertificate.from_json(text)
        return qa.check_certificate(read, session, root=Path.cwd())


def verdicts(told: qa.CertificateChecked) -> dict[str, str]:
    return {each.path: str(each.verdict) for each in told.files}


def test_it_names_what_was_searched_and_what_was_not(
    certificate: qa.AbsenceCertificate,
) -> None:
    data = certificate.to_dict()
    assert [each["path"] for each in data["sources"]] == ["docs/pets.txt", "docs/rent.txt"]
    assert [each["path"] for each in data["skipped"]] == ["docs/broken.pdf"]
    assert data["answer"]["status"] == "no_answer"
    assert len(data["answer"]["citations"]) == 2
    assert data["index"]["passages"] == 2
    json.dumps(data)


def test_it_holds_while_nothing_changes(certificate: qa.AbsenceCertificate) -> None:
    told = checked(certificate)
    assert (told.holds, told.unchanged, told.repeated) == (True, True, True)


def test_a_changed_file(folder: Path, certificate: qa.AbsenceCertificate) -> None:
    (folder / "docs/pets.txt").write_text("Fischer won the chess championship in Reykjavik.")
    told = checked(certificate)
    assert verdicts(told) == {"docs/pets.txt": "changed", "docs/rent.txt": "same"}
    assert (told.holds, told.repeated) == (False, None)


def test_a_file_that_is_gone(folder: Path, certificate: qa.AbsenceCertificate) -> None:
    (folder / "docs/pets.txt").unlink()
    assert verdicts(checked(certificate))["docs/pets.txt"] == "missing"


@pytest.mark.parametrize("update", [True, False])
def test_a_file_that_was_not_searched(
    folder: Path, certificate: qa.AbsenceCertificate, update: bool
) -> None:
    (folder / "docs/chess.txt").write_text("Fischer won the chess championship.")
    told = checked(certificate, update=update)
    assert verdicts(told)["docs/chess.txt"] == "new"
    assert not told.holds


def test_without_an_index_the_files_are_compared(
    folder: Path, certificate: qa.AbsenceCertificate
) -> None:
    told = qa.check_certificate(certificate, None, root=folder)
    assert (told.holds, told.repeated) == (True, None)
    (folder / "docs/rent.txt").write_text("No rent.")
    assert not qa.check_certificate(certificate, None, root=folder).holds


def test_an_answer_is_no_absence(folder: Path) -> None:
    with qa.open(".qa") as session:
        answer = session.ask("How many dogs may the tenant keep in the flat?")
        with pytest.raises(qa.InputError, match="the sources answer"):
            qa.certify_absence(answer, session, {})


def test_what_was_not_searched_is_not_certified(folder: Path) -> None:
    (folder / "docs/chess.txt").write_text("Fischer won the chess championship.")
    with qa.open(".qa") as session:
        answer = session.ask(ASKED)
        with pytest.raises(qa.StaleSource, match=r"docs/chess\.txt changed since"):
            qa.certify_absence(answer, session, {})


def _other_question(data: dict[str, Any]) -> None:
    data["answer"]["question"] = "Who won?"


def _fewer_sources(data: dict[str, Any]) -> None:
    data["sources"].pop()


def _likelier(data: dict[str, Any]) -> None:
    data["answer"]["probability"] = 0.0


@pytest.mark.parametrize("alter", [_other_question, _fewer_sources, _likelier])
def test_an_altered_one_is_refused(
    certificate: qa.AbsenceCertificate, alter: Callable[[dict[str, Any]], None]
) -> None:
    data = json.loads(json.dumps(certificate.to_dict()))
    alter(data)
    with pytest.raises(qa.InputError, match="was altered"):
        qa.AbsenceCertificate.from_json(json.dumps(data))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": "qa.absence/1"}',
        '{"schema": "qa.absence/1", "seal": ""}',
        "[" * 9999,
    ],
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(qa.InputError):
        qa.AbsenceCertificate.from_json(text)


def test_it_reads_no_file_outside_the_folder(
    folder: Path, certificate: qa.AbsenceCertificate
) -> None:
    data = dict(certificate.data)
    outside = folder / "secret.txt"
    outside.write_text("secret")
    data["sources"] = [
        {"path": str(path), "sha256": "0" * 64, "passages": 1}
        for path in ("/etc/passwd", "../secret.txt", "docs", "a\0b")
    ]
    forged = qa.AbsenceCertificate(data)
    told = qa.check_certificate(forged, None, root=folder / "docs")
    assert {each.verdict for each in told.files} == {qa.FileVerdict.MISSING}
