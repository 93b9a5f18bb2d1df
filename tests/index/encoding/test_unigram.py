"""The tokenizer against sentencepiece, and against the package ``tokenizers``."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from qa_index.encoding import multilingual
from qa_index.encoding.packed import PackedModel
from qa_index.encoding.unigram import (
    FIRST,
    LAST,
    SPACE,
    SPECIAL,
    UNKNOWN,
    UnigramTokenizer,
    table_of,
)

GOLD = json.loads((Path(__file__).parents[2] / "fixtures" / "xlmr_pieces.json").read_text())
"""Texts in forty languages with the ids that sentencepiece 0.2.3 gives with the model's pieces."""


@cache
def model() -> PackedModel:
    return multilingual.open_packed()


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> UnigramTokenizer:
    table = tmp_path_factory.mktemp("table") / "pieces.table"
    table.write_bytes(table_of(model().pieces()))
    return UnigramTokenizer(model(), table, max_tokens=12)


@pytest.fixture(scope="module")
def library() -> Tokenizer:
    """Of the same pieces; without normalisation."""
    pieces = [
        (f"unused {number}" if piece in SPECIAL else piece, score)
        for number, (piece, score) in enumerate(
            zip(model().pieces(), model().scores.tolist(), strict=True)
        )
    ]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    return tokenizer


@pytest.mark.parametrize("case", GOLD, ids=lambda case: case["text"][:12])
def test_ids_are_those_of_sentencepiece(tokenizer: UnigramTokenizer, case: dict[str, Any]) -> None:
    assert tokenizer.encode(case["text"], add_special_tokens=False).ids == case["ids"]


TEXT = st.text(
    st.one_of(
        # U+0085 is a piece, as sentencepiece has it; the library splits words there.
        st.characters(exclude_categories=["Cs"], exclude_characters="\x85"),
        st.sampled_from(" aeinrst.,-1"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF),
        st.characters(min_codepoint=0x600, max_codepoint=0x64A),
    ),
    max_size=60,
)


@given(TEXT)
@settings(deadline=None)
def test_normalised_words_are_cut_as_by_the_library(
    tokenizer: UnigramTokenizer, library: Tokenizer, text: str
) -> None:
    words = " ".join(tokenizer.normalised(text))
    expected = library.encode(words, add_special_tokens=False)
    ours = tokenizer.encode(words, add_special_tokens=False)
    if words == " ".join(tokenizer.normalised(words)):  # some replacements are replaced again
        assert (ours.ids, ours.offsets) == (expected.ids, expected.offsets)
    assert tokenizer.encode(text, add_special_tokens=False).ids == expected.ids


@given(TEXT)
@settings(deadline=None)
def test_pieces_lie_in_the_text_in_order(tokenizer: UnigramTokenizer, text: str) -> None:
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    assert all(0 <= start < end <= len(text) for start, end in offsets)
    assert offsets == sorted(offsets)


def test_offsets_point_to_what_was_normalised(tokenizer: UnigramTokenizer) -> None:
    text = "re\u0301sume\u0301 ﬁne"
    encoding = tokenizer.encode(text, add_special_tokens=False)
    spelled = model().pieces()
    covered = [text[start:end] for start, end in encoding.offsets]
    assert "".join(covered).replace(" ", "") == text.replace(" ", "")
    assert "".join(spelled[piece] for piece in encoding.ids) == f"{SPACE}résumé{SPACE}fine"


def test_windows_hold_all_pieces_between_special_tokens(tokenizer: UnigramTokenizer) -> None:
    text = "one word after the other " * 5
    whole = tokenizer.encode(text, add_special_tokens=False)
    first = tokenizer.encode(text)
    windows = [first, *first.overflowing]
    assert [len(window) for window in windows[:-1]] == [12] * (len(windows) - 1)
    assert all((window.ids[0], window.ids[-1]) == (FIRST, LAST) for window in windows)
    assert [piece for window in windows for piece in window.ids[1:-1]] == whole.ids
    assert [place for window in windows for place in window.offsets[1:-1]] == whole.offsets
    assert tokenizer.encode("").ids == [FIRST, LAST]


def test_no_text_holds_special_tokens(tokenizer: UnigramTokenizer) -> None:
    ids = tokenizer.encode(" ".join(SPECIAL), add_special_tokens=False).ids
    specials = {number for number, piece in enumerate(model().pieces()) if piece in SPECIAL}
    assert not specials.intersection(ids)


def test_words_are_cut_alike_whatever_is_remembered(tokenizer: UnigramTokenizer) -> None:
    words = [f"{a}{b}" for a in ("under", "über", "пере", "東京") for b in ("ground", "блок", "都")]
    alone = [tokenizer.encode(word).ids for word in words]
    assert [each.ids for each in tokenizer.encode_batch(words * 2)] == alone * 2


def test_a_word_of_a_million_characters(tokenizer: UnigramTokenizer) -> None:
    encoding = tokenizer.encode("x" * 100_000, add_special_tokens=False)
    assert encoding.offsets[0][0] == 0
    assert encoding.offsets[-1][1] == 100_000


def test_letters_that_are_partly_composed_are_one(tokenizer: UnigramTokenizer) -> None:
    """sentencepiece composes only those that are wholly decomposed."""
    partly = tokenizer.encode("T\u00e2\u0301t", add_special_tokens=False)
    assert partly.ids == tokenizer.encode("T\u1ea5t", add_special_tokens=False).ids
    assert partly.offsets[-1][1] == 4


def test_pieces_with_the_same_hash_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        table_of(["same", "same"])
    with pytest.raises(ValueError, match="does not fit"):
        table_of(["longer than sixteen"])
