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
        ("Han sa \u201ds\u00e5 \u00e4r det\u201d ig\u00e5r.", ["s\u00e5 \u00e4r det"]),
        ("Han sa \u00bbs\u00e5 \u00e4r det\u00bb ig\u00e5r.", ["s\u00e5 \u00e4r det"]),
        ("Powiedzia\u0142 \u201etak jest\u201d wczoraj.", ["tak jest"]),
        ("\u041e\u043d \u0441\u043a\u0430\u0437\u0430\u043b \u00ab\u0442\u0430\u043a \u0438 \u0435\u0441\u0442\u044c\u00bb.",
         ["\u0442\u0430\u043a \u0438 \u0435\u0441\u0442\u044c"]),
        ("\u5f7c\u306f\u300c\u305d\u3046\u3060\u300d\u3068\u8a00\u3063\u305f\u3002", ["\u305d\u3046\u3060"]),
        ("\u4ed6\u8bf4\u201c\u5c31\u662f\u8fd9\u6837\u201d\u3002", ["\u5c31\u662f\u8fd9\u6837"]),
        ("\u5f7c\u306f\u300e\u305d\u3046\u3060\u300f\u3068\u8a00\u3063\u305f\u3002", ["\u305d\u3046\u3060"]),
        ("He said 'so it is' and left.", ["so it is"]),
        ("He said \u2018so it isn\u2019t\u2019 and left.", ["so it isn\u2019t"]),
        ("He said ``so it is'' to us.", ["so it is"]),
        ("\u201cHe said \u2018so it is\u2019 to us.\u201d", ["He said \u2018so it is\u2019 to us."]),
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
