"""Quotes that somebody wrote, looked up in everything that is indexed."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from qa import Concern, DifferenceKind, QuoteCheck, QuoteVerdict, Typography
from qa.checking.quotes.finding import MOST_PLACES
from qa.checking.quotes.looking_up import LONGEST_QUOTE, look_up
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder

FERRY = """# The ferry

The company \u201cNordlicht\u201d runs a ferry to Elba \u2014 the only one in winter. It carried
48,210
passengers in 2019, which is 12 percent more than in 2018. Mrs. Halvorsen, who heads the com-
pany, did not sign the contract with Karlstad. The well-
known captain Ruiz signed it on 3 May 2020 for \u22125 crowns. The last ferry leaves at nine.

Dogs travel for free. Cats don\u2019t. Nobody asked them. The crew sleeps on board.
The last ferry leaves at nine.
"""
BAKER = (
    "The baker opens at six. Bread is sold out by noon, and the last ferry leaves at nine. "
    "He cannot bake without flour. L\u2019homme de bien n\u2019a pas peur.\n"
)
RUSSIAN = "Паром на Эльбу отходит в девять часов. Собаки едут бесплатно, кошки не едут.\n"
JAPANESE = "船は九時に出る。犬は無料で乗れる。猫は乗れない。\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    folder = tmp_path_factory.mktemp("quotes")
    (folder / "notes").mkdir()
    for name, text in (
        ("ferry.md", FERRY),
        ("baker.txt", BAKER),
        ("parom.txt", RUSSIAN),
        ("fune.txt", JAPANESE),
    ):
        (folder / "notes" / name).write_text(text, encoding="utf-8")
    build([folder / "notes"], folder / ".qa", encoder=HashingEncoder(dimension=16))
    return StoredIndex(folder / ".qa")


def differing(check: QuoteCheck) -> list[tuple[str, str]]:
    return [
        (each.written, each.stands)
        for each in check.changes
        if each.kind is not DifferenceKind.SAME
    ]


class TestExact:
    @pytest.mark.parametrize(
        ("quote", "path", "line"),
        [
            ("runs a ferry to Elba \u2014 the only one in winter", "notes/ferry.md", 3),
            ("passengers in 2019", "notes/ferry.md", 5),
            ("  Bread is sold out by noon ", "notes/baker.txt", 1),
            ("homme de bien", "notes/baker.txt", 1),
            ("Собаки едут бесплатно", "notes/parom.txt", 1),
            ("犬は無料で", "notes/fune.txt", 1),
        ],
    )
    def test_with_its_place(self, index: StoredIndex, quote: str, path: str, line: int) -> None:
        check = look_up(index, quote)
        assert check.verdict is QuoteVerdict.EXACT
        (place,) = check.places
        assert (place.source.path, place.lines and place.lines.start) == (path, line)
        assert place.quote == quote.strip()
        assert check.further == 0
        assert check.stands

    def test_every_place_is_counted(self, index: StoredIndex) -> None:
        check = look_up(index, "The last ferry leaves")
        assert len(check.places) + check.further == 2
        assert "1 other place" in check.detail

    @pytest.mark.parametrize(
        "quote",
        [
            "runs a ferr",  # cut words
            "erry to Elba",
            "carried 48",  # cut numbers
            "210\npassengers in",
            "5 crowns",  # without its sign
            "Cats don",  # without "n't"
            "He can",
        ],
    )
    def test_nothing_that_is_cut(self, index: StoredIndex, quote: str) -> None:
        assert not look_up(index, quote).stands

    def test_equals_a_scan_of_everything(self, index: StoredIndex) -> None:
        """The slow twin: a regular expression over every text."""
        chance = random.Random(7)
        texts = [index.text_of(document) for document in index.documents()]
        quotes = []
        for _ in range(300):
            text = chance.choice(texts)
            words = list(re.finditer(r"\w+", text))
            first = chance.randrange(len(words))
            last = min(first + chance.choice([0, 1, 2, 5, 9]), len(words) - 1)
            quotes.append(text[words[first].start() : words[last].end()])
        for quote in quotes:
            check = look_up(index, quote)
            pattern = re.compile(rf"(?<![^\W_]){re.escape(quote)}(?![^\W_]|\u0301)")
            scanned = sum(len(pattern.findall(text)) for text in texts)
            found = len(check.places) + check.further
            if check.verdict is not QuoteVerdict.EXACT:
                found = 0
            # What the pattern does not know: numbers, their signs, and "n't".
            cut = re.search(r"^\d|\d$|n$", quote) is not None
            assert found == scanned or (cut and found < scanned), quote


class TestTypography:
    @pytest.mark.parametrize(
        ("quote", "kinds"),
        [
            ('"The company \'Nordlicht\' runs a ferry"', [Typography.QUOTATION_MARKS]),
            ("the company \u00abNordlicht\u00bb runs", [
                Typography.QUOTATION_MARKS, Typography.FIRST_LETTER,
            ]),
            ("ferry to Elba - the only one", [Typography.DASHES]),
            ("ferry to Elba\u2014the only one", [Typography.WHITE_SPACE]),
            ("carried 48,210 passengers", [Typography.WHITE_SPACE]),
            ("who heads the company, did not sign", [Typography.HYPHENATION]),
            ("The well-known captain Ruiz", [Typography.HYPHENATION]),
            ("for -5 crowns", [Typography.DASHES]),
            ("Cats don't", [Typography.QUOTATION_MARKS]),
            ("ferry \u2026 carried", None),
            ("Dogs travel for free. [\u2026] Nobody asked them", [Typography.ELLIPSIS]),
            ("\u2026 Dogs travel for free ...", [Typography.ELLIPSIS]),
            ("[d]ogs travel for free", [Typography.BRACKETS]),
            ("[The firm] runs a ferry to Elba", [Typography.BRACKETS]),
            ("Dogs travel[ed] for free", [Typography.BRACKETS]),
            ("Nobody asked them,", [Typography.END]),
            ("The crew sleeps on **board**", [Typography.MARKUP]),
            ("Bread is sold o\u200but by noon", [Typography.LETTER_FORMS]),
            ("Собаки\nедут бесплатно", [Typography.WHITE_SPACE]),
        ],
    )  # fmt: skip
    def test_is_told(self, index: StoredIndex, quote: str, kinds: list[Typography] | None) -> None:
        check = look_up(index, quote)
        assert check.verdict is QuoteVerdict.TYPOGRAPHY, check
        assert kinds is None or list(check.typography) == kinds
        assert check.stands

    def test_what_stands_there_is_told(self, index: StoredIndex) -> None:
        (place,) = look_up(index, "ferry to Elba - the only one").places
        assert place.quote == "ferry to Elba \u2014 the only one"

    @pytest.mark.parametrize(
        "quote",
        [
            "did \u2026 sign the contract",  # a negation left out
            "[not] travel for free",
            "Dogs travel for free. \u2026 The company runs",  # out of order
            "the com\u00adpanyy",
            "ferry to Elba the only one",  # a dash is missing
            "The LAST ferry leaves",
            "for 5 crowns",
            "48.210 passengers",
            "48210 passengers",
            "in 201\u00b9",
        ],
    )
    def test_is_no_excuse(self, index: StoredIndex, quote: str) -> None:
        assert not look_up(index, quote).stands


class TestDrifted:
    @pytest.mark.parametrize(
        ("quote", "changes", "concerns"),
        [
            ("which is 13 percent more than in 2018", [("13", "12")], [Concern.NUMBER]),
            ("did sign the contract with Karlstad", [("", "not")], [Concern.NEGATION]),
            ("captain Ruiz signed it on 4 May 2020", [("4", "3")], [Concern.NUMBER]),
            ("signed it on 3 May 2020 for 5 crowns", [("", "\u2212")], [Concern.NUMBER]),
            ("the only one in summer", [("summer", "winter")], []),
            ("The crew sleeps on b\u043eard", [("b\u043eard", "board")], [Concern.LOOKALIKE]),
            ("Собаки не едут бесплатно", [("не", "")], [Concern.NEGATION]),
            ("犬は有料で乗れる", [("有", "無")], [Concern.NEGATION]),
            (
                "Dogs travel for free. The crew sleeps on board",
                [("", ". Cats don\u2019t. Nobody asked them")],
                [Concern.NEGATION, Concern.JOINED],
            ),
        ],
    )
    def test_says_which_words_differ(
        self,
        index: StoredIndex,
        quote: str,
        changes: list[tuple[str, str]],
        concerns: list[Concern],
    ) -> None:
        check = look_up(index, quote)
        assert check.verdict is QuoteVerdict.DRIFTED, check
        assert differing(check) == changes
        assert list(check.concerns) == concerns
        assert not check.stands

    @pytest.mark.parametrize("end", [".", ""])
    def test_a_full_stop_that_the_source_has_does_not_differ(
        self, index: StoredIndex, end: str
    ) -> None:
        check = look_up(index, f"Dogs travel for money{end}")
        assert differing(check) == [("money", "free")]
        assert check.places[0].quote == f"Dogs travel for free{end}"

    def test_the_changes_spell_the_quote(self, index: StoredIndex) -> None:
        quote = "who headed the firm, did sign the contract with Karlstad"
        check = look_up(index, quote)
        assert " ".join(each.written for each in check.changes if each.written).split() == (
            quote.replace("firm,", "firm ,").split()
        )

    def test_hidden_words_are_told(self, index: StoredIndex) -> None:
        check = look_up(index, "Mrs. Halvorsen \u2026 did \u2026 sign the contract with Karlstad")
        assert check.verdict is QuoteVerdict.DRIFTED
        assert Concern.NEGATION in check.concerns


class TestAbsent:
    @pytest.mark.parametrize(
        "quote",
        ["", " ", "...", "\u201c\u201d", "[\u2026]", "\ud800", "zebra", "quantum physics of gluons",
         "El transbordador zarpa a las nueve", "\u0301\u0301", "a" * 5000, "-" * 5000],
    )  # fmt: skip
    def test_nothing_near(self, index: StoredIndex, quote: str) -> None:
        check = look_up(index, quote)
        assert check.verdict is QuoteVerdict.ABSENT
        assert check.places == ()
        assert check.to_dict()["verdict"] == "absent"

    def test_a_paraphrase(self, index: StoredIndex) -> None:
        quote = "In the cold season there is a single boat, which the Nordlicht firm operates"
        assert look_up(index, quote).verdict is QuoteVerdict.ABSENT


class TestSource:
    @pytest.mark.parametrize("name", ["notes/ferry.md", "ferry.md", "FERRY.md", "./notes/ferry.md"])
    def test_is_found_by_its_name(self, index: StoredIndex, name: str) -> None:
        check = look_up(index, "The last ferry leaves at nine", source=name)
        assert check.verdict is QuoteVerdict.EXACT
        assert {place.source.path for place in check.places} == {"notes/ferry.md"}
        assert check.source == name

    def test_elsewhere(self, index: StoredIndex) -> None:
        check = look_up(index, "Bread is sold out by noon", source="ferry.md")
        assert check.verdict is QuoteVerdict.ELSEWHERE
        assert [place.source.path for place in check.places] == ["notes/baker.txt"]
        assert check.nearest is None
        assert not check.stands

    def test_elsewhere_and_nearly_here(self, index: StoredIndex) -> None:
        check = look_up(index, "and the last ferry leaves at nine.", source="ferry.md")
        assert check.verdict is QuoteVerdict.ELSEWHERE
        assert check.nearest is not None
        assert check.nearest.source.path == "notes/ferry.md"
        assert differing(check)

    def test_drifted_here_counts_before_drifted_elsewhere(self, index: StoredIndex) -> None:
        quote = "The last ferry leaves at ten"
        for name in ("ferry.md", "baker.txt"):
            check = look_up(index, quote, source=name)
            assert check.verdict is QuoteVerdict.DRIFTED
            assert check.places[0].source.path == f"notes/{name}"

    def test_unknown(self, index: StoredIndex) -> None:
        with pytest.raises(qa.UnknownCitation, match=r"nowhere\.pdf is not indexed"):
            look_up(index, "The last ferry", source="nowhere.pdf")


class TestBounds:
    def test_too_long(self, index: StoredIndex) -> None:
        with pytest.raises(qa.InputError, match="at most 100,000"):
            look_up(index, "word " * 2_000_000)

    @pytest.mark.parametrize(
        "unit",
        ["a ", "a", "\u00ad\u200b", "[", "[a] ", "\u2026 a ", "\u201c", "ferry ", "犬", "-\n"],
    )
    def test_the_longest_of_anything(self, index: StoredIndex, unit: str) -> None:
        quote = unit * (LONGEST_QUOTE // len(unit))
        assert not look_up(index, quote).stands

    def test_a_common_word_says_little(self, tmp_path: Path) -> None:
        (tmp_path / "many.txt").write_text("Growth. " * 1500)
        build([tmp_path / "many.txt"], tmp_path / ".qa", encoder=HashingEncoder(dimension=16))
        check = look_up(StoredIndex(tmp_path / ".qa"), "Growth")
        assert check.verdict is QuoteVerdict.EXACT
        assert check.unspecific
        assert len(check.places) + check.further == MOST_PLACES
        assert not check.counted_all
        assert "too short to say much" in check.detail


@pytest.fixture
def session(index: StoredIndex) -> Iterator[qa.Session]:
    with qa.open(index.folder) as opened:
        yield opened


class TestSession:
    def test_json(self, session: qa.Session) -> None:
        told = session.verify_quote("Dogs travel for money", source="ferry.md").to_dict()
        assert told["schema"] == "qa.quote/1"
        assert told["verdict"] == "drifted"
        assert told["places"][0]["source"]["path"] == "notes/ferry.md"
        assert told["places"][0]["lines"] == {"start": 9, "end": 9}
        assert told["changes"][-1] == {"kind": "changed", "written": "money", "stands": "free"}

    def test_needs_no_model(self, session: qa.Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr("qa_index.encoding.opening.open_encoder")
        assert session.verify_quote("Dogs travel for free").stands

    def test_a_quote_is_a_text(self, session: qa.Session) -> None:
        with pytest.raises(qa.InputError, match="the quote must be a str"):
            session.verify_quote(5)  # type: ignore[arg-type]

    def test_closed(self, index: StoredIndex) -> None:
        session = qa.open(index.folder)
        session.close()
        with pytest.raises(qa.IndexClosed):
            session.verify_quote("Dogs")
