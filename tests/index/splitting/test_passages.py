"""Passages: whole sentences, evenly packed, never across a heading, within the token budget."""

from collections.abc import Sequence

import pytest

from qa_index.formats import parse
from qa_index.records import BlockKind, Parsed, Passage
from qa_index.splitting.passages import PASSAGE_WORDS, WordRange, split


def plain(text: str) -> Parsed:
    return parse(text.encode(), name="notes.txt")


def markdown(text: str) -> Parsed:
    return parse(text.encode(), name="notes.md")


def quotes(parsed: Parsed, passages: Sequence[Passage]) -> list[str]:
    return [parsed.text[passage.start : passage.end] for passage in passages]


def paragraph(words: int, sentence: int = 10) -> str:
    """Prose of ``words`` words, in sentences of ``sentence`` words."""
    return " ".join(
        "word" + ("." if number % sentence == 0 or number == words else "")
        for number in range(1, words + 1)
    ).replace(". word", ". Word")


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_characters(texts: Sequence[str]) -> list[int]:
    return [len("".join(text.split())) for text in texts]


def test_an_empty_document_has_no_passages() -> None:
    assert split(plain("")) == []
    assert split(plain(" \n\t\n")) == []


def test_short_paragraphs_share_a_passage() -> None:
    parsed = plain("First thing. It is short.\n\nSecond thing.\n\nThird thing.")
    [passage] = split(parsed)
    assert quotes(parsed, [passage]) == [parsed.text]
    assert len(passage.sentences) == 4
    assert passage.kind is BlockKind.PROSE


def test_a_long_section_is_cut_evenly_and_between_paragraphs() -> None:
    parsed = plain("\n\n".join([paragraph(80)] * 4))
    passages = split(parsed)
    assert [len(quote.split()) for quote in quotes(parsed, passages)] == [80, 80, 80, 80]


def test_no_tiny_tail_is_left() -> None:
    parsed = plain(paragraph(160))
    assert [len(quote.split()) for quote in quotes(parsed, split(parsed))] == [80, 80]


def test_passages_of_a_long_text_have_the_usual_length() -> None:
    parsed = plain("\n\n".join([paragraph(50)] * 100))
    lengths = [len(quote.split()) for quote in quotes(parsed, split(parsed))]
    assert max(lengths) <= PASSAGE_WORDS.most
    assert 0.75 * PASSAGE_WORDS.usual <= sum(lengths) / len(lengths) <= PASSAGE_WORDS.most


def test_the_range_of_words_can_be_chosen() -> None:
    parsed = plain(paragraph(100))
    passages = split(parsed, words=WordRange(usual=20, most=25))
    assert [len(quote.split()) for quote in quotes(parsed, passages)] == [20] * 5


class TestHeadings:
    def test_begin_a_passage_and_are_part_of_it(self) -> None:
        parsed = markdown("# One\n\nText one.\n\n## Two\n\nText two.\n")
        passages = split(parsed)
        assert quotes(parsed, passages) == ["# One\n\nText one.", "## Two\n\nText two."]
        assert [passage.heading for passage in passages] == [0, 1]

    def test_stacked_downwards_share_the_passage_below(self) -> None:
        parsed = markdown("# One\n\n## Two\n\nText.\n")
        [passage] = split(parsed)
        assert passage.heading == 1
        assert len(passage.sentences) == 3

    def test_with_nothing_below_are_passages_of_their_own(self) -> None:
        parsed = markdown("# One\n\n## Two\n\n## Three\n\nText.\n\n# Four\n")
        passages = split(parsed)
        assert quotes(parsed, passages) == ["# One\n\n## Two", "## Three\n\nText.", "# Four"]
        assert [passage.kind for passage in passages] == ["heading", "prose", "heading"]

    def test_text_before_the_first_has_none(self) -> None:
        passages = split(markdown("Before.\n\n# One\n\nText.\n"))
        assert [passage.heading for passage in passages] == [-1, 0]

    def test_stay_with_the_first_sentence_below(self) -> None:
        parsed = markdown("# A heading of six words here\n\n" + paragraph(300))
        first = split(parsed)[0]
        assert len(first.sentences) > 1

    def test_are_one_sentence_each(self) -> None:
        parsed = markdown("# 4. The Deposit. Who holds it?\n\nThe bank does. It pays interest.")
        [passage] = split(parsed)
        assert [parsed.text[slice(*sentence)] for sentence in passage.sentences] == [
            "# 4. The Deposit. Who holds it?",
            "The bank does.",
            "It pays interest.",
        ]


class TestKinds:
    def test_debris_stands_alone(self) -> None:
        parsed = plain("A first sentence.\n\n* * *\n\nA second sentence.")
        passages = split(parsed)
        assert [passage.kind for passage in passages] == ["prose", "debris", "prose"]

    def test_metadata_stands_alone_and_is_split_by_line(self) -> None:
        mail = "From: A\nTo: B\nSubject: S\nDate: Mon, 6 May 2024 10:00:00 +0000\n\nText.\n"
        passages = split(parse(mail.encode(), name="a.eml"))
        assert [passage.kind for passage in passages] == ["heading", "metadata", "prose"]
        assert len(passages[1].sentences) == 3

    def test_front_matter_stands_alone(self) -> None:
        parsed = markdown("---\ntitle: T\nauthor: A\n---\nText.\n")
        passages = split(parsed)
        assert [passage.kind for passage in passages] == ["debris", "prose"]

    def test_rows_of_tables_and_lines_of_code_are_sentences(self) -> None:
        parsed = markdown("| a. B | c |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1. Y\n```\n")
        [passage] = split(parsed)
        sentences = [parsed.text[start:end] for start, end in passage.sentences]
        assert sentences == ["| a. B | c |", "|---|---|", "| 1 | 2 |", "```", "x = 1. Y", "```"]

    def test_the_kind_of_most_characters_names_a_mixture(self) -> None:
        [passage] = split(markdown("Shop:\n\n- milk and a lot of bread\n- eggs for the cake\n"))
        assert passage.kind is BlockKind.LIST

    def test_what_a_colon_announces_follows_it(self) -> None:
        text = paragraph(130) + " It has three parts:\n\n" + "- part one is here\n" * 10
        parsed = markdown(text)
        assert not any(quote.endswith(":") for quote in quotes(parsed, split(parsed)))


class TestTokens:
    def test_bound_a_passage(self) -> None:
        parsed = plain(paragraph(300))
        passages = split(parsed, count_tokens=count_words, max_tokens=60)
        assert max(count_words(quotes(parsed, passages))) <= 60
        assert sum(count_words(quotes(parsed, passages))) == 300

    def test_a_sentence_of_too_many_is_cut(self) -> None:
        parsed = plain(paragraph(90, sentence=90))
        passages = split(parsed, count_tokens=count_words, max_tokens=40)
        assert max(count_words(quotes(parsed, passages))) <= 40

    def test_a_word_of_too_many_is_cut(self) -> None:
        parsed = plain("x" * 700)
        passages = split(parsed, count_tokens=count_characters, max_tokens=64)
        assert "".join(quotes(parsed, passages)) == parsed.text
        assert max(count_characters(quotes(parsed, passages))) <= 64

    def test_are_counted_in_batches(self) -> None:
        calls = []

        def count(texts: Sequence[str]) -> list[int]:
            calls.append(len(texts))
            return count_words(texts)

        split(plain("\n\n".join([paragraph(50)] * 1000)), count_tokens=count, max_tokens=200)
        assert sum(calls) == 5000
        assert len(calls) <= 5

    def test_need_a_budget(self) -> None:
        with pytest.raises(ValueError, match="max_tokens"):
            split(plain("Text."), count_tokens=count_words)


class TestScriptsWithoutSpaces:
    def test_words_are_counted_by_characters(self) -> None:
        parsed = plain("我们今天去了北京的一个大公园。" * 100)
        lengths = [len(quote) for quote in quotes(parsed, split(parsed))]
        assert max(lengths) <= 2 * PASSAGE_WORDS.most + 15
        assert min(lengths) >= PASSAGE_WORDS.usual

    def test_one_word_without_end_fills_many_passages(self) -> None:
        parsed = plain("x" * 100_000)
        assert max(map(len, quotes(parsed, split(parsed)))) <= 16 * PASSAGE_WORDS.most


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_are_counted_from_one(self, end: str) -> None:
        text = f"# A{end}{end}One. Two.{end}{end}# B{end}{end}Three{end}four.{end}"
        passages = split(markdown(text))
        assert [(passage.first_line, passage.last_line) for passage in passages] == [(1, 3), (5, 8)]

    def test_of_mixed_ends(self) -> None:
        passages = split(markdown("# A\r\n\rOne.\n\r\n# B\r\rTwo."))
        assert [(passage.first_line, passage.last_line) for passage in passages] == [(1, 3), (5, 7)]

    def test_other_separators_end_none(self) -> None:
        [passage] = split(plain("One.\f Two.\u2028 Three.\u0085 Four."))
        assert (passage.first_line, passage.last_line) == (1, 1)


def test_time_is_linear_in_the_text() -> None:
    for text in ("Some words stand here. " * 20_000, "x" * 500_000, "one\n" * 5_000):
        passages = split(plain(text), count_tokens=count_words, max_tokens=200)
        assert sum(map(len, quotes(plain(text), passages))) > 0
