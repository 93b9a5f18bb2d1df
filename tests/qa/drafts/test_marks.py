"""Quotations found by their marks."""

import random

import pytest

from qa.drafts.marks import scan


def quotations(text: str) -> list[str]:
    return [text[each.inner.start : each.inner.end] for each in scan(text, 0, len(text)).quotations]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('He said "so it is" to us.', ["so it is"]),
        ("He said \u201cso it is\u201d to us.", ["so it is"]),
        ("Er sagte \u201eso ist es\u201c zu uns.", ["so ist es"]),
        ("Er sagte \u00bbso ist es\u00ab zu uns.", ["so ist es"]),
        ("Er sagte \u201aso ist es\u2018 zu uns.", ["so ist es"]),
        ("Il a dit \u00ab c\u2019est ainsi \u00bb hier.", [" c\u2019est ainsi "]),
        ("Il a dit \u2039c\u2019est ainsi\u203a hier.", ["c\u2019est ainsi"]),
        ("Han sa \u201dså är det\u201d igår.", ["så är det"]),
        ("Han sa \u00bbså är det\u00bb igår.", ["så är det"]),
        ("Powiedział \u201etak jest\u201d wczoraj.", ["tak jest"]),
        ("Он сказал \u00abтак и есть\u00bb.",
         ["так и есть"]),
        ("彼は\u300cそうだ\u300dと言った\u3002", ["そうだ"]),
        ("他说\u201c就是这样\u201d\u3002", ["就是这样"]),
        ("彼は\u300eそうだ\u300fと言った\u3002", ["そうだ"]),
        ("He said 'so it is' and left.", ["so it is"]),
        ("He said \u2018so it isn\u2019t\u2019 and left.", ["so it isn\u2019t"]),
        ("He said ``so it is'' to us.", ["so it is"]),
        ("\u201cHe said \u2018so it is\u2019 to us.\u201d",
         ["He said \u2018so it is\u2019 to us."]),
        ('"He said \'so it is\' to us."', ["He said 'so it is' to us."]),
        ("\u201eEr sagte \u201aso\u2018 zu uns\u201c, und \u201emehr\u201c.",
         ["Er sagte \u201aso\u2018 zu uns", "mehr"]),
        ('("so") and ["thus"]', ["so", "thus"]),
        ("It\u2019s the dogs\u2019 and cats\u2019 bowl, isn't it, rock 'n' roll?", ["n"]),
        ('A 5" pipe and a 6" one.', []),
        ("No marks at all.", []),
        ('""', []),
    ],
)  # fmt: skip
def test_in_many_languages(text: str, found: list[str]) -> None:
    assert quotations(text) == found


@pytest.mark.parametrize(
    ("text", "found", "unclosed"),
    [
        ('He said "so it is. And then "once more" he left.', ["once more"], 1),
        ("\u201cSo it is. And \u2018then\u2019 he left.", ["then"], 1),
        ("\u201eSo it is. And \u00bbthen\u00ab he left.", ["then"], 1),
        ("so it is\u201d he said.", [], 0),
        ("\u201c\u201c\u201c\u201c", [], 4),
    ],
)
def test_marks_that_do_not_close(text: str, found: list[str], unclosed: int) -> None:
    assert quotations(text) == found
    assert len(scan(text, 0, len(text)).unclosed) == unclosed


def test_hidden_marks_do_not_count() -> None:
    text = 'Use `print("x")` and "so it is".'
    hidden = text.replace('`print("x")`', " " * 12)
    found = scan(text, 0, len(text), hidden).quotations
    assert [text[each.inner.start : each.inner.end] for each in found] == ["so it is"]


def test_quotations_are_apart_and_in_order_whatever_the_text() -> None:
    chance = random.Random(5)
    signs = "\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u300c\u300d`ab .,\n"
    for _ in range(500):
        text = "".join(chance.choices(signs, k=chance.randrange(40)))
        scanned = scan(text, 0, len(text))
        end = 0
        for each in scanned.quotations:
            assert end <= each.outer.start < each.inner.start <= each.inner.end < each.outer.end
            end = each.outer.end
        assert end <= len(text)
        assert all(0 <= at < len(text) for at in scanned.unclosed)


def test_time_is_linear() -> None:
    for unit in ('"', "\u201c", "'a ", "\u00bb", '" a', "\u201ca\u201d", "``"):
        text = unit * 20_000
        scan(text, 0, len(text))
