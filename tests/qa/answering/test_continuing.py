"""What limits a marked sentence in the sentences beside it."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.answering.continuing import MOST, continuations
from qa.answering.limiters import LANGUAGES, patterns_of
from qa.answers import Continuation
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder

PETS = "The tenant may keep one dog in the flat."
NOTICE = "The tenant may terminate with three months' notice, provided that:"


def beside(
    folder: Path, text: str, marked: str, *, language: str = "en", name: str = "lease.md"
) -> tuple[Continuation, ...]:
    """What limits the sentence that is ``marked`` in a document."""
    (folder / name).write_text(text, encoding="utf-8")
    into = folder / ".qa"
    build([folder / name], into, encoder=HashingEncoder(), language=language, full=True)
    index = StoredIndex(into)
    for row in range(index.passage_count):
        passage = index.passage(row)
        texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
        numbers = [number for number, one in enumerate(texts) if marked in one]
        if numbers:
            found = continuations(index, passage, numbers[:1])
            assert all(text[slice(each.span.start, each.span.end)] == each.quote for each in found)
            return found
    raise AssertionError(f"no sentence holds {marked!r}")


def told(found: tuple[Continuation, ...]) -> list[tuple[str, str, str]]:
    return [(str(each.kind), each.cue, each.quote) for each in found]


class TestTheSentenceAfter:
    @pytest.mark.parametrize(
        ("language", "said", "limit", "cue"),
        [
            ("en", PETS, "However, this does not apply to fighting dogs.", "However"),
            ("en", PETS, "This does not apply to fighting dogs.", "does not apply"),
            ("en", PETS, "(2) Exceptions are listed in Annex B.", "Exceptions"),
            ("de", "Ein Hund ist erlaubt.", "Dies gilt nicht für Kampfhunde.", "Dies gilt nicht"),
            ("de", "Ein Hund ist erlaubt.", "Ausgenommen sind Kampfhunde.", "Ausgenommen"),
            ("fr", "Un chien est permis.", "Toutefois, il doit être tenu en laisse.", "Toutefois"),
            ("es", "Se permite un perro.", "Se exceptúan los perros de pelea.", "Se exceptúan"),
            ("it", "È ammesso un cane.", "Tuttavia il cane va tenuto al guinzaglio.", "Tuttavia"),
            ("pt", "É permitido um cão.", "Porém, deve andar com trela.", "Porém"),
            ("nl", "Een hond is toegestaan.", "Dit geldt niet voor vechthonden.", "Dit geldt niet"),
            ("sv", "En hund är tillåten.", "Dock inte kamphundar i huset.", "Dock"),
            ("pl", "Dozwolony jest jeden pies.", "Jednak musi być na smyczy.", "Jednak"),
            ("ru", "Можно держать собаку.", "Однако собака должна быть на поводке.", "Однако"),
            ("zh", "租客可以养一只狗。", "但狗必须拴绳。", "但"),
            ("ja", "犬を一匹飼うことができる。", "ただし、闘犬は除く。", "ただし"),
        ],
    )
    def test_limits_it(
        self, tmp_path: Path, language: str, said: str, limit: str, cue: str
    ) -> None:
        gap = "" if language in ("zh", "ja") else " "
        found = beside(tmp_path, f"{said}{gap}{limit}\n", said, language=language)
        assert told(found) == [("limited", cue, limit)]

    @pytest.mark.parametrize(
        "after",
        [
            "It has to be insured.",
            "However it is done, the landlord is informed.",
            "Unless otherwise agreed, the rent is due on the first.",
            "Do not apply the sticker to the door.",
            "Butter is kept in the fridge.",
        ],
    )
    def test_says_something_else(self, tmp_path: Path, after: str) -> None:
        assert not beside(tmp_path, f"{PETS} {after}\n", PETS)

    def test_may_be_in_the_next_passage(self, tmp_path: Path) -> None:
        long = " ".join(f"The house number {n} has a garden with some trees." for n in range(12))
        text = f"{long} {PETS}\n\nHowever, no dog may be kept on the ground floor. {long}\n"
        [found] = beside(tmp_path, text, PETS)
        assert found.quote == "However, no dog may be kept on the ground floor."

    def test_of_another_section_is_not_meant(self, tmp_path: Path) -> None:
        text = f"# Pets\n\n{PETS}\n\n# Rent\n\nHowever, the rent is due on the first.\n"
        assert not beside(tmp_path, text, PETS)

    def test_brings_the_list_that_it_introduces(self, tmp_path: Path) -> None:
        text = f"{PETS}\n\nHowever:\n\n- no fighting dogs;\n- no wolves.\n\nThe end.\n"
        [found] = beside(tmp_path, text, PETS)
        assert found.quote.endswith("- no wolves.")

    def test_that_is_marked_itself_is_shown_anyway(self, tmp_path: Path) -> None:
        (tmp_path / "lease.md").write_text(f"{PETS} However, no wolves.\n")
        build([tmp_path / "lease.md"], tmp_path / ".qa", encoder=HashingEncoder(), language="en")
        index = StoredIndex(tmp_path / ".qa")
        assert continuations(index, index.passage(0), [0])
        assert not continuations(index, index.passage(0), [0, 1])


class TestAnOpenEnd:
    def test_goes_on_with_the_items_of_its_list(self, tmp_path: Path) -> None:
        items = "- the rent has been paid;\n- the keys are returned."
        found = beside(tmp_path, f"{NOTICE}\n\n{items}\n\nThe end.\n", NOTICE)
        assert told(found) == [("unfinished", "provided that", items)]


class TestAList:
    def test_that_is_negated_says_so_with_each_item(self, tmp_path: Path) -> None:
        text = "You must not:\n\n- smoke in the stairwell\n- grill on the balcony\n"
        found = beside(tmp_path, text, "grill")
        assert told(found) == [("negated", "must not", "You must not:")]

    @pytest.mark.parametrize(
        "lead",
        [
            "You may:",
            "Duties include, but are not limited to:",
            "It is not far, and you may:",
            "Make sure that costs do not rise:",
        ],
    )
    def test_that_is_not_negated(self, tmp_path: Path, lead: str) -> None:
        assert not beside(tmp_path, f"{lead}\n\n- grill on the balcony\n- sing\n", "grill")


class TestAFootnote:
    def test_is_found_at_the_end_of_the_document(self, tmp_path: Path) -> None:
        note = "For furnished flats it is two rents."
        text = f"# Rent\n\nThe deposit is three rents.[^1]\n\n# Rest\n\nNo more.\n\n[^1]: {note}\n"
        [found] = beside(tmp_path, text, "deposit")
        assert (found.kind, found.cue) == (qa.ContinuationKind.FOOTNOTE, "[^1]:")
        assert found.quote.strip() == note

    @pytest.mark.parametrize("note", ["Smith, p. 12.", "https://example.org", "#rent"])
    def test_that_names_a_source_limits_nothing(self, tmp_path: Path, note: str) -> None:
        text = f"The deposit is three rents.[^1]\n\n[^1]: {note}\n"
        assert not beside(tmp_path, text, "deposit")

    def test_without_its_note_is_not_reported(self, tmp_path: Path) -> None:
        assert not beside(tmp_path, "The deposit is three rents.[7] It is due.\n", "deposit")


def test_no_more_than_a_few_are_told(tmp_path: Path) -> None:
    marks = "".join(f"[^{number}]" for number in range(1, 9))
    notes = "\n\n".join(f"[^{number}]: Not in house {number}." for number in range(1, 9))
    found = beside(tmp_path, f"The deposit is due{marks} soon.\n\n{notes}\n", "deposit")
    assert len(found) == MOST


def test_a_language_without_a_list_has_none(tmp_path: Path) -> None:
    text = "Koira on sallittu. However, tämä ei koske taistelukoiria.\n"
    assert not beside(tmp_path, text, "Koira", language="fi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_patterns(language: str) -> None:
    assert patterns_of(language)


@pytest.mark.parametrize("text", ["-" * 50_000, "( " * 25_000, "no " * 20_000, "[^a] " * 10_000])
def test_a_hostile_sentence_costs_little(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(f"{PETS} {text}\n\n- {text}\n", encoding="utf-8")
    build([tmp_path / "a.md"], tmp_path / ".qa", encoder=HashingEncoder(), language="en")
    index = StoredIndex(tmp_path / ".qa")
    started = time.process_time()
    for row in range(min(index.passage_count, 20)):
        passage = index.passage(row)
        continuations(index, passage, range(min(len(passage.sentences), 20)))
    assert time.process_time() - started < 10  # quadratic time would take minutes


@given(st.text(alphabet=st.sampled_from("However,不但 :-(1)[^].\n Nosalvo"), max_size=80))
def test_any_text_is_searched(text: str) -> None:
    for language in LANGUAGES:
        patterns = patterns_of(language)
        assert patterns is not None
        patterns.limiting.search(text)
        patterns.open_end.search(text)
        patterns.negation(text)
