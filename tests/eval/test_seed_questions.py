"""The hand-labelled questions over the seed documents are consistent with their labels."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
QUESTIONS = [
    json.loads(line)
    for line in (ROOT / "eval/questions/seeds.jsonl").read_text(encoding="utf-8").splitlines()
]
SEEDS = {
    f"seeds/{path.name}": path.read_text(encoding="utf-8") for path in ROOT.glob("seeds/*.txt")
}
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]

# Enough of each kind that a score by tag rests on more than one or two questions.
AT_LEAST = {
    "core": 100,
    "number": 25,
    "name": 40,
    "date": 15,
    "reason": 15,
    "comparison": 12,
    "paraphrase": 15,
    "two-passage": 12,
    "alternatives": 12,
    "es": 10,
    "ru": 10,
    "typo": 6,
}
DOMAINS = {"near-topic", "other-domain"}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


STOPWORDS = set(
    words(
        "a an and are at be been by did do does down each for from get gets got had has have how"
        " if in is it its many might much of on or other over than that the their there these they"
        " this those to two up was were what when where which who whose why will with would"
    )
)


def by_id(question: dict[str, Any]) -> str:
    return str(question["id"])


def tagged(tag: str) -> list[dict[str, Any]]:
    return [question for question in ANSWERABLE if tag in question["tags"]]


def content_stems(text: str) -> set[str]:
    """Five letters stand in for a stemmer: 'drilling' and 'driller' count as the same word."""
    return {word[:5] for word in words(text) if word not in STOPWORDS and len(word) > 1}


def paragraph(gold: dict[str, str]) -> tuple[str, int]:
    text = SEEDS[gold["path"]]
    return gold["path"], text.count("\n", 0, text.index(gold["quote"]))


def test_ids_and_questions_are_unique() -> None:
    assert [question["id"] for question in QUESTIONS] == [
        f"s{number:03}" for number in range(1, len(QUESTIONS) + 1)
    ]
    asked = [question["question"].casefold() for question in QUESTIONS]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_record_has_the_documented_shape(question: dict[str, Any]) -> None:
    assert list(question) == ["id", "question", "answerable", "gold", "tags"]
    assert question["question"] == question["question"].strip() != ""
    assert len(set(question["tags"])) == len(question["tags"])
    assert set(question["tags"]) <= AT_LEAST.keys() | DOMAINS
    assert bool(question["gold"]) is question["answerable"]


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_every_quote_is_found_where_it_is_said_to_be(question: dict[str, Any]) -> None:
    for gold in question["gold"]:
        assert gold.keys() <= {"path", "quote", "start", "part"}
        text = SEEDS[gold["path"]]
        if "start" in gold:
            assert text.startswith(gold["quote"], gold["start"])
        else:
            assert text.count(gold["quote"]) == 1, gold["quote"]


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_several_places_are_either_alternatives_or_all_needed(question: dict[str, Any]) -> None:
    golds, tags = question["gold"], question["tags"]
    if "two-passage" in tags:
        assert len(golds) == len({paragraph(gold) for gold in golds}) == 2
        assert not any("part" in gold for gold in golds)
    else:
        assert (len(golds) > 1) is ("alternatives" in tags)
        assert len({gold.get("part") for gold in golds}) == 1


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_question_is_not_copied_from_its_answer(question: dict[str, Any]) -> None:
    asked = " ".join(words(question["question"]))
    for gold in question["gold"]:
        quoted = words(gold["quote"])
        runs = [" ".join(quoted[start : start + 6]) for start in range(len(quoted) - 5)]
        assert not [run for run in runs if run in asked]


@pytest.mark.parametrize("question", tagged("paraphrase"), ids=by_id)
def test_paraphrase_shares_no_content_word_with_its_answer(question: dict[str, Any]) -> None:
    for gold in question["gold"]:
        assert not content_stems(question["question"]) & content_stems(gold["quote"])


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_russian_tag_marks_cyrillic_questions(question: dict[str, Any]) -> None:
    assert bool(re.search("[а-яё]", question["question"])) is ("ru" in question["tags"])


def test_sizes_and_tags() -> None:
    assert len(ANSWERABLE) >= 90
    assert len(UNANSWERABLE) >= 44
    counts = Counter(tag for question in ANSWERABLE for tag in question["tags"])
    assert {tag: counts[tag] for tag in AT_LEAST if counts[tag] < AT_LEAST[tag]} == {}


def test_half_of_the_unanswerable_questions_are_on_the_topic() -> None:
    domains = [DOMAINS & set(question["tags"]) for question in UNANSWERABLE]
    assert all(len(domain) == 1 for domain in domains)
    assert domains.count({"near-topic"}) == domains.count({"other-domain"})
    assert not any(DOMAINS & set(question["tags"]) for question in ANSWERABLE)


@pytest.mark.parametrize("path", sorted(SEEDS))
def test_nearly_all_prose_answers_some_question(path: str) -> None:
    text = SEEDS[path]
    answered: set[int] = set()
    for question in ANSWERABLE:
        for gold in question["gold"]:
            if gold["path"] == path:
                start = text.index(gold["quote"])
                answered.update(range(start, start + len(gold["quote"])))
    # Short lines are headings and menus; the line that starts with [1] is a list of links.
    prose = [
        place
        for line in re.finditer(r"^(?!\[1\]).{100,}$", text, flags=re.MULTILINE)
        for place in range(*line.span())
    ]
    assert len(answered.intersection(prose)) / len(prose) >= 0.85
