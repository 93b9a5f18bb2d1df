"""A draft with one error of each kind: all are found, and none where there is no error."""

from pathlib import Path
from typing import NamedTuple

import pytest

import qa
from qa import Concern, QuotationVerdict
from qa_index.building.build import build
from tests.support.hashing_encoder import HashingEncoder

ROOT = Path(__file__).parents[3]
ARTICLE = ROOT / "tests/fixtures/article/article.pdf"

OPTICS = (
    "The lens was cooled to \u22125 degrees and weighed 48,210 grams. Ruiz beat Halvorsen in the "
    "final, although nobody had expected it. Output rose by 12 percent in May 2020, more than ever "
    "before. The area is 10\u00b2 square metres. Some of the keepers were ill. She called it "
    "\u201cthe first honest report\u201d and left. The committee did not, after a long debate, "
    "approve the budget. NATO was not asked.\n"
)
PIPES = (
    "The pipeline was built in three years. It has never leaked. The operator reports every "
    "incident within two days, and inspectors may enter the site at any time.\n"
)

DRIFTED, MISPLACED, NOWHERE = (
    QuotationVerdict.DRIFTED,
    QuotationVerdict.MISPLACED,
    QuotationVerdict.NOWHERE,
)


class Seeded(NamedTuple):
    """A draft with one error."""

    kind: str
    draft: str
    verdict: QuotationVerdict
    concern: Concern | None = None


KINDS = [
    Seeded("changed number", '"Output rose by 13 percent in May 2020"', DRIFTED, Concern.NUMBER),
    Seeded("changed unit", '"The lens was cooled to \u22125 degrees and weighed 48,210 tonnes."',
           DRIFTED),
    Seeded("dropped not", '"NATO was asked."', DRIFTED, Concern.NEGATION),
    Seeded("added not", '"It has not ever leaked. The operator reports every incident"',
           DRIFTED, None),
    Seeded("never for not", '"The pipeline was never built in three years"', DRIFTED,
           Concern.NEGATION),
    Seeded("swapped names", '"Halvorsen beat Ruiz in the final"', DRIFTED),
    Seeded("changed date", '"Output rose by 12 percent in June 2020"', DRIFTED),
    Seeded("changed year", '"Output rose by 12 percent in May 2021"', DRIFTED, Concern.NUMBER),
    Seeded("number as a word", '"The pipeline was built in four years"', DRIFTED, Concern.NUMBER),
    Seeded("moved separator", '"cooled to \u22125 degrees and weighed 48.210 grams"', DRIFTED,
           Concern.NUMBER),
    Seeded("lost sign", '"The lens was cooled to 5 degrees"', DRIFTED, Concern.NUMBER),
    Seeded("lost exponent", '"The area is 10 square metres"', DRIFTED, Concern.NUMBER),
    Seeded("lost decimal places", '"cooled to \u22125 degrees and weighed 48 grams"', DRIFTED,
           Concern.NUMBER),
    Seeded("joined sentences",
           '"The pipeline was built in three years. The operator reports every incident within '
           'two days"', DRIFTED, Concern.NEGATION),
    Seeded("ellipsis that hides a not",
           '"The committee did \u2026 approve the budget"', DRIFTED, Concern.NEGATION),
    Seeded("pieces out of order",
           '"It has never leaked. [\u2026] The pipeline was built in three years."', DRIFTED),
    Seeded("bracket that adds a not", '"Some of the keepers were [not] ill."', DRIFTED,
           Concern.NEGATION),
    Seeded("quantifier", '"All of the keepers were ill."', DRIFTED),
    Seeded("inserted word", '"inspectors may rarely enter the site at any time"', DRIFTED),
    Seeded("omitted word", '"Output rose by 12 percent in May 2020, more than before"', DRIFTED),
    Seeded("synonym", '"The operator publishes every incident within two days"', DRIFTED),
    Seeded("tense", '"inspectors could enter the site at any time"', DRIFTED),
    Seeded("opposite comparison", '"Output rose by 12 percent in May 2020, less than ever before"',
           DRIFTED),
    Seeded("lookalike letters", '"Some of the ke\u0435pers were ill."', DRIFTED, Concern.LOOKALIKE),
    Seeded("truncated word", '"inspectors may enter the site at any tim"', DRIFTED),
    Seeded("capitals", '"nato was not asked"', DRIFTED),
    Seeded("altered in inner marks",
           '\u201cShe called it \u2018the last honest report\u2019 and left.\u201d', DRIFTED),
    Seeded("altered in German marks", '\u201eThe pipeline was built in five years\u201c', DRIFTED,
           Concern.NUMBER),
    Seeded("altered block quote",
           "> The operator reports every incident within ten days, and inspectors\n"
           "> may enter the site at any time.", DRIFTED, Concern.NUMBER),
    Seeded("altered in a later paragraph",
           "\u201cIt has never leaked.\n\n\u201cThe operator reports no incident within two days, "
           "and inspectors may enter the site.\u201d", DRIFTED, Concern.NEGATION),
    Seeded("two sources as one",
           '"Some of the keepers were ill. It has never leaked, and inspectors may enter"',
           NOWHERE),
    Seeded("translated", '"La tuber\u00eda se construy\u00f3 en tres a\u00f1os y nunca ha tenido '
           'fugas"', NOWHERE),
    Seeded("paraphrase in marks",
           '"In just three years they completed a conduit that is tight to this day"', NOWHERE),
    Seeded("made up", '"Whoever controls the lighthouse controls the sea"', NOWHERE),
    Seeded("wrong source in a footnote",
           '"The pipeline was built in three years"[^1]\n\n[^1]: See notes/optics.txt.', MISPLACED),
    Seeded("wrong source in a link",
           '["The pipeline was built in three years"](notes/optics.txt)', MISPLACED),
    Seeded("wrong source in brackets",
           '"The pipeline was built in three years" (optics.txt)', MISPLACED),
    Seeded("wrong source before it",
           'According to optics.txt, "the pipeline was built in three years".', MISPLACED),
    Seeded("wrong source below a block quote",
           "> The pipeline was built in three years.\n> \u2014 optics.txt", MISPLACED),
    Seeded("wrong page",
           '"the consumption of diesel fuel has fallen from 61 tonnes a year to 19" '
           "(article.pdf, p. 5)", MISPLACED),
    Seeded("wrong line", '"It has never leaked" (pipes.txt:7)', MISPLACED),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "notes").mkdir()
    (folder / "notes/optics.txt").write_text(OPTICS, encoding="utf-8")
    (folder / "notes/pipes.txt").write_text(PIPES, encoding="utf-8")
    (folder / "notes/article.pdf").write_bytes(ARTICLE.read_bytes())
    build([folder / "notes"], folder / ".qa", encoder=HashingEncoder(dimension=16))
    return folder


def checked(world: Path, text: str) -> qa.DraftCheck:
    (world / "draft.md").write_text(text, encoding="utf-8")
    return qa.check(world / "draft.md", index=world / ".qa", claims=False)


def test_there_are_at_least_thirty() -> None:
    assert len({seeded.kind for seeded in KINDS}) == len(KINDS) >= 30


@pytest.mark.parametrize("seeded", KINDS, ids=lambda seeded: seeded.kind)
def test_each_kind_is_found(world: Path, seeded: Seeded) -> None:
    check = checked(world, seeded.draft)
    (quotation,) = check.problems
    assert quotation.verdict is seeded.verdict, quotation
    assert seeded.concern is None or seeded.concern in quotation.check.concerns
    assert not check.sound


def test_all_of_them_in_one_draft(world: Path) -> None:
    notes = [seeded for seeded in KINDS if "[^1]" not in seeded.draft]
    check = checked(world, "\n\nNext.\n\n".join(seeded.draft for seeded in notes))
    assert [each.verdict for each in check.problems] == [seeded.verdict for seeded in notes]


SOUND = [
    '"Output rose by 12 percent in May 2020"',
    '"The lens was cooled to -5 degrees" (optics.txt)',
    'As pipes.txt says, "it has never leaked."',
    "> The operator reports every incident within two days, and inspectors may\n"
    "> enter the site at any time.\n> \u2014 pipes.txt:1",
    '["[i]t has never leaked"](notes/pipes.txt#1)',
    "\u00ab The pipeline was built in three years \u00bb[^a]\n\n[^a]: notes/pipes.txt, l. 1",
    "\u201eThe pipeline was built \u2026 It has never leaked\u201c",
    '"the consumption of diesel fuel has fallen from 61 tonnes a year" (article.pdf, pp. 5-6)',
    '"It has never leaked" (lost.pdf, p. 3)',
    "``NATO was not asked''",
    "\u201cThe pipeline was built in three years.\n\n\u201cIt has never leaked.\u201d",
]


@pytest.mark.parametrize("draft", SOUND)
def test_what_is_right_is_not_reported(world: Path, draft: str) -> None:
    check = checked(world, draft)
    assert check.quotations
    assert check.sound, check.problems
