"""The model of a new index, chosen by the languages of its documents."""

import logging
from pathlib import Path

import pytest

from qa_index.building.choosing import chosen_model
from qa_index.encoding import multilingual
from qa_index.encoding.models import DEFAULT_MODEL, MINILM, MULTILINGUAL
from qa_index.errors import InputError

TEXTS = {
    "en": "The contract ends when one of the parties gives notice in writing three months ahead.",
    "de": "Der Vertrag endet, wenn eine der Parteien ihn drei Monate vorher schriftlich kündigt.",
    "ru": "Договор прекращается, если одна из сторон письменно откажется от него за три месяца.",
}


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multilingual, "is_installed", lambda: True)


def files(folder: Path, *languages: str) -> list[Path]:
    for number, language in enumerate(languages):
        (folder / f"{number:03}.txt").write_text(TEXTS[language], encoding="utf-8")
    return [folder]


def test_english_alone_takes_minilm(tmp_path: Path) -> None:
    assert chosen_model(files(tmp_path, "en", "en")) == MINILM


@pytest.mark.parametrize("language", ["de", "ru"])
def test_any_other_language_takes_the_multilingual_one(tmp_path: Path, language: str) -> None:
    assert chosen_model(files(tmp_path, "en", language, "en")) == MULTILINGUAL


def test_a_sample_of_many_files_is_looked_at(tmp_path: Path) -> None:
    """Spread over all of them: the last are German."""
    assert chosen_model(files(tmp_path, *["en"] * 60, *["de"] * 20)) == MULTILINGUAL


def test_a_language_that_is_given_decides(tmp_path: Path) -> None:
    german = files(tmp_path, "de")
    assert chosen_model(german, language="en") == MINILM
    assert chosen_model(german, language="de") == MULTILINGUAL


def test_without_the_multilingual_model_minilm_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multilingual, "is_installed", lambda: False)
    assert chosen_model(files(tmp_path, "de")) == MINILM


def test_unreadable_files_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 cut off")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    assert chosen_model(files(tmp_path, "en")) == MINILM


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        chosen_model([tmp_path / "nowhere"])


def test_a_choice_is_said_where_it_is_not_the_default(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for language, model in (("en", MINILM), ("de", MULTILINGUAL)):
        caplog.clear()
        with caplog.at_level(logging.INFO, "qa_index"):
            chosen_model(files(tmp_path, language), language=language)
        said = [f"the model is {model}, as documents are in: {language}"]
        assert caplog.messages == ([] if model == DEFAULT_MODEL else said)
